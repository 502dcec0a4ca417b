//! URLs of captures: browsers and curl speak of URLs, deliveries of a target and a Host header. Nothing
//! is normalised on the way, so that what was written comes back the same; the `url` crate would normalise it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::webhook::delivery::Delivery;

/// The parts of an `http` or `https` URL that a request is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// The value of the Host header: without the scheme's own port.
    pub host: String,
    /// `user:password`, percent-encoding undone.
    pub user: Option<Vec<u8>>,
    /// Path and query, without the fragment.
    pub target: String,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`, as curl guesses.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match text.split_once("://") {
            // Behind a slash or a question mark it is the scheme of another URL.
            Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => (scheme, rest),
            _ => ("http", text),
        };
        let own_port = if scheme.eq_ignore_ascii_case("https") {
            ":443"
        } else if scheme.eq_ignore_ascii_case("http") {
            ":80"
        } else {
            return Err("it is neither http nor https");
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(decoded(user.as_bytes())), host),
            None => (None, authority),
        };
        let host = host.strip_suffix(own_port).unwrap_or(host);
        if host.is_empty() {
            return Err("there is no host in it");
        }
        if host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("its host holds a space or a control character");
        }
        let target = target.split('#').next().unwrap_or_default();
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { host: host.to_owned(), user, target: format!("{slash}{target}") })
    }

    pub fn path_and_query(&self) -> (&str, Option<&str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.target, None),
        }
    }
}

/// The `http://host` that a delivery was sent to. Whether it was sent over TLS is not recorded.
pub(super) fn origin(delivery: &Delivery) -> String {
    let host = delivery
        .headers
        .get("host")
        .and_then(|host| std::str::from_utf8(host).ok())
        .filter(|host| is_authority(host));
    format!("http://{}", host.unwrap_or("localhost"))
}

/// The URL of a delivery, to be looked at: a target that is not a path is only hinted at.
pub(super) fn of(delivery: &Delivery) -> String {
    let target = &delivery.target;
    if target.starts_with('/') {
        return format!("{}{target}", origin(delivery));
    }
    match target.split_once("://") {
        Some(("http" | "https", _)) => target.clone(),
        _ => format!("{}/", origin(delivery)),
    }
}

/// A name or address with or without a port: what can stand in a URL without being read as another part.
fn is_authority(text: &str) -> bool {
    let address = text.strip_prefix('[').map(|rest| rest.split_once(']').unwrap_or_default());
    let name_end = text.find(':').unwrap_or(text.len());
    let (host, port) = address.unwrap_or_else(|| text.split_at(name_end));
    let is_in_host = |b: u8| match address {
        Some(_) => b.is_ascii_hexdigit() || matches!(b, b':' | b'.'),
        None => b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'),
    };
    let is_number = |digits: &str| {
        digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|p| p > 0)
    };
    !host.is_empty()
        && host.bytes().all(is_in_host)
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_number))
}

/// Percent-encoding undone; what is no escape stays.
pub(super) fn decoded(text: &[u8]) -> Vec<u8> {
    percent_decode(text).collect()
}

/// As forms are written: unreserved bytes as they are, a space as `+`, the rest percent-encoded.
pub(super) fn form_encoded(text: &[u8]) -> Vec<u8> {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b' ');
    let encoded = percent_encode(text, ENCODED).to_string();
    encoded.replace(' ', "+").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn parts(text: &str) -> (String, String) {
        let url = Url::parse(text).unwrap();
        (url.host, url.target)
    }

    #[test]
    fn a_url_is_a_host_and_a_target() {
        let pair = |host: &str, target: &str| (host.to_owned(), target.to_owned());
        assert_eq!(parts("http://a.b:80/c?d#e"), pair("a.b", "/c?d"));
        assert_eq!(parts("HTTPS://a.b:443?d"), pair("a.b", "/?d"));
        assert_eq!(parts("localhost:3000"), pair("localhost:3000", "/"));
        assert_eq!(
            parts("localhost:3000/a?b=https://c.d"),
            pair("localhost:3000", "/a?b=https://c.d")
        );
        assert_eq!(parts("h?b=ftp://c"), pair("h", "/?b=ftp://c"));
        assert_eq!(parts("http://[::1]:80/"), pair("[::1]", "/"));
        let url = Url::parse("http://a%20b:c@h/x@y").unwrap();
        assert_eq!(url.user.as_deref(), Some(&b"a b:c"[..]));
        assert_eq!(url.target, "/x@y");
        assert!(Url::parse("ftp://a/").is_err());
        for no_host in ["http:///a", "http://a b/", "http://a ", "http://a\t", "http://a\0"] {
            assert!(Url::parse(no_host).is_err(), "{no_host:?}");
        }
    }

    #[test]
    fn a_hosts_name_never_becomes_another_part_of_a_url() {
        for (host, is_good) in [
            ("localhost:8080", true),
            ("[::1]:8080", true),
            ("a_b.c-d", true),
            ("", false),
            ("a/b", false),
            ("a@b", false),
            ("a:b", false),
            ("a:0", false),
            ("a:99999", false),
            ("[::1", false),
            ("[x]", false),
            ("é", false),
        ] {
            let mut delivery = Delivery::post("/x?y", Bytes::new());
            delivery.headers.push("host", host);
            let host = if is_good { host } else { "localhost" };
            assert_eq!(of(&delivery), format!("http://{host}/x?y"));
        }
    }

    #[test]
    fn percent_encoding_is_undone_where_it_is_one() {
        assert_eq!(decoded(b"a%2fb%zz%4"), b"a/b%zz%4");
        assert_eq!(form_encoded("a é~&".as_bytes()), b"a+%C3%A9~%26");
    }
}
