//! Requests of web pages (the Fetch standard's CORS protocol): any page that a browser shows can send a POST to this
//! machine, so a request from another origin needs permission.

use std::net::{IpAddr, SocketAddr};

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use crate::webhook::delivery::Headers;

use super::head::Head;
use super::response::Response;

/// An origin whose pages may send deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    Any,
    /// The origin as browsers write it.
    Exactly(String),
}

impl AllowedOrigin {
    /// Reads `*` or an origin such as `https://app.example` or `http://localhost:5173`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let url = Url::parse(text).ok().filter(|url| {
            let has_user = !url.username().is_empty() || url.password().is_some();
            let is_bare = matches!(url.path(), "" | "/") && !has_user;
            is_bare && url.has_host() && url.query().is_none() && url.fragment().is_none()
        });
        let Some(url) = url else {
            let expected = "expected `*`, or an origin such as https://app.example:8443";
            return Err(expected.to_owned());
        };
        let origin = url.origin();
        Ok(Self::Exactly(match origin.is_tuple() {
            true => origin.ascii_serialization(),
            // Of a scheme that has no standard serialization, such as that of a browser's extension.
            false => text.trim_end_matches('/').to_owned(),
        }))
    }
}

/// The value of `Access-Control-Allow-Origin` in responses to a request with these headers, if it has an origin that
/// is allowed.
pub(super) fn allowed(headers: &Headers, allowed: &[AllowedOrigin]) -> Option<HeaderValue> {
    let mut origins = headers.all("origin");
    let (origin, None) = (origins.next()?, origins.next()) else {
        return None;
    };
    if allowed.contains(&AllowedOrigin::Any) {
        return Some(HeaderValue::from_static("*"));
    }
    let is_this = |one: &AllowedOrigin| matches!(one, AllowedOrigin::Exactly(text) if text.as_bytes() == origin);
    allowed.iter().any(is_this).then(|| HeaderValue::from_bytes(origin).ok()).flatten()
}

/// Whether a request was sent by a page of another origin, as browsers say, which is not allowed. `address` is that of
/// the listener.
pub(super) fn is_refused(
    headers: &Headers,
    allowed_origins: &[AllowedOrigin],
    address: SocketAddr,
) -> bool {
    if allowed_origins.contains(&AllowedOrigin::Any) || allowed(headers, allowed_origins).is_some()
    {
        return false;
    }
    let is_other = |site: &[u8]| {
        let site = site.trim_ascii();
        [&b"cross-site"[..], b"same-site"].iter().any(|other| site.eq_ignore_ascii_case(other))
    };
    let host = headers.get("host");
    headers.all("sec-fetch-site").any(is_other)
        || headers.all("origin").any(|origin| !is_own(origin, host, address))
}

/// Whether an origin is that of the listener itself: its address, or what the browser connected to. A name in `Host`
/// does not count except `localhost`, because anyone can make a domain name point to this machine.
fn is_own(origin: &[u8], host: Option<&[u8]>, address: SocketAddr) -> bool {
    let Some(url) = std::str::from_utf8(origin).ok().and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    let authority = origin.strip_prefix(b"http://");
    let is_connected = authority.is_some() && authority == host;
    let is_port = url.scheme() == "http" && url.port_or_known_default() == Some(address.port());
    match url.host() {
        Some(Host::Domain(name)) => {
            let is_local = name == "localhost" || name.ends_with(".localhost");
            is_local && (is_connected || (is_port && address.ip().is_loopback()))
        }
        Some(Host::Ipv4(ip)) => is_connected || (is_port && IpAddr::V4(ip) == address.ip()),
        Some(Host::Ipv6(ip)) => is_connected || (is_port && IpAddr::V6(ip) == address.ip()),
        None => false,
    }
}

/// Whether a browser asks if it may send a request.
pub(super) fn is_preflight(head: &Head) -> bool {
    head.method == "OPTIONS"
        && head.headers.get("origin").is_some()
        && head.headers.get("access-control-request-method").is_some()
}

/// The response to an allowed preflight; [`allow`] adds the origin.
pub(super) fn preflight(request: &Headers) -> Response {
    let mut response = Response::new(204, "");
    let headers = &mut response.headers;
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if let Some(wanted) = request.get("access-control-request-headers")
        && let Ok(wanted) = HeaderValue::from_bytes(wanted)
    {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    }
    // A public page that sends to a private address asks for this, too.
    if request.get("access-control-request-private-network") == Some(b"true") {
        let name = HeaderName::from_static("access-control-allow-private-network");
        headers.insert(name, HeaderValue::from_static("true"));
    }
    response
}

/// Lets the page of an allowed origin read a response.
pub(super) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    if origin != "*" {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (text, written) in [
            ("https://App.example:443", "https://app.example"),
            ("http://localhost:5173/", "http://localhost:5173"),
            ("http://[::1]:80", "http://[::1]"),
            ("chrome-extension://abc", "chrome-extension://abc"),
        ] {
            let read = AllowedOrigin::parse(text);
            assert_eq!(read, Ok(AllowedOrigin::Exactly(written.to_owned())));
        }
        assert_eq!(AllowedOrigin::parse("*"), Ok(AllowedOrigin::Any));
        for text in ["", "null", "app.example", "localhost:3000", "https://", "https://a/b"] {
            assert!(AllowedOrigin::parse(text).is_err(), "{text}");
        }
        for text in ["https://*.example/x", "https://a?b", "https://a#b", "https://u:p@a", "**"] {
            assert!(AllowedOrigin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_address_of_the_listener_is_its_origin() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        for (origin, host) in [
            ("http://127.0.0.1:8080", "x"),
            ("http://localhost:8080", "localhost:8080"),
            ("http://localhost:8080", "x"),
            ("http://localhost", "localhost"),
            ("http://192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert!(is_own(origin.as_bytes(), Some(host.as_bytes()), address), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "null"),
            ("", ""),
            ("https://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://127.0.0.1:3000", "127.0.0.1:8080"),
            ("http://localhost:3000", "localhost:8080"),
            ("http://192.0.2.7:8080", "127.0.0.1:8080"),
            // A name that was made to point to this machine.
            ("http://evil.example:8080", "evil.example:8080"),
            ("http://127.0.0.1.evil.example:8080", "127.0.0.1.evil.example:8080"),
        ] {
            assert!(!is_own(origin.as_bytes(), Some(host.as_bytes()), address), "{origin} {host}");
        }
        let public = SocketAddr::from(([192, 0, 2, 7], 8080));
        assert!(!is_own(b"http://localhost:8080", Some(b"192.0.2.7:8080"), public));
    }
}
