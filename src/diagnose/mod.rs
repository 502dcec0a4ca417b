//! Why a signature does not match. Hypotheses are data, one search combines them, and what it finds is a proof,
//! because it reproduces the received signature. Pure: no files, no clock, no printing.
//!
//! - `input` is the entry point: a delivery and its secrets become a [`Diagnosis`], a proof or hints.
//! - `candidate` reads the headers' values as signatures, in every `digest_encoding`; `key` has the keys that a
//!   secret may become, `recipe` what may be computed from key and body.
//! - `body_view` is what a body holds, `variant` what may have been hashed instead: `byte_transform`s, and
//!   what the [`runtimes`] write of the JSON. `variant_cache` keeps the bytes.
//! - `search` combines them. [`cause`] has the texts that explain what it finds, [`mod@difference`] shows where the
//!   bytes differ.
//! - `compare` explains what turns one body into another.

mod body_view;
mod byte_transform;
mod candidate;
pub mod cause;
pub(crate) mod compare;
pub mod difference;
mod digest_encoding;
mod input;
pub(crate) mod key;
mod recipe;
pub mod runtimes;
mod search;
mod variant;
mod variant_cache;

pub use cause::Explanation;
pub use input::{Diagnosis, DiagnosisInput, Effort, Proof};
