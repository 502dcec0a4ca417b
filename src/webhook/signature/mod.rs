//! Signatures: schemes as data, secrets, and making, checking and spoiling what stands in a header.

pub mod hex;
pub mod mac;
pub mod malformed;
pub mod scheme;
pub mod secret;
pub mod sign;
pub mod tamper;
mod value;
pub mod verify;
