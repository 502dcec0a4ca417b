//! One bound on the bodies held in memory, over all connections: thousands of senders must not be able
//! to multiply the limit of one body.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that may be held at once.
#[derive(Clone, Debug)]
pub struct Budget {
    held: Arc<AtomicUsize>,
    most: usize,
}

/// Some bytes of a [`Budget`], given back when dropped.
#[derive(Debug)]
pub struct Lease {
    budget: Budget,
    bytes: usize,
}

impl Budget {
    /// A budget of `most` bytes.
    pub fn new(most: usize) -> Self {
        Self {
            held: Arc::default(),
            most,
        }
    }

    /// A lease of nothing, to be grown.
    pub fn lease(&self) -> Lease {
        Lease {
            budget: self.clone(),
            bytes: 0,
        }
    }
}

impl Lease {
    /// Takes `more` bytes; false when that is more than there are.
    pub fn grow(&mut self, more: usize) -> bool {
        let held = self.budget.held.fetch_add(more, Ordering::Relaxed);
        if held.saturating_add(more) > self.budget.most {
            self.budget.held.fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        self.bytes += more;
        true
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_is_dropped_can_be_had_again() {
        let budget = Budget::new(10);
        let mut one = budget.lease();
        let mut two = budget.lease();
        assert!(one.grow(6) && !two.grow(5) && two.grow(4));
        drop(one);
        assert!(two.grow(6) && !two.grow(1));
    }
}
