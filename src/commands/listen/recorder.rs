//! `listen --record`: a thread that writes deliveries into the journal. Those that wait while one batch is written
//! become the next batch, so that many senders share one flush to the disk.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::capture::journal::{Journal, JournalError, Keep};
use crate::commands::shared::capture::journal_error;
use crate::error::Error;
use crate::inspector::Changes;
use crate::lock::lock;
use crate::output::console::Console;
use crate::server::{RecordError, RecordId, RecordRequest};
use crate::webhook::record::DeliveryRecord;

use super::pruner;

/// How many deliveries may wait to be written.
const QUEUE: usize = 1024;
/// How many are written at once, at most.
const BATCH: usize = 256;

#[derive(Debug)]
pub(super) struct Recorder {
    /// The number of the last delivery before this run.
    pub(super) last_id: u64,
    closed: std::sync::mpsc::Receiver<()>,
}

impl Recorder {
    /// Waits until the journal is closed, after the listener is gone. What was acknowledged is on the disk without
    /// this; closing only leaves one file instead of three.
    pub(super) fn close(self, max_wait: Duration) {
        // Ends, too, when the thread does.
        let _ = self.closed.recv_timeout(max_wait);
    }
}

/// Starts the thread that writes into the journal at `path`, which takes requests from the channel.
pub(super) fn start(
    journal: Result<Journal, JournalError>,
    path: &Path,
    keep: Option<Keep>,
    console: Console,
    changes: Option<Changes>,
) -> Result<(mpsc::Sender<RecordRequest>, Recorder), Error> {
    let unusable = |error| journal_error(path, &error);
    let journal = journal.map_err(unusable)?;
    let last_id = journal.last_id().map_err(unusable)?.unwrap_or(0);
    let (sender, requests) = mpsc::channel(QUEUE);
    let path = path.to_owned();
    let (open, closed) = std::sync::mpsc::channel();
    let journal = Arc::new(Mutex::new(journal));
    if let Some(keep) = keep {
        pruner::start(Arc::downgrade(&journal), path.clone(), keep, console.clone());
    }
    std::thread::spawn(move || {
        write(journal, requests, &path, console, changes);
        drop(open);
    });
    Ok((sender, Recorder { last_id, closed }))
}

fn write(
    journal: Arc<Mutex<Journal>>,
    mut requests: mpsc::Receiver<RecordRequest>,
    path: &Path,
    console: Console,
    changes: Option<Changes>,
) {
    let mut pending = Vec::with_capacity(BATCH);
    // The kind of failure that was reported: once, and not for each delivery that a provider sends again.
    let mut reported = None;
    let mut message: Option<std::thread::JoinHandle<()>> = None;
    let mut has_diverged = false;
    while requests.blocking_recv_many(&mut pending, BATCH) > 0 {
        gather(&mut requests, &mut pending);
        let (batch, done): (Vec<Arc<DeliveryRecord>>, Vec<_>) =
            pending.drain(..).map(|r| (r.record, r.done)).unzip();
        let references: Vec<&DeliveryRecord> = batch.iter().map(|record| &**record).collect();
        let mut writing = lock(&journal);
        let written = writing
            .append(&references)
            .and_then(|ids| numbered(&writing, &references, ids, &mut has_diverged));
        drop(writing);
        // The listener expects the only reference once a request is done.
        drop(batch);
        match written {
            Ok(ids) => {
                reported = None;
                changes.iter().for_each(Changes::mark);
                // A delivery is recorded even if its sender no longer waits for it.
                for (id, done) in ids.into_iter().zip(done) {
                    let _ = done.send(Ok(id));
                }
            }
            Err(error) => {
                for done in done {
                    let _ = done.send(Err(match &error {
                        JournalError::Full => RecordError::Full,
                        other => RecordError::Failed(other.to_string()),
                    }));
                }
                let kind = Some(std::mem::discriminant(&error));
                if reported != kind {
                    reported = kind;
                    // Nothing waits for a standard error that no program reads.
                    let (error, console) = (journal_error(path, &error), console.clone());
                    message = Some(std::thread::spawn(move || console.error(&error)));
                }
            }
        }
        // A failure shows when there is something to write.
        let _ = lock(&journal).maintain();
    }
    drop(journal);
    let _ = message.map(std::thread::JoinHandle::join);
}

/// Adds requests that arrive right now, for as long as there are any: on a busy machine a flush costs as much as many
/// deliveries. A request that comes alone waits for nothing.
fn gather(requests: &mut mpsc::Receiver<RecordRequest>, pending: &mut Vec<RecordRequest>) {
    loop {
        let before = pending.len();
        std::thread::yield_now();
        while pending.len() < BATCH
            && let Ok(request) = requests.try_recv()
        {
            pending.push(request);
        }
        if pending.len() == before {
            return;
        }
    }
}

/// The journal's numbers. They are the listener's own until another process writes to the journal; from then on the
/// number of the first delivery with the same body is looked up.
fn numbered(
    journal: &Journal,
    batch: &[&DeliveryRecord],
    ids: Vec<u64>,
    has_diverged: &mut bool,
) -> Result<Vec<RecordId>, JournalError> {
    *has_diverged |= batch.iter().zip(&ids).any(|(record, id)| record.id != *id);
    let duplicate_of = |record: &DeliveryRecord| -> Result<_, JournalError> {
        match record.duplicate_of {
            // It may have been removed since.
            Some(first) if *has_diverged => journal.id_of(first),
            same => Ok(same),
        }
    };
    batch
        .iter()
        .zip(ids)
        .map(|(record, id)| Ok(RecordId { id, duplicate_of: duplicate_of(record)? }))
        .collect()
}
