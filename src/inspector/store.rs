//! The journal as the inspector reads it: connections that are shared, and the order in which deliveries are recorded.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use super::failure::Failure;
use super::order::{Position, RecordOrder};
use crate::capture::journal::{Journal, JournalError};
use crate::lock::lock;
use crate::webhook::record::DeliveryRecord;

/// How many requests read the journal at a time.
const MAX_READERS: usize = 4;

/// How many new deliveries are looked for at a time.
const MAX_NEW: usize = 4096;

/// Tells readers that something was recorded, or that nothing will be any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes(watch::Sender<bool>);

impl Changes {
    pub(crate) fn mark(&self) {
        self.0.send_modify(|_| ());
    }

    /// Tells readers that the listener has ended, and waits a moment until they have passed that on.
    pub(crate) async fn end(&self) {
        const MAX_WAIT: Duration = Duration::from_millis(200);
        self.0.send_replace(true);
        let _ = tokio::time::timeout(MAX_WAIT, self.0.closed()).await;
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

#[derive(Debug)]
pub(super) struct Store {
    idle: Mutex<Vec<Journal>>,
    permits: Arc<Semaphore>,
    order: Mutex<RecordOrder>,
}

impl Store {
    /// Reads the journal at `path`. All connections are opened now: the file may be removed after.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let readers: Vec<Journal> =
            (0..MAX_READERS).map(|_| Journal::open(path)).collect::<Result<_, _>>()?;
        let highest = readers.first().map_or(Ok(None), Journal::last_id)?.unwrap_or(0);
        Ok(Self {
            idle: Mutex::new(readers),
            permits: Arc::new(Semaphore::new(MAX_READERS)),
            order: Mutex::new(RecordOrder::new(highest)),
        })
    }

    /// Reads in a thread where waiting for the disk blocks nothing.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Self, &Journal) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let store = Arc::clone(self);
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            store.with_reader(read)
        });
        reading.await.unwrap_or_else(|_| Err(Failure::crashed()))
    }

    /// The same in this thread, which may wait.
    pub(super) fn read_here<T>(
        &self,
        read: impl FnOnce(&Self, &Journal) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _permit = Handle::current().block_on(self.permits.acquire());
        self.with_reader(read)
    }

    /// There is a connection for each permit.
    fn with_reader<T>(
        &self,
        read: impl FnOnce(&Self, &Journal) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let reader = Reader { store: self, journal: lock(&self.idle).pop() };
        match &reader.journal {
            Some(journal) => read(self, journal),
            None => Err(Failure::crashed()),
        }
    }

    /// Looks for what was recorded since. The order then contains exactly what `read` sees of the journal.
    pub(super) fn with_order<T>(
        &self,
        journal: &Journal,
        read: impl FnOnce(&Journal, u64) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut order = lock(&self.order);
        journal.snapshot(|journal| {
            refresh(&mut order, journal)?;
            let last = order.last();
            drop(order);
            read(journal, last)
        })
    }

    /// The position just after a delivery, or after the last.
    pub(super) fn position(
        &self,
        journal: &Journal,
        after: Option<u64>,
    ) -> Result<Position, Failure> {
        let mut order = lock(&self.order);
        refresh(&mut order, journal)?;
        Ok(order.after(after))
    }

    /// The next deliveries from a position, and the position after them.
    pub(super) fn next(
        &self,
        journal: &Journal,
        position: Position,
        max: usize,
    ) -> Result<(Vec<DeliveryRecord>, Position), Failure> {
        let (ids, next) = {
            let mut order = lock(&self.order);
            refresh(&mut order, journal)?;
            match position {
                Position::Entry(entry) => order.next(entry, max),
                Position::Initial(after) => {
                    let initial = order.initial();
                    drop(order);
                    let deadline = Instant::now() + Duration::from_secs(60);
                    let mut ids = journal.ids_after(&[], after, max, deadline)?.ids;
                    ids.retain(|id| *id <= initial);
                    let next = ids.last().map_or(Position::Entry(0), |id| Position::Initial(*id));
                    (ids, next)
                }
            }
        };
        let is_moved = next != position;
        let records = journal.summaries(&ids)?;
        // Those that were removed meanwhile are no reason to wait.
        if records.is_empty() && is_moved {
            return self.next(journal, next, max);
        }
        Ok((records, next))
    }
}

/// A connection that is given back, also after a panic.
struct Reader<'s> {
    store: &'s Store,
    journal: Option<Journal>,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        lock(&self.store.idle).extend(self.journal.take());
    }
}

fn refresh(order: &mut RecordOrder, journal: &Journal) -> Result<(), JournalError> {
    let missing = order.missing();
    if !missing.is_empty() {
        order.add(journal.existing(&missing)?);
    }
    loop {
        let deadline = Instant::now() + Duration::from_secs(60);
        let found = journal.ids_after(&[], order.highest(), MAX_NEW, deadline)?;
        let is_all = found.next.is_none();
        order.add(found.ids);
        if is_all {
            return Ok(());
        }
    }
}
