//! Why a signature does not match, pure: hypotheses are data, one search combines them, and what it finds is
//! a proof, because it reproduces the received signature.
//!
//! - [`claims`] are the values that may be the signature, [`received`] reads one, in every way in which a digest
//!   is [`written`]; [`key`] makes keys of secrets, [`construction`] says what is made of key and message.
//! - [`texts`] are what a body may hold, each a [`source`]; [`form`] is what may have been hashed in its place:
//!   [`edit`]s of bytes, and what [`serialise`] writes of the [`json`].
//! - [`search`] combines them, [`shelf`] keeps what is made; [`cause`] has the words, an [`explanation`] is made of
//!   them, [`mod@difference`] shows where bytes part, [`clue`] what remains to be said when nothing fits.
//! - [`transform`] names what leads from one body to another.

pub mod cause;
pub mod claims;
pub mod clue;
pub mod construction;
pub mod difference;
pub mod digest;
pub mod edit;
pub mod explanation;
pub mod form;
pub mod key;
pub mod question;
pub mod received;
pub mod runtimes;
pub mod search;
pub mod shelf;
pub mod source;
pub mod texts;
pub mod transform;
pub mod written;

pub use explanation::Explanation;
pub use question::{Diagnosis, Effort, Proof, Question};
