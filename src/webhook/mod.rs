//! The rules of webhooks, as pure functions: no files, no network, no clock, no printing.
//!
//! A [`delivery`] is one request. [`analysis`] finds the [`provider`] that sent it, verifies its [`signature`] and
//! validates its [`payload`]; a [`record`] stores the results. [`privacy`] replaces what is private.

pub mod analysis;
pub mod content_coding;
pub mod delivery;
pub(crate) mod handshake;
mod one_or_more;
pub(crate) mod packed;
pub mod payload;
pub mod privacy;
pub mod provider;
pub mod record;
pub mod retry;
pub mod signature;
pub(crate) mod suggest;
pub(crate) mod toml_error;
