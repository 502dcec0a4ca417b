//! Has this body come before? Providers retry, and a delivery that comes twice must be told from two.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// The bodies of the last deliveries, as keyed hashes: a sender cannot aim for a collision.
#[derive(Debug, Default)]
pub struct Seen {
    hasher: RandomState,
    first: HashMap<(u64, usize), u64>,
    order: VecDeque<(u64, usize)>,
}

/// How many different bodies are remembered.
const MOST: usize = 10_000;

impl Seen {
    /// The number of the first delivery with this body, if there was one; else remembers `id` for it.
    pub fn first_with(&mut self, body: &[u8], id: u64) -> Option<u64> {
        let key = (self.hasher.hash_one(body), body.len());
        if let Some(first) = self.first.get(&key) {
            return Some(*first);
        }
        if self.order.len() == MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.first.remove(&oldest);
        }
        self.order.push_back(key);
        self.first.insert(key, id);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_remembered_until_many_others_came() {
        let mut seen = Seen::default();
        assert_eq!(seen.first_with(b"a", 1), None);
        assert_eq!(seen.first_with(b"b", 2), None);
        assert_eq!(seen.first_with(b"a", 3), Some(1));
        for id in 0..MOST as u64 {
            seen.first_with(&id.to_be_bytes(), id);
        }
        assert_eq!(seen.first_with(b"a", 4), None);
        assert_eq!(seen.order.len(), MOST);
    }
}
