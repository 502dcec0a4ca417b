//! `listen --record`: a thread that writes deliveries into the journal. All that wait while one batch is
//! being written become the next one, so that many senders share one flush to the disk.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::capture::journal::{Journal, JournalError};
use crate::error::Error;
use crate::output::console::Console;
use crate::server::{RecordFault, Recorded, Recording};
use crate::webhook::record::DeliveryRecord;

/// How many deliveries may wait to be written.
const QUEUE: usize = 1024;
/// How many are written at once, at most.
const BATCH: usize = 256;

/// A journal being written.
#[derive(Debug)]
pub struct Recorder {
    /// The number of the last delivery that was in it before.
    pub last: u64,
    closed: std::sync::mpsc::Receiver<()>,
}

impl Recorder {
    /// Waits until the journal is closed, once nobody can record any more. What was acknowledged is on
    /// the disk without this; it only leaves one file instead of three.
    pub fn close(self) {
        // Ends, too, when the thread does.
        let _ = self.closed.recv_timeout(Duration::from_secs(2));
    }
}

/// Opens the journal; gives where to send what is to be recorded.
///
/// # Errors
/// When the journal cannot be written.
pub fn start(path: &Path, console: Console) -> Result<(mpsc::Sender<Recording>, Recorder), Error> {
    let opened = Journal::record(path).and_then(|journal| {
        let last = journal.last_id()?.unwrap_or(0);
        Ok((journal, last))
    });
    let (journal, last) = opened.map_err(|why| unusable(path, &why))?;
    let (sender, recordings) = mpsc::channel(QUEUE);
    let path = path.to_owned();
    let (open, closed) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        write(journal, recordings, &path, console);
        drop(open);
    });
    Ok((sender, Recorder { last, closed }))
}

/// An error about a journal's file.
pub fn unusable(path: &Path, why: &JournalError) -> Error {
    let what = format!("cannot use {} as a journal: {why}", path.display());
    match why {
        JournalError::NotAJournal | JournalError::Newer { .. } => Error::usage(what, why.hint()),
        _ => Error::io(what, why.hint()),
    }
}

fn write(
    mut journal: Journal,
    mut recordings: mpsc::Receiver<Recording>,
    path: &Path,
    console: Console,
) {
    let mut waiting = Vec::with_capacity(BATCH);
    let mut is_failing = false;
    let mut has_parted = false;
    while recordings.blocking_recv_many(&mut waiting, BATCH) > 0 {
        gather(&mut recordings, &mut waiting);
        let (batch, done): (Vec<Arc<DeliveryRecord>>, Vec<_>) =
            waiting.drain(..).map(|r| (r.received, r.done)).unzip();
        let references: Vec<&DeliveryRecord> = batch.iter().map(|received| &**received).collect();
        let written = journal
            .append(&references)
            .and_then(|ids| numbered(&journal, &references, ids, &mut has_parted));
        // Whoever is told next wants its delivery back.
        drop(batch);
        match written {
            Ok(recorded) => {
                is_failing = false;
                for (recorded, done) in recorded.into_iter().zip(done) {
                    tell(done, Ok(recorded));
                }
            }
            Err(why) => {
                // Said once, not once for every delivery that a provider sends again meanwhile.
                if !is_failing {
                    console.error(&unusable(path, &why));
                }
                is_failing = true;
                for done in done {
                    tell(done, Err(fault(&why)));
                }
            }
        }
    }
}

/// Lets those in who are just about to come, for as long as each look finds another: on a busy machine a
/// flush costs as much as many deliveries, and one that comes alone waits for nothing.
fn gather(recordings: &mut mpsc::Receiver<Recording>, waiting: &mut Vec<Recording>) {
    loop {
        let before = waiting.len();
        std::thread::yield_now();
        while waiting.len() < BATCH
            && let Ok(recording) = recordings.try_recv()
        {
            waiting.push(recording);
        }
        if waiting.len() == before {
            return;
        }
    }
}

/// The journal's numbers. They are the listener's own until another writer's come in between; from then
/// on the first of a pair of duplicates is looked up.
fn numbered(
    journal: &Journal,
    batch: &[&DeliveryRecord],
    ids: Vec<u64>,
    has_parted: &mut bool,
) -> Result<Vec<Recorded>, JournalError> {
    *has_parted |= batch
        .iter()
        .zip(&ids)
        .any(|(received, id)| received.id != *id);
    let number = |received: &DeliveryRecord| -> Result<_, JournalError> {
        match received.duplicate_of {
            Some(first) if *has_parted => Ok(journal.id_of(first)?.or(Some(first))),
            same => Ok(same),
        }
    };
    batch
        .iter()
        .zip(ids)
        .map(|(received, id)| {
            Ok(Recorded {
                id,
                duplicate_of: number(received)?,
            })
        })
        .collect()
}

fn fault(why: &JournalError) -> RecordFault {
    match why {
        JournalError::Full => RecordFault::Full,
        other => RecordFault::Failed(other.to_string()),
    }
}

/// A sender that has gone away is told nothing; its delivery is recorded all the same.
fn tell(
    done: oneshot::Sender<Result<Recorded, RecordFault>>,
    outcome: Result<Recorded, RecordFault>,
) {
    let _ = done.send(outcome);
}
