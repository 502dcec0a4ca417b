//! What people and programs read. Everything that is printed goes through here, so that colour, escaping
//! and broken pipes are decided once.

pub mod attempt;
pub mod conformance;
pub mod console;
pub mod delivery;
pub mod delivery_line;
pub mod diagnosis;
pub mod json;
pub mod payload;
pub mod replayed;
pub mod sent;
pub mod style;
pub mod table;

pub use crate::safe::text as sanitize;
