//! Which requests the inspector answers. Any page in the browser can send requests to this port, so that each rule
//! stands alone: the host, the origin, what the browser says about the sender, the token, and the form of writes.

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Method, StatusCode};

use super::failure::Failure;
use super::token::Token;

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing more: what is served holds no data, or its address is the permission.
    Public,
    /// The token.
    Token,
}

#[derive(Debug)]
pub(super) struct Guard {
    port: u16,
    token: Token,
}

impl Guard {
    pub(super) fn new(port: u16, token: Token) -> Self {
        Self { port, token }
    }

    /// Checks where a request comes from, by its head.
    pub(super) fn check_sender(&self, head: &Parts) -> Result<(), Failure> {
        let host = self.check_host(head)?;
        if let Some(origin) = head.headers.get(ORIGIN)
            && origin.as_bytes() != format!("http://{host}").as_bytes()
        {
            return Err(Failure::new(
                StatusCode::FORBIDDEN,
                "the request comes from a page of another origin",
                "only the inspector's own page can use it",
            ));
        }
        let site = head.headers.get(HeaderName::from_static("sec-fetch-site"));
        if let Some(site) = site
            && !matches!(site.as_bytes(), b"same-origin" | b"none")
        {
            return Err(Failure::new(
                StatusCode::FORBIDDEN,
                "the request comes from another site",
                "open the address that the terminal shows in a new tab",
            ));
        }
        Ok(())
    }

    /// Checks the permission, and that a write has the one form that no page of another origin can send unasked.
    pub(super) fn check_access(&self, head: &Parts, access: Access) -> Result<(), Failure> {
        if access == Access::Token && !self.has_token(head) {
            return Err(Failure::new(
                StatusCode::UNAUTHORIZED,
                "the token is missing or wrong",
                "open the address that the terminal shows: it ends with #TOKEN",
            ));
        }
        if head.method == Method::POST && !is_json(head) {
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body is not declared as JSON",
                "send Content-Type: application/json",
            ));
        }
        Ok(())
    }

    /// The host that the request names, which must be this server: a name that an attacker points here is refused.
    fn check_host<'h>(&self, head: &'h Parts) -> Result<&'h str, Failure> {
        let mut hosts = head.headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok(),
            _ => None,
        };
        let is_own = |host: &&str| {
            let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
            matches!(name, "127.0.0.1" | "localhost") && port == self.port.to_string()
        };
        let authority = head.uri.authority().map(http::uri::Authority::as_str);
        match host.filter(is_own) {
            Some(host) if authority.is_none_or(|named| named == host) => Ok(host),
            _ => Err(Failure::new(
                StatusCode::MISDIRECTED_REQUEST,
                "the request is for another host",
                format!("the inspector is http://127.0.0.1:{}", self.port),
            )),
        }
    }

    fn has_token(&self, head: &Parts) -> bool {
        let mut values = head.headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return false;
        };
        let value = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        value.is_some_and(|given| self.token.is(given))
    }
}

fn is_json(head: &Parts) -> bool {
    let value = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.map(|value| value.split(';').next().unwrap_or_default().trim());
    media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
}
