//! The limit of the memory that heads, bodies and responses take, over all connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

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

#[cfg(test)]
mod tests {
    use super::*;

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
