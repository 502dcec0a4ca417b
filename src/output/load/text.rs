//! The results as text.

use hdrhistogram::Histogram;
use textwrap::{Options, fill};

use crate::escape::line;
use crate::http::Endpoint;
use crate::load::engine::Progress;
use crate::load::statistics::{ResultKey, Statistics};
use crate::load::summary::{Label, Summary};
use crate::output::reports;
use crate::output::style::{Palette, event_label, run_time};
use crate::output::table::{self, Cell};
use crate::webhook::delivery::Delivery;

use super::{QUANTILES, bars, counts, histograms, label, outcome, pace, time};

/// The line on a terminal while the run goes on.
pub(crate) fn live(statistics: &Statistics, progress: &Progress) -> String {
    let last = statistics.points.last();
    let rate = last.map_or(0.0, |point| point.ended as f64 / point.length.as_secs_f64().max(1e-9));
    let [p50, p99] = last.map_or([0, 0], |point| [point.p50, point.p99]).map(|us| time(us as f64));
    format!(
        "{:.0} s  {} sent  {rate:.0}/s  p50 {p50}  p99 {p99}  {} unexpected  {} dropped  {} late",
        progress.elapsed.as_secs_f64(),
        progress.asked.saturating_sub(progress.dropped),
        statistics.unexpected(),
        progress.dropped,
        statistics.late,
    )
}

/// A request with an unexpected response, as a curl command below what was wrong.
pub(crate) fn example(
    endpoint: &Endpoint,
    delivery: &Delivery,
    key: &ResultKey,
    label: Option<&Label>,
) -> String {
    let label = label.map_or_else(String::new, |label| {
        event_label(label.event.as_deref(), label.channel.as_deref())
    });
    let url = endpoint.url_of(&delivery.target).into_owned();
    let command = reports::curl_command(&url, delivery);
    format!("# {label}, {}: {}\n{command}", key.intent.word(), outcome(key))
}

/// A row for each quantile, and a column for each kind of time.
fn times(run: &Summary, p: Palette) -> String {
    let shown = histograms(run).into_iter().filter(|(_, histogram)| !histogram.is_empty());
    let shown: Vec<_> = shown.collect();
    let row = |name: &str, of: &dyn Fn(&Histogram<u64>) -> f64| {
        let cell = |at: usize| shown.get(at).map_or_else(String::new, |(_, all)| time(of(all)));
        [Cell::from(name), cell(0).into(), cell(1).into(), cell(2).into()]
    };
    let mean = row("mean", &Histogram::mean);
    let quantiles = QUANTILES.map(|(name, q)| row(name, &|all| all.value_at_quantile(q) as f64));
    let head = |at: usize| shown.get(at).map_or("", |(name, _)| *name);
    let rows: Vec<_> = [mean].into_iter().chain(quantiles).collect();
    match shown.is_empty() {
        true => String::new(),
        false => table::text(["", head(0), head(1), head(2)], &rows, p),
    }
}

/// The columns of a line of the histogram before its bar, and the longest bar.
const BEFORE_BAR: usize = 24;
const LONGEST_BAR: usize = 40;

/// The report, in lines of at most so many columns.
pub(crate) fn human(run: &Summary, p: Palette, width: usize) -> String {
    let wrapped = |text: &str| fill(text, Options::new(width).break_words(false));
    let heading = format!(
        "{} requests to {}, {:.1} a second for {}",
        run.sent,
        line(run.url.as_bytes()),
        run.rate(),
        run_time(run.duration)
    );
    let mut out = format!("{}\n{}\n\n", wrapped(&heading), p.dim(&wrapped(&pace(run))));
    for (name, count, is_bad) in counts(run) {
        let text = format!("{count:>9}");
        let text = if is_bad { p.warn(&text) } else { text };
        out.push_str(&format!("{text}  {name}\n"));
    }
    out.push('\n');
    out.push_str(&times(run, p));
    let measured = bars(run.statistics.measured());
    let most = measured.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    if !measured.is_empty() {
        out.push('\n');
    }
    let longest = width.saturating_sub(BEFORE_BAR).min(LONGEST_BAR) as u64;
    for (end, count) in measured {
        let length = usize::try_from((count * longest).div_ceil(most)).unwrap_or_default();
        let line = format!("  < {:>7}  {count:>9}  {}", time(end), "█".repeat(length));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let rows: Vec<[Cell; 5]> = run
        .statistics
        .counts
        .iter()
        .map(|(key, count)| {
            let status = outcome(key);
            let (word, painted) = match key.is_expected() {
                true => ("expected", p.success("expected")),
                false => ("unexpected", p.error("unexpected")),
            };
            [
                Cell::from(label(run, key.label)),
                Cell::from(key.intent.word()),
                Cell::from(status),
                Cell::from(count.to_string()),
                Cell::painted(word, painted),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push('\n');
        out.push_str(&table::text(["EVENT", "KIND", "STATUS", "COUNT", ""], &rows, p));
    }
    if !run.examples.is_empty() {
        out.push_str("\nThe first with an unexpected response:\n");
    }
    for example in &run.examples {
        out.push_str(&format!("{example}\n"));
    }
    let failed = run.failed();
    out.push('\n');
    match failed.is_empty() {
        true => out.push_str(&format!("{} no condition failed\n", p.success("✓"))),
        false => failed.iter().for_each(|condition| {
            out.push_str(&format!("{} failed: {condition}\n", p.error("✗")));
        }),
    }
    out.push_str(&p.dim(&format!("--seed {} repeats the same requests\n", run.seed)));
    out
}
