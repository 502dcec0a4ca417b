//! Writing: a batch of deliveries becomes one transaction, and one flush to the disk answers for all
//! of them.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Statement, Transaction, TransactionBehavior, params,
};
use serde::Serialize;

use super::anchor::Anchor;
use super::kinds::Kinds;
use super::{Journal, JournalError, headers, signed};
use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::Validation;
use crate::webhook::record::DeliveryRecord;

/// What a writer knows beside its connection.
#[derive(Debug)]
pub(super) struct Pen {
    /// This run, among all that wrote to the journal.
    run: i64,
    kinds: Kinds,
    anchor: Anchor,
}

impl Pen {
    /// Enters a run. That the journal can be written to is known before the first delivery comes.
    pub(super) fn new(connection: &mut Connection, anchor: Anchor) -> Result<Self, JournalError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO run (began_at, version) VALUES (?1, ?2)",
            params![Timestamp::now().as_microsecond(), env!("CARGO_PKG_VERSION")],
        )?;
        let run = transaction.last_insert_rowid();
        transaction.commit()?;
        Ok(Self {
            run,
            kinds: Kinds::default(),
            anchor,
        })
    }
}

impl Journal {
    /// Writes a batch and returns the journal's number of each, in the batch's order. Once it returns,
    /// all of them are on the disk; when it fails, none is in the journal, and it can be tried again.
    /// One that has no `received_at` gets the time of writing.
    ///
    /// # Errors
    /// [`JournalError::Full`] without room, [`JournalError::Busy`] when another writer does not finish
    /// for seconds, [`JournalError::ReadOnly`] after [`Journal::open`].
    pub fn append(&mut self, batch: &[&DeliveryRecord]) -> Result<Vec<u64>, JournalError> {
        let Some(pen) = &mut self.pen else {
            return Err(JournalError::ReadOnly);
        };
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        if !pen.anchor.holds() {
            return Err(JournalError::Moved);
        }
        let ids = write(&mut self.connection, pen, batch);
        if ids.is_err() {
            // The kinds that it wrote went with the transaction.
            pen.kinds.forget();
        }
        ids
    }

    /// The journal's number of the delivery that has `number` in this run; `None` while it is not
    /// written, and after [`Journal::open`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn id_of(&self, number: u64) -> Result<Option<u64>, JournalError> {
        let Some(pen) = &self.pen else {
            return Ok(None);
        };
        let id: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM delivery WHERE run = ?1 AND number = ?2 LIMIT 1")?
            .query_row(params![pen.run, signed(number)], |row| row.get(0))
            .optional()?;
        Ok(id.map(i64::cast_unsigned))
    }

    /// Lets the journal grow to about `bytes` and no further: [`Journal::append`] then fails with
    /// [`JournalError::Full`]. `None` lifts the cap. Counts for this writer, until it is closed; a
    /// journal that is already larger keeps what it has.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn cap(&self, bytes: Option<u64>) -> Result<(), JournalError> {
        const MOST_PAGES: i64 = u32::MAX as i64 - 1;
        let page: i64 = self
            .connection
            .pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = bytes.map_or(MOST_PAGES, |b| {
            (signed(b) / page.max(1)).clamp(1, MOST_PAGES)
        });
        self.connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    }
}

fn write(
    connection: &mut Connection,
    pen: &mut Pen,
    batch: &[&DeliveryRecord],
) -> Result<Vec<u64>, JournalError> {
    // Immediate: whoever waits for another writer waits here, before anything is read.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut statement = transaction.prepare_cached(INSERT)?;
    let ids = batch
        .iter()
        .map(|received| insert(&transaction, &mut statement, pen, received))
        .collect::<Result<_, _>>()?;
    drop(statement);
    transaction.commit()?;
    Ok(ids)
}

/// By place and not by name: to look each name up costs as much as the row itself.
const INSERT: &str = "
    INSERT INTO delivery (
        id, received_at, kind, run, number, repeats, peer, method, target,
        signature_header, signature_algorithm, signature_reason, validation, findings,
        status, injected, forwarded_url, forwarded_status, forwarded_error, forwarded_us,
        duration_us, headers, body
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

fn insert(
    transaction: &Transaction<'_>,
    statement: &mut Statement<'_>,
    pen: &mut Pen,
    received: &DeliveryRecord,
) -> Result<u64, JournalError> {
    let (delivery, found) = (&received.delivery, &received.analysis);
    let forwarded = received.forwarded.as_ref();
    let outcome = forwarded.map(|f| f.outcome.as_ref());
    let kind = pen.kinds.number(transaction, found)?;
    let received_at = delivery.received_at.unwrap_or_else(Timestamp::now);
    let headers = headers::write(&delivery.headers)?;
    let findings = findings(&found.validation)?;
    let mut insert_as = |id: Option<i64>| {
        statement.execute(params![
            id,
            received_at.as_microsecond(),
            kind,
            pen.run,
            signed(received.id),
            received.duplicate_of.map(signed),
            delivery.peer.map(|peer| peer.to_string()),
            delivery.method,
            delivery.target,
            found.signature.header,
            found.signature.algorithm.map(|a| a.name()),
            found.signature.reason,
            found.validation.verdict.word(),
            findings,
            received.status,
            received.injected,
            forwarded.map(|f| without_user(&f.url)),
            outcome.and_then(Result::ok),
            outcome.and_then(Result::err),
            forwarded.map(|f| microseconds(f.duration)),
            microseconds(received.duration),
            headers,
            &*delivery.body,
        ])
    };
    // Under the listener's own number, so that both mean the same delivery, unless another writer was
    // faster.
    let wanted = (received.id > 0).then(|| signed(received.id));
    match insert_as(wanted) {
        Err(error) if is_taken(&error) => insert_as(None)?,
        other => other?,
    };
    Ok(transaction.last_insert_rowid().cast_unsigned())
}

fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

#[derive(Serialize)]
struct Findings<'v> {
    errors: &'v [Finding],
    notes: &'v [Finding],
}

fn findings(validation: &Validation) -> Result<Option<String>, JournalError> {
    let (errors, notes) = (&validation.errors, &validation.notes);
    if errors.is_empty() && notes.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(&Findings { errors, notes })
        .map(Some)
        .map_err(|why| JournalError::Other(why.to_string()))
}

/// A password in an address is a secret like any other, and a token in its query is one, too.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{rest}")
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::without_user;

    #[test]
    fn a_password_in_an_address_is_not_kept() {
        for (url, kept) in [
            ("http://u:p@h:1/a@b?c", "http://h:1/a@b"),
            ("https://u:p@ss@h", "https://h"),
            ("http://h/?token=a@b", "http://h/"),
            ("h/a@b", "h/a@b"),
        ] {
            assert_eq!(without_user(url), kept);
        }
    }
}
