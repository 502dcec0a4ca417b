//! The order in which deliveries were recorded, which is not that of their ids: one that waited for an endpoint is
//! recorded after those that came later. A reader that resumes after the last delivery it got misses none and gets none
//! twice.

use std::collections::{BTreeSet, VecDeque};

/// How many deliveries the order of which is kept: about ten megabytes.
const MAX_KEPT: usize = 1 << 20;

/// How many ids that were skipped are still waited for.
const MAX_MISSING: usize = 1024;

/// The deliveries in the order in which they were seen to be recorded.
#[derive(Debug)]
pub(super) struct RecordOrder {
    /// Up to this id, the order is that of the ids.
    initial: u64,
    /// The ids after that.
    ids: VecDeque<u64>,
    /// How many of those are no longer kept.
    dropped: u64,
    highest: u64,
    /// Ids below the highest that were not seen yet.
    missing: BTreeSet<u64>,
}

/// How far a reader has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Among the first deliveries, after this id.
    Initial(u64),
    /// Before this entry of the order.
    Entry(u64),
}

impl RecordOrder {
    /// Begins with a journal whose highest id is this.
    pub(super) fn new(highest: u64) -> Self {
        Self {
            initial: highest,
            ids: VecDeque::new(),
            dropped: 0,
            highest,
            missing: BTreeSet::new(),
        }
    }

    pub(super) fn initial(&self) -> u64 {
        self.initial
    }

    pub(super) fn highest(&self) -> u64 {
        self.highest
    }

    /// The ids that may still come although higher ones did.
    pub(super) fn missing(&self) -> Vec<u64> {
        self.missing.iter().copied().collect()
    }

    /// Adds ids that were found; those that are known are left out.
    pub(super) fn add(&mut self, found: impl IntoIterator<Item = u64>) {
        for id in found {
            if id > self.highest {
                let skipped = (self.highest + 1)..id;
                let first = skipped.end.saturating_sub(MAX_MISSING as u64).max(skipped.start);
                self.missing.extend(first..skipped.end);
                while self.missing.len() > MAX_MISSING {
                    self.missing.pop_first();
                }
                self.highest = id;
            } else if !self.missing.remove(&id) {
                continue;
            }
            self.ids.push_back(id);
            if self.ids.len() > MAX_KEPT {
                self.ids.pop_front();
                self.dropped += 1;
            }
        }
    }

    /// The id of the last delivery in this order.
    pub(super) fn last(&self) -> u64 {
        self.ids.back().copied().unwrap_or(self.initial)
    }

    /// Just after a delivery; after the last one when none is named.
    pub(super) fn after(&self, id: Option<u64>) -> Position {
        let Some(id) = id else {
            return Position::Entry(self.dropped + self.ids.len() as u64);
        };
        if let Some(at) = self.ids.iter().rposition(|known| *known == id) {
            return Position::Entry(self.dropped + at as u64 + 1);
        }
        if id <= self.initial {
            return Position::Initial(id);
        }
        // It is no longer kept: what is newer than it.
        let at = self.ids.iter().position(|known| *known > id).unwrap_or(self.ids.len());
        Position::Entry(self.dropped + at as u64)
    }

    /// The next ids from a position that is not among the first, at most `max`, and the position after them.
    pub(super) fn next(&self, entry: u64, max: usize) -> (Vec<u64>, Position) {
        let from = usize::try_from(entry.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        let ids: Vec<u64> = self.ids.iter().skip(from).take(max).copied().collect();
        let end = entry.max(self.dropped) + ids.len() as u64;
        (ids, Position::Entry(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(order: &RecordOrder, after: u64) -> Vec<u64> {
        match order.after(Some(after)) {
            Position::Entry(entry) => order.next(entry, 100).0,
            Position::Initial(id) => {
                (id + 1..=order.initial()).chain(order.next(0, 100).0).collect()
            }
        }
    }

    #[test]
    fn what_is_recorded_late_comes_late_and_once() {
        let mut order = RecordOrder::new(2);
        order.add([3, 6]);
        assert_eq!(order.missing(), [4, 5]);
        order.add([4, 4, 6, 3, 7]);
        assert_eq!(order.missing(), [5]);
        assert_eq!(order.last(), 7);
        assert_eq!(rest(&order, 6), [4, 7]);
        assert_eq!(rest(&order, 4), [7]);
        assert_eq!(rest(&order, 3), [6, 4, 7]);
        assert_eq!(rest(&order, 0), [1, 2, 3, 6, 4, 7]);
        order.add([5]);
        assert_eq!(rest(&order, 7), [5]);
        assert_eq!(order.after(None), order.after(Some(5)));
    }

    #[test]
    fn a_long_gap_does_not_take_all_memory() {
        let mut order = RecordOrder::new(0);
        order.add([u64::MAX / 2]);
        assert_eq!(order.missing().len(), MAX_MISSING);
    }
}
