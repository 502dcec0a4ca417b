//! The faults that are injected, which can be changed while the listener runs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::lock::lock;

use super::response::{Fault, Faults};

#[derive(Clone, Debug, Default)]
pub struct Behaviour(Arc<Mutex<Current>>);

#[derive(Debug, Default)]
struct Current {
    faults: Faults,
    /// How many deliveries there were before these faults; `None` until one comes.
    before: Option<u64>,
}

impl Behaviour {
    pub fn new(faults: Faults) -> Self {
        Self(Arc::new(Mutex::new(Current { faults, before: Some(0) })))
    }

    pub fn faults(&self) -> Faults {
        lock(&self.0).faults.clone()
    }

    /// Injects these faults from now on: the next delivery is their first.
    pub fn set(&self, faults: Faults) {
        *lock(&self.0) = Current { faults, before: None };
    }

    /// The delay and the fault of the delivery of this number, from 1.
    pub(super) fn decide(&self, number: u64) -> (Duration, Fault) {
        let mut current = lock(&self.0);
        let before = *current.before.get_or_insert(number.saturating_sub(1));
        // Another delivery may have been counted before and come here after.
        let number = number.saturating_sub(before).max(1);
        (current.faults.delay, current.faults.decide(number))
    }

    pub(super) fn delay(&self) -> Duration {
        lock(&self.0).faults.delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_faults_count_from_the_next_delivery_on() {
        let failing = |count| Faults { fail_first: count, ..Faults::default() };
        let behaviour = Behaviour::new(failing(1));
        let fails = |number| behaviour.decide(number).1 != Fault::None;
        assert_eq!([1, 2, 3].map(fails), [true, false, false]);
        behaviour.set(failing(2));
        assert_eq!([4, 5, 6].map(fails), [true, true, false]);
    }
}
