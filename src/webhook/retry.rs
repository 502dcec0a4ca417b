//! When a failed delivery is tried again: a provider's retries as a function of a few numbers, so that a
//! day of them can be printed, tested and lived faster.

use std::time::Duration;

use serde::Deserialize;

/// What a provider's document says about retries.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How the waits grow.
    pub backoff: Backoff,
    /// After how many hours the delivery is dropped.
    pub limit_hours: u32,
}

/// How waits grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    /// Each is a multiple of the one before.
    Exponential,
}

impl Backoff {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
        }
    }
}

/// Exponential backoff. Any numbers will do: what makes no sense is taken as the nearest that does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The wait after the first failure.
    pub base: Duration,
    /// By how much each wait is longer than the one before; at least 1.
    pub factor: f64,
    /// The longest wait.
    pub cap: Duration,
    /// The share of each wait, from 0 to 1, that chance may take away.
    pub jitter: f64,
    /// Where chance starts: the same seed, the same waits.
    pub seed: u64,
    /// No attempt is later than this after the first.
    pub limit: Duration,
    /// The most attempts, the first one included.
    pub max_attempts: Option<u32>,
}

impl Schedule {
    /// What is assumed where a document says nothing.
    pub const ASSUMED: Self = Self {
        base: Duration::from_secs(60),
        factor: 2.0,
        cap: Duration::from_secs(6 * 3600),
        jitter: 0.0,
        seed: 0,
        limit: Duration::from_secs(24 * 3600),
        max_attempts: None,
    };

    /// The waits between attempts, if every attempt fails and takes no time.
    pub fn waits(self) -> RetryIter {
        let longest = self.cap.as_secs_f64();
        RetryIter {
            schedule: self,
            random: fastrand::Rng::with_seed(self.seed),
            next: self.base.as_secs_f64().min(longest),
            attempts: 1,
            clock: Duration::ZERO,
            ended: None,
        }
    }

    /// When the attempts are made, if every one fails and takes no time; the first at zero.
    pub fn offsets(self) -> impl Iterator<Item = Duration> {
        let waits = self.waits().scan(Duration::ZERO, |clock, wait| {
            *clock = clock.saturating_add(wait);
            Some(*clock)
        });
        std::iter::once(Duration::ZERO).chain(waits)
    }
}

/// Why there is no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It would be later than the limit.
    Limit,
    /// It would be one too many.
    MaxAttempts,
}

/// A schedule being lived: its clock, and the waits one by one.
#[derive(Clone, Debug)]
pub struct RetryIter {
    schedule: Schedule,
    random: fastrand::Rng,
    /// The next wait before chance, in seconds.
    next: f64,
    attempts: u32,
    clock: Duration,
    ended: Option<Dropped>,
}

impl RetryIter {
    /// The time since the first attempt began.
    pub fn clock(&self) -> Duration {
        self.clock
    }

    /// Lets the time pass that an attempt took.
    pub fn pass(&mut self, took: Duration) {
        self.clock = self.clock.saturating_add(took);
    }

    /// The wait before the next attempt, no shorter than what the endpoint asked for. The clock then
    /// stands at that attempt.
    ///
    /// # Errors
    /// When there is no next attempt.
    pub fn wait(&mut self, at_least: Duration) -> Result<Duration, Dropped> {
        if let Some(why) = self.ended {
            return Err(why);
        }
        let schedule = &self.schedule;
        let is_last = |most: u32| self.attempts >= most;
        if schedule.max_attempts.is_some_and(is_last) {
            self.ended = Some(Dropped::MaxAttempts);
            return Err(Dropped::MaxAttempts);
        }
        let kept = 1.0 - schedule.jitter.clamp(0.0, 1.0) * self.random.f64();
        let planned = Duration::try_from_secs_f64(self.next * kept).unwrap_or(schedule.cap);
        let wait = planned.min(schedule.cap).max(at_least);
        let at = self.clock.saturating_add(wait);
        if at > schedule.limit {
            self.ended = Some(Dropped::Limit);
            return Err(Dropped::Limit);
        }
        // `min` takes the cap for what is no number, as `max` takes 1.
        self.next = (self.next * schedule.factor.max(1.0)).min(schedule.cap.as_secs_f64());
        self.attempts = self.attempts.saturating_add(1);
        self.clock = at;
        Ok(wait)
    }
}

impl Iterator for RetryIter {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.wait(Duration::ZERO).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minutes(schedule: Schedule) -> Vec<u64> {
        schedule.offsets().map(|at| at.as_secs() / 60).collect()
    }

    #[test]
    fn the_assumed_schedule_doubles_up_to_the_cap_within_a_day() {
        assert_eq!(
            minutes(Schedule::ASSUMED),
            [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 871, 1231]
        );
    }

    #[test]
    fn attempts_are_counted_with_the_first() {
        for (most, offsets) in [(0, 1), (1, 1), (3, 3), (u32::MAX, 12)] {
            let schedule = Schedule {
                max_attempts: Some(most),
                ..Schedule::ASSUMED
            };
            assert_eq!(schedule.offsets().count(), offsets);
        }
    }

    #[test]
    fn the_time_that_attempts_take_counts() {
        let day = Schedule::ASSUMED.limit;
        let mut waits = Schedule::ASSUMED.waits();
        waits.pass(day - Duration::from_secs(60));
        assert_eq!(waits.wait(Duration::ZERO), Ok(Duration::from_secs(60)));
        assert_eq!(waits.clock(), day);
        assert_eq!(waits.wait(Duration::ZERO), Err(Dropped::Limit));
        waits.pass(Duration::MAX);
        assert_eq!(waits.wait(Duration::ZERO), Err(Dropped::Limit));
    }

    #[test]
    fn an_endpoint_can_ask_for_more_but_not_for_less() {
        let mut waits = Schedule::ASSUMED.waits();
        let wait = Duration::from_secs;
        assert_eq!(waits.wait(wait(90)), Ok(wait(90)));
        assert_eq!(waits.wait(wait(1)), Ok(wait(120)));
        assert_eq!(waits.wait(wait(86_400)), Err(Dropped::Limit));
    }

    fn any_duration() -> impl Strategy<Value = Duration> {
        prop_oneof![
            (1..1_000_000u64).prop_map(Duration::from_millis),
            (any::<u64>(), 0..1_000_000_000u32).prop_map(|(s, n)| Duration::new(s, n)),
        ]
    }

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        let numbers = (any::<f64>(), any::<f64>(), any::<u64>());
        let sensible = (1.0..20.0f64, 0.0..=1.0f64, any::<u64>());
        let durations = (any_duration(), any_duration(), any_duration());
        let attempts = proptest::option::of(any::<u32>());
        (prop_oneof![numbers, sensible], durations, attempts).prop_map(
            |((factor, jitter, seed), (base, cap, limit), max_attempts)| Schedule {
                base,
                factor,
                cap,
                jitter,
                seed,
                limit,
                max_attempts,
            },
        )
    }

    proptest! {
        #[test]
        fn no_schedule_leaves_its_bounds(schedule in any_schedule()) {
            let mut sum = Duration::ZERO;
            for wait in schedule.waits().take(500) {
                sum = sum.checked_add(wait).expect("no overflow");
                prop_assert!(wait <= schedule.cap);
                prop_assert!(sum <= schedule.limit);
            }
        }

        #[test]
        fn without_jitter_waits_never_shrink(schedule in any_schedule()) {
            let steady = Schedule { jitter: 0.0, ..schedule };
            let waits: Vec<_> = steady.waits().take(500).collect();
            prop_assert!(waits.is_sorted(), "{waits:?}");
        }

        #[test]
        fn jitter_only_shortens_and_only_by_its_share(schedule in any_schedule(), jitter in 0.0..=1.0f64) {
            let jittery = Schedule { jitter, ..schedule };
            let steady = Schedule { jitter: 0.0, ..schedule };
            for (with, without) in jittery.waits().zip(steady.waits()).take(500) {
                prop_assert!(with <= without);
                let shortest = without.as_secs_f64() * (1.0 - jitter) * 0.999_999;
                prop_assert!(with.as_secs_f64() + 1e-8 >= shortest);
            }
        }

        #[test]
        fn the_same_seed_gives_the_same_waits(schedule in any_schedule()) {
            let waits = || schedule.waits().take(500).collect::<Vec<_>>();
            prop_assert_eq!(waits(), waits());
        }
    }
}
