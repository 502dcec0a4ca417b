//! Pages of a journal in the order of its ids, for a reader that scrolls: which deliveries meet conditions, how many, and
//! what is new. Each scan stops at a deadline and says where, so that no condition makes a reader wait long.

use std::time::Instant;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::Journal;
use super::error::JournalError;
use super::row::{RowReader, max_id, signed};
use crate::webhook::payload::validate::Validity;
use crate::webhook::record::{DeliveryRecord, ReadDepth};
use crate::webhook::signature::verify::Verdict;

/// How many ids a scan covers between two looks at the clock.
const STEP: i64 = 4096;

/// One condition on a delivery. In a pattern, `*` stands for any characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// The word of the verdict on the signature.
    Verdict(String),
    Event(String),
    Provider(String),
    Channel(String),
    /// The word of the verdict on the body.
    Validity(String),
    /// The lowest and the highest status of the response.
    Status(u16, u16),
    /// The connection was closed without a response.
    NoStatus,
    Method(String),
    /// A pattern of the target without its query.
    Path(String),
    /// These bytes are in the body.
    Body(String),
    /// This text is in the event's name, or these bytes are in the body.
    Text(String),
    /// Received at this moment or later, in microseconds.
    Since(i64),
    /// The lowest and the highest id.
    Ids(u64, u64),
    Duplicate,
    Forwarded,
    Injected,
}

/// A condition, or its opposite.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    pub negated: bool,
    pub condition: Condition,
}

/// The ids that a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// In ascending order.
    pub ids: Vec<u64>,
    /// The id to go on from, when there may be more.
    pub next: Option<u64>,
}

/// Bytes that were found in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub id: u64,
    /// Where they begin.
    pub at: u64,
    /// The bytes around them.
    pub excerpt: Vec<u8>,
}

/// What statistics need of a delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// In microseconds.
    pub received_at: i64,
    pub verdict: Option<Verdict>,
    pub validity: Option<Validity>,
    pub status: Option<u16>,
    pub duration_us: u64,
}

impl Journal {
    /// The newest deliveries before an id that meet all conditions, at most `limit`.
    pub(crate) fn ids_before(
        &self,
        terms: &[Term],
        before: Option<u64>,
        limit: usize,
        deadline: Instant,
    ) -> Result<Found, JournalError> {
        let query = Query::new(&self.connection, terms)?;
        let mut ids = Vec::new();
        let top = max_id(&self.connection)?.unwrap_or(0);
        let lowest = self.lowest()?;
        let mut end = before.map_or(top + 1, |before| signed(before).min(top + 1));
        let step = query.step();
        while end > lowest {
            let start = end.saturating_sub(step).max(lowest);
            let left = limit - ids.len();
            query.ids(&self.connection, (start, end - 1), "DESC", left, &mut ids)?;
            end = start;
            if ids.len() >= limit {
                let next = ids.last().copied().filter(|last| signed(*last) > lowest);
                ids.reverse();
                return Ok(Found { ids, next });
            }
            if Instant::now() >= deadline && end > lowest {
                ids.reverse();
                return Ok(Found { ids, next: Some(end.cast_unsigned()) });
            }
        }
        ids.reverse();
        Ok(Found { ids, next: None })
    }

    /// The oldest deliveries after an id that meet all conditions, at most `limit`.
    pub(crate) fn ids_after(
        &self,
        terms: &[Term],
        after: u64,
        limit: usize,
        deadline: Instant,
    ) -> Result<Found, JournalError> {
        let query = Query::new(&self.connection, terms)?;
        let mut ids = Vec::new();
        let top = max_id(&self.connection)?.unwrap_or(0);
        let step = query.step();
        let mut start = (signed(after).saturating_add(1)).max(self.lowest()?);
        while start <= top {
            let end = start.saturating_add(step).min(top + 1);
            query.ids(&self.connection, (start, end - 1), "ASC", limit - ids.len(), &mut ids)?;
            start = end;
            if ids.len() >= limit {
                let next = ids.last().copied().filter(|last| signed(*last) < top);
                return Ok(Found { ids, next });
            }
            if Instant::now() >= deadline && start <= top {
                return Ok(Found { ids, next: Some((start - 1).cast_unsigned()) });
            }
        }
        Ok(Found { ids, next: None })
    }

    /// How many deliveries meet all conditions, counted from the newest on until the deadline; and whether that is all.
    pub(crate) fn count_matches(
        &self,
        terms: &[Term],
        deadline: Instant,
    ) -> Result<(u64, bool), JournalError> {
        if terms.is_empty() {
            return Ok((self.total()?, true));
        }
        let query = Query::new(&self.connection, terms)?;
        let step = match query.is_covered {
            true => i64::MAX,
            false => query.step(),
        };
        let lowest = self.lowest()?;
        let mut end = max_id(&self.connection)?.unwrap_or(0) + 1;
        let mut count = 0;
        while end > lowest {
            let start = end.saturating_sub(step).max(lowest);
            count += query.count(&self.connection, (start, end - 1))?;
            end = start;
            if Instant::now() >= deadline && end > lowest {
                return Ok((count, false));
            }
        }
        Ok((count, true))
    }

    /// How many deliveries there are.
    pub(crate) fn total(&self) -> Result<u64, JournalError> {
        let mut statement = self.connection.prepare_cached("SELECT count(*) FROM delivery")?;
        Ok(statement.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// What is known of these deliveries without headers and bodies; those that are gone are left out.
    pub(crate) fn summaries(&self, ids: &[u64]) -> Result<Vec<DeliveryRecord>, JournalError> {
        let mut rows = RowReader::new(&self.connection, ReadDepth::Summary)?;
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.extend(rows.read(signed(*id))?);
        }
        Ok(all)
    }

    /// Those of these ids that there are.
    pub(crate) fn existing(&self, ids: &[u64]) -> Result<Vec<u64>, JournalError> {
        let mut statement =
            self.connection.prepare_cached("SELECT 1 FROM delivery WHERE id = ?1")?;
        let mut found = Vec::new();
        for id in ids {
            if statement.exists([signed(*id)])? {
                found.push(*id);
            }
        }
        Ok(found)
    }

    /// A part of a body, and the length of the whole; `None` when there is no such delivery.
    pub(crate) fn body_part(
        &self,
        id: u64,
        offset: u64,
        length: u64,
    ) -> Result<Option<(Vec<u8>, u64)>, JournalError> {
        let sql = "SELECT substr(body, ?2, ?3), length(body) FROM delivery WHERE id = ?1";
        let values = params![signed(id), signed(offset).saturating_add(1), signed(length)];
        let part = self.connection.prepare_cached(sql)?.query_row(values, |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        });
        Ok(part.optional()?)
    }

    /// The deliveries of the same run that have the same body as this one, itself among them, at most `max`.
    pub(crate) fn same_body(&self, id: u64, max: usize) -> Result<Vec<u64>, JournalError> {
        /// How many ids after the first are looked at: a retry comes soon or is one of few.
        const MAX_SPAN: i64 = 20_000;
        let own = "SELECT run, coalesce(repeats, number) FROM delivery WHERE id = ?1";
        let first: Option<(i64, i64)> = self
            .connection
            .prepare_cached(own)?
            .query_row([signed(id)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((run, number)) = first else {
            return Ok(Vec::new());
        };
        let begin: Option<i64> = self
            .connection
            .prepare_cached("SELECT min(id) FROM delivery WHERE run = ?1 AND number = ?2")?
            .query_row([run, number], |row| row.get(0))?;
        let begin = begin.unwrap_or_else(|| signed(id).saturating_sub(MAX_SPAN));
        // The sign keeps SQLite from reading the whole run by its index.
        let sql = "SELECT id FROM delivery WHERE id BETWEEN ?3 AND ?4 AND +run = ?1
                   AND (number = ?2 OR repeats = ?2) ORDER BY id LIMIT ?5";
        let mut statement = self.connection.prepare_cached(sql)?;
        let end = begin.saturating_add(MAX_SPAN);
        let values = params![run, number, begin, end, signed(max as u64)];
        let ids = statement.query_map(values, |row| row.get::<_, i64>(0))?;
        let ids = ids.map(|id| id.map(i64::cast_unsigned));
        let mut ids: Vec<u64> = ids.collect::<Result<_, _>>()?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        Ok(ids)
    }

    /// The deliveries between two ids, both included, whose bodies have these bytes: the newest first, with the offset of
    /// the first occurrence and the bytes around it.
    pub(crate) fn search(
        &self,
        bytes: &[u8],
        (first, last): (u64, u64),
    ) -> Result<Vec<Hit>, JournalError> {
        const AROUND: i64 = 60;
        let mut statement = self.connection.prepare_cached(
            "SELECT id, at, substr(body, max(1, at - ?4), ?5) FROM
                 (SELECT id, body, instr(body, ?1) AS at FROM delivery WHERE id BETWEEN ?2 AND ?3)
             WHERE at > 0 ORDER BY id DESC",
        )?;
        let length = 2 * AROUND + signed(bytes.len() as u64);
        let values = params![bytes, signed(first), signed(last), AROUND, length];
        let hits = statement.query_map(values, |row| {
            let at = row.get::<_, i64>(1)? - 1;
            Ok(Hit {
                id: row.get::<_, i64>(0)?.cast_unsigned(),
                at: at.cast_unsigned(),
                excerpt: row.get(2)?,
            })
        })?;
        Ok(hits.collect::<Result<_, _>>()?)
    }

    /// The lowest and the highest id; `None` of an empty journal.
    pub(crate) fn id_range(&self) -> Result<Option<(u64, u64)>, JournalError> {
        let sql = "SELECT (SELECT min(id) FROM delivery), (SELECT max(id) FROM delivery)";
        let ends: (Option<i64>, Option<i64>) =
            self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ends.0.zip(ends.1).map(|(low, high)| (low.cast_unsigned(), high.cast_unsigned())))
    }

    /// Hands what statistics need of the newest `max` deliveries received since a moment to `visit`.
    pub(crate) fn measure(
        &self,
        since: i64,
        max: usize,
        mut visit: impl FnMut(&Measured),
    ) -> Result<(), JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.received_at, k.verdict, d.validation, d.status, d.duration_us
             FROM delivery d JOIN kind k ON k.id = d.kind
             WHERE d.received_at >= ?1 ORDER BY d.received_at DESC LIMIT ?2",
        )?;
        let mut rows = statement.query([since, signed(max as u64)])?;
        while let Some(row) = rows.next()? {
            let word = |index| row.get_ref(index).ok().and_then(|value| value.as_str().ok());
            visit(&Measured {
                received_at: row.get(0)?,
                verdict: word(1).and_then(Verdict::of),
                validity: word(2).and_then(Validity::of),
                status: row.get(3)?,
                duration_us: row.get::<_, i64>(4)?.cast_unsigned(),
            });
        }
        Ok(())
    }

    /// Runs `read` on one state of the journal: what is recorded meanwhile is not part of it.
    pub(crate) fn snapshot<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        read(self)
    }

    fn lowest(&self) -> Result<i64, JournalError> {
        let sql = "SELECT min(id) FROM delivery";
        let lowest: Option<i64> = self.connection.query_row(sql, [], |row| row.get(0))?;
        Ok(lowest.unwrap_or(1))
    }
}

/// Conditions as SQL, and their values.
struct Query {
    /// The table, with the index that finds the few deliveries that can match.
    table: &'static str,
    sql: String,
    values: Vec<Value>,
    /// Whether one part after the other has to be looked at.
    is_scan: bool,
    /// Whether an index alone tells how many match.
    is_covered: bool,
}

impl Query {
    fn new(connection: &Connection, terms: &[Term]) -> Result<Self, JournalError> {
        /// With more deliveries than this, a match comes soon.
        const FEW: i64 = 20_000;
        let mut query = Self {
            table: "delivery d",
            sql: String::new(),
            values: Vec::new(),
            is_scan: !terms.is_empty(),
            is_covered: false,
        };
        let of_groups: Vec<&Term> =
            terms.iter().filter(|term| term.condition.is_of_group()).collect();
        let is_alone = of_groups.len() == terms.len();
        let groups = match of_groups.is_empty() {
            true => None,
            false => groups(connection, &of_groups)?,
        };
        let mut used: Vec<&Term> = terms.iter().collect();
        if let Some(groups) = groups {
            used.retain(|term| !term.condition.is_of_group());
            query.sql = format!(" AND d.kind IN ({groups})");
            let sql = format!(
                "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE kind IN ({groups}) LIMIT {})",
                FEW + 1
            );
            let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            query.is_covered = is_alone;
            if count <= FEW {
                query.table = "delivery d INDEXED BY delivery_by_kind";
                query.is_scan = false;
            }
        }
        for term in used {
            let (condition, values) = term.condition.sql();
            let truth = if term.negated { "IS NOT TRUE" } else { "IS TRUE" };
            query.sql.push_str(&format!(" AND ({condition}) {truth}"));
            query.values.extend(values);
        }
        Ok(query)
    }

    /// How many ids are looked at at a time.
    fn step(&self) -> i64 {
        if self.is_scan { STEP } else { i64::MAX }
    }

    /// Adds at most `limit` ids between two, both included.
    fn ids(
        &self,
        connection: &Connection,
        (first, last): (i64, i64),
        direction: &str,
        limit: usize,
        out: &mut Vec<u64>,
    ) -> Result<(), JournalError> {
        let sql = format!(
            "SELECT d.id FROM {} WHERE d.id BETWEEN ? AND ?{} ORDER BY d.id {direction} LIMIT ?",
            self.table, self.sql
        );
        let limit = Value::Integer(signed(limit as u64));
        let mut statement = connection.prepare_cached(&sql)?;
        let values = self.all(first, last).chain([limit]);
        let ids = statement.query_map(params_from_iter(values), |row| row.get::<_, i64>(0))?;
        for id in ids {
            out.push(id?.cast_unsigned());
        }
        Ok(())
    }

    fn count(
        &self,
        connection: &Connection,
        (first, last): (i64, i64),
    ) -> Result<u64, JournalError> {
        let table = match self.is_covered {
            true => "delivery d INDEXED BY delivery_by_kind",
            false => self.table,
        };
        let sql = format!("SELECT count(*) FROM {table} WHERE d.id BETWEEN ? AND ?{}", self.sql);
        let mut statement = connection.prepare_cached(&sql)?;
        let count: i64 =
            statement.query_row(params_from_iter(self.all(first, last)), |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    fn all(&self, first: i64, last: i64) -> impl Iterator<Item = Value> {
        let ends = [Value::Integer(first), Value::Integer(last)];
        ends.into_iter().chain(self.values.iter().cloned())
    }
}

/// The ids of the groups that meet these conditions, separated by commas; `None` when there are too many to name. Senders
/// choose the names of groups.
fn groups(connection: &Connection, terms: &[&Term]) -> Result<Option<String>, JournalError> {
    const MAX_GROUPS: usize = 1000;
    let (mut sql, mut values) =
        ("SELECT d.kind FROM (SELECT id AS kind FROM kind) d WHERE true".to_owned(), Vec::new());
    for term in terms {
        let (condition, used) = term.condition.sql();
        let truth = if term.negated { "IS NOT TRUE" } else { "IS TRUE" };
        sql.push_str(&format!(" AND ({condition}) {truth}"));
        values.extend(used);
    }
    sql.push_str(&format!(" LIMIT {}", MAX_GROUPS + 1));
    let mut statement = connection.prepare_cached(&sql)?;
    let ids = statement.query_map(params_from_iter(values), |row| row.get::<_, i64>(0))?;
    let ids: Vec<String> = ids.map(|id| id.map(|id| id.to_string())).collect::<Result<_, _>>()?;
    Ok((ids.len() <= MAX_GROUPS).then(|| ids.join(",")))
}

impl Condition {
    /// Whether it is about what the table of groups has.
    fn is_of_group(&self) -> bool {
        matches!(self, Self::Verdict(_) | Self::Event(_) | Self::Provider(_) | Self::Channel(_))
    }

    fn sql(&self) -> (&'static str, Vec<Value>) {
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |number: u16| Value::Integer(i64::from(number));
        match self {
            Self::Verdict(word) => {
                ("d.kind IN (SELECT id FROM kind WHERE verdict = ?)", vec![text(word)])
            }
            Self::Event(name) => {
                ("d.kind IN (SELECT id FROM kind WHERE event GLOB ?)", vec![glob(name)])
            }
            Self::Provider(name) => {
                ("d.kind IN (SELECT id FROM kind WHERE provider GLOB ?)", vec![glob(name)])
            }
            Self::Channel(name) => {
                ("d.kind IN (SELECT id FROM kind WHERE channel GLOB ?)", vec![glob(name)])
            }
            Self::Validity(word) => ("d.validation = ?", vec![text(word)]),
            Self::Status(low, high) => {
                ("d.status BETWEEN ? AND ?", vec![number(*low), number(*high)])
            }
            Self::NoStatus => ("d.status IS NULL", Vec::new()),
            Self::Method(name) => ("upper(d.method) = upper(?)", vec![text(name)]),
            Self::Path(pattern) => (
                "CASE instr(d.target, '?') WHEN 0 THEN d.target \
                 ELSE substr(d.target, 1, instr(d.target, '?') - 1) END GLOB ?",
                vec![glob(pattern)],
            ),
            Self::Body(bytes) => {
                ("instr(d.body, ?) > 0", vec![Value::Blob(bytes.as_bytes().to_vec())])
            }
            Self::Text(words) => (
                "instr(d.body, ?) > 0 OR d.kind IN (SELECT id FROM kind WHERE instr(lower(event), lower(?)) > 0)",
                vec![Value::Blob(words.as_bytes().to_vec()), text(words)],
            ),
            Self::Since(moment) => ("d.received_at >= ?", vec![Value::Integer(*moment)]),
            Self::Ids(low, high) => (
                "d.id BETWEEN ? AND ?",
                vec![Value::Integer(signed(*low)), Value::Integer(signed(*high))],
            ),
            Self::Duplicate => ("d.repeats IS NOT NULL", Vec::new()),
            Self::Forwarded => ("d.forwarded_url IS NOT NULL", Vec::new()),
            Self::Injected => ("d.injected IS NOT NULL", Vec::new()),
        }
    }
}

/// A pattern as SQLite's GLOB reads it: only `*` is special.
fn glob(pattern: &str) -> Value {
    let mut out = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '[' | '?' => out.extend(['[', c, ']']),
            c => out.push(c),
        }
    }
    Value::Text(out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::webhook::delivery::Delivery;

    fn journal(folder: &tempfile::TempDir, count: u64) -> Journal {
        let mut journal = Journal::record_private(&folder.path().join("j.db")).unwrap();
        let analyzer = crate::webhook::analysis::Analyzer {
            catalog: crate::webhook::provider::catalog::Catalog::builtin(),
            provider: None,
            secrets: Vec::new(),
            allow_unsigned: false,
            context: crate::webhook::signature::SignatureContext::default(),
        };
        let records: Vec<_> = (1..=count)
            .map(|id| {
                let body = format!("{{\"n\":{id}}}");
                let mut record =
                    DeliveryRecord::new(id, Delivery::post("/", body.into_bytes().into()));
                let found = analyzer.analyze(&record.delivery, jiff::Timestamp::UNIX_EPOCH);
                record.analysis = Some(found.into());
                if let (Some(found), true) = (&mut record.analysis, id % 100 == 0) {
                    found.event = Some("rare".to_owned());
                }
                record
            })
            .collect();
        journal.append(&records.iter().collect::<Vec<_>>()).unwrap();
        journal
    }

    #[test]
    fn pages_are_complete_whatever_the_order_and_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let journal = journal(&folder, 10_000);
        let term = |condition| Term { negated: false, condition };
        for (terms, expected) in [
            (vec![], 10_000),
            (vec![term(Condition::Event("rare".into()))], 100),
            (vec![Term { negated: true, condition: Condition::Event("rare".into()) }], 9900),
            (vec![term(Condition::Event("r?re".into()))], 0),
            (vec![term(Condition::Body("9\"".into()))], 0),
            (vec![term(Condition::Body("99}".into()))], 100),
            (vec![term(Condition::Event("rare".into())), term(Condition::Ids(0, 5000))], 50),
            (vec![term(Condition::Text("RARE".into()))], 100),
        ] {
            // One in which every part is cut off, and one in which none is.
            for wait in [Duration::ZERO, Duration::from_secs(60)] {
                let mut newest_first: Vec<u64> = Vec::new();
                let mut before = None;
                loop {
                    let deadline = Instant::now() + wait;
                    let found = journal.ids_before(&terms, before, 37, deadline).unwrap();
                    newest_first.extend(found.ids.iter().rev());
                    before = found.next;
                    if before.is_none() {
                        break;
                    }
                }
                let mut oldest_first = Vec::new();
                let mut after = Some(0);
                while let Some(from) = after {
                    let deadline = Instant::now() + wait;
                    let found = journal.ids_after(&terms, from, 37, deadline).unwrap();
                    oldest_first.extend(found.ids);
                    after = found.next;
                }
                newest_first.reverse();
                assert_eq!(newest_first, oldest_first, "{terms:?}");
                assert_eq!(newest_first.len(), expected, "{terms:?}");
            }
            let deadline = Instant::now() + Duration::from_secs(60);
            let counted = journal.count_matches(&terms, deadline).unwrap();
            assert_eq!(counted, (expected as u64, true), "{terms:?}");
        }
    }
}
