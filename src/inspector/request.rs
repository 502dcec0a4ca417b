//! A request to the inspector: where it leads, and what its path and its query say.

use http::request::Parts;
use hyper::body::Incoming;
use jiff::Timestamp;

use super::failure::Failure;
use super::filter::Filter;
use super::routes::Operation;

/// A request that was let in.
pub(super) struct Asked {
    pub(super) operation: Operation,
    /// The variable parts of its path.
    pub(super) parts: Vec<String>,
    pub(super) head: Parts,
    pub(super) body: Incoming,
}

impl Asked {
    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.head.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A parameter that is a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        let Some(text) = self.parameter(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            Failure::bad_request(format!("`{name}` is not a number"), "give a number, such as 42")
        })
    }

    /// A part of the path that is the id of a delivery.
    pub(super) fn id(&self, index: usize) -> Result<u64, Failure> {
        let id = self.part(index).parse().ok();
        id.ok_or_else(|| Failure::bad_request("the id is not a number", "ids are numbers from 1"))
    }

    /// A variable part of the path.
    pub(super) fn part(&self, index: usize) -> &str {
        self.parts.get(index).map_or("", String::as_str)
    }

    pub(super) fn filter(&self) -> Result<Filter, Failure> {
        let text = self.parameter("q").unwrap_or_default();
        Ok(Filter::parse(&text, Timestamp::now())?)
    }
}
