//! Which deliveries of a journal are asked for.

use jiff::Timestamp;
use rusqlite::ToSql;
use rusqlite::types::Value;

use super::row::Row;
use crate::webhook::signature::verify::Verdict;

/// Which deliveries are asked for: those that meet every condition given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The journal's number.
    pub id: Option<u64>,
    /// The event.
    pub event: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// Whose delivery it was.
    pub provider: Option<String>,
    /// The verdict on the signature.
    pub verdict: Option<Verdict>,
    /// Received then or later.
    pub since: Option<Timestamp>,
    /// Of those that meet all other conditions, this many of the newest.
    pub last: Option<u64>,
}

impl Filter {
    /// Whether one row meets every condition but `last`.
    pub(super) fn admits(&self, row: &Row) -> bool {
        let is =
            |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        self.id.is_none_or(|id| id == row.id)
            && is(&self.event, &row.found.event)
            && is(&self.channel, &row.found.channel)
            && is(&self.provider, &row.found.provider)
            && self.verdict.is_none_or(|v| v == row.found.signature)
            && row.received_at.as_microsecond() >= self.since()
    }

    /// The first moment asked for, in microseconds.
    pub(super) fn since(&self) -> i64 {
        self.since.map_or(i64::MIN, |since| since.as_microsecond())
    }

    /// The conditions on a delivery's kind as SQL over the table `kind`; `None` when there is none.
    pub(super) fn of_kind(&self) -> Option<OfKind> {
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
        (!conditions.is_empty()).then(|| OfKind {
            sql: format!("SELECT id FROM kind WHERE {}", conditions.join(" AND ")),
            values,
        })
    }
}

/// A query for the numbers of kinds, and its parameters by name.
#[derive(Clone, Debug)]
pub(super) struct OfKind {
    pub(super) sql: String,
    values: Vec<(&'static str, Value)>,
}

impl OfKind {
    /// The parameters as a query takes them.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &dyn ToSql)> {
        let values = self.values.iter();
        values.map(|(name, value)| (*name, value as &dyn ToSql))
    }
}
