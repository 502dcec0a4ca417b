//! The commands that run once and end: what each prints, sends, reads and writes, and its exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod captures;
mod color;
mod completions;
mod config;
mod demo;
mod doctor;
mod events;
mod explain;
mod forms;
mod habits;
mod handshakes;
mod inputs;
mod inspect;
mod inspect_list;
mod learn;
mod load;
mod load_exports;
mod messages;
mod providers;
mod redact;
mod replay;
mod retry;
mod send;
mod send_wire;
mod sign;
mod snippet;
#[path = "../support/mod.rs"]
mod support;
#[cfg(unix)]
mod terminal;
mod types;
mod verify;
mod verify_large;
