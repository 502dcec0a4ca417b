//! Statistics of many deliveries: how many with which verdicts and statuses, how many in each second, and how long they
//! took.

use std::collections::BTreeMap;

use serde::Serialize;

use super::filter::payload;
use crate::capture::journal::Measured;

/// The upper ends of the classes of the histogram, in milliseconds; one more is open.
const BUCKETS: [f64; 16] =
    [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4];

/// How many seconds are listed, the newest.
const MAX_SECONDS: usize = 3600;

#[derive(Debug, Default)]
pub(super) struct Stats {
    by_signature: BTreeMap<&'static str, u64>,
    by_payload: BTreeMap<&'static str, u64>,
    by_status: BTreeMap<String, u64>,
    per_second: BTreeMap<i64, u64>,
    durations_us: Vec<u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Summary {
    total: usize,
    /// Whether these are all, and not only the newest.
    complete: bool,
    by_signature: BTreeMap<&'static str, u64>,
    by_payload: BTreeMap<&'static str, u64>,
    by_status: BTreeMap<String, u64>,
    per_second: Vec<(i64, u64)>,
    latency: Latency,
}

#[derive(Debug, Serialize)]
struct Latency {
    /// The upper end of each class, `null` for the last one, and how many are in it.
    buckets_ms: Vec<(Option<f64>, u64)>,
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
}

impl Stats {
    pub(super) fn add(&mut self, one: &Measured) {
        let verdict = one.verdict.map_or("unchecked", |verdict| verdict.word());
        *self.by_signature.entry(verdict).or_default() += 1;
        *self.by_payload.entry(one.validity.map_or("unknown", payload)).or_default() += 1;
        let status = one.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        *self.by_status.entry(status).or_default() += 1;
        *self.per_second.entry(one.received_at.div_euclid(1_000_000)).or_default() += 1;
        self.durations_us.push(one.duration_us);
    }

    pub(super) fn summary(mut self, max: usize) -> Summary {
        let total = self.durations_us.len();
        self.durations_us.sort_unstable();
        let skipped = self.per_second.len().saturating_sub(MAX_SECONDS);
        Summary {
            total,
            complete: total < max,
            by_signature: self.by_signature,
            by_payload: self.by_payload,
            by_status: self.by_status,
            per_second: self.per_second.into_iter().skip(skipped).collect(),
            latency: Latency {
                p50: percentile(&self.durations_us, 50),
                p95: percentile(&self.durations_us, 95),
                p99: percentile(&self.durations_us, 99),
                buckets_ms: buckets(&self.durations_us),
            },
        }
    }
}

fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e3
}

/// The smallest value that this share of all is not above.
fn percentile(sorted: &[u64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().map(milliseconds)
}

fn buckets(sorted: &[u64]) -> Vec<(Option<f64>, u64)> {
    let mut counted = 0;
    let ends = BUCKETS.into_iter().map(Some).chain([None]);
    ends.map(|end| {
        let below = match end {
            Some(end) => sorted.partition_point(|one| milliseconds(*one) <= end),
            None => sorted.len(),
        };
        let count = below - counted;
        counted = below;
        (end, count as u64)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_percentiles_add_up() {
        let mut stats = Stats::default();
        for n in 1..=100 {
            stats.add(&Measured {
                received_at: n * 100_000,
                verdict: None,
                validity: None,
                status: (n > 10).then_some(200),
                duration_us: n as u64 * 1000,
            });
        }
        let found = stats.summary(1000);
        assert_eq!((found.total, found.complete), (100, true));
        assert_eq!(found.by_status, BTreeMap::from([("200".into(), 90), ("none".into(), 10)]));
        assert_eq!(found.per_second.first(), Some(&(0, 9)));
        let latency = &found.latency;
        assert_eq!((latency.p50, latency.p95, latency.p99), (Some(50.0), Some(95.0), Some(99.0)));
        assert_eq!(latency.buckets_ms.iter().map(|(_, count)| count).sum::<u64>(), 100);
        assert_eq!(latency.buckets_ms.get(7), Some(&(Some(100.0), 50)));
        assert_eq!(Stats::default().summary(1).latency.p50, None);
    }
}
