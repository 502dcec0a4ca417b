//! Which deliveries of a journal a filter selects, and at which positions in its order they stand. Positions are
//! found through indexes alone, so that the newest few of a million cost what the newest few of a thousand do.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, ToSql};

use super::error::JournalError;
use super::row::{max_id, signed};
use crate::webhook::record::{DeliveryRecord, RecordedAnalysis};
use crate::webhook::signature::verify::Verdict;

/// Selects the deliveries that meet every condition given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The journal's number of the delivery.
    pub id: Option<u64>,
    /// The event.
    pub event: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// The verdict on the signature.
    pub verdict: Option<Verdict>,
    /// Received then or later.
    pub since: Option<Timestamp>,
    /// Of those that meet all other conditions, only this many of the newest.
    pub last: Option<u64>,
}

impl Filter {
    /// Whether a delivery meets every condition but `last`. `analysis` is called when a condition needs to know what was
    /// found out about the delivery.
    pub(crate) fn admits<'r>(
        &self,
        record: &DeliveryRecord,
        analysis: impl FnOnce() -> Option<Cow<'r, RecordedAnalysis>>,
    ) -> bool {
        let received_at = record.delivery.received_at.map(Timestamp::as_microsecond);
        if self.id.is_some_and(|id| id != record.id)
            || (self.since.is_some() && received_at < Some(self.since()))
        {
            return false;
        }
        if self.groups().is_none() {
            return true;
        }
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == found
        };
        analysis().is_some_and(|found| {
            is(&self.event, found.event.as_deref())
                && is(&self.channel, found.channel.as_deref())
                && is(&self.provider, found.provider.as_deref())
                && self.verdict.is_none_or(|v| v == found.signature.verdict)
        })
    }

    /// The earliest moment, in microseconds.
    fn since(&self) -> i64 {
        self.since.map_or(i64::MIN, |since| since.as_microsecond())
    }

    /// The conditions on a delivery's group; `None` when there is none.
    fn groups(&self) -> Option<GroupQuery> {
        let text = |name: &Option<String>| name.clone().map(Value::Text);
        let verdict = self.verdict.map(|v| Value::Text(v.word().to_owned()));
        let (conditions, values): (Vec<_>, Vec<_>) = [
            ("event = :event", ":event", text(&self.event)),
            ("channel = :channel", ":channel", text(&self.channel)),
            ("provider = :provider", ":provider", text(&self.provider)),
            ("verdict = :verdict", ":verdict", verdict),
        ]
        .into_iter()
        .filter_map(|(condition, name, value)| Some((condition, (name, value?))))
        .unzip();
        (!conditions.is_empty()).then(|| GroupQuery {
            sql: format!("SELECT id FROM kind WHERE {}", conditions.join(" AND ")),
            values,
        })
    }
}

/// A query for the ids of groups in the table `kind`, and its parameters by name.
#[derive(Clone, Debug)]
struct GroupQuery {
    sql: String,
    values: Vec<(&'static str, Value)>,
}

impl GroupQuery {
    fn parameters(&self) -> impl Iterator<Item = (&str, &dyn ToSql)> {
        let values = self.values.iter();
        values.map(|(name, value)| (*name, value as &dyn ToSql))
    }
}

/// The most groups whose deliveries are merged. Usually few combinations of event and verdict exist;
/// only a sender that makes names up exceeds it.
const MAX_MERGED_GROUPS: usize = 64;

/// A delivery's position in the journal's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) received_at: i64,
    pub(super) id: i64,
}

/// The positions of the deliveries that a filter selects, apart from its `id` and `last`.
#[derive(Debug)]
pub(super) struct Cursor<'j> {
    connection: &'j Connection,
    source: Source,
    /// Just before the first position.
    start: Position,
    /// The highest number when this began: what comes while a caller reads is not part of it.
    top: i64,
}

/// The index that is walked.
#[derive(Debug)]
enum Source {
    /// Everything, by time.
    All,
    /// A few groups, each by time, merged.
    Groups(Vec<i64>),
    /// Everything, by time, with a check of each: with so many groups a match comes soon.
    Scanned(GroupQuery),
}

/// Which end of the order a walk begins at, as SQL says it.
const FORWARD: &str = "ASC";
const BACKWARD: &str = "DESC";

impl<'j> Cursor<'j> {
    pub(super) fn new(connection: &'j Connection, filter: &Filter) -> Result<Self, JournalError> {
        Ok(Self {
            connection,
            source: Source::of(connection, filter)?,
            start: Position { received_at: filter.since(), id: 0 },
            top: max_id(connection)?.unwrap_or(0),
        })
    }

    /// How many positions there are, at most `max` of them.
    pub(super) fn count(&self, max: Option<u64>) -> Result<u64, JournalError> {
        let Some(sql) = self.source.sql(BACKWARD) else {
            return Ok(0);
        };
        let sql = format!("SELECT count(*) FROM ({sql})");
        let limit = max.map_or(-1, signed);
        self.query(&sql, self.start, limit, 0, |row| row.get(0))
            .map(|counts: Vec<i64>| counts.first().map_or(0, |count| count.cast_unsigned()))
    }

    /// Just before the newest `count` positions, or before all of them.
    pub(super) fn before_newest(&self, count: Option<u64>) -> Result<Position, JournalError> {
        let Some(skipped) = count.and_then(|count| count.checked_sub(1)) else {
            return Ok(self.start);
        };
        let first = self.walk(BACKWARD, self.start, 1, signed(skipped))?;
        Ok(first.first().map_or(self.start, |first| Position { id: first.id - 1, ..*first }))
    }

    /// The next positions after `position`, at most `count`.
    pub(super) fn after(
        &self,
        position: Position,
        count: usize,
    ) -> Result<Vec<Position>, JournalError> {
        self.walk(FORWARD, position, signed(count as u64), 0)
    }

    fn walk(
        &self,
        direction: &str,
        from: Position,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Position>, JournalError> {
        let Some(sql) = self.source.sql(direction) else {
            return Ok(Vec::new());
        };
        self.query(&sql, from, limit, offset, |row| {
            Ok(Position { received_at: row.get(0)?, id: row.get(1)? })
        })
    }

    fn query<T>(
        &self,
        sql: &str,
        from: Position,
        limit: i64,
        offset: i64,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, JournalError> {
        let mut values: Vec<(&str, &dyn ToSql)> = vec![
            (":received_at", &from.received_at),
            (":id", &from.id),
            (":top", &self.top),
            (":limit", &limit),
            (":offset", &offset),
        ];
        if let Source::Scanned(groups) = &self.source {
            values.extend(groups.parameters());
        }
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_map(values.as_slice(), read)?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

impl Source {
    fn of(connection: &Connection, filter: &Filter) -> Result<Self, JournalError> {
        let Some(groups) = filter.groups() else {
            return Ok(Self::All);
        };
        let few = format!("{} LIMIT {}", groups.sql, MAX_MERGED_GROUPS + 1);
        let mut statement = connection.prepare_cached(&few)?;
        let values: Vec<_> = groups.parameters().collect();
        let ids: Vec<i64> =
            statement.query_map(values.as_slice(), |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(if ids.len() > MAX_MERGED_GROUPS { Self::Scanned(groups) } else { Self::Groups(ids) })
    }

    /// The query; `None` when there is nothing to find.
    fn sql(&self, direction: &str) -> Option<String> {
        const SELECT: &str = "SELECT received_at, id FROM delivery WHERE \
             (received_at, id) > (:received_at, :id) AND id <= :top";
        let rows = match self {
            Self::All => SELECT.to_owned(),
            Self::Groups(ids) if ids.is_empty() => return None,
            Self::Groups(ids) => {
                let each: Vec<_> =
                    ids.iter().map(|id| format!("{SELECT} AND kind = {id}")).collect();
                each.join(" UNION ALL ")
            }
            // The sign keeps SQLite from using the index by kind and sorting the result.
            Self::Scanned(groups) => format!("{SELECT} AND +kind IN ({})", groups.sql),
        };
        Some(format!(
            "{rows} ORDER BY received_at {direction}, id {direction} LIMIT :limit OFFSET :offset"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::journal::Journal;

    fn plan(connection: &Connection, filter: &Filter, direction: &str) -> String {
        let source = Source::of(connection, filter).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", source.sql(direction).unwrap());
        let mut statement = connection.prepare(&sql).unwrap();
        let nothing = vec![None::<i64>; statement.parameter_count()];
        let lines: Vec<String> = statement
            .query_map(rusqlite::params_from_iter(nothing), |row| row.get(3))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        lines.join("\n")
    }

    #[test]
    fn every_query_uses_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::record(&folder.path().join("j.db")).unwrap();
        let connection = &journal.connection;
        for n in 0..200 {
            let verdict = if n < 100 { "invalid" } else { "valid" };
            connection
                .execute(
                    "INSERT INTO kind (provider, event, channel, verdict) VALUES (?1, ?2, ?3, ?4)",
                    (n % 3, format!("e{}", n % 20), n % 2, verdict),
                )
                .unwrap();
        }
        let by_time = "SEARCH delivery USING COVERING INDEX delivery_by_time (received_at>?)";
        let by_group =
            "SEARCH delivery USING COVERING INDEX delivery_by_kind (kind=? AND received_at>?)";
        let scanned = "SEARCH delivery USING INDEX delivery_by_time (received_at>?)";
        let event = Filter { event: Some("e1".to_owned()), ..Filter::default() };
        let verdict = Filter { verdict: Some(Verdict::Invalid), ..Filter::default() };
        let both = Filter { event: Some("e1".to_owned()), ..verdict.clone() };
        for (filter, expected) in
            [(Filter::default(), by_time), (event, by_group), (both, by_group), (verdict, scanned)]
        {
            for direction in [FORWARD, BACKWARD] {
                let plan = plan(connection, &filter, direction);
                assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
                let deliveries = plan.lines().filter(|l| l.contains(" delivery"));
                assert!(deliveries.clone().count() > 0, "{plan}");
                for line in deliveries {
                    assert_eq!(line, expected, "{filter:?}: {plan}");
                }
            }
        }
    }
}
