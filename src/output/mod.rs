//! Output human-readable and as JSON: the console, the layouts of all commands, JSON lines and reports. Only this module
//! prints, so that colour, escaping and broken pipes are handled once.

pub(crate) mod capture_list;
pub(crate) mod console;
pub mod delivery;
pub(crate) mod delivery_page;
pub mod diagnosis;
pub(crate) mod exchange;
pub(crate) mod explanation;
pub(crate) mod handshake;
pub(crate) mod load;
pub mod payload;
pub(crate) mod reports;
pub mod style;
pub(crate) mod table;
pub mod types;
pub(crate) mod wrap;
