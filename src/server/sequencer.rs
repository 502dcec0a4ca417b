//! Numbers deliveries in the order of their arrival, recognises repeated bodies (to distinguish a retry from a new
//! delivery), and sends events in the order of the numbers.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::OwnedPermit;

use crate::lock::lock;

use super::events::ServerEvent;

/// How many different bodies are remembered.
const MAX_BODIES: usize = 10_000;

/// An event with its place in the queue of the subscriber.
pub(super) type QueuedEvent = (OwnedPermit<ServerEvent>, ServerEvent);

#[derive(Debug)]
pub(super) struct Sequencer(Mutex<Sequence>);

#[derive(Debug)]
struct Sequence {
    /// The number of the last delivery before this run.
    before: u64,
    begun: u64,
    /// How many deliveries may still begin, and how many have still to finish.
    left: Option<(u64, u64)>,
    bodies: SeenBodies,
    /// The deliveries whose events are sent in order, by number.
    in_order: VecDeque<(u64, Progress)>,
}

#[derive(Debug)]
enum Progress {
    Begun,
    /// Finished while an earlier one was not.
    Finished(Option<QueuedEvent>),
}

/// A delivery that has begun. Dropped, it is cancelled: another one may come in its place, under another number.
#[derive(Debug)]
pub(super) struct Ticket {
    sequencer: Arc<Sequencer>,
    /// The delivery's number.
    pub(super) id: u64,
    /// Its number within this run, from 1.
    pub(super) ordinal: u64,
    /// The first delivery with the same body.
    pub(super) duplicate_of: Option<u64>,
    is_finished: bool,
}

impl Sequencer {
    /// For `count` deliveries or, without it, any number of them; the first is number `before + 1`.
    pub(super) fn new(count: Option<u64>, before: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Sequence {
            before,
            begun: 0,
            left: count.map(|count| (count, count)),
            bodies: SeenBodies::default(),
            in_order: VecDeque::new(),
        })))
    }

    /// Begins a delivery; `None` when all that were asked for were received.
    pub(super) fn begin(self: &Arc<Self>, body: &[u8]) -> Option<Ticket> {
        let mut sequence = lock(&self.0);
        if let Some((to_begin, _)) = &mut sequence.left {
            *to_begin = to_begin.checked_sub(1)?;
        }
        sequence.begun += 1;
        let ordinal = sequence.begun;
        let id = sequence.before + ordinal;
        let duplicate_of = sequence.bodies.first_with(body, id);
        sequence.in_order.push_back((id, Progress::Begun));
        drop(sequence);
        Some(Ticket { sequencer: Arc::clone(self), id, ordinal, duplicate_of, is_finished: false })
    }
}

impl Ticket {
    /// Later deliveries no longer wait for this one's event: it will take an unknown time.
    pub(super) fn leave_order(&self) {
        lock(&self.sequencer.0).leave_order(self.id);
    }

    /// Finishes the delivery and sends its event, once those of earlier deliveries are sent; true when this was the
    /// last delivery that was asked for.
    pub(super) fn finish(mut self, event: Option<QueuedEvent>) -> bool {
        self.is_finished = true;
        let mut sequence = lock(&self.sequencer.0);
        match sequence.position(self.id) {
            Some(position) => {
                if let Some((_, progress)) = sequence.in_order.get_mut(position) {
                    *progress = Progress::Finished(event);
                }
                sequence.send_finished();
            }
            None => send(event),
        }
        sequence.left.as_mut().is_some_and(|(_, to_finish)| {
            *to_finish = to_finish.saturating_sub(1);
            *to_finish == 0
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        let mut sequence = lock(&self.sequencer.0);
        sequence.leave_order(self.id);
        if let Some((to_begin, _)) = &mut sequence.left {
            *to_begin += 1;
        }
    }
}

impl Sequence {
    fn position(&self, id: u64) -> Option<usize> {
        match self.in_order.front() {
            Some((first, _)) if *first == id => Some(0),
            _ => self.in_order.binary_search_by_key(&id, |(id, _)| *id).ok(),
        }
    }

    fn leave_order(&mut self, id: u64) {
        if let Some(position) = self.position(id) {
            self.in_order.remove(position);
            self.send_finished();
        }
    }

    fn send_finished(&mut self) {
        while let Some((_, Progress::Finished(event))) = self.in_order.front_mut() {
            send(event.take());
            self.in_order.pop_front();
        }
    }
}

fn send(event: Option<QueuedEvent>) {
    if let Some((permit, event)) = event {
        permit.send(event);
    }
}

/// Which delivery first had a body. Bodies are remembered as keyed hashes, so that no sender can cause a collision.
#[derive(Debug, Default)]
struct SeenBodies {
    hasher: RandomState,
    first: HashMap<(u64, usize), u64>,
    order: VecDeque<(u64, usize)>,
}

impl SeenBodies {
    /// The first delivery with this body; `None`, and from now on `id`, when it is new.
    fn first_with(&mut self, body: &[u8], id: u64) -> Option<u64> {
        let key = (self.hasher.hash_one(body), body.len());
        match self.first.entry(key) {
            Entry::Occupied(first) => return Some(*first.get()),
            Entry::Vacant(vacant) => vacant.insert(id),
        };
        if self.order.len() == MAX_BODIES
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
    use jiff::Timestamp;
    use tokio::sync::mpsc;

    use crate::webhook::record::{RejectReason, Rejected};

    use super::*;

    #[test]
    fn a_body_is_remembered_until_many_others_came() {
        let mut bodies = SeenBodies::default();
        assert_eq!(bodies.first_with(b"a", 1), None);
        assert_eq!(bodies.first_with(b"b", 2), None);
        assert_eq!(bodies.first_with(b"a", 3), Some(1));
        for n in 0..MAX_BODIES as u64 {
            bodies.first_with(&n.to_be_bytes(), n + 4);
        }
        assert_eq!(bodies.first_with(b"a", u64::MAX), None);
        assert_eq!(bodies.order.len(), MAX_BODIES);
    }

    #[test]
    fn no_more_deliveries_begin_than_were_asked_for() {
        let sequencer = Sequencer::new(Some(2), 10);
        let first = sequencer.begin(b"a").unwrap();
        assert_eq!(first.id, 11);
        let second = sequencer.begin(b"b").unwrap();
        assert_eq!(second.ordinal, 2);
        assert!(sequencer.begin(b"c").is_none());
        assert!(!first.finish(None));
        drop(second);
        let third = sequencer.begin(b"d").unwrap();
        assert_eq!(third.id, 13);
        assert!(third.finish(None));
    }

    #[test]
    fn events_are_sent_in_order_and_wait_only_for_deliveries_that_are_in_it() {
        let (events, mut received) = mpsc::channel(8);
        let event = |id: u16| {
            let rejected = Rejected {
                reason: RejectReason::Busy,
                detail: String::new(),
                request: None,
                status: Some(id),
                peer: None,
                at: Timestamp::UNIX_EPOCH,
            };
            let permit = events.clone().try_reserve_owned().unwrap();
            Some((permit, ServerEvent::Rejected(rejected)))
        };
        let mut sent = || {
            std::iter::from_fn(|| received.try_recv().ok())
                .map(|event| match event {
                    ServerEvent::Rejected(rejected) => rejected.status.unwrap(),
                    other => panic!("{other:?}"),
                })
                .collect::<Vec<_>>()
        };
        let sequencer = Sequencer::new(None, 0);
        let [one, two, three, four, five] = [(); 5].map(|()| sequencer.begin(b"a").unwrap());
        two.finish(event(2));
        assert!(sent().is_empty());
        one.finish(event(1));
        assert_eq!(sent(), [1, 2]);
        five.finish(event(5));
        three.leave_order();
        assert!(sent().is_empty());
        drop(four);
        assert_eq!(sent(), [5]);
        three.finish(event(3));
        assert_eq!(sent(), [3]);
    }
}
