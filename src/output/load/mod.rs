//! The reports of bulk sending: text, JSON, a page with charts, and an HdrHistogram log.

mod hdr;
mod html;
mod json;
mod text;

pub(crate) use hdr::HdrLog;
pub(crate) use html::page;
pub(crate) use json::json;
pub(crate) use text::{example, human, live};

use hdrhistogram::Histogram;

use crate::load::statistics::{Outcome, ResultKey};
use crate::load::summary::{Loop, Summary};

use super::style::{event_label, run_time};

/// A time in microseconds, human-readable.
fn time(micros: f64) -> String {
    match micros {
        m if m < 1e3 => format!("{m:.0} µs"),
        m if m < 1e4 => format!("{:.2} ms", m / 1e3),
        m if m < 1e6 => format!("{:.0} ms", m / 1e3),
        m => format!("{:.2} s", m / 1e6),
    }
}

/// How the requests were paced, and what that means for the times.
fn pace(run: &Summary) -> String {
    match &run.pace {
        Loop::Open { peak, length, max_in_flight } => format!(
            "open loop: up to {peak} a second for {}, at most {max_in_flight} in flight; latency counts from the \
             scheduled time",
            run_time(*length)
        ),
        Loop::Closed { concurrency } => {
            let s = if *concurrency == 1 { "" } else { "s" };
            format!(
                "closed loop on {concurrency} connection{s}: a slow endpoint is sent less, so that the times do not \
                 show how long a delivery would have waited"
            )
        }
    }
}

/// The quantiles that are shown.
const QUANTILES: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

/// The histograms to show, by name.
fn histograms(run: &Summary) -> Vec<(&'static str, &Histogram<u64>)> {
    let times = &run.statistics.times;
    match run.pace {
        Loop::Open { .. } => vec![
            ("latency", &times.latency),
            ("service time", &times.service),
            ("start delay", &times.delay),
        ],
        Loop::Closed { .. } => vec![("service time", &times.service)],
    }
}

/// The bars of a histogram on a log scale: the upper end in microseconds, and the count.
fn bars(histogram: &Histogram<u64>) -> Vec<(f64, u64)> {
    /// Three steps for a factor of ten.
    const STEPS: f64 = 3.0;
    if histogram.is_empty() {
        return Vec::new();
    }
    let step = |micros: u64| ((micros.max(1) as f64).log10() * STEPS).floor() as i32;
    let (first, last) = (step(histogram.min()), step(histogram.max()));
    let mut bars: Vec<(f64, u64)> =
        (first..=last).map(|at| (10_f64.powf(f64::from(at + 1) / STEPS), 0)).collect();
    for value in histogram.iter_recorded() {
        let at = usize::try_from(step(value.value_iterated_to()) - first).unwrap_or_default();
        let at = at.min(bars.len().saturating_sub(1));
        if let Some((_, count)) = bars.get_mut(at) {
            *count += value.count_at_value();
        }
    }
    bars
}

fn label(run: &Summary, place: usize) -> String {
    match run.labels.get(place) {
        Some(label) => event_label(label.event.as_deref(), label.channel.as_deref()),
        None => String::new(),
    }
}

fn outcome(key: &ResultKey) -> String {
    match key.outcome {
        Outcome::Status(status) => status.to_string(),
        Outcome::Unreachable => "unreachable".to_owned(),
        Outcome::TimedOut => "timed out".to_owned(),
        Outcome::Broken => "broken".to_owned(),
    }
}

/// The counts, in a sentence each.
fn counts(run: &Summary) -> Vec<(&'static str, u64, bool)> {
    let found = &run.statistics;
    vec![
        ("asked", run.asked, false),
        ("sent", run.sent, false),
        ("dropped", run.dropped, run.dropped > 0),
        ("late", found.late, found.late > 0),
        ("retries", found.retries, false),
        ("no response", found.unanswered(), found.unanswered() > 0),
        ("unfinished", run.unfinished(), run.unfinished() > 0),
        ("unexpected", found.unexpected(), found.unexpected() > 0),
    ]
}
