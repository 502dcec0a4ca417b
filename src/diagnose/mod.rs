//! Why a signature does not match, pure: what a signer may have hashed instead of the body, as data, and
//! the means to prove it.

pub mod json;
pub mod serialise;
