//! Checks that readers will find what was written. SQLite keeps its files open: it continues to write to a file that
//! was moved or removed, and reads from memory what another program has overwritten.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};

use super::connection::{self, beside, is_journal_header};
use super::error::JournalError;
use super::log::{CheckedLog, PAGE_ONE, PageOne};
use super::prune;
use super::row::{RowReader, signed};
use crate::webhook::record::{DeliveryRecord, ReadDepth};

/// A database up to this size is checked as a whole after another program wrote to it.
const MAX_CHECKED: u64 = 64 << 20;

/// The length of a database's header.
const HEADER: usize = 100;

/// The three files of a journal that is being written to.
///
/// No file that SQLite locks may be closed in this process before SQLite has closed it: that would release its locks. So
/// two of them stay open.
#[derive(Debug)]
pub(super) struct Guard {
    /// An independent reader. It is closed before the files.
    reader: Connection,
    path: PathBuf,
    /// Where its links lead to.
    real_path: PathBuf,
    /// The run of this writer and when it began, which no other journal has.
    run: (i64, i64),
    main: File,
    main_id: FileId,
    /// The state in which the file was known to be right, and what its header then said.
    main_state: FileState,
    page_one: PageOne,
    /// Whether another program has written to it since.
    is_changed: bool,
    log_path: PathBuf,
    log_id: FileId,
    log_state: FileState,
    log: CheckedLog,
    index_path: PathBuf,
    index: File,
    index_id: FileId,
    /// The length of the index that the log shares with readers. It is mapped into memory: to read past the end of a
    /// shorter one would end the process.
    index_length: u64,
    /// Why the files are wrong. This is permanent: the log is then the best copy.
    broken: Option<JournalError>,
}

impl Guard {
    /// Guards the journal at `path`, which has a connection that has written to it.
    pub(super) fn new(path: &Path, run: (i64, i64)) -> Result<Self, JournalError> {
        let path = std::path::absolute(path)?;
        // SQLite keeps the others next to the file that a link leads to.
        let real = fs::canonicalize(&path)?;
        let (log_path, index_path) = (beside(&real, "-wal"), beside(&real, "-shm"));
        let mut main = File::open(&path)?;
        let (about, log, index) =
            (fs::metadata(&path)?, fs::metadata(&log_path)?, fs::metadata(&index_path)?);
        Ok(Self {
            reader: connection::for_reading(&path)?,
            run,
            page_one: page_one(&mut main)?,
            main,
            main_id: FileId::of(&about),
            main_state: FileState::of(&about),
            is_changed: false,
            log_id: FileId::of(&log),
            log_state: FileState::of(&log),
            log: CheckedLog::default(),
            index: OpenOptions::new().write(true).open(&index_path)?,
            index_id: FileId::of(&index),
            index_length: index.len(),
            path,
            real_path: real,
            log_path,
            index_path,
            broken: None,
        })
    }

    /// To be called before anything is written: whether the files are in their places, and what they were.
    pub(super) fn before(&mut self) -> Result<(), JournalError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let (main, log, index) = self.find()?;
        if index.len() < self.index_length {
            self.renew_index()?;
        }
        let is_changed = FileState::of(&main) != self.main_state;
        if !is_changed && FileState::of(&log) == self.log_state {
            return Ok(());
        }
        self.is_changed |= is_changed;
        self.log.rewind();
        self.verify(|_| Ok(()))
    }

    /// To be called after a commit, before it is acknowledged: whether a reader will find the last delivery, number
    /// `id`.
    pub(super) fn confirm(&mut self, id: u64, record: &DeliveryRecord) -> Result<(), JournalError> {
        self.verify(|reader| {
            // A reader refuses a journal that another program gave another version or a trigger.
            connection::identify(reader)?;
            let found = RowReader::new(reader, ReadDepth::Summary)?.read(signed(id))?;
            let is_same = |found: DeliveryRecord| {
                let time = |record: &DeliveryRecord| {
                    record.delivery.received_at.map(|time| time.as_microsecond())
                };
                found.delivery.target == record.delivery.target
                    && (record.delivery.received_at.is_none() || time(&found) == time(record))
            };
            match found.map(is_same) {
                Some(true) => Ok(()),
                // Another writer, which keeps few, has removed it since.
                None if prune::last_removed(reader)? >= signed(id) => Ok(()),
                _ => Err(JournalError::Overwritten(format!("delivery {id} cannot be read back"))),
            }
        })
    }

    /// Checks the log, the database, and what the `check` asks an independent reader.
    fn verify(
        &mut self,
        check: impl Fn(&Connection) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        const ATTEMPTS: usize = 3;
        let mut attempt = 1;
        loop {
            let log = self.check_log();
            let is_log_sound = log.is_ok();
            let main = log.and_then(|(is_new, frames)| self.check_main(is_new, frames));
            match main.and_then(|()| check(&self.reader)) {
                Err(JournalError::Overwritten(_) | JournalError::Damaged(_))
                    if attempt < ATTEMPTS =>
                {
                    // Another writer may have started the log again meanwhile. Or its index may be what is wrong: SQLite
                    // makes it again, from the frames of a log that is right.
                    attempt += 1;
                    self.log.rewind();
                    if is_log_sound {
                        self.renew_index()?;
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                result => return result,
            }
        }
    }

    /// Checks the log: whether it started again, and how many frames it has.
    fn check_log(&mut self) -> Result<(bool, u32), JournalError> {
        let frames = self.reader.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1))?;
        let (_, log, index) = self.find()?;
        self.index_length = self.index_length.max(index.len());
        let is_new = self.log.check(&self.log_path, frames)?;
        self.log_state = FileState::of(&log);
        Ok((is_new, frames))
    }

    /// To be called after any other commit of this process.
    pub(super) fn check_commit(&mut self) -> Result<(), JournalError> {
        self.verify(|_| Ok(()))
    }

    /// To be called after this process moved the log into the file, which was right before.
    pub(super) fn moved_log(&mut self) -> Result<(), JournalError> {
        let (main, log, _) = self.find()?;
        (self.main_state, self.log_state) = (FileState::of(&main), FileState::of(&log));
        self.page_one = page_one(&mut self.main)?;
        Ok(())
    }

    /// How many frames the log has.
    pub(super) fn frames(&self) -> u32 {
        self.log.frames
    }

    /// Notes how an attempt to write failed. When the files are not what they should be, SQLite must not move the log
    /// into them, and remove it, when it closes them.
    pub(super) fn note(&mut self, writer: &Connection, error: &JournalError) {
        if matches!(error, JournalError::Overwritten(_) | JournalError::Damaged(_)) {
            self.broken = Some(error.clone());
            for connection in [writer, &self.reader] {
                // It exists in the version of SQLite that this program is built with.
                let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is no space left for what could not be written: SQLite tells quotas and limits of file sizes from
    /// other errors no more than broken disks.
    pub(super) fn is_out_of_space(path: &Path) -> bool {
        let length = |path: &Path| fs::metadata(path).map_or(0, |about| about.len());
        let end = length(path).max(length(&beside(path, "-wal")));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let written =
            tempfile::tempfile_in(folder.unwrap_or(Path::new("."))).and_then(|mut file| {
                file.seek(SeekFrom::Start(end))?;
                file.write_all(&[0; 64 << 10])
            });
        written.is_err_and(|error| JournalError::from(error) == JournalError::Full)
    }

    /// The files at their paths.
    fn find(&self) -> Result<(Metadata, Metadata, Metadata), JournalError> {
        let moved = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            JournalError::Moved(name.into_owned())
        };
        let find = |path: &Path, id: &FileId| {
            let about = fs::metadata(path).ok();
            about.filter(|about| FileId::of(about) == *id).ok_or_else(|| moved(path))
        };
        let main = find(&self.path, &self.main_id)?;
        // A reader looks for the other files next to the file that a link leads to.
        if fs::canonicalize(&self.path).ok().as_ref() != Some(&self.real_path) {
            return Err(moved(&self.path));
        }
        if main.len() == 0 {
            return Err(JournalError::Overwritten("its file is empty".to_owned()));
        }
        #[cfg(unix)]
        rustix::fs::access(&self.path, rustix::fs::Access::READ_OK)
            .map_err(std::io::Error::from)?;
        Ok((main, find(&self.log_path, &self.log_id)?, find(&self.index_path, &self.index_id)?))
    }

    /// Checks the database itself, which changes only when the log is moved into it. This process notes when it does
    /// that; otherwise another program has written to it.
    fn check_main(&mut self, is_new_log: bool, frames: u32) -> Result<(), JournalError> {
        let (about, _, _) = self.find()?;
        let page_one = page_one(&mut self.main)?;
        if page_one != self.page_one
            && !self.log.page_ones.contains(&page_one)
            && !(is_new_log && page_one.get(..4) >= self.page_one.get(..4))
        {
            let why = "its first page is not the one that was written";
            return Err(JournalError::Overwritten(why.to_owned()));
        }
        let state = FileState::of(&about);
        if self.is_changed || state != self.main_state {
            self.check_pages(about.len(), frames)?;
        }
        self.page_one = page_one;
        (self.main_state, self.is_changed) = (state, false);
        Ok(())
    }

    /// Checks the pages of a database that another program has written to, as far as that takes no time that a sender
    /// would notice.
    fn check_pages(&self, length: u64, frames: u32) -> Result<(), JournalError> {
        let ask = |pragma| self.reader.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let page = ask("page_size")?.cast_unsigned();
        if length + u64::from(frames) * page < ask("page_count")?.cast_unsigned() * page {
            return Err(JournalError::Overwritten("its file is cut off".to_owned()));
        }
        let began: Option<i64> = self
            .reader
            .query_row("SELECT began_at FROM run WHERE id = ?1", [self.run.0], |row| row.get(0))
            .optional()?;
        if began != Some(self.run.1) {
            return Err(JournalError::Overwritten("it is another journal now".to_owned()));
        }
        if length <= MAX_CHECKED {
            let found: String =
                self.reader.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if found != "ok" {
                return Err(JournalError::Overwritten(found));
            }
        }
        Ok(())
    }

    /// Makes SQLite make the index of the log again, as it does when the header says nothing. A reader finds
    /// its length unchanged.
    pub(super) fn renew_index(&mut self) -> Result<(), JournalError> {
        /// The two copies of the header, and what readers and writers tell each other.
        const INDEX_HEADER: usize = 136;
        self.index.set_len(self.index_length)?;
        self.index.seek(SeekFrom::Start(0))?;
        Ok(self.index.write_all(&[0; INDEX_HEADER])?)
    }
}

/// Reads what changes in the first page of a journal, if it is one.
fn page_one(main: &mut File) -> Result<PageOne, JournalError> {
    let mut header = [0; HEADER];
    main.seek(SeekFrom::Start(0))?;
    let read = main.read_exact(&mut header);
    match header.get(PAGE_ONE).map(PageOne::try_from) {
        Some(Ok(page_one)) if read.is_ok() && is_journal_header(&header) => Ok(page_one),
        _ => Err(JournalError::Overwritten("its first page is not that of a journal".to_owned())),
    }
}

/// What distinguishes a file from any other one; nothing on systems without file numbers.
#[derive(Debug, PartialEq, Eq)]
struct FileId(#[cfg(unix)] (u64, u64));

impl FileId {
    fn of(about: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Self((about.dev(), about.ino()))
        }
        #[cfg(not(unix))]
        {
            let _ = about;
            Self()
        }
    }
}

/// What changes when a program writes to a file. Unlike the modification time, the change time cannot be set back.
#[derive(Debug, PartialEq, Eq)]
struct FileState {
    length: u64,
    #[cfg(unix)]
    changed: (i64, i64),
    #[cfg(not(unix))]
    changed: Option<std::time::SystemTime>,
}

impl FileState {
    fn of(about: &Metadata) -> Self {
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt;
            (about.ctime(), about.ctime_nsec())
        };
        #[cfg(not(unix))]
        let changed = about.modified().ok();
        Self { length: about.len(), changed }
    }
}
