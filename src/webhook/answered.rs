//! What became of a delivery, as it stands in lines of JSON.

use std::time::Duration;

use serde::Serialize;

use crate::webhook::record::Forwarded;

/// What a listener answered.
#[derive(Debug, Serialize)]
pub struct ResponsePart {
    status: u16,
}

impl From<u16> for ResponsePart {
    fn from(status: u16) -> Self {
        Self { status }
    }
}

/// What became of passing a delivery on.
#[derive(Debug, Serialize)]
pub struct ForwardedPart<'r> {
    url: &'r str,
    status: Option<u16>,
    error: Option<&'r str>,
    duration_ms: f64,
}

impl<'r> From<&'r Forwarded> for ForwardedPart<'r> {
    fn from(forwarded: &'r Forwarded) -> Self {
        Self {
            url: &forwarded.url,
            status: forwarded.outcome.as_ref().ok().copied(),
            error: forwarded.outcome.as_ref().err().map(String::as_str),
            duration_ms: milliseconds(forwarded.duration),
        }
    }
}

/// Milliseconds. A part of a microsecond is left out, as a journal leaves it out.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e3
}
