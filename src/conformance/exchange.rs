//! A request that was sent, and its response or the reason why there is none.

use std::time::Duration;

use crate::http::{Response, SendError, SendErrorKind};

use super::leak::Leak;
use super::request_builder::Request;

/// The status of an endpoint that limits the rate of requests.
pub const TOO_MANY_REQUESTS: u16 = 429;

/// Why there is no response.
#[derive(Clone, Debug)]
pub struct NoResponse {
    pub kind: SendErrorKind,
    pub message: String,
    pub hint: String,
}

impl From<SendError> for NoResponse {
    fn from(why: SendError) -> Self {
        Self { kind: why.kind, message: why.error.message, hint: why.error.hint }
    }
}

/// A request that was sent, and its response.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub request: Request,
    /// The response, with the secret removed; `None` when none was awaited.
    pub response: Option<Result<Response, NoResponse>>,
    /// What the response reveals.
    pub leak: Option<Leak>,
    pub duration: Duration,
    /// Whether the same request got no response in time before.
    pub is_second: bool,
}

impl Exchange {
    /// A request whose response was not awaited.
    pub fn unanswered(request: Request) -> Self {
        let duration = Duration::ZERO;
        Self { request, response: None, leak: None, duration, is_second: false }
    }

    /// The response, if there was one.
    pub fn received(&self) -> Option<&Response> {
        self.response.as_ref()?.as_ref().ok()
    }

    /// Why there is no response, if one was awaited.
    pub fn no_response(&self) -> Option<&NoResponse> {
        self.response.as_ref()?.as_ref().err()
    }

    pub fn status(&self) -> Option<u16> {
        self.received().map(|response| response.status)
    }

    /// Whether there was no response in time.
    pub fn has_timed_out(&self) -> bool {
        self.no_response().is_some_and(|why| why.kind == SendErrorKind::TimedOut)
    }

    /// Whether the response only says that there were too many requests.
    pub fn is_limited(&self) -> bool {
        self.status() == Some(TOO_MANY_REQUESTS)
    }

    /// Whether the status was 2xx.
    pub fn is_accepted(&self) -> bool {
        self.status().is_some_and(|status| status / 100 == 2)
    }
}
