//! The journal: every delivery that a listener received, in one SQLite file, so that what was
//! acknowledged is still there after a kill or a power cut and can be read while more arrives.

mod anchor;
mod doors;
mod error;
mod filter;
mod headers;
mod identity;
mod kinds;
mod places;
mod reader;
mod readers;
mod row;
mod schema;
mod writer;

use std::path::Path;

use rusqlite::Connection;

pub use error::JournalError;
pub use filter::Filter;
pub use readers::{Numbers, Readers};
pub use row::Row;

use anchor::Anchor;
use writer::Pen;

/// A journal of received deliveries. Its order is that of `received_at`, then of the ids.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    /// What writing needs; `None` when it was opened for reading.
    pen: Option<Pen>,
}

impl Journal {
    /// Opens a journal for writing. A file that is missing or empty becomes a new journal, for its
    /// owner's eyes only (mode 0600); an existing journal is continued. Several writers can share one.
    ///
    /// # Errors
    /// [`JournalError::NotAJournal`] and [`JournalError::Newer`] leave the file as it is;
    /// [`JournalError::Full`] when there is no room to begin, [`JournalError::Busy`] when another
    /// program holds the file for seconds, [`JournalError::Io`] when it cannot be opened or created.
    pub fn record(path: &Path) -> Result<Self, JournalError> {
        let mut connection = doors::for_writing(path)?;
        let pen = Pen::new(&mut connection, Anchor::new(path)?)?;
        Ok(Self {
            connection,
            pen: Some(pen),
        })
    }

    /// Opens a journal for reading, also while others write to it, after its writer was killed, and on
    /// a medium that cannot be written to.
    ///
    /// # Errors
    /// [`JournalError::NotAJournal`], [`JournalError::Newer`], and [`JournalError::Io`] when the file
    /// cannot be read.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Ok(Self {
            connection: doors::for_reading(path)?,
            pen: None,
        })
    }
}

/// SQLite's integers are signed; no count gets near their end.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
