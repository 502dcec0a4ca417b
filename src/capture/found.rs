//! What the listener that recorded a delivery found: kept beside the request, so that nobody has to find it
//! again.

use std::time::Duration;

use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::Validity;
use crate::webhook::record::Forwarded;
use crate::webhook::signature::verify::Verdict;

/// What a listener found and answered when it recorded a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Whose delivery it was.
    pub provider: Option<String>,
    /// The event.
    pub event: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// The verdict on the signature.
    pub signature: Verdict,
    /// The verdict on the signature in a sentence.
    pub reason: String,
    /// The verdict on the body.
    pub validation: Validity,
    /// The earlier delivery with the same body.
    pub duplicate_of: Option<u64>,
    /// The status that was answered; `None` when there was no answer.
    pub status: Option<u16>,
    /// The rest, where a delivery is read whole and the format keeps it.
    pub details: Option<Box<Details>>,
}

/// What a listener found besides, and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The header that the signature was looked for in, in lower case.
    pub signature_header: Option<String>,
    /// The signature's algorithm, such as `hmac-sha256`.
    pub signature_algorithm: Option<String>,
    /// What is wrong with the body.
    pub errors: Vec<Finding>,
    /// What is worth knowing of the body.
    pub notes: Vec<Finding>,
    /// The fault that was injected on purpose.
    pub injected: Option<String>,
    /// What became of passing it on.
    pub forwarded: Option<Forwarded>,
    /// From the end of the head to the answer, to the microsecond.
    pub duration: Duration,
}
