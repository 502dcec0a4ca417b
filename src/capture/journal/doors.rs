//! The ways into a journal: for writing, made when it is not there, and for reading, whatever state
//! its last writer left it in.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::lock::lock;

use super::JournalError;
use super::identity::{Identity, identify, look, untouched};
use super::schema::{APPLICATION_ID, TABLES, VERSION};

/// How long to wait for another writer: many commits long, and shorter than a sender's patience.
const PATIENCE: Duration = Duration::from_secs(3);

/// The size that the write-ahead log is cut back to, in bytes, once a slow reader let it grow.
const LOG_SIZE: i64 = 16 << 20;

/// Opens a journal for writing.
pub(super) fn for_writing(path: &Path) -> Result<Connection, JournalError> {
    // One at a time in this process: closing the file that `create` makes would take away the locks of
    // a connection that found it there in between.
    static ENTRANCE: Mutex<()> = Mutex::new(());
    let _alone = lock(&ENTRANCE);

    let path = absolute(path)?;
    create(&path)?;
    let is_new = look(&path)? == Identity::Empty;
    let mut connection = connect(&path)?;
    if is_new {
        furnish(&mut connection)?;
    }
    turn_on_log(&connection)?;
    // A commit is on the disk before it is acknowledged. Only macOS needs to be told twice.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_SIZE, |_| Ok(()))?;
    Ok(connection)
}

/// Opens a journal for reading.
pub(super) fn for_reading(path: &Path) -> Result<Connection, JournalError> {
    let path = absolute(path)?;
    if fs::metadata(&path)?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if look(&path)? == Identity::Empty {
        return Err(JournalError::NotAJournal);
    }
    // Opened as a writer would, as far as it may be: the last one out then folds the log into the file
    // and takes the files beside it away, which one without that right must leave behind.
    let connection = connect(&path)?;
    connection.pragma_update(None, "query_only", true)?;
    match identify(&connection) {
        Ok(_) => Ok(connection),
        Err(JournalError::Io(why)) => on_a_read_only_medium(&path, why),
        Err(error) => Err(error),
    }
}

/// Where no file can be made beside the journal, the journal is read alone: right as long as there is
/// no log, as after a writer that ended in peace.
fn on_a_read_only_medium(path: &Path, why: String) -> Result<Connection, JournalError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    match fs::metadata(&log) {
        Ok(log) if log.len() > 0 => Err(JournalError::Io(format!(
            "{why}: its writer left a -wal file behind that must be read with it, in a folder that can be written to"
        ))),
        _ => untouched(path),
    }
}

/// SQLite gives names such as `:memory:` and the empty one a meaning; an absolute path has none.
fn absolute(path: &Path) -> Result<PathBuf, JournalError> {
    Ok(std::path::absolute(path)?)
}

/// Makes an empty file that only its owner may read, unless there is a file. SQLite gives the files
/// that it puts beside it the same mode.
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
pub(super) fn connect(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // The file may be a stranger's: nothing in it is run.
    connection.pragma_update(None, "trusted_schema", false)?;
    for run in [
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
        DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
    ] {
        connection.set_db_config(run, false)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}

/// Makes the tables, unless another writer was faster. All of it in one transaction: a file is either
/// empty or a journal.
fn furnish(connection: &mut Connection) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if has_no_tables(&transaction)? {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

/// A transaction that is to write has made the first page, so that the file no longer counts as empty.
fn has_no_tables(connection: &Connection) -> Result<bool, JournalError> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0)
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
            Err(JournalError::Busy) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
    // What a newer version changed may so far be in the log alone.
    identify(connection).map(drop)
}
