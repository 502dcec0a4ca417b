//! Reading: listings without bodies, single deliveries, walks over any number of them, and several threads that
//! read one journal.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;

use super::cursor::{Cursor, Filter, Position};
use super::row::RowReader;
use super::{Journal, JournalError, signed};
use crate::lock::lock;
use crate::webhook::record::{DeliveryRecord, ReadDepth};

/// How many deliveries are read at a time, at most. No lock is held while they are processed: a reader
/// that takes hours keeps no writer from cleaning up its log.
const PAGE: usize = 256;

/// How many bytes of bodies are read at a time: one delivery more than fits.
const PAGE_BYTES: usize = 1 << 20;

impl Journal {
    /// The deliveries that match the filter, newest last, without headers and bodies.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<Vec<DeliveryRecord>, JournalError> {
        // One transaction, so that the locks are taken once and not for every row.
        let _snapshot = self.connection.unchecked_transaction()?;
        let mut rows = RowReader::new(&self.connection, ReadDepth::Summary)?;
        if let Some(id) = filter.id {
            let record = rows.read(signed(id))?;
            return Ok(record.filter(|r| admits(filter, r)).into_iter().collect());
        }
        Cursor::new(&self.connection, filter)?
            .newest(filter.last)?
            .into_iter()
            .filter_map(|position| rows.read(position.id).transpose())
            .collect()
    }

    /// Hands each delivery that matches the filter to `visit`, newest last, until it breaks off. Few
    /// are in memory at a time, and those that arrive meanwhile are left out.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn each(
        &self,
        filter: &Filter,
        mut visit: impl FnMut(DeliveryRecord) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        if let Some(id) = filter.id {
            if let Some(record) = self.get(id)?.filter(|record| admits(filter, record)) {
                // There is nothing left to break off.
                let _ = visit(record);
            }
            return Ok(());
        }
        if filter.last == Some(0) {
            return Ok(());
        }
        let cursor = Cursor::new(&self.connection, filter)?;
        let mut from = cursor.before_newest(filter.last)?;
        loop {
            let (page, last) = self.page(&cursor, from)?;
            for record in page {
                if visit(record).is_break() {
                    return Ok(());
                }
            }
            match last {
                Some(last) => from = last,
                None => return Ok(()),
            }
        }
    }

    /// The next deliveries after `from` and the position of the last one; none at the end.
    fn page(
        &self,
        cursor: &Cursor<'_>,
        from: Position,
    ) -> Result<(Vec<DeliveryRecord>, Option<Position>), JournalError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        let (mut page, mut last, mut bytes) = (Vec::new(), None, 0);
        let mut rows = RowReader::new(&self.connection, ReadDepth::Full)?;
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
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn get(&self, id: u64) -> Result<Option<DeliveryRecord>, JournalError> {
        RowReader::new(&self.connection, ReadDepth::Full)?.read(signed(id))
    }

    /// The highest number given so far; `None` while there is no delivery.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn last_id(&self) -> Result<Option<u64>, JournalError> {
        let id: Option<i64> =
            self.connection
                .query_row("SELECT max(id) FROM delivery", [], |row| row.get(0))?;
        Ok(id.map(i64::cast_unsigned))
    }

    /// Hands the numbers of all deliveries to `visit`, a batch at a time, until it breaks off. Those that arrive
    /// meanwhile are left out.
    ///
    /// # Errors
    /// When the journal cannot be read.
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
        Self {
            path,
            idle: Mutex::default(),
        }
    }

    /// Hands the requests of these numbers to `visit`, one after the other: only one is in memory at a time.
    /// One that is no longer there is left out.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn requests(
        &self,
        batch: &IdBatch,
        mut visit: impl FnMut(DeliveryRecord),
    ) -> Result<(), JournalError> {
        let idle = lock(&self.idle).pop();
        let journal = match idle {
            Some(journal) => journal,
            None => Journal::open(&self.path)?,
        };
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
