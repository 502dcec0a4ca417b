//! Why a signature does not match. Hypotheses are data, one search combines them, and what it finds is a proof,
//! because it reproduces the received signature. Pure: no files, no clock, no printing.
//!
//! - `input` is the entry point: a delivery and its secrets become a [`Diagnosis`], a proof or hints.
//! - `candidate` reads the headers' values as signatures, in every encoding; `key` has the keys that a secret may
//!   become, `recipe` what may be computed from key and body.
//! - `variant` is what may have been hashed instead of the body: `byte_transform`s, and what the [`runtimes`] write of
//!   the JSON.
//! - [`learn`] finds out how an unknown provider signs.
//! - `search` combines them. [`cause`] has the texts that explain what it finds, [`mod@difference`] shows where the
//!   bytes differ.

mod byte_transform;
mod candidate;
pub mod cause;
pub mod difference;
mod input;
pub(crate) mod key;
pub mod learn;
mod recipe;
pub mod runtimes;
pub(crate) mod search;
mod variant;

pub use cause::Explanation;
pub use input::{Diagnosis, DiagnosisInput, Effort, Proof, WrongSignature};
