//! Why a signature does not match. Hypotheses are data, one search combines them, and what it finds is a proof,
//! because it reproduces the received signature. Pure: no files, no clock, no printing.
//!
//! - [`input`] is the entry point: a delivery and its secrets become a [`Diagnosis`].
//! - [`candidate`] reads the headers' values as signatures, in every [`digest_encoding`]; [`key`] has the keys that a
//!   secret may become, [`recipe`] what may be computed from key and body.
//! - [`body_view`] is what a body holds, [`variant`] what may have been hashed instead: [`byte_transform`]s, and
//!   what the [`runtimes`] write of the JSON. [`variant_cache`] keeps the bytes.
//! - [`search`] combines them. [`cause`] has the texts that explain what it finds, [`mod@difference`] shows where the
//!   bytes differ, [`hint`] has what remains to be said when nothing is found.
//! - [`compare`] explains what turns one body into another.

pub mod body_view;
pub mod byte_transform;
pub mod candidate;
pub mod cause;
pub mod compare;
pub mod difference;
pub mod digest_encoding;
pub mod hint;
pub mod input;
pub mod key;
pub mod recipe;
pub mod runtimes;
pub mod search;
pub mod variant;
pub mod variant_cache;

pub use cause::Explanation;
pub use input::{Diagnosis, DiagnosisInput, Effort, Proof};
