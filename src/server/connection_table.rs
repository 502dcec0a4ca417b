//! The table of open connections, and what it tells each of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

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
}
