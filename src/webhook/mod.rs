//! The field's rules, pure: no files, no network, no clock, no printing. What goes in is bytes and
//! facts, what comes out is bytes and verdicts.
//!
//! A [`delivery`] is the noun. What is to be said of its [`signature`], of its [`body`] and of whose it is, its
//! [`provider`]'s, [`analyze`] brings together.

pub mod analysis;
pub mod delivery;
pub mod payload;
pub mod provider;
pub mod record;
pub mod retry;
pub mod signature;
pub(crate) mod suggest;
pub(crate) mod toml_error;
