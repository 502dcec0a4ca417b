//! Deliveries in files: one module per format, and none of them loses a byte.

pub mod curl;
mod detect;
mod error;
pub mod har;
pub mod http;
pub mod journal;
pub mod ndjson;
mod url;

pub use detect::{Format, detect, detect_beginning};
pub use error::{CaptureError, HttpError};
