//! A row of the journal as what it stands for.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension};
use serde_json::Value;
use std::net::SocketAddr;

use super::{JournalError, headers};
use crate::capture::sendable;
use crate::capture::{Captured, Details, Found};
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::Validity;
use crate::webhook::record::Forwarded;
use crate::webhook::signature::verify::Verdict;

/// A delivery without its headers and body, for a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The journal's number.
    pub id: u64,
    /// When it had been received, to the microsecond.
    pub received_at: Timestamp,
    /// Who sent it.
    pub peer: Option<SocketAddr>,
    /// The request method.
    pub method: String,
    /// The request target: path and query.
    pub target: String,
    /// What the listener found and answered.
    pub found: Found,
    /// The body's length in bytes.
    pub body_length: u64,
}

/// Reads one row for a listing.
pub(super) fn row(connection: &Connection, id: i64) -> Result<Option<Row>, JournalError> {
    one(&mut prepare(connection, "length(d.body)")?, id, |row| {
        let length: i64 = row.get(LAST)?;
        Ok(decode(row)?.map(|row| Row {
            body_length: length.cast_unsigned(),
            ..row
        }))
    })
}

/// Reads deliveries whole, one after the other.
pub(super) struct Whole<'j>(CachedStatement<'j>);

impl<'j> Whole<'j> {
    /// Prepares to read them.
    pub(super) fn new(connection: &'j Connection) -> Result<Self, JournalError> {
        prepare(connection, WHOLE).map(Self)
    }

    /// The delivery of this number.
    pub(super) fn read(&mut self, id: i64) -> Result<Option<Captured>, JournalError> {
        one(&mut self.0, id, |row| {
            let headers = lines(row.get_ref(LAST)?.as_blob()?, id);
            let body: Vec<u8> = row.get(LAST + 1)?;
            let details = details(row, id)?;
            Ok(decode(row)?.and_then(|row| {
                let found = Found {
                    details: Some(Box::new(details?)),
                    ..row.found
                };
                let delivery = Delivery {
                    method: row.method,
                    target: row.target,
                    headers: headers?,
                    body: body.into(),
                    received_at: Some(row.received_at),
                    peer: row.peer,
                };
                checked(id, delivery, Some(found))
            }))
        })
    }
}

/// Reads the requests alone: [`Captured::found`] is `None`.
pub(super) struct Requests<'j>(CachedStatement<'j>);

impl<'j> Requests<'j> {
    /// Prepares to read them.
    pub(super) fn new(connection: &'j Connection) -> Result<Self, JournalError> {
        let statement = connection.prepare_cached(
            "SELECT received_at, peer, method, target, headers, body FROM delivery WHERE id = ?1",
        )?;
        Ok(Self(statement))
    }

    /// The request of this number.
    pub(super) fn read(&mut self, id: i64) -> Result<Option<Captured>, JournalError> {
        one(&mut self.0, id, |row| {
            let (at, peer): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
            let (method, target) = (row.get(2)?, row.get(3)?);
            let headers = lines(row.get_ref(4)?.as_blob()?, id);
            let body: Vec<u8> = row.get(5)?;
            let Ok(received_at) = Timestamp::from_microsecond(at) else {
                return Ok(Err(damaged("time", id)));
            };
            Ok(headers.and_then(|headers| {
                let delivery = Delivery {
                    method,
                    target,
                    headers,
                    body: body.into(),
                    received_at: Some(received_at),
                    peer: peer.and_then(|peer| peer.parse().ok()),
                };
                checked(id, delivery, None)
            }))
        })
    }
}

fn lines(bytes: &[u8], id: i64) -> Result<Headers, JournalError> {
    headers::read(bytes).ok_or_else(|| damaged("headers", id))
}

/// The column behind those that [`decode`] reads.
const LAST: usize = 13;

/// The columns of a whole delivery behind that: the last are those that [`details`] reads.
const WHOLE: &str =
    "d.headers, d.body, d.signature_header, d.signature_algorithm, d.findings, d.injected,
     d.duration_us, d.forwarded_url, d.forwarded_status, d.forwarded_error, d.forwarded_us";

fn prepare<'j>(
    connection: &'j Connection,
    columns: &str,
) -> Result<CachedStatement<'j>, JournalError> {
    Ok(connection.prepare_cached(&format!(
        "SELECT d.id, d.received_at, d.peer, d.method, d.target, k.provider, k.event, k.channel,
             k.verdict, d.signature_reason, d.validation, d.status,
             (SELECT min(f.id) FROM delivery f WHERE f.run = d.run AND f.number = d.repeats),
             {columns}
         FROM delivery d JOIN kind k ON k.id = d.kind WHERE d.id = ?1"
    ))?)
}

/// Two ways to fail: SQLite cannot read the row, or what it read makes no sense.
type Decoded<T> = rusqlite::Result<Result<T, JournalError>>;

fn one<T>(
    statement: &mut CachedStatement<'_>,
    id: i64,
    decode: impl FnOnce(&rusqlite::Row<'_>) -> Decoded<T>,
) -> Result<Option<T>, JournalError> {
    statement.query_row([id], decode).optional()?.transpose()
}

fn decode(row: &rusqlite::Row<'_>) -> Decoded<Row> {
    let id: i64 = row.get(0)?;
    let peer: Option<String> = row.get(2)?;
    let duplicate_of: Option<i64> = row.get(12)?;
    let Ok(received_at) = Timestamp::from_microsecond(row.get(1)?) else {
        return Ok(Err(damaged("time", id)));
    };
    let Some(signature) = Verdict::of(row.get_ref(8)?.as_str()?) else {
        return Ok(Err(damaged("verdict", id)));
    };
    let Some(validation) = Validity::of(row.get_ref(10)?.as_str()?) else {
        return Ok(Err(damaged("validation", id)));
    };
    Ok(Ok(Row {
        id: id.cast_unsigned(),
        received_at,
        peer: peer.and_then(|peer| peer.parse().ok()),
        method: row.get(3)?,
        target: row.get(4)?,
        found: Found {
            provider: row.get(5)?,
            event: row.get(6)?,
            channel: row.get(7)?,
            signature,
            reason: row.get(9)?,
            validation,
            duplicate_of: duplicate_of.map(i64::cast_unsigned),
            status: row.get(11)?,
            details: None,
        },
        body_length: 0,
    }))
}

fn details(row: &rusqlite::Row<'_>, id: i64) -> Decoded<Details> {
    const FIRST: usize = LAST + 2;
    let findings: Option<String> = row.get(FIRST + 2)?;
    let findings = findings.map(|text| serde_json::from_str::<Value>(&text));
    let Ok(findings) = findings.transpose() else {
        return Ok(Err(damaged("findings", id)));
    };
    let outcome = match (row.get(FIRST + 6)?, row.get(FIRST + 7)?) {
        (Some(status), _) => Ok(status),
        (None, error) => Err(Option::unwrap_or_default(error)),
    };
    let url: Option<String> = row.get(FIRST + 5)?;
    let duration: Option<i64> = row.get(FIRST + 8)?;
    Ok(Ok(Details {
        signature_header: row.get(FIRST)?,
        signature_algorithm: row.get(FIRST + 1)?,
        errors: list(findings.as_ref(), "errors"),
        notes: list(findings.as_ref(), "notes"),
        injected: row.get(FIRST + 3)?,
        forwarded: url.map(|url| Forwarded {
            url,
            outcome,
            duration: microseconds(duration.unwrap_or(0)),
        }),
        duration: microseconds(row.get(FIRST + 4)?),
    }))
}

/// Checked as what any file says is: a line break would become another header wherever it is written.
fn checked(id: i64, delivery: Delivery, found: Option<Found>) -> Result<Captured, JournalError> {
    sendable::check(&delivery).map_err(JournalError::Damaged)?;
    Ok(Captured {
        id: id.cast_unsigned(),
        delivery,
        found,
    })
}

fn list(findings: Option<&Value>, name: &str) -> Vec<Finding> {
    let text = |finding: &Value, key| finding.get(key)?.as_str().map(str::to_owned);
    findings
        .and_then(|findings| findings.get(name)?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|finding| {
            Some(Finding::at(
                &text(finding, "path")?,
                text(finding, "message")?,
            ))
        })
        .collect()
}

fn damaged(what: &str, id: i64) -> JournalError {
    JournalError::Damaged(format!("the {what} of delivery {id} cannot be read"))
}

fn microseconds(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(0))
}
