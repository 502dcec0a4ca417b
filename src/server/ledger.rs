//! The deliveries in the order they came: their numbers, and whether a body has come before. Providers
//! retry, and a delivery that comes twice must be told from two.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// How many different bodies are remembered.
const MOST: usize = 10_000;

/// What has come so far. Bodies are remembered as keyed hashes: a sender cannot aim for a collision.
#[derive(Debug)]
pub struct Ledger {
    /// The number before the first delivery's: what a journal already holds.
    before: u64,
    entered: u64,
    /// How many may still be entered, and how many have still to be settled.
    left: Option<(u64, u64)>,
    hasher: RandomState,
    first: HashMap<(u64, usize), u64>,
    order: VecDeque<(u64, usize)>,
}

/// A delivery's line in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub id: u64,
    /// Which delivery of this run it is, from 1.
    pub ordinal: u64,
    /// The first delivery with the same body.
    pub duplicate_of: Option<u64>,
}

impl Ledger {
    /// A ledger for `count` deliveries, or for any number of them, numbered from `before` on.
    pub fn new(count: Option<u64>, before: u64) -> Self {
        Self {
            before,
            entered: 0,
            left: count.map(|count| (count, count)),
            hasher: RandomState::new(),
            first: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Enters a delivery; `None` when all that were asked for have come.
    pub fn enter(&mut self, body: &[u8]) -> Option<Line> {
        if !self.count() {
            return None;
        }
        let id = self.before + self.entered;
        Some(Line {
            id,
            ordinal: self.entered,
            duplicate_of: self.first_with(body, id),
        })
    }

    /// Enters a delivery of which nobody will be told: whether its body has come before is not looked
    /// up. False when all that were asked for have come.
    pub fn count(&mut self) -> bool {
        if let Some((to_enter, _)) = &mut self.left {
            let Some(left) = to_enter.checked_sub(1) else {
                return false;
            };
            *to_enter = left;
        }
        self.entered += 1;
        true
    }

    /// A delivery that was entered is done with; true when it is the last one that was asked for.
    pub fn settle(&mut self) -> bool {
        match &mut self.left {
            Some((_, to_settle)) => {
                *to_settle = to_settle.saturating_sub(1);
                *to_settle == 0
            }
            None => false,
        }
    }

    /// A delivery that was entered could not be taken: another one may come in its place. Its number is
    /// not given again.
    pub fn withdraw(&mut self) {
        if let Some((to_enter, _)) = &mut self.left {
            *to_enter += 1;
        }
    }

    fn first_with(&mut self, body: &[u8], id: u64) -> Option<u64> {
        let key = (self.hasher.hash_one(body), body.len());
        match self.first.entry(key) {
            Entry::Occupied(first) => return Some(*first.get()),
            Entry::Vacant(place) => place.insert(id),
        };
        if self.order.len() == MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.first.remove(&oldest);
        }
        self.order.push_back(key);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_remembered_until_many_others_came() {
        let mut ledger = Ledger::new(None, 0);
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
        let mut ledger = Ledger::new(Some(2), 10);
        assert_eq!(ledger.enter(b"a").unwrap().id, 11);
        assert_eq!(ledger.enter(b"b").unwrap().ordinal, 2);
        assert_eq!(ledger.enter(b"c"), None);
        assert!(!ledger.settle());
        ledger.withdraw();
        assert_eq!(ledger.enter(b"d").unwrap().id, 13);
        assert!(ledger.settle());
    }
}
