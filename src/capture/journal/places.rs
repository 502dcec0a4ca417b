//! Where in the journal's order the deliveries asked for stand, found through indexes alone, so that
//! the newest few of a million cost what the newest few of a thousand do.

use rusqlite::{Connection, ToSql};

use super::filter::{Filter, OfKind};
use super::{JournalError, signed};

/// The most kinds whose deliveries are merged. Usually few combinations of event and verdict exist;
/// only a sender that makes names up gets over it.
const MOST_KINDS: usize = 64;

/// A delivery's place in the journal's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) received_at: i64,
    pub(super) id: i64,
}

/// The places of the deliveries that a filter asks for, but for its `id` and `last`.
#[derive(Debug)]
pub(super) struct Places<'j> {
    connection: &'j Connection,
    source: Source,
    /// Just before the first place.
    start: Place,
    /// The highest number when this began: what comes while a caller reads is not part of it.
    top: i64,
}

/// What is walked along.
#[derive(Debug)]
enum Source {
    /// Everything, by time.
    All,
    /// A few kinds, each by time, merged.
    Kinds(Vec<i64>),
    /// Everything, by time, with a look at each: so many kinds are meant that one is met soon.
    Sieved(OfKind),
}

#[derive(Clone, Copy)]
enum Way {
    Forward,
    Backward,
}

impl<'j> Places<'j> {
    /// Prepares the way.
    pub(super) fn new(connection: &'j Connection, filter: &Filter) -> Result<Self, JournalError> {
        let top: Option<i64> =
            connection.query_row("SELECT max(id) FROM delivery", [], |row| row.get(0))?;
        Ok(Self {
            connection,
            source: Source::of(connection, filter)?,
            start: Place {
                received_at: filter.since(),
                id: 0,
            },
            top: top.unwrap_or(0),
        })
    }

    /// The newest `count` places or all of them, oldest first.
    pub(super) fn newest(&self, count: Option<u64>) -> Result<Vec<Place>, JournalError> {
        let mut places = self.walk(Way::Backward, self.start, count.map_or(-1, signed), 0)?;
        places.reverse();
        Ok(places)
    }

    /// Just before the newest `count` places, or before all of them.
    pub(super) fn before(&self, count: Option<u64>) -> Result<Place, JournalError> {
        let Some(skipped) = count.and_then(|count| count.checked_sub(1)) else {
            return Ok(self.start);
        };
        let first = self.walk(Way::Backward, self.start, 1, signed(skipped))?;
        Ok(first.first().map_or(self.start, |first| Place {
            id: first.id - 1,
            ..*first
        }))
    }

    /// The next places behind `place`, at most `count`.
    pub(super) fn behind(&self, place: Place, count: usize) -> Result<Vec<Place>, JournalError> {
        self.walk(Way::Forward, place, signed(count as u64), 0)
    }

    fn walk(
        &self,
        way: Way,
        from: Place,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Place>, JournalError> {
        let Some(sql) = self.source.sql(way) else {
            return Ok(Vec::new());
        };
        let mut values: Vec<(&str, &dyn ToSql)> = vec![
            (":received_at", &from.received_at),
            (":id", &from.id),
            (":top", &self.top),
            (":limit", &limit),
            (":offset", &offset),
        ];
        if let Source::Sieved(kinds) = &self.source {
            values.extend(kinds.parameters());
        }
        let mut statement = self.connection.prepare_cached(&sql)?;
        let places = statement.query_map(values.as_slice(), |row| {
            Ok(Place {
                received_at: row.get(0)?,
                id: row.get(1)?,
            })
        })?;
        Ok(places.collect::<Result<_, _>>()?)
    }
}

impl Source {
    fn of(connection: &Connection, filter: &Filter) -> Result<Self, JournalError> {
        let Some(kinds) = filter.of_kind() else {
            return Ok(Self::All);
        };
        let few = format!("{} LIMIT {}", kinds.sql, MOST_KINDS + 1);
        let mut statement = connection.prepare_cached(&few)?;
        let values: Vec<_> = kinds.parameters().collect();
        let ids: Vec<i64> = statement
            .query_map(values.as_slice(), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(if ids.len() > MOST_KINDS {
            Self::Sieved(kinds)
        } else {
            Self::Kinds(ids)
        })
    }

    /// The query; `None` when there is nothing to find.
    fn sql(&self, way: Way) -> Option<String> {
        const SELECT: &str = "SELECT received_at, id FROM delivery WHERE \
             (received_at, id) > (:received_at, :id) AND id <= :top";
        let rows = match self {
            Self::All => SELECT.to_owned(),
            Self::Kinds(ids) if ids.is_empty() => return None,
            Self::Kinds(ids) => {
                let each: Vec<_> = ids
                    .iter()
                    .map(|id| format!("{SELECT} AND kind = {id}"))
                    .collect();
                each.join(" UNION ALL ")
            }
            // The sign keeps SQLite from going by kind and sorting what it finds.
            Self::Sieved(kinds) => format!("{SELECT} AND +kind IN ({})", kinds.sql),
        };
        let way = match way {
            Way::Forward => "ASC",
            Way::Backward => "DESC",
        };
        Some(format!(
            "{rows} ORDER BY received_at {way}, id {way} LIMIT :limit OFFSET :offset"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::journal::Journal;
    use crate::webhook::signature::verify::Verdict;

    fn plan(connection: &Connection, filter: &Filter, way: Way) -> String {
        let places = Places::new(connection, filter).unwrap();
        let sql = format!("EXPLAIN QUERY PLAN {}", places.source.sql(way).unwrap());
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
    fn every_question_is_answered_along_an_index() {
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
        let by_kind =
            "SEARCH delivery USING COVERING INDEX delivery_by_kind (kind=? AND received_at>?)";
        let sieved = "SEARCH delivery USING INDEX delivery_by_time (received_at>?)";
        let event = Filter {
            event: Some("e1".to_owned()),
            ..Filter::default()
        };
        let verdict = Filter {
            verdict: Some(Verdict::Invalid),
            ..Filter::default()
        };
        let both = Filter {
            event: Some("e1".to_owned()),
            ..verdict.clone()
        };
        for (filter, way_in) in [
            (Filter::default(), by_time),
            (event, by_kind),
            (both, by_kind),
            (verdict, sieved),
        ] {
            for way in [Way::Forward, Way::Backward] {
                let plan = plan(connection, &filter, way);
                assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
                let deliveries = plan.lines().filter(|l| l.contains(" delivery"));
                assert!(deliveries.clone().count() > 0, "{plan}");
                for line in deliveries {
                    assert_eq!(line, way_in, "{filter:?}: {plan}");
                }
            }
        }
    }
}
