//! Bodies: read beside their bytes, named, and held against what the provider documents.

pub mod bom;
pub mod event;
pub mod explain;
pub mod finding;
pub mod json;
pub mod outline;
pub mod schema;
pub mod set;
pub mod skim;
pub mod stringify;
pub mod unknown;
pub mod validate;
