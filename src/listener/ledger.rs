//! The deliveries in the order they came: their numbers, and whether a body has come before. Providers
//! retry, and a delivery that comes twice must be told from two.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// How many different bodies are remembered.
const MOST: usize = 10_000;

/// What has come so far. Bodies are remembered as keyed hashes: a sender cannot aim for a collision.
#[derive(Debug)]
pub struct Ledger {
    entered: u64,
    count: Option<u64>,
    hasher: RandomState,
    first: HashMap<(u64, usize), u64>,
    order: VecDeque<(u64, usize)>,
}

/// A delivery's line in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub id: u64,
    /// The first delivery with the same body.
    pub duplicate_of: Option<u64>,
    /// Whether it is the last one that was asked for.
    pub is_last: bool,
}

impl Ledger {
    /// A ledger for `count` deliveries, or for any number of them.
    pub fn new(count: Option<u64>) -> Self {
        Self {
            entered: 0,
            count,
            hasher: RandomState::new(),
            first: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Enters a delivery; `None` when all that were asked for have come.
    pub fn enter(&mut self, body: &[u8]) -> Option<Line> {
        if self.count.is_some_and(|count| self.entered >= count) {
            return None;
        }
        self.entered += 1;
        let id = self.entered;
        Some(Line {
            id,
            duplicate_of: self.first_with(body, id),
            is_last: self.count == Some(id),
        })
    }

    fn first_with(&mut self, body: &[u8], id: u64) -> Option<u64> {
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
        let mut ledger = Ledger::new(None);
        let mut repeats = |body: &[u8]| ledger.enter(body).unwrap().duplicate_of;
        assert_eq!(repeats(b"a"), None);
        assert_eq!(repeats(b"b"), None);
        assert_eq!(repeats(b"a"), Some(1));
        for n in 0..MOST as u64 {
            repeats(&n.to_be_bytes());
        }
        assert_eq!(repeats(b"a"), None);
        assert_eq!(ledger.order.len(), MOST);
    }

    #[test]
    fn no_more_are_entered_than_were_asked_for() {
        let mut ledger = Ledger::new(Some(2));
        let last: Vec<_> = (0..3)
            .map(|_| ledger.enter(b"").map(|l| l.is_last))
            .collect();
        assert_eq!(last, [Some(false), Some(true), None]);
    }
}
