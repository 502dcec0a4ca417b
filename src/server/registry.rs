//! Who is connected. When there is no room for one more, the connection that has waited longest for its
//! sender makes room, so that idlers cannot keep a delivery out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::lock::lock;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Doing {
    /// Waiting for a request, or for the rest of its head.
    Waiting = 0,
    /// Reading a body.
    Reading = 1,
    /// Examining and answering.
    Answering = 2,
}

/// One connection, as the registry sees it.
#[derive(Debug)]
pub struct Slot {
    /// When it began what it does now, in ticks of the registry (one for every connection that enters),
    /// times four; plus what it does.
    state: AtomicU64,
    ticks: Arc<AtomicU64>,
    /// One bell for both: it is looked at whenever the connection wakes.
    told: Notify,
    is_pushed_out: AtomicBool,
}

/// What a connection is told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Another one needs its room.
    MakeRoom,
    /// The listener stops.
    Stop,
}

impl Slot {
    /// Says what the connection does now.
    pub fn set(&self, doing: Doing) {
        let tick = self.ticks.load(Ordering::Relaxed);
        self.state
            .store(tick << 2 | doing as u64, Ordering::Relaxed);
    }

    /// Whether the connection does this now.
    pub fn is(&self, doing: Doing) -> bool {
        self.state.load(Ordering::Relaxed) & 3 == doing as u64
    }

    /// Tells the connection to stop, or to make room when that is what it has to do.
    pub fn tell(&self) {
        self.told.notify_one();
    }

    /// Waits until the connection is told something.
    pub async fn told(&self) -> Told {
        self.told.notified().await;
        if self.is_pushed_out.load(Ordering::Relaxed) {
            Told::MakeRoom
        } else {
            Told::Stop
        }
    }

    fn since(&self) -> u64 {
        self.state.load(Ordering::Relaxed) >> 2
    }
}

/// The open connections.
#[derive(Debug)]
pub struct Registry {
    open: Mutex<HashMap<u64, Arc<Slot>>>,
    ticks: Arc<AtomicU64>,
    most: usize,
}

/// A place in the registry, given up when dropped.
#[derive(Debug)]
pub struct Place {
    registry: Arc<Registry>,
    id: u64,
    /// The connection.
    pub slot: Arc<Slot>,
}

impl Registry {
    /// A registry with room for `most`.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            open: Mutex::default(),
            ticks: Arc::default(),
            most,
        })
    }

    /// A place for connection `id`, made if need be by closing the one that has waited or read longest
    /// without getting on. `None` when every connection is being answered.
    pub fn enter(self: &Arc<Self>, id: u64) -> Option<Place> {
        let mut open = lock(&self.open);
        if open.len() >= self.most {
            let (longest, _) = open
                .iter()
                .filter(|(_, slot)| !slot.is(Doing::Answering))
                .min_by_key(|(_, slot)| slot.since())?;
            let longest = *longest;
            if let Some(slot) = open.remove(&longest) {
                slot.is_pushed_out.store(true, Ordering::Relaxed);
                slot.tell();
            }
        }
        let slot = Arc::new(Slot {
            state: AtomicU64::default(),
            ticks: Arc::clone(&self.ticks),
            told: Notify::new(),
            is_pushed_out: AtomicBool::new(false),
        });
        self.ticks.fetch_add(1, Ordering::Relaxed);
        slot.set(Doing::Waiting);
        open.insert(id, Arc::clone(&slot));
        Some(Place {
            registry: Arc::clone(self),
            id,
            slot,
        })
    }

    /// Tells every connection that the listener stops.
    pub fn stop(&self) {
        lock(&self.open).values().for_each(|slot| slot.tell());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.registry.open).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_without_progress_goes_first_and_the_answered_never() {
        let registry = Registry::new(3);
        let mut places: Vec<_> = (1..=3).map(|id| registry.enter(id).unwrap()).collect();
        let is_open = |id| lock(&registry.open).contains_key(&id);
        places[0].slot.set(Doing::Reading); // 1 began anew, so 2 is the one that waits longest
        places.push(registry.enter(4).unwrap());
        assert!(!is_open(2) && is_open(1));
        places[2].slot.set(Doing::Answering);
        places.push(registry.enter(5).unwrap());
        assert!(!is_open(1) && is_open(3));
        for place in &places {
            place.slot.set(Doing::Answering);
        }
        assert!(registry.enter(6).is_none());
        places.pop();
        assert!(registry.enter(7).is_some());
    }
}
