//! When a failed delivery is sent again: a provider's retry schedule, computed from a few numbers, and the
//! `Retry-After` header.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

/// The retries that a provider documents.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How the delays grow.
    pub backoff: Backoff,
    /// The hours after which the provider gives up.
    pub limit_hours: u32,
}

/// How delays grow.
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

/// Exponential backoff. A number that makes no sense is replaced by the nearest that does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub base: Duration,
    /// The factor between a delay and the next; at least 1.
    pub factor: f64,
    pub cap: Duration,
    /// The share of each delay, from 0 to 1, that random jitter may remove.
    pub jitter: f64,
    pub seed: u64,
    /// No attempt is later than this after the first.
    pub limit: Duration,
    /// The maximum number of attempts, the first one included.
    pub max_attempts: Option<u32>,
}

impl Schedule {
    /// The schedule of a provider that documents nothing.
    pub const DEFAULT: Self = Self {
        base: Duration::from_secs(60),
        factor: 2.0,
        cap: Duration::from_secs(6 * 3600),
        jitter: 0.0,
        seed: 0,
        limit: Duration::from_secs(24 * 3600),
        max_attempts: None,
    };

    /// The delays between attempts, if every attempt fails and takes no time.
    pub fn delays(self) -> RetryIter {
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
        let delays = self.delays().scan(Duration::ZERO, |clock, delay| {
            *clock = clock.saturating_add(delay);
            Some(*clock)
        });
        std::iter::once(Duration::ZERO).chain(delays)
    }
}

/// Why the provider gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GaveUp {
    Limit,
    MaxAttempts,
}

/// A schedule in progress: its clock and the next delay.
#[derive(Clone, Debug)]
pub(crate) struct RetryIter {
    schedule: Schedule,
    random: fastrand::Rng,
    /// The next delay before jitter, in seconds.
    next: f64,
    attempts: u32,
    clock: Duration,
    ended: Option<GaveUp>,
}

impl RetryIter {
    /// The time since the first attempt began.
    pub fn clock(&self) -> Duration {
        self.clock
    }

    /// Advances the clock by the time that an attempt took.
    pub fn advance(&mut self, elapsed: Duration) {
        self.clock = self.clock.saturating_add(elapsed);
    }

    /// The delay before the next attempt, at least what the endpoint asked for. Moves the clock to that
    /// attempt.
    ///
    /// # Errors
    /// When there is no next attempt.
    pub fn next_delay(&mut self, at_least: Duration) -> Result<Duration, GaveUp> {
        if let Some(why) = self.ended {
            return Err(why);
        }
        let schedule = &self.schedule;
        let is_last = |max: u32| self.attempts >= max;
        if schedule.max_attempts.is_some_and(is_last) {
            return Err(*self.ended.insert(GaveUp::MaxAttempts));
        }
        let kept = 1.0 - schedule.jitter.clamp(0.0, 1.0) * self.random.f64();
        let planned = Duration::try_from_secs_f64(self.next * kept).unwrap_or(schedule.cap);
        let delay = planned.min(schedule.cap).max(at_least);
        let at = self.clock.saturating_add(delay);
        if at > schedule.limit {
            return Err(*self.ended.insert(GaveUp::Limit));
        }
        // For NaN, `min` returns the cap and `max` returns 1.
        self.next = (self.next * schedule.factor.max(1.0)).min(schedule.cap.as_secs_f64());
        self.attempts = self.attempts.saturating_add(1);
        self.clock = at;
        Ok(delay)
    }
}

impl Iterator for RetryIter {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.next_delay(Duration::ZERO).ok()
    }
}

/// The delay that a `Retry-After` value asks for (RFC 9110, section 10.2.3): seconds, or a date seen from `now`. A
/// date in the past asks for none; `None` is an invalid value.
pub fn retry_after(value: &[u8], now: Timestamp) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More seconds than fit are as good as for ever.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = http_date(text.as_bytes())?.duration_since(now);
    Some(until.try_into().unwrap_or(Duration::ZERO))
}

/// A date in one of the three formats of HTTP.
pub(crate) fn http_date(value: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(value).ok()?.trim();
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_default_schedule_doubles_up_to_the_cap_within_a_day() {
        let minutes = Schedule::DEFAULT.offsets().map(|at| at.as_secs() / 60);
        let expected = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 871, 1231];
        assert!(minutes.eq(expected));
    }

    #[test]
    fn attempts_are_counted_with_the_first() {
        for (max, offsets) in [(0, 1), (1, 1), (3, 3), (u32::MAX, 12)] {
            let schedule = Schedule { max_attempts: Some(max), ..Schedule::DEFAULT };
            assert_eq!(schedule.offsets().count(), offsets);
        }
    }

    #[test]
    fn the_duration_of_attempts_counts_towards_the_limit() {
        let day = Schedule::DEFAULT.limit;
        let mut delays = Schedule::DEFAULT.delays();
        delays.advance(day - Duration::from_secs(60));
        assert_eq!(delays.next_delay(Duration::ZERO), Ok(Duration::from_secs(60)));
        assert_eq!(delays.clock(), day);
        assert_eq!(delays.next_delay(Duration::ZERO), Err(GaveUp::Limit));
        delays.advance(Duration::MAX);
        assert_eq!(delays.next_delay(Duration::ZERO), Err(GaveUp::Limit));
    }

    #[test]
    fn an_endpoint_can_ask_for_more_but_not_for_less() {
        let mut delays = Schedule::DEFAULT.delays();
        let wait = Duration::from_secs;
        assert_eq!(delays.next_delay(wait(90)), Ok(wait(90)));
        assert_eq!(delays.next_delay(wait(1)), Ok(wait(120)));
        assert_eq!(delays.next_delay(wait(86_400)), Err(GaveUp::Limit));
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
        (prop_oneof![numbers, sensible], durations, attempts).prop_map(|all| {
            let ((factor, jitter, seed), (base, cap, limit), max_attempts) = all;
            Schedule { base, factor, cap, jitter, seed, limit, max_attempts }
        })
    }

    #[test]
    fn retry_after_takes_seconds_and_all_three_date_formats() {
        // RFC 9110, section 5.6.7: the same moment three times.
        let now = Timestamp::from_second(784_111_777 - 90).unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(90)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(90)),
            ("Sun Nov  6 08:49:37 1994", Some(90)),
            ("Sun, 06 Nov 1994 08:40:00 GMT", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Fri, 99 Nov 1994 08:49:37 GMT", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(value.as_bytes(), now), expected, "{value}");
        }
        assert_eq!(retry_after(b"\xff", now), None);
    }

    proptest! {
        #[test]
        fn no_schedule_exceeds_its_bounds(schedule in any_schedule()) {
            let mut sum = Duration::ZERO;
            for wait in schedule.delays().take(500) {
                sum = sum.checked_add(wait).expect("no overflow");
                prop_assert!(wait <= schedule.cap);
                prop_assert!(sum <= schedule.limit);
            }
        }

        #[test]
        fn without_jitter_delays_never_shrink(schedule in any_schedule()) {
            let steady = Schedule { jitter: 0.0, ..schedule };
            let delays: Vec<_> = steady.delays().take(500).collect();
            prop_assert!(delays.is_sorted(), "{delays:?}");
        }

        #[test]
        fn jitter_only_shortens_and_only_by_its_share(schedule in any_schedule(), jitter in 0.0..=1.0f64) {
            let jittery = Schedule { jitter, ..schedule };
            let steady = Schedule { jitter: 0.0, ..schedule };
            for (with, without) in jittery.delays().zip(steady.delays()).take(500) {
                prop_assert!(with <= without);
                let shortest = without.as_secs_f64() * (1.0 - jitter) * 0.999_999;
                prop_assert!(with.as_secs_f64() + 1e-8 >= shortest);
            }
        }
    }
}
