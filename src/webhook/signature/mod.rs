//! Signatures: schemes as data, secrets, and making, checking and corrupting the value of a signature header.

pub mod format;
pub(crate) mod mac;
pub mod scheme;
pub mod secret;
pub mod sign;
pub mod tamper;
pub mod verify;
