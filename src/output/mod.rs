//! Output for people and programs: the console, the layouts of all commands, JSON lines and reports. Only this module
//! prints, so that colour, escaping and broken pipes are handled once.

pub(crate) mod attempt;
pub(crate) mod console;
pub mod delivery;
pub mod delivery_line;
pub mod diagnosis;
pub(crate) mod json;
pub(crate) mod labels;
pub(crate) mod listed;
pub(crate) mod object;
pub mod payload;
pub(crate) mod replayed;
pub(crate) mod reports;
pub(crate) mod sent;
pub mod style;
pub(crate) mod table;
