//! What all connections share of the machine: the table of open connections, the memory that bodies may take, and
//! file descriptors.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::lock::lock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Phase {
    /// Waiting for a request, or for the rest of its head.
    Waiting = 0,
    Reading = 1,
    /// Processing a request and responding to it.
    Responding = 2,
}

/// What a connection is told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Close: another connection needs the place.
    Evict,
    Stop,
}

#[derive(Debug)]
pub(super) struct ConnectionState {
    /// When the current phase began, in ticks of the table (one for each new connection), shifted by two bits, and
    /// the phase.
    state: AtomicU64,
    ticks: Arc<AtomicU64>,
    /// One notification for both signals, as it is polled whenever the connection wakes.
    signalled: Notify,
    is_evicted: AtomicBool,
}

impl ConnectionState {
    /// Begins a phase, or notes progress in the current one.
    pub(super) fn set(&self, phase: Phase) {
        let tick = self.ticks.load(Ordering::Relaxed);
        self.state.store(tick << 2 | phase as u64, Ordering::Relaxed);
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        self.state.load(Ordering::Relaxed) & 3 == phase as u64
    }

    /// Sends a signal: [`Signal::Evict`] to an evicted connection, [`Signal::Stop`] to any other.
    pub(super) fn notify(&self) {
        self.signalled.notify_one();
    }

    pub(super) async fn signal(&self) -> Signal {
        self.signalled.notified().await;
        if self.is_evicted.load(Ordering::Relaxed) { Signal::Evict } else { Signal::Stop }
    }

    fn since(&self) -> u64 {
        self.state.load(Ordering::Relaxed) >> 2
    }
}

/// The open connections. When the table is full, the connection that has waited longest for its peer is evicted, so
/// that idle peers cannot keep a delivery out.
#[derive(Debug)]
pub(super) struct ConnectionTable {
    open: Mutex<HashMap<u64, Arc<ConnectionState>>>,
    ticks: Arc<AtomicU64>,
    max: usize,
}

/// A connection's place in the table, freed when dropped.
#[derive(Debug)]
pub(super) struct ConnectionGuard {
    table: Arc<ConnectionTable>,
    id: u64,
    pub(super) state: Arc<ConnectionState>,
}

impl ConnectionTable {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), ticks: Arc::default(), max })
    }

    /// Adds connection `id`, if need be in place of the one that has made no progress for longest. `None` when every
    /// connection is being responded to.
    pub(super) fn open(self: &Arc<Self>, id: u64) -> Option<ConnectionGuard> {
        let mut open = lock(&self.open);
        if open.len() >= self.max {
            let (longest, _) = open
                .iter()
                .filter(|(_, state)| !state.is(Phase::Responding))
                .min_by_key(|(_, state)| state.since())?;
            let longest = *longest;
            if let Some(state) = open.remove(&longest) {
                state.is_evicted.store(true, Ordering::Relaxed);
                state.notify();
            }
        }
        let state = Arc::new(ConnectionState {
            state: AtomicU64::default(),
            ticks: Arc::clone(&self.ticks),
            signalled: Notify::new(),
            is_evicted: AtomicBool::new(false),
        });
        self.ticks.fetch_add(1, Ordering::Relaxed);
        state.set(Phase::Waiting);
        open.insert(id, Arc::clone(&state));
        Some(ConnectionGuard { table: Arc::clone(self), id, state })
    }

    /// Tells every connection that the listener stops.
    pub(super) fn stop(&self) {
        lock(&self.open).values().for_each(|state| state.notify());
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        lock(&self.table.open).remove(&self.id);
    }
}

/// A bound on the bodies in memory, over all connections: thousands of senders must not be able to multiply the limit
/// of one body.
#[derive(Clone, Debug)]
pub(super) struct MemoryLimit {
    used: Arc<AtomicUsize>,
    max: usize,
}

/// Bytes of a [`MemoryLimit`] that are in use, until this is dropped.
#[derive(Debug)]
pub struct MemoryPermit {
    limit: MemoryLimit,
    bytes: usize,
}

impl MemoryLimit {
    pub(super) fn new(max: usize) -> Self {
        Self { used: Arc::default(), max }
    }

    pub(super) fn permit(&self) -> MemoryPermit {
        MemoryPermit { limit: self.clone(), bytes: 0 }
    }
}

impl MemoryPermit {
    /// Takes `more` bytes; false when that would exceed the limit.
    pub(super) fn grow(&mut self, more: usize) -> bool {
        let used = self.limit.used.fetch_add(more, Ordering::Relaxed);
        if used.saturating_add(more) > self.limit.max {
            self.limit.used.fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        self.bytes += more;
        true
    }

    /// Takes or frees as much as it takes to hold this many bytes; false when that would exceed the limit.
    pub(super) fn resize(&mut self, bytes: usize) -> bool {
        if let Some(more) = bytes.checked_sub(self.bytes) {
            return self.grow(more);
        }
        self.limit.used.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        self.bytes = bytes;
        true
    }

    /// These bytes, whose memory is counted until the last reference to them is dropped.
    pub(super) fn hold(self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(HeldBytes { bytes, _memory: self })
    }
}

struct HeldBytes {
    bytes: Vec<u8>,
    _memory: MemoryPermit,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for MemoryPermit {
    fn drop(&mut self) {
        self.limit.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// How many connections may be open at once only to be refused.
pub(super) const MAX_REFUSALS: usize = 64;
/// How many descriptors connections use at most.
const MAX_DESCRIPTORS: usize = 8192 + MAX_REFUSALS;

/// How many descriptors connections may use, after raising the process's limit as far as needed and allowed.
#[cfg(unix)]
pub(super) fn max_descriptors() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    /// For standard streams, files, the runtime and the listening socket.
    const RESERVED: u64 = 32;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = MAX_DESCRIPTORS as u64 + RESERVED;
    if limit.current.is_some_and(|now| now < wanted) {
        let mut raised = limit;
        raised.current = Some(limit.maximum.map_or(wanted, |max| max.min(wanted)));
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let descriptors = limit.current.unwrap_or(wanted).min(wanted);
    usize::try_from(descriptors.saturating_sub(RESERVED).max(1)).unwrap_or(1)
}

#[cfg(not(unix))]
pub(super) fn max_descriptors() -> usize {
    MAX_DESCRIPTORS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_without_progress_is_evicted_and_never_one_that_is_responded_to() {
        let table = ConnectionTable::new(3);
        let mut guards: Vec<_> = (1..=3).map(|id| table.open(id).unwrap()).collect();
        let is_open = |id| lock(&table.open).contains_key(&id);
        guards[0].state.set(Phase::Reading); // 1 makes progress, so 2 has waited longest
        guards.push(table.open(4).unwrap());
        assert!(!is_open(2) && is_open(1));
        guards[2].state.set(Phase::Responding);
        guards.push(table.open(5).unwrap());
        assert!(!is_open(1) && is_open(3));
        for guard in &guards {
            guard.state.set(Phase::Responding);
        }
        assert!(table.open(6).is_none());
        guards.pop();
        assert!(table.open(7).is_some());
    }

    #[test]
    fn a_dropped_permit_frees_its_bytes() {
        let limit = MemoryLimit::new(10);
        let mut one = limit.permit();
        let mut two = limit.permit();
        assert!(one.grow(6) && !two.grow(5) && two.grow(4));
        drop(one);
        assert!(two.grow(6) && !two.grow(1));
        assert!(two.resize(4) && two.resize(10) && !two.resize(11));
        let held = two.hold(vec![0; 10]);
        let part = held.slice(1..2);
        drop(held);
        assert!(!limit.permit().grow(1));
        drop(part);
        assert!(limit.permit().grow(10));
    }
}
