//! The results as one JSON object.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::json_line;
use crate::load::summary::{Loop, Summary};
use crate::webhook::record::milliseconds;

/// The line of `--json`, and the content of the summary file.
pub(crate) fn json(run: &Summary) -> Vec<u8> {
    let found = &run.statistics;
    let (pace, max_in_flight, concurrency) = match run.pace {
        Loop::Open { max_in_flight, .. } => ("open", Some(max_in_flight), None),
        Loop::Closed { concurrency } => ("closed", None, Some(concurrency)),
    };
    let results = found.counts.iter().map(|(key, count)| {
        let label = run.labels.get(key.label);
        ResultPart {
            provider: label.and_then(|label| label.provider.as_deref()),
            event: label.and_then(|label| label.event.as_deref()),
            channel: label.and_then(|label| label.channel.as_deref()),
            kind: key.intent.word(),
            status: key.outcome.status(),
            error: key.outcome.error(),
            expected: key.is_expected(),
            count: *count,
        }
    });
    json_line::line(&LoadLine {
        url: &run.url,
        pace,
        max_in_flight,
        concurrency,
        seed: run.seed,
        run: &run.run,
        started_at: run.started_at.to_string(),
        duration_ms: milliseconds(run.duration),
        interrupted: run.is_interrupted,
        asked: run.asked,
        sent: run.sent,
        dropped: run.dropped,
        late: found.late,
        retries: found.retries,
        unanswered: found.unanswered(),
        unfinished: run.unfinished(),
        unexpected: found.unexpected(),
        rate: (run.rate() * 10.0).round() / 10.0,
        latency_ms: times(&found.times.latency),
        service_ms: times(&found.times.service),
        start_delay_ms: times(&found.times.delay),
        results: results.collect(),
        failed: run.failed().iter().map(ToString::to_string).collect(),
        examples: &run.examples,
    })
}

fn times(histogram: &Histogram<u64>) -> Option<TimesPart> {
    let ms = |micros: u64| micros as f64 / 1e3;
    let at = |quantile| ms(histogram.value_at_quantile(quantile));
    (!histogram.is_empty()).then(|| TimesPart {
        min: ms(histogram.min()),
        mean: (histogram.mean()).round() / 1e3,
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: ms(histogram.max()),
    })
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "load")]
struct LoadLine<'s> {
    url: &'s str,
    #[serde(rename = "loop")]
    pace: &'static str,
    max_in_flight: Option<usize>,
    concurrency: Option<usize>,
    seed: u64,
    run: &'s str,
    started_at: String,
    duration_ms: f64,
    interrupted: bool,
    asked: u64,
    sent: u64,
    dropped: u64,
    late: u64,
    retries: u64,
    unanswered: u64,
    unfinished: u64,
    unexpected: u64,
    rate: f64,
    latency_ms: Option<TimesPart>,
    service_ms: Option<TimesPart>,
    start_delay_ms: Option<TimesPart>,
    results: Vec<ResultPart<'s>>,
    failed: Vec<String>,
    examples: &'s [String],
}

#[derive(Serialize)]
struct TimesPart {
    min: f64,
    mean: f64,
    p50: f64,
    p90: f64,
    p95: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

#[derive(Serialize)]
struct ResultPart<'s> {
    provider: Option<&'s str>,
    event: Option<&'s str>,
    channel: Option<&'s str>,
    kind: &'static str,
    status: Option<u16>,
    error: Option<&'static str>,
    expected: bool,
    count: u64,
}
