//! What the server hands to its subscribers: events, and records to be stored before they are acknowledged.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time;

use crate::lock::lock;
use crate::webhook::handshake::HandshakeRecord;
use crate::webhook::record::{DeliveryRecord, Rejected};
use crate::webhook::signature::verify::Verdict;

use super::expect::Expectations;
use super::memory_limit::MemoryPermit;
use super::rejections::Rejections;

/// Formats a delivery as a line of output; `None` leaves this one to the subscriber.
pub type LineFormatter = fn(&DeliveryRecord) -> Option<Vec<u8>>;

/// Where the server reports to.
#[derive(Debug)]
pub struct Sinks {
    /// All events; `None` without a subscriber.
    pub events: Option<EventSink>,
    /// Formats deliveries in the task that took them in, which also frees their memory: that costs less than leaving
    /// both to the one thread that reads the events.
    pub line_formatter: Option<LineFormatter>,
    /// Stores deliveries before they are acknowledged; `None` stores nothing.
    pub recorder: Option<mpsc::Sender<RecordRequest>>,
    /// Stops the server, and is stopped by it.
    pub shutdown: ShutdownHandle,
    /// Keeps rejected requests for a reader that comes later; `None` without one.
    pub rejections: Option<Rejections>,
    /// The deliveries that a run waits for; read again at its end.
    pub expectations: Arc<Mutex<Expectations>>,
}

impl Sinks {
    pub fn new(events: EventSink, shutdown: ShutdownHandle) -> Self {
        Self {
            events: Some(events),
            line_formatter: None,
            recorder: None,
            rejections: None,
            shutdown,
            expectations: Arc::default(),
        }
    }

    /// Whether anything reads the records of deliveries.
    pub(super) fn read_records(&self) -> bool {
        let is_expecting = !lock(&self.expectations).is_empty();
        self.events.is_some() || self.recorder.is_some() || is_expecting
    }
}

/// A queue of events for a subscriber. It is bounded: a subscriber that reads nothing does not take all memory, and
/// senders then get a 503.
#[derive(Clone, Debug)]
pub struct EventSink {
    queue: mpsc::Sender<ServerEvent>,
    pub unseen: Arc<Unseen>,
}

/// What the subscriber has not printed.
#[derive(Debug, Default)]
pub struct Unseen {
    /// The deliveries that were acknowledged. The subscriber removes what it printed.
    pub deliveries: Mutex<BTreeSet<u64>>,
    /// How many rejected requests found the queue full.
    pub rejected: AtomicU64,
    /// Whether the subscriber is writing. If that never ends, nothing reads its output.
    pub is_writing: AtomicBool,
}

impl EventSink {
    pub fn new(length: usize) -> (Self, mpsc::Receiver<ServerEvent>) {
        let (queue, events) = mpsc::channel(length);
        (Self { queue, unseen: Arc::default() }, events)
    }

    /// A place in the queue, for which a sender waits a moment: shorter than it waits for a response. Without one, the
    /// subscriber is gone or does not read.
    pub(super) async fn reserve(&self) -> Result<OwnedPermit<ServerEvent>, TrySendError<()>> {
        const MAX_WAIT: Duration = Duration::from_secs(1);
        match self.queue.clone().try_reserve_owned() {
            Ok(permit) => return Ok(permit),
            Err(TrySendError::Closed(_)) => return Err(TrySendError::Closed(())),
            Err(TrySendError::Full(_)) => {}
        }
        match time::timeout(MAX_WAIT, self.queue.clone().reserve_owned()).await {
            Ok(permit) => permit.map_err(|_| TrySendError::Closed(())),
            Err(_) => Err(TrySendError::Full(())),
        }
    }

    /// Reports a rejected request, for which there is a place in the queue after a moment if there is one at all.
    pub(super) async fn reject_in_time(&self, rejected: Rejected) -> Result<(), TrySendError<()>> {
        match self.reserve().await {
            Ok(permit) => drop(permit.send(ServerEvent::Rejected(rejected))),
            Err(TrySendError::Full(())) => return self.reject(rejected),
            Err(closed) => return Err(closed),
        }
        Ok(())
    }

    /// Reports a rejected request without waiting. The subscriber misses it if the queue is full.
    pub(super) fn reject(&self, rejected: Rejected) -> Result<(), TrySendError<()>> {
        match self.queue.try_send(ServerEvent::Rejected(rejected)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                self.unseen.rejected.fetch_add(1, Ordering::Relaxed);
                Err(TrySendError::Full(()))
            }
            Err(TrySendError::Closed(_)) => Err(TrySendError::Closed(())),
        }
    }
}

/// Something that happened. Each event holds its share of the memory limit until it is dropped.
#[derive(Debug)]
#[allow(dead_code, reason = "permits are held, not read")]
pub enum ServerEvent {
    Delivery(Arc<DeliveryRecord>, MemoryPermit),
    Line { id: u64, line: Vec<u8>, verdict: Verdict, memory: MemoryPermit },
    Handshake(Box<HandshakeRecord>),
    Rejected(Rejected),
}

/// A delivery to be stored before it is acknowledged.
#[derive(Debug)]
pub struct RecordRequest {
    pub record: Arc<DeliveryRecord>,
    /// Gets the journal's number once the delivery is durably on the disk, or the reason why it is not.
    pub done: oneshot::Sender<Result<RecordId, RecordError>>,
}

/// A stored delivery as the journal numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordId {
    pub id: u64,
    /// The number of the earlier delivery with the same body.
    pub duplicate_of: Option<u64>,
}

/// Why a delivery was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    Full,
    /// Any other reason, in words.
    Failed(String),
}

/// Why a listener stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The number of deliveries asked for has been received.
    Count,
    /// Everything that was expected has been received.
    Expected,
    /// The tunnel that makes the listener public has ended.
    Broken,
    /// The time limit is reached.
    Timeout,
    /// The user or the system interrupted it.
    Interrupt,
    /// The output was closed.
    OutputClosed,
}

/// Tells a listener to stop; the first reason counts.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(watch::Sender<Option<StopReason>>);

impl Default for ShutdownHandle {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl ShutdownHandle {
    pub fn stop(&self, reason: StopReason) {
        self.0.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert(reason);
            is_first
        });
    }

    /// Waits until the listener was told to stop.
    pub(super) async fn stopped(&self) -> StopReason {
        let mut receiver = self.0.subscribe();
        // `self` is the sender, so the channel cannot be closed.
        let reason = receiver.wait_for(Option::is_some).await;
        reason.map_or(None, |r| *r).unwrap_or(StopReason::Interrupt)
    }
}
