//! What strangers sent, made safe to look at: text for people, JSON for programs, files that may be anything.

pub mod answered;
pub mod file;
pub mod json;
pub mod object;
pub mod text;
