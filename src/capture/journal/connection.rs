//! Connections to a journal's file: for writing, where it is created if it is missing; and for reading, in whatever
//! state its last writer left it. Whether a file is a journal is found out without changing it: opening another
//! program's database the usual way may already do so, as SQLite then finishes what its last writer left undone.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::lock::lock;
use crate::read_limited;

use super::error::JournalError;
use super::prune;
use super::schema::{ADDED, TABLES, keeps_responses};

/// "czhk", in the file's header: what distinguishes a journal from any other SQLite database.
const APPLICATION_ID: i32 = 0x637a_686b;

/// The version of the tables, in the file's header.
const VERSION: i32 = 1;

/// How long to wait for another writer: many commits long, and shorter than a sender's timeout.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// The size that the write-ahead log is cut back to, in bytes, once a slow reader let it grow.
const LOG_SIZE: i64 = 16 << 20;

pub(super) fn for_writing(path: &Path) -> Result<Connection, JournalError> {
    // One at a time in this process: closing the file that `create` makes would take away the locks of
    // a connection that opened it in between.
    static OPENING: Mutex<()> = Mutex::new(());
    let _guard = lock(&OPENING);

    // SQLite gives names such as `:memory:` and the empty one a meaning; an absolute path has none.
    let path = std::path::absolute(path)?;
    create(&path)?;
    // To open a pipe would wait for another program.
    let about = fs::metadata(&path)?;
    if !about.is_file() && !about.is_dir() {
        return Err(JournalError::Io("it is not a regular file".to_owned()));
    }
    identify_file(&path)?;
    let mut connection = connect(&path)?;
    // Asked again: SQLite has now rolled back the creation of a writer that was killed just before its commit.
    if identify(&connection)? == Identity::Empty {
        create_tables(&mut connection)?;
    }
    turn_on_log(&connection)?;
    // What is removed is overwritten.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    // A commit is on the disk before it is acknowledged. macOS needs both settings.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_SIZE, |_| Ok(()))?;
    // The log is moved into the file when no delivery waits, and not by SQLite within a commit.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    prune::prepare(&mut connection)?;
    add_columns(&mut connection)?;
    Ok(connection)
}

pub(super) fn for_reading(path: &Path) -> Result<Connection, JournalError> {
    let path = std::path::absolute(path)?;
    if fs::metadata(&path)?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if identify_file(&path)? == Identity::Empty {
        return Err(JournalError::NotAJournal);
    }
    // Opened as a writer would, as far as that is permitted: the last one to close it then folds the log into the file
    // and removes the files next to it, which one without that permission must leave behind.
    let connection = connect(&path)?;
    connection.pragma_update(None, "query_only", true)?;
    match identify(&connection) {
        Ok(_) => Ok(connection),
        Err(JournalError::Io(why)) => on_a_read_only_medium(&path, why),
        Err(error) => Err(error),
    }
}

/// Where no file can be created next to the journal, the journal is read alone: right as long as there is
/// no log, as after a writer that ended normally.
fn on_a_read_only_medium(path: &Path, why: String) -> Result<Connection, JournalError> {
    match fs::metadata(beside(path, "-wal")) {
        Ok(log) if log.len() > 0 => Err(JournalError::Io(format!(
            "{why}: its writer left a -wal file behind that must be read with it, in a folder that can be written to"
        ))),
        _ => open_immutable(path),
    }
}

/// The file that SQLite keeps next to a database, by the end of its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Creates an empty file that only its owner may read, unless there is a file. SQLite gives the files
/// that it creates next to it the same mode.
fn create(path: &Path) -> Result<(), JournalError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

/// A connection that may write and waits for others who do.
fn connect(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The file is untrusted: nothing in it is run.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}

/// Creates the tables, unless another writer was faster, in one transaction: a file is either empty or a journal.
fn create_tables(connection: &mut Connection) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
    // Pages of deliveries that were removed can be given back. This is set before there is a page or never; it begins to
    // write.
    transaction.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    // A transaction that is to write has made the first page, so that the file no longer counts as empty.
    if count_schema(&transaction, "true")? == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch(prune::TABLE)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

/// Adds the columns that a journal of an earlier version does not have, unless another writer was faster.
fn add_columns(connection: &mut Connection) -> Result<(), JournalError> {
    if keeps_responses(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !keeps_responses(&transaction)? {
        transaction.execute_batch(ADDED)?;
    }
    Ok(transaction.commit()?)
}

/// A write-ahead log lets others read while one writes, and makes a commit one write and one flush.
fn turn_on_log(connection: &Connection) -> Result<(), JournalError> {
    let begun = Instant::now();
    loop {
        let mode: Result<String, _> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode.map_err(JournalError::from) {
            Ok(mode) if mode == "wal" => break,
            Ok(_) => {
                return Err(JournalError::Other(
                    "its file system cannot share a file between programs".to_owned(),
                ));
            }
            // SQLite does not wait for this one lock.
            Err(JournalError::Busy) if begun.elapsed() < BUSY_TIMEOUT => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
    // What a newer version changed may so far be in the log alone.
    identify(connection).map(drop)
}

/// What a file that may be written to is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// No byte is in it yet.
    Empty,
    /// Of this version.
    Journal,
}

/// Reads the file's first page and nothing else: no lock, no recovery, no files next to it. Its identity
/// is always there, since a new journal's tables are written before it gets a write-ahead log.
fn identify_file(path: &Path) -> Result<Identity, JournalError> {
    let connection = open_immutable(path)?;
    // A kill or a full disk while the log is folded in leaves a first page that counts pages which are
    // still in the log alone. That is no damage, and with this setting SQLite does not take it as such.
    connection.pragma_update(None, "writable_schema", true)?;
    match identify(&connection) {
        // Cut off while the tables were being made: SQLite rolls back what was half done.
        Err(_) if was_cut_off_at_first(path) => {
            drop(connection);
            identify(&connect(path)?)
        }
        identity => identity,
    }
}

/// Whether a transaction was begun on a file without a page, and is neither committed nor rolled back. Any
/// later one belongs to another program: a journal by then has its identity.
fn was_cut_off_at_first(path: &Path) -> bool {
    const MAGIC: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    let journal = beside(path, "-journal");
    // In its header, the number of pages that there were before follows the magic and two more numbers.
    let header = read_limited::beginning(&journal, 20).unwrap_or_default();
    header.starts_with(MAGIC) && header.get(16..) == Some(&[0; 4])
}

pub(super) fn identify(connection: &Connection) -> Result<Identity, JournalError> {
    let ask = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    if ask("page_count")? == 0 {
        return Ok(Identity::Empty);
    }
    // This program creates no view and no trigger, and one could run for ever when a delivery is read, or delete it.
    let is_plain =
        || Ok::<_, JournalError>(count_schema(connection, "type NOT IN ('table', 'index')")? == 0);
    match (ask("application_id")?, ask("user_version")?) {
        (APPLICATION_ID, VERSION) if is_plain()? => Ok(Identity::Journal),
        (APPLICATION_ID, found) if found > VERSION => {
            Err(JournalError::Newer { found, known: VERSION })
        }
        _ => Err(JournalError::NotAJournal),
    }
}

/// Whether the beginning of a file is that of a journal of this version with a write-ahead log.
pub(super) fn is_journal_header(header: &[u8]) -> bool {
    let holds = |at: usize, bytes: &[u8]| header.get(at..).is_some_and(|h| h.starts_with(bytes));
    holds(0, b"SQLite format 3\0")
        && holds(18, &[2, 2])
        && holds(60, &VERSION.to_be_bytes())
        && holds(68, &APPLICATION_ID.to_be_bytes())
}

/// How many entries of its schema meet an SQL condition.
fn count_schema(connection: &Connection, condition: &str) -> Result<i64, JournalError> {
    let sql = format!("SELECT count(*) FROM sqlite_schema WHERE {condition}");
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}

/// Opens a file that no program writes to. It must be SQLite that opens it: were this process to open and
/// close the file by itself, the locks of its other connections would go.
fn open_immutable(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("file:{}?immutable=1", escaped(path));
    Ok(Connection::open_with_flags(uri, flags)?)
}

/// A path as it stands in a `file:` address. A path need not be UTF-8.
fn escaped(path: &Path) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
    let escaped = percent_encode(path.as_os_str().as_encoded_bytes(), ENCODED).to_string();
    if cfg!(windows) {
        return format!("///{}", escaped.replace("%5C", "/").replace("%3A", ":"));
    }
    escaped
}
