//! What people and programs read. Whatever a command lays out by itself is made of the parts here and printed
//! by the console here, so that colour, escaping and broken pipes are decided once.

pub mod capture_list;
pub mod conformance;
pub mod console;
pub mod delivery;
pub mod diagnosis;
pub mod exchange;
pub mod json;
pub mod payload;
pub mod style;
pub mod table;
pub mod words;
