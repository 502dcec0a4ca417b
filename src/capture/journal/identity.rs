//! Whether a file is a journal, found out without touching it: opening somebody else's database the
//! usual way may already change it, as SQLite then finishes what its last writer left undone.

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::read_limited;

use super::JournalError;
use super::doors::connect;
use super::schema::{APPLICATION_ID, VERSION};

/// What a file that may be written to is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing yet: no byte in it.
    Empty,
    /// A journal of this version.
    Journal,
}

/// Reads the file's first page and nothing else: no lock, no recovery, no files beside it. Its identity
/// is always there, since a new journal's tables are written before it gets a write-ahead log.
pub(super) fn look(path: &Path) -> Result<Identity, JournalError> {
    let connection = untouched(path)?;
    // A kill or a full disk while the log is folded in leaves a first page that counts pages which are
    // still in the log alone. That is no damage, and SQLite takes it as such only if told to.
    connection.pragma_update(None, "writable_schema", true)?;
    match identify(&connection) {
        // Cut off while the tables were being made: SQLite takes back what was half done.
        Err(_) if was_cut_off_at_first(path) => {
            drop(connection);
            identify(&connect(path)?)
        }
        identity => identity,
    }
}

/// Whether a transaction was begun on a file without a page, and is neither finished nor taken back. Any
/// later one is somebody else's to take back: a journal by then has its identity.
fn was_cut_off_at_first(path: &Path) -> bool {
    const MAGIC: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    // In its header, the pages that there were before stand behind the magic and two numbers more.
    let header = read_limited::beginning(Path::new(&name), 20).unwrap_or_default();
    header.starts_with(MAGIC) && header.get(16..) == Some(&[0; 4])
}

/// What an open database is.
pub(super) fn identify(connection: &Connection) -> Result<Identity, JournalError> {
    let ask = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    if ask("page_count")? == 0 {
        return Ok(Identity::Empty);
    }
    match (ask("application_id")?, ask("user_version")?) {
        (APPLICATION_ID, VERSION) if is_plain(connection)? => Ok(Identity::Journal),
        (APPLICATION_ID, found) if found > VERSION => Err(JournalError::Newer {
            found,
            known: VERSION,
        }),
        _ => Err(JournalError::NotAJournal),
    }
}

/// Whether there are tables and indexes only. A view or a trigger is no work of this program: asked for a
/// delivery, it could run for ever, or take one away again.
fn is_plain(connection: &Connection) -> Result<bool, JournalError> {
    let others: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')",
        [],
        |row| row.get(0),
    )?;
    Ok(others == 0)
}

/// Opens a file that nobody writes to. It must be SQLite that opens it: were this process to open and
/// close the file by itself, the locks of its other connections would go.
pub(super) fn untouched(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("file:{}?immutable=1", escaped(path));
    Ok(Connection::open_with_flags(uri, flags)?)
}

/// A path as it stands in a `file:` address. A path need not be UTF-8.
fn escaped(path: &Path) -> String {
    let mut out = String::new();
    if cfg!(windows) {
        out.push_str("///");
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => out.push('/'),
            b'/' | b'.' | b'-' | b'_' => out.push(char::from(*byte)),
            b if b.is_ascii_alphanumeric() => out.push(char::from(*b)),
            b':' if cfg!(windows) => out.push(':'),
            // Writing to a string cannot fail.
            b => drop(write!(out, "%{b:02x}")),
        }
    }
    out
}
