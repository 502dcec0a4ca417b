//! A delivery as a file and back again, without losing a byte.

pub mod curl;
pub mod raw_http;
