//! Deliveries as `listen --json` prints them, one JSON object a line: read back from a log, and written
//! in the same shape from any other capture.

mod line;
mod read;
mod text;
mod write;

pub use read::{Piece, read, read_piece};
pub use write::line;

#[cfg(test)]
mod tests;
