//! The journal: every delivery that a listener received, in one SQLite file, so that what was
//! acknowledged is still there after a kill or a power cut and can be read while more arrives.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::lock::lock;
use crate::webhook::record::{DeliveryRecord, ReadDepth, RecordedAnalysis};

mod connection;
mod cursor;
mod error;
mod row;

pub use cursor::Filter;
pub use error::JournalError;

use connection::FileGuard;
use cursor::{Cursor, Position};
use row::{RowReader, max_id, signed};

/// How many deliveries are read at a time, at most. No lock is held while they are processed: a reader
/// that takes hours keeps no writer from cleaning up its log.
const PAGE: usize = 256;

/// How many bytes of bodies are read at a time: one delivery more than fits.
const PAGE_BYTES: usize = 1 << 20;

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
        let mut connection = connection::for_writing(path)?;
        let writer = Writer::new(&mut connection, FileGuard::new(path)?)?;
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
    /// all of them are on the disk; when it fails, none is in the journal, and it can be tried again.
    /// One that has no `received_at` gets the time of writing.
    ///
    /// # Errors
    /// [`JournalError::Full`] without space, [`JournalError::Busy`] when another writer does not finish
    /// for seconds, [`JournalError::ReadOnly`] after [`Journal::open`].
    pub fn append(&mut self, batch: &[&DeliveryRecord]) -> Result<Vec<u64>, JournalError> {
        let Some(writer) = &mut self.writer else {
            return Err(JournalError::ReadOnly);
        };
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        if !writer.file.is_same_file() {
            return Err(JournalError::Moved);
        }
        let ids = writer.write(&mut self.connection, batch);
        if ids.is_err() {
            // The groups that it wrote were rolled back with the transaction.
            writer.groups.clear();
        }
        ids
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
        if let Some(id) = filter.id {
            let record = RowReader::new(&self.connection, depth)?.read(signed(id))?;
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
            (page, from) = self.page(&cursor, depth, position)?;
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
        depth: ReadDepth,
        from: Position,
    ) -> Result<(Vec<DeliveryRecord>, Option<Position>), JournalError> {
        // One transaction, so that the locks are taken once and not for every row.
        let _snapshot = self.connection.unchecked_transaction()?;
        let (mut page, mut last, mut bytes) = (Vec::with_capacity(PAGE), None, 0);
        let mut rows = RowReader::new(&self.connection, depth)?;
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
        Ok(max_id(&self.connection)?.map(i64::cast_unsigned))
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

/// What writing needs beside the connection.
#[derive(Debug)]
struct Writer {
    /// This run, among all that wrote to the journal.
    run: i64,
    /// The groups that were met, with their ids in the journal.
    groups: HashMap<GroupKey, i64>,
    file: FileGuard,
}

impl Writer {
    /// Enters a run, so that a journal that cannot be written to is known before the first delivery comes.
    fn new(connection: &mut Connection, file: FileGuard) -> Result<Self, JournalError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO run (began_at, version) VALUES (?1, ?2)",
            params![Timestamp::now().as_microsecond(), env!("CARGO_PKG_VERSION")],
        )?;
        let run = transaction.last_insert_rowid();
        transaction.commit()?;
        Ok(Self { run, groups: HashMap::new(), file })
    }

    fn write(
        &mut self,
        connection: &mut Connection,
        batch: &[&DeliveryRecord],
    ) -> Result<Vec<u64>, JournalError> {
        // Immediate: the wait for another writer is here, before anything is read.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut statement = transaction.prepare_cached(row::INSERT)?;
        let mut ids = Vec::with_capacity(batch.len());
        for record in batch {
            let Some(found) = &record.analysis else {
                return Err(JournalError::Other("it was not analyzed".to_owned()));
            };
            let group = group_id(&mut self.groups, &transaction, found)?;
            row::insert(&mut statement, record, found, self.run, group)?;
            ids.push(transaction.last_insert_rowid().cast_unsigned());
        }
        drop(statement);
        transaction.commit()?;
        Ok(ids)
    }
}

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
    /// Senders choose the names: there may be any number of them, of any length.
    const MAX_GROUPS: usize = 1000;
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
