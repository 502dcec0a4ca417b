//! The endpoint to send to: a checked URL, and its parts as a request has them.

use bytes::Bytes;
use url::{Host, Position, Url};

use crate::error::Error;
use crate::mask;
use crate::webhook::delivery::Delivery;

/// A checked `http` or `https` URL.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(super) url: Url,
}

impl Endpoint {
    /// Reads a URL, which must not contain a password. `:3000/webhook` and `localhost:3000/webhook` are short for
    /// `http://localhost:3000/webhook`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let whole = completed(text);
        let text = whole.as_deref().unwrap_or(text);
        let bad = |why: String| {
            let message = format!("the URL {}: {why}", mask::invalid_url(text));
            Error::usage(message, "give the full URL, such as http://localhost:3000/webhook")
        };
        if !text.contains("://") {
            let why = "it does not start with http:// or https://".to_owned();
            return Err(bad(why));
        }
        let url = Url::parse(text).map_err(|why| bad(why.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad(format!("`{}` is neither http nor https", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // The URL is not repeated: it may contain a password.
            return Err(Error::usage(
                "the URL contains a user name or password",
                "remove it and use -H 'Authorization: …' instead",
            ));
        }
        Ok(Self { url })
    }

    /// A URL to print, valid or not, without the secrets that it may contain.
    pub fn shown(text: &str) -> String {
        match Self::parse(text) {
            Ok(_) => mask::url(text).into_owned(),
            Err(_) => mask::invalid_url(text),
        }
    }

    /// The URL to print: without the secrets in it.
    pub fn shown_url(&self) -> String {
        mask::url(self.url()).into_owned()
    }

    /// The URL as it will be used.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The value of the Host header: the port only when it is not the scheme's default.
    pub fn host(&self) -> String {
        self.url[Position::BeforeHost..Position::AfterPort].to_owned()
    }

    /// The request target: path and query.
    pub fn target(&self) -> String {
        self.url[Position::BeforePath..Position::AfterQuery].to_owned()
    }

    /// The full URL with another target.
    pub fn with_target(&self, target: &str) -> String {
        format!("{}://{}{target}", self.url.scheme(), self.host())
    }

    /// Whether the endpoint is on this machine: what is sent to it goes over no network.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// A delivery of `body` to this endpoint with the headers that every request has. Names are in lower
    /// case, as [`Client`](super::Client) writes them.
    pub fn request(&self, body: Bytes) -> Delivery {
        let length = body.len().to_string();
        let mut delivery = Delivery::post(&self.target(), body);
        let agent = concat!("cz-hook/", env!("CARGO_PKG_VERSION"));
        let headers = &mut delivery.headers;
        headers.push("host", self.host());
        headers.push("user-agent", agent);
        headers.push("accept", "*/*");
        headers.push("content-type", "application/json");
        headers.push("content-length", length);
        delivery
    }

    /// Host and port to connect to; an IPv6 address without its brackets.
    pub(super) fn address(&self) -> (String, u16) {
        let host = self.url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.url.port_or_known_default().unwrap_or(80);
        (bare.to_owned(), port)
    }

    pub(super) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }
}

/// Whether an argument is the URL of an endpoint, whole or short, and not a name.
pub fn is_url(text: &str) -> bool {
    text.contains("://") || text.starts_with(':') || completed(text).is_some()
}

/// The whole URL of a short one: a port and a path, with or without a host before them.
fn completed(text: &str) -> Option<String> {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let (host, port) = text.get(..end)?.rsplit_once(':')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_host = host.chars().all(is_name)
        || host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let scheme = if port == "443" { "https" } else { "http" };
    let host = if host.is_empty() { "localhost" } else { host };
    let rest = text.get(end..)?;
    (is_host && is_port).then(|| format!("{scheme}://{host}:{port}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, is_url};

    #[test]
    fn parts_are_as_in_a_request() {
        for (url, host, target) in [
            ("http://localhost:3000", "localhost:3000", "/"),
            ("https://example.com:443/a/b?c=d%20e#f", "example.com", "/a/b?c=d%20e"),
            ("http://[::1]:8080/x y@z", "[::1]:8080", "/x%20y@z"),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!((&*endpoint.host(), &*endpoint.target()), (host, target));
            assert_eq!(Endpoint::shown(url), url);
        }
    }

    #[test]
    fn only_addresses_of_this_machine_are_loopback() {
        for (url, expected) in [
            ("http://localhost:3000/", true),
            ("http://app.localhost/", true),
            ("http://127.8.9.1/", true),
            ("http://[::1]:80/", true),
            ("http://localhost.example.com/", false),
            ("http://10.0.0.1/", false),
            ("https://example.com/", false),
        ] {
            assert_eq!(Endpoint::parse(url).unwrap().is_loopback(), expected, "{url}");
        }
    }

    #[test]
    fn short_urls_are_completed() {
        for (short, url) in [
            (":3000", "http://localhost:3000/"),
            (":3000/webhook?a=:1", "http://localhost:3000/webhook?a=:1"),
            ("localhost:3000", "http://localhost:3000/"),
            ("my-host.example:8080/a", "http://my-host.example:8080/a"),
            ("127.0.0.1:3000?x", "http://127.0.0.1:3000/?x"),
            ("[::1]:3000/x", "http://[::1]:3000/x"),
            ("example.com:443/x", "https://example.com/x"),
        ] {
            assert_eq!(Endpoint::parse(short).unwrap().url(), url);
            assert!(is_url(short));
        }
        for name in ["lead.submit", "issues.opened", "order:created", "a/b:1", "", "pipeline"] {
            assert!(!is_url(name), "{name}");
        }
    }

    #[test]
    fn an_unusable_url_is_rejected_without_repeating_its_password() {
        for url in [
            "",
            ":",
            ":x/",
            ":99999",
            "localhost",
            "localhost:",
            "ftp://h/",
            "http://",
            "http://h:99999/",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
        for url in [
            "http://user:hunter2@h/",
            "http://user:hunter2@h:99999/",
            "ftp://user:hunter2@h/",
            "user:hunter2@h/",
            "http://user:hunter2@h h/",
        ] {
            let error = Endpoint::parse(url).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{url}");
            assert!(!Endpoint::shown(url).contains("hunter2"), "{url}");
        }
    }
}
