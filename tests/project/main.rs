//! Architecture, documents, manual pages, packaging, fuzz corpora and JSON schemas agree with this build.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod architecture;
#[cfg(unix)]
mod archives;
#[cfg(unix)]
mod benches;
#[cfg(unix)]
mod ci_recipes;
#[cfg(unix)]
mod docs;
mod fuzz_corpora;
#[cfg(unix)]
mod json_lines;
mod man;
#[cfg(unix)]
mod packages;
mod properties;
mod reference;
mod security;
#[cfg(unix)]
mod site;
#[path = "../support/mod.rs"]
mod support;
#[cfg(unix)]
mod testing;
