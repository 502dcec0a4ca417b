//! What deliveries are looked for by, written once and referred to by number: that keeps the rows and
//! the index small, and one index answers every combination of questions.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::JournalError;
use crate::webhook::analysis::Analysis;

/// How many are remembered between commits. Senders choose the names: there may be any number of them.
const MOST: usize = 1000;

/// The longest name that is remembered, in bytes.
const LONGEST: usize = 200;

/// A combination of whose delivery, which event and channel, and the verdict on its signature.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    provider: Option<String>,
    event: Option<String>,
    channel: Option<String>,
    verdict: &'static str,
}

/// The kinds that were met, with their numbers in the journal.
#[derive(Debug, Default)]
pub(super) struct Kinds(HashMap<Kind, i64>);

impl Kinds {
    /// The number of an examined delivery's kind; a new one is written. Should the transaction fail,
    /// [`Kinds::forget`] what it wrote.
    pub(super) fn number(
        &mut self,
        transaction: &Transaction<'_>,
        analysis: &Analysis,
    ) -> Result<i64, JournalError> {
        let kind = Kind {
            provider: analysis.provider.map(|p| p.name.clone()),
            event: analysis.event.name.clone(),
            channel: analysis.event.channel.clone(),
            verdict: analysis.signature.verdict.word(),
        };
        if let Some(id) = self.0.get(&kind) {
            return Ok(*id);
        }
        let id = written(transaction, &kind)?;
        if self.0.len() >= MOST {
            self.forget();
        }
        let is_short = |name: &Option<String>| name.as_ref().is_none_or(|n| n.len() <= LONGEST);
        if is_short(&kind.event) && is_short(&kind.channel) {
            self.0.insert(kind, id);
        }
        Ok(id)
    }

    /// Forgets all that was remembered.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// Another writer may have met it before.
fn written(transaction: &Transaction<'_>, kind: &Kind) -> Result<i64, JournalError> {
    let names = params![kind.provider, kind.event, kind.channel, kind.verdict];
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
