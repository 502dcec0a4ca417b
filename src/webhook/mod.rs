//! The rules of the field: no files, no network, no clock, no printing. Bytes and facts go in, bytes and verdicts come
//! out.
//!
//! A [`delivery`] is one request. [`analysis`] says whose it is ([`provider`]), what its [`signature`] is worth and
//! whether its [`payload`] is as documented; a [`record`] keeps that.

pub mod analysis;
pub mod content_coding;
pub mod delivery;
pub(crate) mod handshake;
mod one_or_more;
pub mod payload;
pub mod provider;
pub mod record;
pub mod retry;
pub mod signature;
pub(crate) mod suggest;
pub(crate) mod toml_error;
