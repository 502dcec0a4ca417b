//! Writing: a batch of deliveries becomes one transaction, and one flush to the disk covers all of them.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::connection::FileGuard;
use super::{Journal, JournalError, row, signed};
use crate::webhook::record::{DeliveryRecord, RecordedAnalysis};

/// What writing needs beside the connection.
#[derive(Debug)]
pub(super) struct Writer {
    /// This run, among all that wrote to the journal.
    run: i64,
    groups: GroupCache,
    file: FileGuard,
}

impl Writer {
    /// Enters a run, so that a journal that cannot be written to is known before the first delivery comes.
    pub(super) fn new(connection: &mut Connection, file: FileGuard) -> Result<Self, JournalError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO run (began_at, version) VALUES (?1, ?2)",
            params![Timestamp::now().as_microsecond(), env!("CARGO_PKG_VERSION")],
        )?;
        let run = transaction.last_insert_rowid();
        transaction.commit()?;
        Ok(Self {
            run,
            groups: GroupCache::default(),
            file,
        })
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
            let group = self.groups.id(&transaction, found)?;
            row::insert(&mut statement, record, found, self.run, group)?;
            ids.push(transaction.last_insert_rowid().cast_unsigned());
        }
        drop(statement);
        transaction.commit()?;
        Ok(ids)
    }
}

impl Journal {
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
    ///
    /// # Errors
    /// When the journal cannot be read.
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
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn cap(&self, bytes: Option<u64>) -> Result<(), JournalError> {
        const MAX_PAGES: i64 = u32::MAX as i64 - 1;
        let page: i64 = self
            .connection
            .pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = bytes.map_or(MAX_PAGES, |b| (signed(b) / page.max(1)).clamp(1, MAX_PAGES));
        self.connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
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

/// The groups that were met, with their ids in the journal.
#[derive(Debug, Default)]
struct GroupCache(HashMap<GroupKey, i64>);

impl GroupCache {
    /// The id of a delivery's group, which is written if it is new. Should the transaction fail, the cache must be
    /// cleared.
    fn id(
        &mut self,
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
        if let Some(id) = self.0.get(&key) {
            return Ok(*id);
        }
        let id = find_or_insert(transaction, &key)?;
        if self.0.len() >= MAX_GROUPS {
            self.clear();
        }
        let is_short = |name: &Option<String>| name.as_ref().is_none_or(|n| n.len() <= MAX_NAME);
        if is_short(&key.event) && is_short(&key.channel) {
            self.0.insert(key, id);
        }
        Ok(id)
    }

    fn clear(&mut self) {
        self.0.clear();
    }
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
