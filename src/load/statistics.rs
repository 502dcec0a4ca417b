//! What a run has measured: times as histograms, and how often each kind of request got each response.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::plan::Intent;

/// A request that starts later than this after its time is late.
pub const LATE: Duration = Duration::from_millis(50);

/// How many requests with an unexpected response are kept.
pub const MAX_EXAMPLES: usize = 5;

/// The response to a request, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Status(u16),
    Unreachable,
    TimedOut,
    /// The connection ended early, or the response was not HTTP.
    Broken,
}

impl Outcome {
    /// The word of JSON output for a missing response.
    pub fn error(self) -> Option<&'static str> {
        match self {
            Self::Status(_) => None,
            Self::Unreachable => Some("unreachable"),
            Self::TimedOut => Some("timed_out"),
            Self::Broken => Some("broken"),
        }
    }

    pub fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// A kind of result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResultKey {
    /// The place of its label.
    pub label: usize,
    pub intent: Intent,
    pub outcome: Outcome,
}

impl ResultKey {
    pub fn is_expected(&self) -> bool {
        self.outcome.status().is_some_and(|status| self.intent.expects(status))
    }
}

/// The times of one request.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// From the scheduled time to the end of the response; `None` without a schedule.
    pub latency: Option<Duration>,
    /// From the start of sending to the end of the response.
    pub service: Duration,
    /// From the scheduled time to the start of sending.
    pub delay: Option<Duration>,
}

/// Histograms of times, in microseconds.
pub struct Histograms {
    pub latency: Histogram<u64>,
    pub service: Histogram<u64>,
    pub delay: Histogram<u64>,
}

impl Histograms {
    #[allow(clippy::expect_used, reason = "the bounds are constants")]
    pub fn new() -> Self {
        // From a microsecond to an hour, in three significant digits.
        let new = || Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
        Self { latency: new(), service: new(), delay: new() }
    }

    fn record(&mut self, times: &Times) {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.service.saturating_record(micros(times.service));
        if let Some(latency) = times.latency {
            self.latency.saturating_record(micros(latency));
        }
        if let Some(delay) = times.delay {
            self.delay.saturating_record(micros(delay));
        }
    }

    /// Adds those of an interval.
    fn add(&mut self, interval: &Self) {
        for (total, part) in [
            (&mut self.latency, &interval.latency),
            (&mut self.service, &interval.service),
            (&mut self.delay, &interval.delay),
        ] {
            // Both have the same bounds.
            let _ = total.add(part);
        }
    }
}

/// A request with an unexpected response.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    pub n: u64,
    /// When it was signed.
    pub at: jiff::Timestamp,
    pub key: ResultKey,
}

/// What one thread has measured since it was last asked.
pub struct Recorder {
    pub times: Histograms,
    counts: BTreeMap<ResultKey, u64>,
    late: u64,
    retries: u64,
    examples: Vec<Example>,
}

impl Recorder {
    pub fn new() -> Self {
        Self {
            times: Histograms::new(),
            counts: BTreeMap::new(),
            late: 0,
            retries: 0,
            examples: Vec::new(),
        }
    }

    /// Records the times of an attempt.
    pub fn time(&mut self, times: &Times) {
        self.times.record(times);
        self.late += u64::from(times.delay.is_some_and(|delay| delay > LATE));
    }

    /// Records an attempt after which the delivery is sent again.
    pub fn retry(&mut self) {
        self.retries += 1;
    }

    /// Records the last response to a delivery.
    pub fn end(&mut self, example: Example) {
        *self.counts.entry(example.key).or_default() += 1;
        if !example.key.is_expected() && self.examples.len() < MAX_EXAMPLES {
            self.examples.push(example);
        }
    }
}

/// A point of the charts.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// From the start of the run to the end of the interval.
    pub at: Duration,
    /// How long the interval was.
    pub length: Duration,
    /// How many responses came, or did not come in time.
    pub ended: u64,
    pub unexpected: u64,
    /// In microseconds, from the schedule if there is one.
    pub p50: u64,
    pub p99: u64,
    pub max: u64,
}

/// What a run has measured so far.
pub struct Statistics {
    pub times: Histograms,
    /// Of the last interval.
    pub interval: Histogram<u64>,
    pub counts: BTreeMap<ResultKey, u64>,
    pub late: u64,
    pub retries: u64,
    pub examples: Vec<Example>,
    pub points: Vec<Point>,
    is_scheduled: bool,
    last: Duration,
}

impl Statistics {
    pub fn new(is_scheduled: bool) -> Self {
        let times = Histograms::new();
        Self {
            interval: times.latency.clone(),
            times,
            counts: BTreeMap::new(),
            late: 0,
            retries: 0,
            examples: Vec::new(),
            points: Vec::new(),
            is_scheduled,
            last: Duration::ZERO,
        }
    }

    /// Takes over what the threads have measured until `now`.
    pub fn take(&mut self, recorders: Vec<Recorder>, now: Duration) {
        self.interval.reset();
        let (mut ended, mut unexpected) = (0, 0);
        for recorder in recorders {
            let measured = match self.is_scheduled {
                true => &recorder.times.latency,
                false => &recorder.times.service,
            };
            let _ = self.interval.add(measured);
            self.times.add(&recorder.times);
            for (key, count) in recorder.counts {
                *self.counts.entry(key).or_default() += count;
                ended += count;
                unexpected += if key.is_expected() { 0 } else { count };
            }
            self.late += recorder.late;
            self.retries += recorder.retries;
            self.examples.extend(recorder.examples);
        }
        self.examples.sort_by_key(|example| example.n);
        self.examples.truncate(MAX_EXAMPLES);
        let (at, length) = (now, now.saturating_sub(self.last));
        self.last = now;
        let [p50, p99] = [0.5, 0.99].map(|q| self.interval.value_at_quantile(q));
        let max = self.interval.max();
        self.points.push(Point { at, length, ended, unexpected, p50, p99, max });
    }

    /// The times that count: from the schedule if there is one.
    pub fn measured(&self) -> &Histogram<u64> {
        match self.is_scheduled {
            true => &self.times.latency,
            false => &self.times.service,
        }
    }

    /// How many deliveries have ended.
    pub fn ended(&self) -> u64 {
        self.counts.values().sum()
    }

    pub fn unexpected(&self) -> u64 {
        self.count(|key| !key.is_expected())
    }

    /// How many requests got no response.
    pub fn unanswered(&self) -> u64 {
        self.count(|key| key.outcome.status().is_none())
    }

    fn count(&self, is_counted: impl Fn(&ResultKey) -> bool) -> u64 {
        let counted = self.counts.iter().filter(|(key, _)| is_counted(key));
        counted.map(|(_, count)| count).sum()
    }
}
