//! Who is connected. When there is no room for one more, the connection that has waited longest without
//! a request makes room, so that idlers cannot keep a delivery out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Doing {
    /// Waiting for a request, or for the rest of its head.
    Waiting = 0,
    /// Reading a body.
    Reading = 1,
    /// Examining and answering.
    Answering = 2,
}

/// One connection, as the registry sees it.
#[derive(Debug, Default)]
pub struct Slot {
    doing: AtomicU8,
    close: Notify,
}

impl Slot {
    /// Says what the connection does now.
    pub fn set(&self, doing: Doing) {
        self.doing.store(doing as u8, Ordering::Relaxed);
    }

    /// Whether the connection does this now.
    pub fn is(&self, doing: Doing) -> bool {
        self.doing.load(Ordering::Relaxed) == doing as u8
    }

    /// Waits until the connection has to make room.
    pub async fn closing(&self) {
        self.close.notified().await;
    }
}

/// The open connections, oldest first.
#[derive(Debug)]
pub struct Registry {
    open: Mutex<BTreeMap<u64, Arc<Slot>>>,
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
            most,
        })
    }

    /// A place for connection `id` (ids ascend), made by closing the oldest waiting one if need be, else
    /// the oldest one in mid-body. `None` when every connection is being answered.
    pub fn enter(self: &Arc<Self>, id: u64) -> Option<Place> {
        let mut open = self.lock();
        if open.len() >= self.most {
            let oldest = [Doing::Waiting, Doing::Reading]
                .into_iter()
                .find_map(|doing| open.iter().find(|(_, slot)| slot.is(doing)))
                .map(|(id, _)| *id)?;
            if let Some(slot) = open.remove(&oldest) {
                slot.close.notify_one();
            }
        }
        let slot = Arc::<Slot>::default();
        open.insert(id, Arc::clone(&slot));
        Some(Place {
            registry: Arc::clone(self),
            id,
            slot,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Slot>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_waiting_goes_first_and_the_answered_never() {
        let registry = Registry::new(2);
        let reading = registry.enter(1).unwrap();
        let waiting = registry.enter(2).unwrap();
        reading.slot.set(Doing::Reading);
        let third = registry.enter(3).unwrap();
        assert!(!registry.lock().contains_key(&2), "the waiting one went");
        third.slot.set(Doing::Answering);
        let fourth = registry.enter(4).unwrap();
        assert!(!registry.lock().contains_key(&1), "then the reading one");
        fourth.slot.set(Doing::Answering);
        assert!(registry.enter(5).is_none());
        drop((reading, waiting, third));
        assert!(registry.enter(6).is_some());
    }
}
