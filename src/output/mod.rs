//! What people and programs read. Whatever a command lays out by itself is made of the parts here and printed
//! by the console here, so that colour, escaping and broken pipes are decided once.

pub mod attempt;
pub mod conformance;
pub mod console;
pub mod delivery;
pub mod delivery_line;
pub mod diagnosis;
pub mod json;
pub mod labels;
pub mod listed;
pub mod object;
pub mod payload;
pub mod replayed;
pub mod sent;
pub mod style;
pub mod table;
