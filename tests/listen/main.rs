//! The listener: `cz-hook listen` with every way to answer, forward, record and expect, under untrusted input,
//! and the journal and tunnel clients under it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod command;
mod expect;
mod first_request;
mod forward;
mod hostile;
mod journal;
mod record;
mod same_bytes;
#[path = "../support/mod.rs"]
mod support;
#[cfg(unix)]
mod tunnel;
#[cfg(unix)]
mod tunnel_client;
