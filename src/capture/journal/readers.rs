//! One journal read by several threads at once, each over a connection of its own: what one thread takes out
//! of memory it gives back itself, and none waits for another.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::capture::Captured;
use crate::lock::lock;

use super::places::Places;
use super::row::Requests;
use super::{Filter, Journal, JournalError};

/// How many deliveries are one piece of work: about a millisecond of it.
const PIECE: usize = 256;

/// The numbers of some deliveries, in the journal's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(Vec<i64>);

impl Journal {
    /// Hands the numbers of all deliveries to `visit`, some at a time, until it breaks off. Those that arrive
    /// meanwhile are left out.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn numbers(
        &self,
        mut visit: impl FnMut(Numbers) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let places = Places::new(&self.connection, &Filter::default())?;
        let mut from = places.before(None)?;
        loop {
            let some = places.behind(from, PIECE)?;
            let Some(last) = some.last() else {
                return Ok(());
            };
            from = *last;
            if visit(Numbers(some.iter().map(|place| place.id).collect())).is_break() {
                return Ok(());
            }
        }
    }
}

/// Connections to one journal, for as many threads as ask.
#[derive(Debug)]
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Journal>>,
}

impl Readers {
    /// For the journal at `path`, which was opened before.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::default(),
        }
    }

    /// Hands the requests of these numbers to `visit`, one after the other: only one is in memory at a time.
    /// One that is no longer there is left out.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn requests(
        &self,
        numbers: &Numbers,
        mut visit: impl FnMut(Captured),
    ) -> Result<(), JournalError> {
        let idle = lock(&self.idle).pop();
        let journal = match idle {
            Some(journal) => journal,
            None => Journal::open(&self.path)?,
        };
        // One transaction, so that the locks are taken once and not for every row.
        let snapshot = journal.connection.unchecked_transaction()?;
        let mut requests = Requests::new(&journal.connection)?;
        for number in &numbers.0 {
            if let Some(captured) = requests.read(*number)? {
                visit(captured);
            }
        }
        drop((requests, snapshot));
        lock(&self.idle).push(journal);
        Ok(())
    }
}
