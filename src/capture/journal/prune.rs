//! Removes old deliveries, a few at a time, so that no writer waits long. Their bytes are overwritten, and their numbers
//! are never given again.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::cursor::Position;
use super::error::JournalError;
use super::row::signed;

/// What is kept: a delivery is removed when it does not meet both conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Only deliveries that were received within this time.
    pub age: Option<Duration>,
    /// Only so many of the newest.
    pub count: Option<u64>,
}

/// Everything before this position in the journal's order is to be removed; `None` when that is nothing.
pub(super) fn limit(
    connection: &Connection,
    keep: Keep,
    now: Timestamp,
) -> Result<Option<Position>, JournalError> {
    let by_age = keep.age.map(|age| {
        let received_at = now.checked_sub(age).unwrap_or(Timestamp::MIN).as_microsecond();
        Position { received_at, id: 0 }
    });
    let by_count = match keep.count.and_then(|count| count.checked_sub(1)) {
        None => None,
        Some(newer) => connection
            .prepare_cached(
                "SELECT received_at, id FROM delivery
                 ORDER BY received_at DESC, id DESC LIMIT 1 OFFSET ?1",
            )?
            .query_map([signed(newer)], |row| {
                Ok(Position { received_at: row.get(0)?, id: row.get(1)? })
            })?
            .next()
            .transpose()?,
    };
    Ok(by_age.into_iter().chain(by_count).max())
}

/// Removes some of the deliveries before a position, in one transaction; returns how many.
pub(super) fn step(connection: &mut Connection, before: Position) -> Result<u64, JournalError> {
    /// About a millisecond of work: how many deliveries, and how many bytes of bodies, are removed at once.
    const MAX_ROWS: i64 = 256;
    const MAX_BYTES: i64 = 1 << 20;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut removed = 0;
    {
        let mut doomed = transaction.prepare_cached(
            "SELECT id, kind, length(body) + length(headers) + coalesce(length(forwarded_body), 0)
             FROM delivery
             WHERE (received_at, id) < (?1, ?2) ORDER BY received_at, id LIMIT ?3",
        )?;
        let rows = doomed.query_map(params![before.received_at, before.id, MAX_ROWS], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let mut bytes = 0;
        let rows: Vec<(i64, i64, i64)> = rows.collect::<Result<_, _>>()?;
        for (id, kind, length) in rows {
            transaction.prepare_cached("DELETE FROM delivery WHERE id = ?1")?.execute([id])?;
            // Names of events are what senders chose.
            transaction
                .prepare_cached(
                    "DELETE FROM kind WHERE id = ?1
                     AND NOT EXISTS (SELECT 1 FROM delivery WHERE kind = ?1)",
                )?
                .execute([kind])?;
            transaction
                .prepare_cached("UPDATE pruned SET last_id = max(last_id, ?1)")?
                .execute([id])?;
            removed += 1;
            bytes += length;
            if bytes >= MAX_BYTES {
                break;
            }
        }
    }
    transaction.commit()?;
    Ok(removed)
}

/// Gives up to `pages` free pages back to the file system, or all of them. In a journal of an earlier version free pages
/// stay in the file, and are used again.
pub(super) fn shrink(connection: &Connection, pages: Option<u32>) -> Result<(), JournalError> {
    let sql = format!("PRAGMA incremental_vacuum({})", pages.unwrap_or(0));
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Whether so much of the file is free that it should shrink: what is free is soon used again otherwise.
pub(super) fn is_mostly_free(connection: &Connection) -> Result<bool, JournalError> {
    let ask = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let free = ask("freelist_count")?;
    Ok(ask("auto_vacuum")? == 2 && free >= 256 && free >= ask("page_count")? / 4)
}

/// The table that remembers the highest number of a removed delivery.
pub(super) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS pruned ( -- what was removed by --keep and --prune
    last_id INTEGER NOT NULL        -- the highest number of a removed delivery; 0: none
) STRICT;
INSERT INTO pruned SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM pruned);
";

/// Makes the table in a journal of an earlier version.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), JournalError> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE name = 'pruned'";
    if connection.query_row(exists, [], |row| row.get::<_, i64>(0))? == 0 {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(TABLE)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The highest number of a removed delivery.
pub(super) fn last_removed(connection: &Connection) -> Result<i64, JournalError> {
    let mut statement = connection.prepare_cached("SELECT max(last_id) FROM pruned")?;
    Ok(statement.query_row([], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0))
}
