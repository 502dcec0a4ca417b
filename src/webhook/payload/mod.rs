//! Bodies: parsed beside their bytes, validated against what the provider documents, edited and written again.

pub mod event;
pub mod json;
pub mod set;
pub mod stringify;
pub mod validate;
