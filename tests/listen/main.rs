//! `cz-hook listen`: responding, forwarding, recording and expecting, also with untrusted input; the journal and the
//! tunnel clients under it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod command;
mod content_coding;
mod expect;
mod first_request;
mod forward;
mod handshakes;
mod hostile;
mod inspector;
mod inspector_page;
mod journal;
mod keep;
mod record;
#[cfg(unix)]
mod recorded_files;
mod requests;
mod same_bytes;
#[path = "../support/mod.rs"]
mod support;
#[cfg(unix)]
mod tunnel;
#[cfg(unix)]
mod tunnel_client;
mod tunnel_urls;
#[cfg(unix)]
mod unread_output;
