//! What all connections share of the machine: the memory that bodies may take, and file descriptors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
        Self {
            used: Arc::default(),
            max,
        }
    }

    /// A permit for no bytes yet.
    pub(super) fn permit(&self) -> MemoryPermit {
        MemoryPermit {
            limit: self.clone(),
            bytes: 0,
        }
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
}

impl Drop for MemoryPermit {
    fn drop(&mut self) {
        self.limit.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// How many descriptors connections may use, after raising the process's limit as far as needed and allowed.
#[cfg(unix)]
pub(super) fn max_descriptors() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    const WANTED: u64 = 8192;
    /// For standard streams, files, the runtime and the listening socket.
    const RESERVED: u64 = 32;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = WANTED + RESERVED;
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
    8192
}

#[cfg(test)]
mod tests {
    use super::MemoryLimit;

    #[test]
    fn a_dropped_permit_frees_its_bytes() {
        let limit = MemoryLimit::new(10);
        let mut one = limit.permit();
        let mut two = limit.permit();
        assert!(one.grow(6) && !two.grow(5) && two.grow(4));
        drop(one);
        assert!(two.grow(6) && !two.grow(1));
    }
}
