//! What strangers sent, made safe to look at: text for people, JSON for programs.

pub mod json;
pub mod object;
pub mod text;
