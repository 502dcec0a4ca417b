//! The record of a delivery: the request, what was found out about it and the response. It has one JSON
//! shape, in `line`, which the listener prints, logs hold and `inspect` writes.

mod line;
mod loss;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use super::analysis::Analysis;
use super::delivery::{Delivery, Headers};
use super::payload::validate::Validation;
use super::signature::verify::Verdict;

pub use line::BodyPart;
pub(crate) use line::{
    AnswerPart, ContentCodingPart, DeliveryLine, ForwardedPart, RequestPart, ResponsePart,
    SignaturePart, Text, ValidationPart, header_parts, milliseconds,
};
pub use loss::Loss;

/// A delivery, as far as it is known what became of it: a capture may hold the request alone.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRecord {
    /// The number in the run or the capture, from 1.
    pub id: u64,
    /// The request.
    pub delivery: Delivery,
    /// What was found out about it; `None` when no listener has analyzed it.
    pub analysis: Option<RecordedAnalysis>,
    /// The number of the earlier delivery with the same body: a retry or a duplicate.
    pub duplicate_of: Option<u64>,
    /// The status of the response; `None` when the connection was closed without one.
    pub status: Option<u16>,
    /// The fault that was injected, in a clause.
    pub injected: Option<String>,
    /// The response of the endpoint that the delivery was forwarded to.
    pub forwarded: Option<Forwarded>,
    /// Whether the sender had closed the connection, or its side of it, before the response. A journal does not keep
    /// it.
    pub sender_left: bool,
    /// From the last byte of the head to the response.
    pub duration: Option<Duration>,
    /// The length of the body in a record that was read without headers and body.
    pub unread_body: Option<u64>,
    /// What the capture that it was read from does not keep of the request.
    pub losses: Vec<Loss>,
}

/// What a listener found out about a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnalysis {
    /// The provider's name, if it was detected.
    pub provider: Option<Cow<'static, str>>,
    /// The event's name.
    pub event: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// That header and body look like different providers, in a sentence. No capture keeps it.
    pub conflict: Option<String>,
    /// The verdict on the signature.
    pub signature: RecordedSignature,
    /// The verdict on the body.
    pub validation: Validation,
}

/// A verdict on a signature and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedSignature {
    /// The verdict.
    pub verdict: Verdict,
    /// The header that was looked for, in lower case.
    pub header: Option<String>,
    /// The algorithm, such as `hmac-sha256`.
    pub algorithm: Option<Cow<'static, str>>,
    /// The name of the signature, where the provider has several. A journal does not keep it.
    pub name: Option<String>,
    /// The verdict in a sentence.
    pub reason: String,
}

/// The result of forwarding a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The URL it was forwarded to.
    pub url: String,
    /// The endpoint's status, or why there is none.
    pub outcome: Result<u16, String>,
    /// How long the endpoint took.
    pub duration: Duration,
    /// What the endpoint responded, as far as it is kept.
    pub response: Option<KeptResponse>,
}

/// The headers of an endpoint's response, and the beginning of its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptResponse {
    /// The headers, names in lower case.
    pub headers: Headers,
    /// At most [`KeptResponse::MAX_BODY`] bytes.
    pub body: Bytes,
    /// Whether the body was longer.
    pub clipped: bool,
}

impl KeptResponse {
    /// How much of a body is kept, in bytes.
    pub const MAX_BODY: usize = 64 << 10;
}

/// How much of a recorded delivery is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadDepth {
    /// The request alone.
    Request,
    /// What a list shows: neither headers and body nor the evidence for the verdicts.
    Listed,
    /// Everything but headers and body.
    Summary,
    /// Everything.
    Full,
}

impl DeliveryRecord {
    /// A request that has not been analyzed.
    pub fn new(id: u64, delivery: Delivery) -> Self {
        Self {
            id,
            delivery,
            analysis: None,
            duplicate_of: None,
            status: None,
            injected: None,
            forwarded: None,
            sender_left: false,
            duration: None,
            unread_body: None,
            losses: Vec::new(),
        }
    }

    /// The verdict on the signature.
    pub fn verdict(&self) -> Option<Verdict> {
        self.analysis.as_ref().map(|found| found.signature.verdict)
    }

    /// The body's length in bytes.
    pub fn body_length(&self) -> u64 {
        self.unread_body.unwrap_or(self.delivery.body.len() as u64)
    }
}

impl From<Analysis> for RecordedAnalysis {
    fn from(analysis: Analysis) -> Self {
        let Analysis { identity, validation } = analysis;
        let signature = identity.signature;
        Self {
            provider: identity.provider.map(|p| Cow::Borrowed(p.name.as_str())),
            event: identity.event.name,
            channel: identity.event.channel,
            conflict: identity.conflict.map(|conflict| conflict.sentence()),
            signature: RecordedSignature {
                verdict: signature.verdict,
                header: signature.header,
                algorithm: signature.algorithm.map(|a| Cow::Borrowed(a.name())),
                name: signature.name,
                reason: signature.reason,
            },
            validation,
        }
    }
}

/// A request that never became a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: RejectReason,
    /// The reason in a sentence. It may repeat what the peer sent, and is escaped before it is shown.
    pub detail: String,
    /// The request line's method and target, as far as they were read.
    pub request: Option<(String, String)>,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// The sender.
    pub peer: Option<SocketAddr>,
    /// When.
    pub at: Timestamp,
}

/// Why a request never became a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// Not a POST.
    Method,
    /// Another path than the listener's.
    Path,
    /// The body is over the limit.
    TooLarge,
    /// The connection ended before the request did.
    Truncated,
    /// The request did not arrive in time.
    TimedOut,
    /// Not HTTP, or HTTP that contradicts itself.
    Malformed,
    /// From a web page of another origin.
    Origin,
    /// Too many connections or too many bytes at once.
    Busy,
    /// The disk that deliveries are recorded on is full.
    #[serde(rename = "no_room")]
    NoSpace,
    /// The delivery could not be recorded, so it was not accepted.
    NotRecorded,
}
