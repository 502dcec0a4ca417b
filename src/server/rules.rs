//! The rules for the head of a request: which requests are received, which get a response of their own, and which are
//! rejected.

use std::net::Ipv6Addr;

use crate::webhook::record::RejectReason;

use super::head::Head;
use super::origin;
use super::response::Response;
use super::state::ServerState;

/// What a head leads to.
#[derive(Debug)]
pub(super) enum HeadDecision {
    Receive,
    /// The request is not a delivery and has this response.
    Respond(Response),
    Reject(RejectReason, &'static str),
}

/// Decides about a request by its head alone.
pub(super) fn decide(head: &Head, state: &ServerState) -> HeadDecision {
    let options = &state.options;
    let mut codings = head.headers.all("transfer-encoding");
    if codings.any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"chunked")) {
        let detail = "a transfer coding other than chunked, which is not supported";
        return HeadDecision::Reject(RejectReason::Malformed, detail);
    }
    if head.headers.get("content-length").is_some()
        && head.headers.get("transfer-encoding").is_some()
    {
        let detail = "both Content-Length and Transfer-Encoding: ambiguous end of the body";
        return HeadDecision::Reject(RejectReason::Malformed, detail);
    }
    if let Some(detail) = host_error(head) {
        return HeadDecision::Reject(RejectReason::Malformed, detail);
    }
    if is_health_check(head, options.health_path.as_deref()) {
        return HeadDecision::Respond(Response::healthy());
    }
    if options.path.as_deref().is_some_and(|path| path != head.path()) {
        return HeadDecision::Reject(RejectReason::Path, "not the path given with --path");
    }
    let is_preflight = origin::is_preflight(head);
    if head.method != "POST"
        && !is_preflight
        && let Some(detail) = options.handshakes.objection(head)
    {
        return HeadDecision::Reject(RejectReason::Method, detail);
    }
    if origin::is_refused(&head.headers, &options.allowed_origins, state.address) {
        let detail = "from a page of another origin; --allow-origin accepts it";
        return HeadDecision::Reject(RejectReason::Origin, detail);
    }
    match is_preflight {
        true => HeadDecision::Respond(origin::preflight(&head.headers)),
        false => HeadDecision::Receive,
    }
}

/// Whether a request asks if the listener is alive.
pub(super) fn is_health_check(head: &Head, health_path: Option<&str>) -> bool {
    health_path == Some(head.path()) && matches!(head.method.as_str(), "GET" | "HEAD")
}

/// Why the host that a request names is invalid (RFC 9112, 3.2), if it is. HTTP/1.0 does not need one.
fn host_error(head: &Head) -> Option<&'static str> {
    let mut hosts = head.headers.all("host");
    match (hosts.next(), hosts.next()) {
        (None, _) if head.is_http_1_0 => {}
        (None, _) => return Some("no Host header, which HTTP/1.1 requires"),
        (Some(_), Some(_)) => return Some("more than one Host header"),
        (Some(host), None) if !is_authority(host) => return Some("an invalid Host header"),
        (Some(_), None) => {}
    }
    let authority = head.authority()?;
    (!is_authority(authority.as_bytes())).then_some("an invalid host in the request target")
}

/// Whether this is a host with or without a port (RFC 3986, 3.2), without user information. A comma, which the
/// grammar allows, is a sign of two headers that were joined.
fn is_authority(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let (is_host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((ip, "")) => (ip.parse::<Ipv6Addr>().is_ok(), ""),
            Some((ip, rest)) => match rest.strip_prefix(':') {
                Some(port) => (ip.parse::<Ipv6Addr>().is_ok(), port),
                None => return false,
            },
            None => return false,
        },
        None => {
            let (name, port) = text.split_once(':').unwrap_or((text, ""));
            (is_name(name), port)
        }
    };
    let is_port = port.bytes().all(|b| b.is_ascii_digit())
        && (port.is_empty() || port.parse::<u16>().is_ok());
    is_host && is_port
}

fn is_name(name: &str) -> bool {
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        let is_valid = match byte {
            b'%' => {
                let mut digit = || rest.next().is_some_and(|b| b.is_ascii_hexdigit());
                digit() && digit()
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(&byte),
        };
        if !is_valid {
            return false;
        }
    }
    !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_authority;

    #[test]
    fn hosts_are_names_and_addresses_with_or_without_a_port() {
        for host in [
            "localhost",
            "a.example:8080",
            "a_b.example.",
            "127.0.0.1:0",
            "[::1]",
            "[2001:db8::7]:65535",
            "xn--bcher-kva.example",
            "a%2Db",
            "host:",
            "h:00080",
        ] {
            assert!(is_authority(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            ":80",
            "a b",
            "a,b",
            "a, b",
            "user@host",
            "user:password@host",
            "http://host",
            "host/path",
            "host?x",
            "host#x",
            "host\\x",
            "a:b",
            "a:+1",
            "a:-1",
            "a:65536",
            "a:99999999999999999999",
            "a:80:80",
            "::1",
            "[::1",
            "[]",
            "[::1]x",
            "[::1]80",
            "[1.2.3.4]",
            "[fe80::1%eth0]",
            "[::g]",
            "a%",
            "a%2",
            "a%zz",
            "\"a\"",
            "<a>",
            "a\0",
            "a\tb",
            "b\u{fc}cher",
        ] {
            assert!(!is_authority(host.as_bytes()), "{host}");
        }
        assert!(!is_authority(b"a\xff"));
    }
}
