//! A delivery as a file and back again, without losing a byte.

pub mod curl;
mod detect;
mod error;
pub mod har;
pub mod journal;
pub mod ndjson;
pub mod raw_http;
mod sendable;
mod shown;
mod url;

pub use detect::{Format, detect, detect_beginning};
pub use error::CaptureError;

use crate::webhook::delivery::Delivery;
use crate::webhook::validate::Validity;
use crate::webhook::verify::Verdict;

/// A delivery from a capture.
#[derive(Clone, Debug, PartialEq)]
pub struct Captured {
    /// Its number in the capture: the journal's or the listener's own, else its place from 1.
    pub id: u64,
    /// The request.
    pub delivery: Delivery,
    /// What the listener that recorded it found, where the format keeps that.
    pub found: Option<Found>,
}

/// What is to be read of a capture's deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The request, and what the listener found.
    All,
    /// The request alone: [`Captured::found`] is `None`.
    Request,
}

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
}
