//! The journal: every delivery that a listener received, in one SQLite file, so that what was
//! acknowledged is still there after a kill or a power cut and can be read while more arrives.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::lock::lock;
use crate::webhook::record::{DeliveryRecord, ReadDepth, RecordedAnalysis};

mod browse;
mod connection;
mod cursor;
mod error;
mod guard;
mod log;
mod prune;
mod row;
mod schema;

pub(crate) use browse::{Condition, Measured, Term};
pub use cursor::Filter;
pub use error::JournalError;
pub use prune::Keep;

use cursor::{Cursor, Position};
use guard::Guard;
use row::{RowReader, max_id, signed};

/// How many deliveries are read at a time, at most. No lock is held while they are processed: a reader
/// that takes hours keeps no writer from cleaning up its log.
const PAGE: usize = 256;

/// How many bytes of bodies are read at a time: one delivery more than fits.
const PAGE_BYTES: usize = 1 << 20;

/// Whether a file is a journal, or another SQLite database.
pub(crate) fn is_journal(bytes: &[u8]) -> bool {
    bytes.starts_with(b"SQLite format 3\0")
}

/// A journal of received deliveries. Its order is that of `received_at`, then of the ids.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    /// What writing needs; `None` when it was opened for reading.
    writer: Option<Writer>,
}

impl Journal {
    /// Opens a journal for writing. A file that is missing or empty becomes a new journal that only its owner can
    /// read (mode 0600); an existing journal is continued. Several writers can share one.
    ///
    /// # Errors
    /// [`JournalError::NotAJournal`] and [`JournalError::Newer`] leave the file as it is;
    /// [`JournalError::Full`] without space to begin, [`JournalError::Busy`] when another
    /// program holds the file for seconds, [`JournalError::Io`] when it cannot be opened or created.
    pub fn record(path: &Path) -> Result<Self, JournalError> {
        let begin = || {
            let mut connection = connection::for_writing(path)?;
            let run = enter_run(&mut connection)?;
            let guard = Guard::new(path, run)?;
            let writer = Writer { run: run.0, groups: HashMap::new(), guard: Some(guard) };
            Ok(Self { connection, writer: Some(writer) })
        };
        begin().map_err(|error| known_reason(error, path))
    }

    /// Opens a new journal that ends with this process: no write waits for the disk, and the files may be removed while
    /// they are open.
    pub(crate) fn record_private(path: &Path) -> Result<Self, JournalError> {
        let mut connection = connection::for_writing(path)?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 1000, |_| Ok(()))?;
        let run = enter_run(&mut connection)?;
        let writer = Writer { run: run.0, groups: HashMap::new(), guard: None };
        Ok(Self { connection, writer: Some(writer) })
    }

    /// Opens a journal for reading, also while others write to it, after its writer was killed, and on
    /// a medium that cannot be written to.
    ///
    /// # Errors
    /// [`JournalError::NotAJournal`], [`JournalError::Newer`], and [`JournalError::Io`] when the file
    /// cannot be read.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Ok(Self { connection: connection::for_reading(path)?, writer: None })
    }

    /// Writes a batch and returns the journal's number of each, in the batch's order. Once it returns,
    /// all of them are on the disk, and a reader finds them; when it fails, nothing is promised, and it can be tried
    /// again. One that has no `received_at` gets the time of writing.
    ///
    /// # Errors
    /// [`JournalError::Full`] without space, [`JournalError::Busy`] when another writer does not finish
    /// for seconds, [`JournalError::ReadOnly`] after [`Journal::open`], [`JournalError::Moved`] and
    /// [`JournalError::Overwritten`] when another program changed the files.
    pub fn append(&mut self, batch: &[&DeliveryRecord]) -> Result<Vec<u64>, JournalError> {
        let Some(writer) = &mut self.writer else {
            return Err(JournalError::ReadOnly);
        };
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let ids = writer.write(&mut self.connection, batch);
        ids.map_err(|error| match &mut writer.guard {
            Some(guard) => {
                guard.note(&self.connection, &error);
                known_reason(error, guard.path())
            }
            None => error,
        })
    }

    /// Moves a long log into the file: work that no delivery waits for. It is done after each batch.
    ///
    /// # Errors
    /// When that cannot be done now. Nothing is lost: the log continues to grow.
    pub fn maintain(&mut self) -> Result<(), JournalError> {
        /// About 4 MiB: less would be moved too often, and more makes reading slow.
        const MAX_FRAMES: u32 = 1000;
        let guard = self.writer.as_ref().and_then(|writer| writer.guard.as_ref());
        match guard.is_some_and(|guard| guard.frames() >= MAX_FRAMES) {
            true => self.move_log("PASSIVE"),
            false => Ok(()),
        }
    }

    /// Removes a few of the deliveries before a limit that [`Journal::limit`] found. Returns how many; 0 when there is
    /// none left, and none of their bytes is in the files any more, unless another program reads them.
    ///
    /// # Errors
    /// When that cannot be done now.
    pub fn prune(&mut self, limit: &PruneLimit) -> Result<u64, JournalError> {
        let Some(writer) = &mut self.writer else {
            return Err(JournalError::ReadOnly);
        };
        writer.before()?;
        let removed = prune::step(&mut self.connection, limit.0)?;
        if removed > 0 {
            // Groups may be among what was removed.
            writer.groups.clear();
        } else if prune::is_mostly_free(&self.connection)? {
            prune::shrink(&self.connection, Some(256))?;
        }
        if let Some(guard) = &mut writer.guard {
            guard.check_commit()?;
        }
        Ok(removed)
    }

    /// Empties the log, in which there are copies of what was removed.
    pub fn empty_log(&mut self) -> Result<(), JournalError> {
        // It does not wait for readers.
        self.connection.busy_timeout(Duration::ZERO)?;
        let emptied = self.move_log("TRUNCATE");
        self.connection.busy_timeout(connection::BUSY_TIMEOUT)?;
        emptied
    }

    fn move_log(&mut self, how: &str) -> Result<(), JournalError> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        writer.before()?;
        let sql = format!("PRAGMA wal_checkpoint({how})");
        self.connection.query_row(&sql, [], |_| Ok(()))?;
        writer.guard.as_mut().map_or(Ok(()), Guard::moved_log)
    }

    /// What is to be removed to keep only this; `None` when that is nothing.
    pub fn limit(&self, keep: Keep) -> Result<Option<PruneLimit>, JournalError> {
        Ok(prune::limit(&self.connection, keep, Timestamp::now())?.map(PruneLimit))
    }

    /// Removes from an existing journal what is not to be kept, also while others record into it. Returns how many
    /// deliveries were removed, and how many are left.
    ///
    /// # Errors
    /// Those of [`Journal::open`], and when the file cannot be written to; with how many were removed before.
    pub fn prune_file(path: &Path, keep: Keep) -> Result<(u64, u64), (JournalError, u64)> {
        // Nothing is created where there is no journal.
        drop(connection::for_reading(path).map_err(|error| (error, 0))?);
        let mut removed = 0;
        let mut prune = || {
            let mut connection = connection::for_writing(path)?;
            if let Some(limit) = prune::limit(&connection, keep, Timestamp::now())? {
                loop {
                    match prune::step(&mut connection, limit)? {
                        0 => break,
                        some => removed += some,
                    }
                }
            }
            prune::shrink(&connection, None)?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            let left = "SELECT count(*) FROM delivery";
            let left: i64 = connection.query_row(left, [], |row| row.get(0))?;
            Ok(left.cast_unsigned())
        };
        match prune() {
            Ok(left) => Ok((removed, left)),
            Err(error) => Err((known_reason(error, path), removed)),
        }
    }

    /// The journal's number of the delivery that has `number` in this run; `None` while it is not
    /// written, and after [`Journal::open`].
    pub fn id_of(&self, number: u64) -> Result<Option<u64>, JournalError> {
        let Some(writer) = &self.writer else {
            return Ok(None);
        };
        let id: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM delivery WHERE run = ?1 AND number = ?2 LIMIT 1")?
            .query_row(params![writer.run, signed(number)], |row| row.get(0))
            .optional()?;
        Ok(id.map(i64::cast_unsigned))
    }

    /// Lets the journal grow to about `bytes` and no further: [`Journal::append`] then fails with
    /// [`JournalError::Full`]. `None` lifts the cap. It holds for this writer, until it is closed; a
    /// journal that is already larger keeps what it has.
    pub fn cap(&self, bytes: Option<u64>) -> Result<(), JournalError> {
        const MAX_PAGES: i64 = u32::MAX as i64 - 1;
        let page: i64 = self.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = bytes.map_or(MAX_PAGES, |b| (signed(b) / page.max(1)).clamp(1, MAX_PAGES));
        self.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    }

    /// The deliveries that match the filter, newest last, without headers and bodies.
    pub fn list(&self, filter: &Filter) -> Result<Vec<DeliveryRecord>, JournalError> {
        let mut all = Vec::new();
        self.pages(filter, ReadDepth::Summary, |page| {
            all.extend(page);
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// How many deliveries match the filter.
    pub fn count(&self, filter: &Filter) -> Result<u64, JournalError> {
        Cursor::new(&self.connection, filter)?.count(filter.last)
    }

    /// Hands each delivery that matches the filter to `visit`, newest last, until it breaks off. Few
    /// are in memory at a time, and those that arrive meanwhile are left out.
    pub fn each(
        &self,
        filter: &Filter,
        mut visit: impl FnMut(DeliveryRecord) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        self.pages(filter, ReadDepth::Full, |page| page.into_iter().try_for_each(&mut visit))
    }

    /// The same, some deliveries at a time.
    pub(crate) fn pages(
        &self,
        filter: &Filter,
        depth: ReadDepth,
        mut visit: impl FnMut(Vec<DeliveryRecord>) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let mut rows = RowReader::new(&self.connection, depth)?;
        if let Some(id) = filter.id {
            let record = rows.read(signed(id))?;
            if let Some(record) = record.filter(|record| admits(filter, record)) {
                // There is nothing left to break off.
                let _ = visit(vec![record]);
            }
            return Ok(());
        }
        if filter.last == Some(0) {
            return Ok(());
        }
        let cursor = Cursor::new(&self.connection, filter)?;
        let mut from = Some(cursor.before_newest(filter.last)?);
        while let Some(position) = from {
            let page;
            (page, from) = self.page(&cursor, &mut rows, position)?;
            if !page.is_empty() && visit(page).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The next deliveries after `from` and the position of the last one; none at the end.
    fn page(
        &self,
        cursor: &Cursor<'_>,
        rows: &mut RowReader<'_>,
        from: Position,
    ) -> Result<(Vec<DeliveryRecord>, Option<Position>), JournalError> {
        // One transaction, so that the locks are taken once and not for every row.
        let _snapshot = self.connection.unchecked_transaction()?;
        let (mut page, mut last, mut bytes) = (Vec::with_capacity(PAGE), None, 0);
        for position in cursor.after(from, PAGE)? {
            last = Some(position);
            if let Some(record) = rows.read(position.id)? {
                bytes += record.delivery.body.len();
                page.push(record);
            }
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok((page, last))
    }

    /// The delivery of this number.
    pub fn get(&self, id: u64) -> Result<Option<DeliveryRecord>, JournalError> {
        RowReader::new(&self.connection, ReadDepth::Full)?.read(signed(id))
    }

    /// The highest number given so far; `None` while there is no delivery.
    pub fn last_id(&self) -> Result<Option<u64>, JournalError> {
        let mut last = max_id(&self.connection)?;
        if self.writer.is_some() {
            last = last.max(Some(prune::last_removed(&self.connection)?).filter(|id| *id > 0));
        }
        Ok(last.map(i64::cast_unsigned))
    }

    /// Hands the numbers of all deliveries to `visit`, a batch at a time, until it breaks off. Those that arrive
    /// meanwhile are left out.
    pub fn id_batches(
        &self,
        mut visit: impl FnMut(IdBatch) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let cursor = Cursor::new(&self.connection, &Filter::default())?;
        let mut from = cursor.before_newest(None)?;
        loop {
            let positions = cursor.after(from, PAGE)?;
            let Some(last) = positions.last() else {
                return Ok(());
            };
            from = *last;
            let ids = positions.iter().map(|position| position.id).collect();
            if visit(IdBatch(ids)).is_break() {
                return Ok(());
            }
        }
    }
}

/// The position before which deliveries are removed.
#[derive(Clone, Copy, Debug)]
pub struct PruneLimit(Position);

fn admits(filter: &Filter, record: &DeliveryRecord) -> bool {
    filter.last != Some(0) && filter.admits(record, || record.analysis.as_ref().map(Cow::Borrowed))
}

/// The numbers of some deliveries, in the journal's order: about a millisecond of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdBatch(Vec<i64>);

/// Connections to one journal, for as many threads as read it: none waits for another, and each frees the memory
/// that it allocated.
#[derive(Debug)]
pub struct ReaderPool {
    path: PathBuf,
    idle: Mutex<Vec<Journal>>,
}

impl ReaderPool {
    /// For the journal at `path`, which was opened before.
    pub fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// Hands the requests of these numbers to `visit`, one after the other: only one is in memory at a time.
    /// One that is no longer there is left out.
    pub fn requests(
        &self,
        batch: &IdBatch,
        mut visit: impl FnMut(DeliveryRecord),
    ) -> Result<(), JournalError> {
        let idle = lock(&self.idle).pop();
        let journal = idle.map_or_else(|| Journal::open(&self.path), Ok)?;
        // One transaction, so that the locks are taken once and not for every row.
        let snapshot = journal.connection.unchecked_transaction()?;
        let mut rows = RowReader::new(&journal.connection, ReadDepth::Request)?;
        for id in &batch.0 {
            if let Some(record) = rows.read(*id)? {
                visit(record);
            }
        }
        drop((rows, snapshot));
        lock(&self.idle).push(journal);
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(guard) = self.writer.as_mut().and_then(|writer| writer.guard.as_mut()) {
            // SQLite moves the log into the file when it closes it, by an index of the log that is known to be right.
            let found = guard.before().and_then(|()| guard.renew_index());
            if let Err(error) = found {
                guard.note(&self.connection, &error);
            }
        }
    }
}

/// The error with the reason that SQLite does not tell.
fn known_reason(error: JournalError, path: &Path) -> JournalError {
    match error {
        JournalError::Io(_) if Guard::is_out_of_space(path) => JournalError::Full,
        other => other,
    }
}

/// Enters a run, so that a journal that cannot be written to is known before the first delivery comes.
/// Returns its number and when it began.
fn enter_run(connection: &mut Connection) -> Result<(i64, i64), JournalError> {
    let began_at = Timestamp::now().as_microsecond();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT INTO run (began_at, version) VALUES (?1, ?2)",
        params![began_at, env!("CARGO_PKG_VERSION")],
    )?;
    let run = transaction.last_insert_rowid();
    transaction.commit()?;
    Ok((run, began_at))
}

/// What writing needs in addition to the connection.
#[derive(Debug)]
struct Writer {
    /// This run, among all that wrote to the journal.
    run: i64,
    /// The groups that were met, with their ids in the journal.
    groups: HashMap<GroupKey, i64>,
    /// `None` where no other program has the files.
    guard: Option<Guard>,
}

impl Writer {
    /// To be called before anything is written.
    fn before(&mut self) -> Result<(), JournalError> {
        self.guard.as_mut().map_or(Ok(()), Guard::before)
    }

    fn write(
        &mut self,
        connection: &mut Connection,
        batch: &[&DeliveryRecord],
    ) -> Result<Vec<u64>, JournalError> {
        self.before()?;
        let ids = match self.insert(connection, batch) {
            // The index of the log may be what is damaged.
            Err(JournalError::Damaged(_) | JournalError::NotAJournal) if self.guard.is_some() => {
                self.guard.as_mut().map_or(Ok(()), Guard::renew_index)?;
                self.insert(connection, batch)?
            }
            ids => ids?,
        };
        if let (Some(id), Some(record), Some(guard)) = (ids.last(), batch.last(), &mut self.guard) {
            guard.confirm(*id, record)?;
        }
        Ok(ids)
    }

    fn insert(
        &mut self,
        connection: &mut Connection,
        batch: &[&DeliveryRecord],
    ) -> Result<Vec<u64>, JournalError> {
        let ids = self.try_insert(connection, batch);
        if ids.is_err() {
            // The groups that it wrote were rolled back with the transaction.
            self.groups.clear();
        }
        ids
    }

    fn try_insert(
        &mut self,
        connection: &mut Connection,
        batch: &[&DeliveryRecord],
    ) -> Result<Vec<u64>, JournalError> {
        // Immediate: the wait for another writer is here, before anything is read.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut statement = transaction.prepare_cached(row::INSERT)?;
        let mut ids = Vec::with_capacity(batch.len());
        let last_removed = prune::last_removed(&transaction)?;
        for record in batch {
            let Some(found) = &record.analysis else {
                return Err(JournalError::Other("it was not analyzed".to_owned()));
            };
            let group = group_id(&mut self.groups, &transaction, found)?;
            let run = self.run;
            row::insert(&transaction, &mut statement, record, found, run, group, last_removed)?;
            ids.push(transaction.last_insert_rowid().cast_unsigned());
        }
        drop(statement);
        transaction.commit()?;
        Ok(ids)
    }
}

/// How many groups are kept in memory: senders choose the names, so there may be any number of them, of any length.
const MAX_GROUPS: usize = 1000;

/// What deliveries are looked for by: a row of the table `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct GroupKey {
    provider: Option<Cow<'static, str>>,
    event: Option<String>,
    channel: Option<String>,
    verdict: &'static str,
}

/// The id of a delivery's group, which is written if it is new. Should the transaction fail, the cache `known` must be
/// cleared.
fn group_id(
    known: &mut HashMap<GroupKey, i64>,
    transaction: &Transaction<'_>,
    found: &RecordedAnalysis,
) -> Result<i64, JournalError> {
    const MAX_NAME: usize = 200;
    let key = GroupKey {
        provider: found.provider.clone(),
        event: found.event.clone(),
        channel: found.channel.clone(),
        verdict: found.signature.verdict.word(),
    };
    if let Some(id) = known.get(&key) {
        return Ok(*id);
    }
    let id = find_or_insert(transaction, &key)?;
    if known.len() >= MAX_GROUPS {
        known.clear();
    }
    let is_short = |name: &Option<String>| name.as_ref().is_none_or(|n| n.len() <= MAX_NAME);
    if is_short(&key.event) && is_short(&key.channel) {
        known.insert(key, id);
    }
    Ok(id)
}

/// Another writer may have written the group before.
fn find_or_insert(transaction: &Transaction<'_>, key: &GroupKey) -> Result<i64, JournalError> {
    let names = params![key.provider, key.event, key.channel, key.verdict];
    let known = transaction
        .prepare_cached(
            "SELECT id FROM kind
             WHERE event IS ?2 AND channel IS ?3 AND provider IS ?1 AND verdict = ?4",
        )?
        .query_row(names, |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    transaction
        .prepare_cached(
            "INSERT INTO kind (provider, event, channel, verdict) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(names)?;
    Ok(transaction.last_insert_rowid())
}
