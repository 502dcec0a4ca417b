//! A record as a row of the journal's tables.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use memchr::{memchr, memmem};
use rusqlite::types::FromSql;
use rusqlite::{CachedStatement, Connection, ErrorCode, Statement, params};
use serde::{Deserialize, Serialize};

use super::error::JournalError;
use super::schema::keeps_responses;
use crate::capture::http::validate_head;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::validate::{Finding, Validation, Validity};
use crate::webhook::record::{
    DeliveryRecord, Forwarded, KeptResponse, ReadDepth, RecordedAnalysis, RecordedSignature,
};
use crate::webhook::signature::verify::Verdict;

/// By position and not by name: looking each name up costs as much as the row itself.
pub(super) const INSERT: &str = "
    INSERT INTO delivery (
        id, received_at, kind, run, number, repeats, peer, method, target,
        signature_header, signature_algorithm, signature_reason, validation, findings,
        status, injected, forwarded_url, forwarded_status, forwarded_error, forwarded_us,
        duration_us, headers, body, forwarded_headers, forwarded_body, forwarded_clipped
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// The number of the first delivery with the same body, as SQL. It may have been removed: it had the listener's own number
/// then, as far as no other writer took that.
macro_rules! duplicate_of {
    () => {
        "coalesce((SELECT min(f.id) FROM delivery f WHERE f.run = d.run AND f.number = d.repeats), \
         CASE WHEN d.id = d.number AND NOT EXISTS (SELECT 1 FROM delivery o WHERE o.id = d.repeats) \
         THEN d.repeats END)"
    };
}

/// The columns after those of the request, in the order in which [`decode_analysis`] reads them.
const ANALYSIS: &str = concat!(
    ", k.provider, k.event, k.channel, k.verdict, d.signature_header, d.signature_algorithm, \
     d.signature_reason, d.validation, d.findings, ",
    duplicate_of!(),
    ", d.status, d.injected, d.forwarded_url, d.forwarded_status, d.forwarded_error, d.forwarded_us, \
     d.duration_us"
);

/// The columns after those of the analysis, in the order in which [`decode_response`] reads them.
const RESPONSE: &str = ", d.forwarded_headers, d.forwarded_body, d.forwarded_clipped";
/// What a journal of an earlier version has in their place.
const NO_RESPONSE: &str = ", NULL, NULL, NULL";

/// Writes a record with [`INSERT`], under its own number unless another writer has taken that, or one up to `last_removed`
/// may have had it.
pub(super) fn insert(
    connection: &Connection,
    statement: &mut Statement<'_>,
    record: &DeliveryRecord,
    found: &RecordedAnalysis,
    run: i64,
    kind: i64,
    last_removed: i64,
) -> Result<(), JournalError> {
    let delivery = &record.delivery;
    let forwarded = record.forwarded.as_ref();
    let outcome = forwarded.map(|f| f.outcome.as_ref());
    let received_at = delivery.received_at.unwrap_or_else(Timestamp::now);
    let headers = encode_headers(&delivery.headers)?;
    let response = forwarded.and_then(|f| f.response.as_ref());
    // A delivery is recorded whatever its endpoint responded.
    let response = response.and_then(|kept| Some((encode_headers(&kept.headers).ok()?, kept)));
    let findings = Findings::encode(&found.validation)?;
    let mut insert_as = |id: Option<i64>| {
        statement.execute(params![
            id,
            received_at.as_microsecond(),
            kind,
            run,
            signed(record.id),
            record.duplicate_of.map(signed),
            delivery.peer.map(|peer| peer.to_string()),
            delivery.method,
            delivery.target,
            found.signature.header,
            found.signature.algorithm,
            found.signature.reason,
            found.validation.verdict.word(),
            findings,
            record.status,
            record.injected,
            forwarded.map(|f| strip_credentials(&f.url)),
            outcome.and_then(Result::ok),
            outcome.and_then(Result::err),
            forwarded.map(|f| to_microseconds(f.duration)),
            to_microseconds(record.duration.unwrap_or_default()),
            headers,
            &*delivery.body,
            response.as_ref().map(|(headers, _)| headers),
            response.as_ref().map(|(_, kept)| &*kept.body),
            response.as_ref().map(|(_, kept)| kept.clipped),
        ])
    };
    let own = signed(record.id);
    if own > last_removed {
        match insert_as(Some(own)) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {}
            other => return other.map(drop).map_err(Into::into),
        }
    }
    let highest = max_id(connection)?.unwrap_or(0).max(last_removed);
    insert_as(highest.checked_add(1))?;
    Ok(())
}

/// The columns of a list, in the order in which [`decode_listed`] reads them.
const LISTED: &str = concat!(
    "SELECT d.id, d.received_at, d.method, d.target, length(d.body), d.kind, d.validation, ",
    duplicate_of!(),
    ", d.status FROM delivery d WHERE d.id = ?1"
);

/// Reads records by their numbers.
pub(super) struct RowReader<'j> {
    statement: CachedStatement<'j>,
    depth: ReadDepth,
    groups: Groups<'j>,
}

impl<'j> RowReader<'j> {
    pub(super) fn new(connection: &'j Connection, depth: ReadDepth) -> Result<Self, JournalError> {
        let groups = Groups { connection, known: HashMap::new() };
        if depth == ReadDepth::Listed {
            return Ok(Self { statement: connection.prepare_cached(LISTED)?, depth, groups });
        }
        let content = match depth {
            ReadDepth::Listed | ReadDepth::Summary => "length(d.body)",
            ReadDepth::Request | ReadDepth::Full => "d.headers, d.body",
        };
        let (analysis, join) = match depth {
            ReadDepth::Request => ("", ""),
            ReadDepth::Listed | ReadDepth::Summary | ReadDepth::Full => {
                (ANALYSIS, "JOIN kind k ON k.id = d.kind")
            }
        };
        let response = match depth {
            ReadDepth::Full if keeps_responses(connection)? => RESPONSE,
            ReadDepth::Full => NO_RESPONSE,
            ReadDepth::Listed | ReadDepth::Summary | ReadDepth::Request => "",
        };
        let statement = connection.prepare_cached(&format!(
            "SELECT d.id, d.received_at, d.peer, d.method, d.target, {content}{analysis}{response}
             FROM delivery d {join} WHERE d.id = ?1"
        ))?;
        Ok(Self { statement, depth, groups })
    }

    pub(super) fn read(&mut self, id: i64) -> Result<Option<DeliveryRecord>, JournalError> {
        let mut rows = self.statement.query([id])?;
        let row = rows.next()?;
        row.map(|row| match self.depth {
            ReadDepth::Listed => decode_listed(row, &mut self.groups),
            depth => decode(row, depth),
        })
        .transpose()
    }
}

/// The groups that were met while a list is read, by their ids: most deliveries are of the same few.
struct Groups<'j> {
    connection: &'j Connection,
    known: HashMap<i64, Group>,
}

/// What deliveries are looked for by.
struct Group {
    provider: Option<String>,
    event: Option<String>,
    channel: Option<String>,
    verdict: Verdict,
}

impl Groups<'_> {
    fn get(&mut self, id: i64) -> Result<&Group, JournalError> {
        /// Senders choose the names: there may be any number of them.
        const MAX_GROUPS: usize = 1000;
        if self.known.len() > MAX_GROUPS {
            self.known.clear();
        }
        match self.known.entry(id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let mut statement = self.connection.prepare_cached(
                    "SELECT provider, event, channel, verdict FROM kind WHERE id = ?1",
                )?;
                let (provider, event, channel, verdict) = statement.query_row([id], |row| {
                    let verdict: String = row.get(3)?;
                    let provider: Option<String> = row.get(0)?;
                    Ok((provider, row.get(1)?, row.get(2)?, Verdict::of(&verdict)))
                })?;
                let verdict = verdict.ok_or_else(|| damaged("verdict of group", id))?;
                Ok(new.insert(Group { provider, event, channel, verdict }))
            }
        }
    }
}

fn decode_listed(
    row: &rusqlite::Row<'_>,
    groups: &mut Groups<'_>,
) -> Result<DeliveryRecord, JournalError> {
    let id: i64 = row.get(0)?;
    let received_at = Timestamp::from_microsecond(row.get(1)?);
    let delivery = Delivery {
        method: row.get(2)?,
        target: row.get(3)?,
        headers: Headers::default(),
        body: Bytes::new(),
        received_at: Some(received_at.map_err(|_| damaged("time", id))?),
        peer: None,
    };
    let mut record = DeliveryRecord::new(id.cast_unsigned(), delivery);
    record.unread_body = Some(row.get::<_, i64>(4)?.cast_unsigned());
    let group = groups.get(row.get(5)?)?;
    let validity = row.get_ref(6)?.as_str().ok().and_then(Validity::of);
    let signature = RecordedSignature {
        verdict: group.verdict,
        name: None,
        header: None,
        algorithm: None,
        reason: String::new(),
    };
    record.analysis = Some(RecordedAnalysis {
        provider: group.provider.clone().map(Cow::Owned),
        event: group.event.clone(),
        channel: group.channel.clone(),
        conflict: None,
        signature,
        validation: Validation {
            verdict: validity.ok_or_else(|| damaged("validation", id))?,
            errors: Vec::new(),
            notes: Vec::new(),
        },
    });
    record.duplicate_of = row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned);
    record.status = row.get(8)?;
    Ok(record)
}

/// The columns of a row, from left to right.
struct Columns<'r> {
    row: &'r rusqlite::Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    fn next_blob(&mut self) -> Result<&'r [u8], JournalError> {
        self.next += 1;
        let value = self.row.get_ref(self.next - 1)?;
        value.as_blob().map_err(|why| JournalError::Damaged(why.to_string()))
    }
}

fn decode(row: &rusqlite::Row<'_>, depth: ReadDepth) -> Result<DeliveryRecord, JournalError> {
    let mut columns = Columns { row, next: 0 };
    let id: i64 = columns.next()?;
    let received_at = Timestamp::from_microsecond(columns.next()?);
    let peer: Option<String> = columns.next()?;
    let mut delivery = Delivery {
        method: columns.next()?,
        target: columns.next()?,
        headers: Headers::default(),
        body: Bytes::new(),
        received_at: Some(received_at.map_err(|_| damaged("time", id))?),
        peer: peer.and_then(|peer| peer.parse().ok()),
    };
    let mut unread_body = None;
    if depth == ReadDepth::Summary {
        unread_body = Some(columns.next::<i64>()?.cast_unsigned());
    } else {
        let headers = decode_headers(columns.next_blob()?);
        delivery.headers = headers.ok_or_else(|| damaged("headers", id))?;
        delivery.body = columns.next::<Vec<u8>>()?.into();
        // A line break would become another header wherever it is written.
        validate_head(&delivery).map_err(JournalError::Damaged)?;
    }
    let mut record = DeliveryRecord::new(id.cast_unsigned(), delivery);
    record.unread_body = unread_body;
    if depth != ReadDepth::Request {
        decode_analysis(&mut columns, &mut record)?;
    }
    if let (ReadDepth::Full, Some(forwarded)) = (depth, &mut record.forwarded) {
        forwarded.response = decode_response(&mut columns, id)?;
    }
    Ok(record)
}

fn decode_analysis(
    columns: &mut Columns<'_>,
    record: &mut DeliveryRecord,
) -> Result<(), JournalError> {
    let damaged = |what| damaged(what, signed(record.id));
    let provider: Option<String> = columns.next()?;
    let (event, channel) = (columns.next()?, columns.next()?);
    let verdict: String = columns.next()?;
    let header = columns.next()?;
    let algorithm: Option<String> = columns.next()?;
    let reason = columns.next()?;
    let validity: String = columns.next()?;
    let findings: Option<String> = columns.next()?;
    let findings = findings.map(|text| serde_json::from_str(&text)).transpose();
    let findings: Findings<'_> = findings.map_err(|_| damaged("findings"))?.unwrap_or_default();
    record.analysis = Some(RecordedAnalysis {
        provider: provider.map(Cow::Owned),
        event,
        channel,
        conflict: None,
        signature: RecordedSignature {
            verdict: Verdict::of(&verdict).ok_or_else(|| damaged("verdict"))?,
            header,
            algorithm: algorithm.map(Cow::Owned),
            name: None,
            reason,
        },
        validation: Validation {
            verdict: Validity::of(&validity).ok_or_else(|| damaged("validation"))?,
            errors: findings.errors.into_owned(),
            notes: findings.notes.into_owned(),
        },
    });
    record.duplicate_of = columns.next::<Option<i64>>()?.map(i64::cast_unsigned);
    record.status = columns.next()?;
    record.injected = columns.next()?;
    let url: Option<String> = columns.next()?;
    let status: Option<u16> = columns.next()?;
    let error: Option<String> = columns.next()?;
    let duration: Option<i64> = columns.next()?;
    record.forwarded = url.map(|url| Forwarded {
        url,
        outcome: status.ok_or_else(|| error.unwrap_or_default()),
        duration: from_microseconds(duration.unwrap_or(0)),
        response: None,
    });
    record.duration = Some(from_microseconds(columns.next()?));
    Ok(())
}

fn decode_response(
    columns: &mut Columns<'_>,
    id: i64,
) -> Result<Option<KeptResponse>, JournalError> {
    let headers: Option<Vec<u8>> = columns.next()?;
    let (body, clipped): (Option<Vec<u8>>, Option<bool>) = (columns.next()?, columns.next()?);
    let Some(headers) = headers else {
        return Ok(None);
    };
    let headers = decode_headers(&headers).ok_or_else(|| damaged("response's headers", id))?;
    let body = body.unwrap_or_default().into();
    Ok(Some(KeptResponse { headers, body, clipped: clipped.unwrap_or_default() }))
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Findings<'v> {
    errors: Cow<'v, [Finding]>,
    notes: Cow<'v, [Finding]>,
}

impl<'v> Findings<'v> {
    fn encode(validation: &'v Validation) -> Result<Option<String>, JournalError> {
        let (errors, notes) = (&validation.errors[..], &validation.notes[..]);
        if errors.is_empty() && notes.is_empty() {
            return Ok(None);
        }
        let findings = Self { errors: errors.into(), notes: notes.into() };
        let text = serde_json::to_string(&findings);
        text.map(Some).map_err(|why| JournalError::Other(why.to_string()))
    }
}

/// The headers as lines: name, colon, one space, value, CR LF.
///
/// # Errors
/// When a name or value holds a line end, so that it would be read back as something else. Nothing
/// that was received over HTTP does.
fn encode_headers(headers: &Headers) -> Result<Vec<u8>, JournalError> {
    for (name, value) in headers.iter() {
        if name.contains([':', '\r', '\n']) || value.iter().any(|b| matches!(b, b'\r' | b'\n')) {
            return Err(JournalError::Other(
                "a header holds a line end or its name a colon".to_owned(),
            ));
        }
    }
    let mut out = Vec::with_capacity(64 * headers.len());
    headers.write(&mut out);
    Ok(out)
}

/// Reads what [`encode_headers`] wrote; `None` when it is something else.
fn decode_headers(mut bytes: &[u8]) -> Option<Headers> {
    let mut headers = Vec::new();
    while !bytes.is_empty() {
        let colon = memchr(b':', bytes)?;
        let name = std::str::from_utf8(bytes.get(..colon)?).ok()?;
        let rest = bytes.get(colon..)?.strip_prefix(b": ")?;
        let end = memmem::find(rest, b"\r\n")?;
        headers.push((name, rest.get(..end)?));
        bytes = rest.get(end + 2..)?;
    }
    Some(Headers::packed(headers.into_iter()))
}

/// A password in a URL is a secret like any other, and so is a token in its query.
fn strip_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{rest}")
}

fn damaged(what: &str, id: i64) -> JournalError {
    JournalError::Damaged(format!("the {what} of delivery {id} cannot be read"))
}

fn to_microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn from_microseconds(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(0))
}

pub(super) fn max_id(connection: &Connection) -> Result<Option<i64>, JournalError> {
    Ok(connection.query_row("SELECT max(id) FROM delivery", [], |row| row.get(0))?)
}

/// SQLite's integers are signed; no count gets near their end.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_that_a_header_can_hold_is_read_back() {
        let any: Vec<u8> = (0..=255).filter(|b| !matches!(b, b'\r' | b'\n')).collect();
        let values = [&any[..], b"", b" both ends ", b"a: b"];
        let headers: Headers = values.into_iter().map(|v| ("X-Ü", v)).collect();
        assert_eq!(decode_headers(&encode_headers(&headers).unwrap()), Some(headers));
        assert_eq!(decode_headers(b""), Some(Headers::default()));
    }

    #[test]
    fn headers_that_would_be_read_back_differently_are_refused() {
        for (name, value) in
            [("a:", "b"), ("a\n", "b"), ("a", "b\r\nc: d"), ("a", "b\nc"), ("a", "b\r")]
        {
            assert!(encode_headers(&[(name, value)].into_iter().collect()).is_err());
        }
        for broken in [&b"a"[..], b"a: b", b"a:b\r\n", b"\xff: b\r\n"] {
            assert_eq!(decode_headers(broken), None);
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_kept() {
        for (url, kept) in [
            ("http://u:p@h:1/a@b?c", "http://h:1/a@b"),
            ("https://u:p@ss@h", "https://h"),
            ("http://h/?token=a@b", "http://h/"),
            ("h/a@b", "h/a@b"),
        ] {
            assert_eq!(strip_credentials(url), kept);
        }
    }
}
