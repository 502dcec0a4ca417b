//! A delivery as a file and back again, without losing a byte.

pub mod curl;
mod detect;
mod error;
mod found;
pub mod har;
pub mod journal;
pub mod ndjson;
pub mod raw_http;
mod sendable;
mod shown;
mod url;

pub use detect::{Format, detect, detect_beginning};
pub use error::CaptureError;
pub use found::{Details, Found};

use crate::webhook::delivery::Delivery;

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
