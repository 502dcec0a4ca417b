//! One run: from the requests to the reports and the exit code.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;

use super::options::{BulkOptions, Export};
use crate::commands::shared::interrupts::Interrupts;
use crate::commands::shared::{progress_bar, runtime};
use crate::error::{Error, Exit};
use crate::http::{Endpoint, RawClient, Transport};
use crate::load::engine::{self, Options, Pace, Progress, Retries};
use crate::load::export::{self, Export as Exported};
use crate::load::generator::{Encoder, Generator, Kind};
use crate::load::plan::Plan;
use crate::load::statistics::Statistics;
use crate::load::summary::{Label, Loop, Summary};
use crate::load::template::Template;
use crate::output::console::Console;
use crate::output::load as report;
use crate::webhook::signature::scheme::Algorithm;

/// The most that is read of a response's body, in bytes: only the status counts. A longer one ends its connection.
const MAX_RESPONSE: usize = 1 << 20;

/// The most requests that a dry run prints.
const MAX_PRINTED: u64 = 100_000;

/// The most targets that are written in advance.
const MAX_TARGETS: u64 = 1_000_000;

/// The longest script for another tool, in bytes.
const MAX_SCRIPT: usize = 4 << 20;

/// What is sent, and where.
pub(super) struct Workload {
    pub plan: Plan,
    pub labels: Vec<Label>,
    /// The bodies, each with the place of its label.
    pub kinds: Vec<(usize, Template)>,
    pub encoder: Box<dyn Encoder>,
    /// The time of all signatures, if not that of sending.
    pub at: Option<Timestamp>,
    pub endpoint: Endpoint,
    pub transport: Transport,
    pub method: String,
    pub retries: Option<Retries>,
    /// How many requests there are to send once.
    pub all: Option<u64>,
    pub json: bool,
    pub dry_run: bool,
}

pub(super) fn run(
    workload: Workload,
    bulk: &BulkOptions,
    console: &Console,
) -> Result<Exit, Error> {
    let (pace, count) = bulk.pace(workload.all, console);
    let Workload { plan, labels, kinds, encoder, at, endpoint, .. } = workload;
    let kinds = kinds.into_iter().map(|(label, body)| Kind::new(label, body)).collect();
    let generator = Generator::new(plan, kinds, encoder, at)?;
    if workload.dry_run {
        return print(&generator, &pace, count, console);
    }
    if let Some(tool) = bulk.export {
        let export = Exported {
            generator: &generator,
            url: endpoint.url().to_owned(),
            method: &workload.method,
            pace: &pace,
            count,
            conditions: bulk.conditions(),
        };
        return write_export(tool, &export, console);
    }
    bulk.check_target(&endpoint, &pace, count)?;
    let client = RawClient::new(&endpoint, &workload.transport, MAX_RESPONSE)?;
    let method = http::Method::from_bytes(workload.method.as_bytes()).unwrap_or(http::Method::POST);
    let started_at = Timestamp::now();
    let shown_pace = match &pace {
        Pace::Open { schedule, max_in_flight } => Loop::Open {
            peak: schedule.peak(),
            length: schedule.length(),
            max_in_flight: *max_in_flight,
        },
        Pace::Closed { concurrency, .. } => Loop::Closed { concurrency: *concurrency },
    };
    let (seed, run) = (generator.plan.seed, generator.plan.run());
    let hdr = RefCell::new(match &bulk.hdr {
        Some(path) => {
            let log = report::HdrLog::start(created(path)?, started_at);
            Some(log.map_err(|why| Error::writing(path, &why))?)
        }
        None => None,
    });
    let bar = progress_bar(None, "{spinner} {msg}", 2, console);
    let tick = |statistics: &Statistics, progress: Progress| {
        bar.set_message(report::live(statistics, &progress));
        bar.tick();
        if let (Some(log), Some(path)) = (&mut *hdr.borrow_mut(), &bulk.hdr) {
            log.add(statistics).map_err(|why| Error::writing(path, &why))?;
        }
        Ok(())
    };
    let options = Options { pace, count, retries: workload.retries };
    let work = async {
        let mut interrupts = Interrupts::new().map_err(|why| runtime::cannot_start(&why))?;
        let connection = (client, endpoint.clone(), method);
        engine::run(generator, connection, options, tick, interrupts.next()).await
    };
    let ran = runtime::sending(|runtime| runtime.block_on(work));
    bar.finish_and_clear();
    let (statistics, progress, generator) = ran?;
    let examples = statistics.examples.iter().filter_map(|example| {
        let delivery = generator.shown(example.n, example.at).ok()?;
        Some(report::example(&endpoint, &delivery, &example.key, labels.get(example.key.label)))
    });
    let summary = Summary {
        url: endpoint.shown_url(),
        pace: shown_pace,
        seed,
        run,
        started_at,
        duration: progress.elapsed,
        asked: progress.asked,
        sent: progress.asked.saturating_sub(progress.dropped),
        dropped: progress.dropped,
        is_interrupted: progress.is_interrupted,
        examples: examples.collect(),
        labels,
        statistics,
        conditions: bulk.conditions(),
    };
    finish(&summary, workload.json, bulk, console)
}

/// Writes the reports; the exit code says how the run ended.
fn finish(
    summary: &Summary,
    json: bool,
    bulk: &BulkOptions,
    console: &Console,
) -> Result<Exit, Error> {
    if json {
        console.print(&report::json(summary))?;
    } else {
        console.report(&report::human(summary, console.out, console.width()))?;
    }
    if let Some(path) = &bulk.summary {
        write(path, &report::json(summary), console)?;
    }
    if let Some(path) = &bulk.report {
        write(path, report::page(summary).as_bytes(), console)?;
    }
    if summary.is_interrupted {
        return Err(Error::interrupted("interrupted: the results are those until then"));
    }
    if summary.statistics.ended() > 0
        && summary.statistics.unanswered() == summary.statistics.ended()
    {
        return Err(Error::io(
            "no request got a response",
            "check the endpoint's log; --timeout sets how long to wait",
        ));
    }
    match summary.failed().is_empty() {
        true => Ok(Exit::Success),
        false => Ok(Exit::Failure),
    }
}

/// Prints the requests instead of sending them.
fn print(
    generator: &Generator,
    pace: &Pace,
    count: Option<u64>,
    console: &Console,
) -> Result<Exit, Error> {
    let all = pace.total(count).unwrap_or(1);
    if all > MAX_PRINTED {
        return Err(Error::usage(
            format!("a dry run prints at most {MAX_PRINTED} requests, and {all} were asked for"),
            "give a smaller --count",
        ));
    }
    let mut scratch = Default::default();
    for n in 0..all {
        console.print_raw(&generator.make(n, &mut scratch)?.bytes)?;
    }
    Ok(Exit::Success)
}

/// Prints the requests for another load tool.
fn write_export(tool: Export, export: &Exported<'_>, console: &Console) -> Result<Exit, Error> {
    let text = match tool {
        Export::K6 => export::k6_script(export)?,
        Export::K6Operator => export::manifests(export)?,
        Export::Locust => export::locust_script(export)?,
        Export::Vegeta => return write_targets(export, console),
    };
    if text.len() > MAX_SCRIPT {
        return Err(Error::usage(
            format!(
                "the script would have {} MiB, and each of its users loads all of it; the maximum is {} MiB",
                text.len() >> 20,
                MAX_SCRIPT >> 20
            ),
            "choose fewer deliveries, or use --export vegeta",
        ));
    }
    console.print(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Prints signed targets for vegeta.
fn write_targets(export: &Exported<'_>, console: &Console) -> Result<Exit, Error> {
    let length = export.pace.length();
    let Some(total) = export.pace.total(export.count) else {
        return Err(Error::usage(
            "targets for vegeta are signed in advance, and their number is not known",
            "add --count N, or --rate R with --duration TIME",
        ));
    };
    if total > MAX_TARGETS {
        return Err(Error::usage(
            format!("at most {MAX_TARGETS} targets are written, and {total} were asked for"),
            "give a smaller --count or --duration",
        ));
    }
    for kind in 0..export.generator.kinds.len() {
        let Some(with) = export.generator.signed_with(kind)? else {
            continue;
        };
        if with.scheme.algorithm == Algorithm::Token {
            return Err(Error::usage(
                "the signature of this provider is the secret itself, which would be in the file",
                "use --export k6 or locust, which read it from the environment",
            ));
        }
        let tolerance = with.scheme.timestamp.as_ref().and_then(|rule| rule.tolerance_seconds);
        if let Some(tolerance) = tolerance
            && length.is_none_or(|length| length.as_secs() >= tolerance)
        {
            return Err(Error::usage(
                format!(
                    "signatures of this provider are valid for {tolerance} s, and a run with targets that are signed \
                     in advance may be longer"
                ),
                format!(
                    "give --rate R with a --duration below {tolerance}s, or use --export k6 or locust"
                ),
            ));
        }
    }
    let secrets = export.secrets()?;
    for n in 0..total {
        console.print(&export::vegeta_target(export, n, &secrets)?)?;
    }
    Ok(Exit::Success)
}

fn created(path: &Path) -> Result<File, Error> {
    File::create(path).map_err(|why| Error::writing(path, &why))
}

fn write(path: &Path, bytes: &[u8], console: &Console) -> Result<(), Error> {
    if path == Path::new("-") {
        return console.print(bytes);
    }
    created(path)?.write_all(bytes).map_err(|why| Error::writing(path, &why))
}
