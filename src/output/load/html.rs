//! The results as one HTML page with charts, in the style of the report of `test`.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use crate::escape::line;
use crate::load::statistics::Point;
use crate::load::summary::{Loop, Summary};
use crate::output::reports::html_document;
use crate::output::style::run_time;

use super::{QUANTILES, bars, counts, histograms, label, outcome, pace, time};

/// The size of a chart, and the space for its labels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 30.0;
const TOP: f64 = 12.0;

/// The most points of a line; more are combined.
const MAX_POINTS: usize = 300;

/// The whole page.
pub(crate) fn page(run: &Summary) -> String {
    let failed = run.failed();
    let verdict = match failed.is_empty() {
        true => "no condition failed".to_owned(),
        false => failed.iter().map(|c| format!("failed: {c}")).collect::<Vec<_>>().join(", "),
    };
    let title = format!("Load of a webhook endpoint: {verdict}");
    let points = combined(&run.statistics.points);
    let measured = match run.pace {
        Loop::Open { .. } => "Latency from the scheduled time",
        Loop::Closed { .. } => "Service time",
    };
    html_document(
        &title,
        html! {
            header class=(if failed.is_empty() { "good" } else { "bad" }) {
                h1 { (line(title.as_bytes())) }
                p.counts { (run.sent) " requests, " (format!("{:.1}", run.rate())) " a second" }
                p { (pace(run)) }
                dl.about {
                    dt { "endpoint" } dd { code { (line(run.url.as_bytes())) } }
                    dt { "started" } dd { (run.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")) }
                    dt { "took" } dd { (run_time(run.duration)) }
                    dt { "seed" } dd { (run.seed) }
                    @for (name, count, _) in counts(run) {
                        dt { (name) } dd { (count) }
                    }
                }
            }
            main {
                section {
                    h2 { "Times" }
                    (times(run))
                    h2 { (measured) ", log scale" }
                    (histogram(run))
                }
                section {
                    h2 { "Responses a second" }
                    (lines(&points, &[
                        ("all", "--link", &|p| per_second(p.ended, p)),
                        ("unexpected", "--bad", &|p| per_second(p.unexpected, p)),
                    ], &|value| format!("{value:.0}")))
                    h2 { (measured) " over time" }
                    (lines(&points, &[
                        ("max", "--bad", &|p| p.max as f64),
                        ("p99", "--doubt", &|p| p.p99 as f64),
                        ("p50", "--good", &|p| p.p50 as f64),
                    ], &time))
                }
                section {
                    h2 { "Responses" }
                    (responses(run))
                }
                @if !run.examples.is_empty() {
                    section {
                        h2 { "The first with an unexpected response" }
                        @for example in &run.examples {
                            pre { code { (example) } }
                        }
                    }
                }
            }
        },
    )
}

fn times(run: &Summary) -> Markup {
    html! {
        table {
            tr { th {} th { "mean" } @for (name, _) in QUANTILES { th { (name) } } }
            @for (name, histogram) in histograms(run) {
                @if !histogram.is_empty() {
                    tr {
                        th { (name) }
                        td { (time(histogram.mean())) }
                        @for (_, q) in QUANTILES {
                            td { (time(histogram.value_at_quantile(q) as f64)) }
                        }
                    }
                }
            }
        }
    }
}

fn responses(run: &Summary) -> Markup {
    html! {
        table {
            tr { th { "event" } th { "kind" } th { "status" } th { "count" } th {} }
            @for (key, count) in &run.statistics.counts {
                tr class=(if key.is_expected() { "passed" } else { "failed" }) {
                    td { (line(label(run, key.label).as_bytes())) }
                    td { (key.intent.word()) }
                    td { (outcome(key)) }
                    td { (count) }
                    td.sign { (if key.is_expected() { "✓" } else { "✗" }) }
                }
            }
        }
    }
}

fn per_second(count: u64, point: &Point) -> f64 {
    count as f64 / point.length.as_secs_f64().max(1e-3)
}

/// At most so many points that a chart can show them.
fn combined(points: &[Point]) -> Vec<Point> {
    let size = points.len().div_ceil(MAX_POINTS).max(1);
    let combine = |group: &[Point]| {
        let (first, rest) = group.split_first()?;
        Some(rest.iter().fold(*first, |sum, one| Point {
            at: one.at,
            length: sum.length + one.length,
            ended: sum.ended + one.ended,
            unexpected: sum.unexpected + one.unexpected,
            p50: sum.p50.max(one.p50),
            p99: sum.p99.max(one.p99),
            max: sum.max.max(one.max),
        }))
    };
    // The end of a run is a short interval, whose rate says nothing.
    let long = points.iter().filter(|point| point.length.as_millis() >= 100);
    let long: Vec<Point> = long.copied().collect();
    let kept = if long.is_empty() { points } else { &long };
    kept.chunks(size).filter_map(combine).collect()
}

/// A line of a chart: its name, its color and its values.
type Line<'l> = (&'l str, &'l str, &'l dyn Fn(&Point) -> f64);

/// A chart of lines over the time of the run.
fn lines(points: &[Point], lines: &[Line<'_>], shown: &dyn Fn(f64) -> String) -> Markup {
    let end = points.last().map_or(1.0, |point| point.at.as_secs_f64()).max(1e-3);
    let values = lines.iter().flat_map(|(_, _, value)| points.iter().map(value));
    let top = values.fold(0.0, f64::max).max(1e-9);
    let x = |point: &Point| LEFT + point.at.as_secs_f64() / end * (WIDTH - LEFT - 10.0);
    let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP);
    let mut svg = axes(top, end, shown);
    for (place, (name, color, value)) in lines.iter().enumerate() {
        let all = points.iter().map(|point| format!("{:.1},{:.1}", x(point), y(value(point))));
        let all: Vec<_> = all.collect();
        let _ = write!(
            svg,
            "<polyline points=\"{}\" style=\"fill:none;stroke:var({color});stroke-width:2\"/>",
            all.join(" ")
        );
        // A line through one point is not visible.
        if let [only] = points {
            let _ = write!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" style=\"fill:var({color})\"/>",
                x(only),
                y(value(only))
            );
        }
        let left = LEFT + 90.0 * place as f64;
        let _ = write!(
            svg,
            "<text x=\"{left}\" y=\"10\" style=\"fill:var({color});font-size:11px\">{name}</text>"
        );
    }
    chart(&svg)
}

/// The bars of the histogram.
fn histogram(run: &Summary) -> Markup {
    let bars = bars(run.statistics.measured());
    let top = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1) as f64;
    let width = (WIDTH - LEFT - 10.0) / bars.len().max(1) as f64;
    let mut svg = String::new();
    for (place, (end, count)) in bars.iter().enumerate() {
        let left = LEFT + width * place as f64;
        let height = *count as f64 / top * (HEIGHT - BOTTOM - TOP);
        let _ = write!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" style=\"fill:var(--link)\">\
             <title>{count} below {}</title></rect>",
            HEIGHT - BOTTOM - height,
            (width - 2.0).max(1.0),
            time(*end)
        );
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"end\" style=\"fill:var(--faint);font-size:10px\">{}</text>",
            left + width,
            HEIGHT - 12.0,
            time(*end)
        );
    }
    svg.push_str(&number(TOP + 8.0, &format!("{top:.0}")));
    chart(&svg)
}

fn axes(top: f64, end: f64, shown: &dyn Fn(f64) -> String) -> String {
    let base = HEIGHT - BOTTOM;
    let mut svg = format!(
        "<line x1=\"{LEFT}\" y1=\"{base}\" x2=\"{}\" y2=\"{base}\" style=\"stroke:var(--line)\"/>",
        WIDTH - 10.0
    );
    svg.push_str(&number(TOP + 8.0, &shown(top)));
    svg.push_str(&number((base + TOP) / 2.0, &shown(top / 2.0)));
    svg.push_str(&number(base, &shown(0.0)));
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" style=\"fill:var(--faint);font-size:11px\">{end:.0} s</text>",
        WIDTH - 10.0,
        HEIGHT - 12.0
    );
    svg
}

fn number(y: f64, text: &str) -> String {
    format!(
        "<text x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\" style=\"fill:var(--faint);font-size:11px\">{text}</text>",
        LEFT - 6.0
    )
}

fn chart(inner: &str) -> Markup {
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" width="100%" {
            (PreEscaped(inner))
        }
    }
}
