//! Why a signature does not match. Hypotheses are data, one search combines them, and what it finds is a proof,
//! because it reproduces the received signature. Pure: no files, no clock, no printing.
//!
//! - `input` is the entry point: a delivery and its secrets become a [`Diagnosis`], a proof or hints.
//! - `candidate` reads the headers' values as signatures, in every `digest_encoding`; `key` has the keys that a secret
//!   may become, by `secret_reading`s; `recipe` is what may be computed from key and body, and `request_parts` what may
//!   be taken for the rest of the request.
//! - `variant` is what may have been hashed instead of the body: a `view` of it, what the [`runtimes`] write of the JSON,
//!   and `byte_transform`s, which are in `transform_table`, among them those of `json_text`, `form`, `framework` and `text_encoding`.
//! - `evidence` tells whether the file can be what was sent at all.
//! - [`learn`] finds out how an unknown provider signs.
//! - `search` combines them. [`cause`] has the texts that explain what it finds, [`mod@difference`] shows where the
//!   bytes differ.

mod byte_change;
mod byte_transform;
mod candidate;
pub mod cause;
pub mod difference;
mod digest_encoding;
mod evidence;
mod form;
mod framework;
mod input;
mod json_text;
pub(crate) mod key;
pub mod learn;
mod recipe;
mod request_parts;
pub mod runtimes;
pub(crate) mod search;
mod secret_reading;
mod text_encoding;
mod transform_table;
mod variant;
mod view;

pub use cause::Explanation;
pub use input::{Diagnosis, DiagnosisInput, Effort, Proof, WrongSignature};
