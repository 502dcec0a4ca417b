//! The first difference of two byte strings, as text.

use serde::Serialize;

use crate::diagnose::difference::Difference;
use crate::escape;

/// A line of each, escaped as a terminal shows it.
#[derive(Debug, Serialize)]
pub(super) struct Excerpts {
    /// The first byte that differs.
    offset: usize,
    /// The byte that the excerpts begin with.
    start: usize,
    received: String,
    hashed: String,
    /// How many characters at the beginning of both are the same.
    column: usize,
    received_bytes: usize,
    hashed_bytes: usize,
}

impl From<&Difference> for Excerpts {
    fn from(difference: &Difference) -> Self {
        let at = difference.offset - difference.start;
        let head = difference.received.get(..at).unwrap_or_default();
        Self {
            offset: difference.offset,
            start: difference.start,
            received: escape::line(&difference.received),
            hashed: escape::line(&difference.hashed),
            column: escape::line(head).chars().count(),
            received_bytes: difference.received_length,
            hashed_bytes: difference.hashed_length,
        }
    }
}
