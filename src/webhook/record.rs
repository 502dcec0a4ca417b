//! What a listener has to tell: a delivery that came, with what was found and answered, or a request
//! that was turned away before it became one.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;

use super::analysis::Analysis;
use super::delivery::Delivery;

/// A delivery that was received whole, examined and answered.
#[derive(Clone, Debug)]
pub struct DeliveryRecord {
    /// Its number in this run, from 1.
    pub id: u64,
    /// The request.
    pub delivery: Delivery,
    /// What was found.
    pub analysis: Analysis,
    /// The number of the earlier delivery with the same body: a retry or a duplicate.
    pub duplicate_of: Option<u64>,
    /// The status that was answered; `None` when the connection was closed without an answer.
    pub status: Option<u16>,
    /// The fault that was injected on purpose, in words.
    pub injected: Option<String>,
    /// What the endpoint said that it was passed on to.
    pub forwarded: Option<Forwarded>,
    /// From the last byte of the head to the answer.
    pub duration: Duration,
}

/// A received delivery in words, but for its numbers: those it gets when everything else is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unnumbered {
    /// The words.
    pub text: Vec<u8>,
    /// Where in them the number of the first delivery with the same body goes.
    pub gap: usize,
}

/// What became of passing a delivery on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// Where it was passed on to.
    pub url: String,
    /// The endpoint's status, or why there is none.
    pub outcome: Result<u16, String>,
    /// How long the endpoint took.
    pub duration: Duration,
}

/// A request that never became a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: Reason,
    /// The reason in a sentence; holds what the stranger sent, so it is escaped before it is shown.
    pub detail: String,
    /// The request line's method and target, as far as they were read.
    pub request: Option<(String, String)>,
    /// The status that was answered, if any.
    pub status: Option<u16>,
    /// Who it was.
    pub peer: Option<SocketAddr>,
    /// When.
    pub at: Timestamp,
}

/// Why a request never became a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not a POST.
    Method,
    /// Another path than the listener's.
    Path,
    /// The body is over the limit.
    TooLarge,
    /// The connection ended before the request did.
    Truncated,
    /// The request did not come in time.
    TimedOut,
    /// Not HTTP, or HTTP that contradicts itself.
    Malformed,
    /// There was no room: too many connections or too many bytes at once.
    Busy,
    /// The disk that deliveries are recorded on is full.
    NoRoom,
    /// The delivery could not be recorded, so it was not accepted.
    NotRecorded,
}

impl Reason {
    /// The word used in JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::TooLarge => "too_large",
            Self::Truncated => "truncated",
            Self::TimedOut => "timed_out",
            Self::Malformed => "malformed",
            Self::Busy => "busy",
            Self::NoRoom => "no_room",
            Self::NotRecorded => "not_recorded",
        }
    }
}
