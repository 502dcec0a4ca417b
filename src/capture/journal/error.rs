//! The errors of a journal, with what to do about each.

use std::fmt;
use std::io;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_IOERR_SHMSIZE};

use crate::error::reason;

/// Why a journal cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// There is no space left on the disk, or under the cap.
    Full,
    /// Another program holds the file.
    Busy,
    /// The file is something else.
    NotAJournal,
    /// A newer version of this program wrote it.
    Newer {
        /// The file's version.
        found: i32,
        /// The newest version that this program knows.
        known: i32,
    },
    /// The file of this name, the journal or one next to it, was moved, removed or replaced during recording.
    Moved(String),
    /// Another program wrote over the journal during recording.
    Overwritten(String),
    /// It was opened for reading, and there is something to write.
    ReadOnly,
    /// The file contradicts itself.
    Damaged(String),
    /// The operating system refuses.
    Io(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(f, "there is no space left for it"),
            Self::Busy => write!(f, "another program is holding it"),
            Self::NotAJournal => write!(f, "it is not a journal of deliveries"),
            Self::Newer { found, known } => write!(
                f,
                "it is a journal of version {found}, this program knows them up to {known}"
            ),
            Self::Moved(name) => write!(f, "{name} was moved, removed or replaced meanwhile"),
            Self::Overwritten(why) => write!(f, "another program overwrote it: {why}"),
            Self::ReadOnly => write!(f, "it was opened for reading only"),
            Self::Damaged(why) => write!(f, "it is damaged: {why}"),
            Self::Io(why) | Self::Other(why) => f.write_str(why),
        }
    }
}

impl JournalError {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Full => {
                "free space on the disk or raise the limit (of a quota or of file sizes), or record to another disk"
            }
            Self::Busy => "end the program that holds it, or record to another file",
            Self::NotAJournal => "name a new file, or one that `listen --record` made",
            Self::Newer { .. } => "use the version that wrote it, or a newer one",
            Self::Moved(_) => "put it back, with its -wal file, or start the listener again",
            Self::Overwritten(_) => {
                "stop the program that overwrites it; keep copies of it and its -wal file, and record to a new file"
            }
            Self::ReadOnly => "open it for recording",
            Self::Damaged(_) => {
                "look at a copy with `sqlite3 FILE .recover`, and record to a new file"
            }
            Self::Io(_) => "check the path, its permissions and the disk",
            Self::Other(_) => "try a file on a local disk, or a copy of it there",
        }
    }
}

impl std::error::Error for JournalError {}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full,
            _ => Self::Io(reason(&error)),
        }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(failure) = error.sqlite_error() else {
            // A column of a type that this version never writes.
            return Self::Damaged(error.to_string());
        };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            // Another program removed a group that this one remembers.
            _ if failure.extended_code == SQLITE_CONSTRAINT_FOREIGNKEY => {
                Self::Damaged(error.to_string())
            }
            // The file that writer and readers share could not grow: on a full disk it is the first.
            _ if failure.extended_code == SQLITE_IOERR_SHMSIZE => Self::Full,
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed => Self::Busy,
            ErrorCode::NotADatabase => Self::NotAJournal,
            ErrorCode::DatabaseCorrupt => Self::Damaged(error.to_string()),
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure => Self::Io(error.to_string()),
            // A file with a journal's mark and without its tables.
            _ if error.to_string().starts_with("no such table") => Self::NotAJournal,
            _ => Self::Other(error.to_string()),
        }
    }
}
