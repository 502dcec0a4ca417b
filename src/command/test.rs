//! `cz-hook test`: does this endpoint handle webhooks correctly?

use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::test::TestArgs;
use crate::config::{self, Settings};
use crate::conformance::case::Case;
use crate::conformance::outcome::{Run, StoppedBy};
use crate::conformance::{self, Maker, Plan, Runner, select};
use crate::error::{self, Error};
use crate::exit::Exit;
use crate::report::conformance as report;
use crate::report::console::Console;
use crate::sender::{Endpoint, Transport};

use super::interrupts::Interrupts;
use super::send::{cannot_start, runtime};

pub fn run(args: &TestArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let catalog = settings.catalog;
    let provider = settings.producing(args.provider.as_deref())?;
    let all = conformance::list(catalog, provider, args.strict);
    let total = all.len();
    let cases = selected(args, all)?;
    if args.list {
        match args.json {
            true => console.print(&report::listed_json(&cases))?,
            false => console.print(report::listed(&cases, console.out).as_bytes())?,
        }
        return Ok(Exit::Yes);
    }
    let endpoint = Endpoint::parse(settings.url(args.url.as_deref())?)?;
    let secret = settings.signing_secret(&args.secret, true, console)?;
    if provider.signature.is_some() && secret.is_none() {
        return Err(config::no_secret("sign"));
    }
    let transport = Transport {
        timeout: args.timeout,
        insecure: args.insecure,
        cacert: match &args.cacert {
            Some(path) => Some(std::fs::read(path).map_err(|e| Error::reading(path, &e))?),
            None => None,
        },
    };
    let maker = Maker::new(catalog, provider, secret, endpoint.clone()).map_err(|why| {
        Error::usage(
            format!("there are no deliveries of {}: {why}", provider.name),
            "choose another provider",
        )
    })?;
    let plan = Plan {
        catalog,
        provider,
        endpoint: &endpoint,
        maker,
        left_out: total - cases.len(),
        strict: args.strict,
        concurrency: args.concurrency,
        fail_fast: args.fail_fast,
        tolerate: args.tolerate.clone(),
        cases,
    };
    let progress = progress(plan.cases.len(), console);
    let bar = progress.clone();
    let runner = Runner::new(plan, &transport, move |done| bar.set_position(done as u64))?;
    let ended = runtime()?.block_on(until_interrupted(&runner));
    progress.finish_and_clear();
    ended?;
    let found = runner.finish();
    for (kind, path) in &args.report {
        save(path, &report::write(*kind, &found))?;
    }
    match args.json {
        true => console.print(&report::lines(&found))?,
        false => console.report(&report::human(&found, console.out, console.verbose))?,
    }
    Ok(exit(&found))
}

async fn until_interrupted(runner: &Runner<'_>) -> Result<(), Error> {
    let mut interrupts = Interrupts::new().map_err(|why| cannot_start(&why))?;
    tokio::select! {
        ended = runner.run() => ended,
        () = interrupts.next() => {
            runner.interrupted();
            Ok(())
        }
    }
}

fn exit(run: &Run) -> Exit {
    let stopped = run.summary.stopped.as_ref().map(|stopped| stopped.kind);
    match stopped {
        Some(StoppedBy::Interrupt) => Exit::Interrupted,
        _ if run.is_good() => Exit::Yes,
        _ => Exit::No,
    }
}

/// The cases that the patterns leave.
fn selected(args: &TestArgs, all: Vec<Case>) -> Result<Vec<Case>, Error> {
    let ids: Vec<&str> = all.iter().map(|case| case.id.as_str()).collect();
    for (option, patterns) in [
        ("--only", &args.only),
        ("--skip", &args.skip),
        ("--tolerate", &args.tolerate),
    ] {
        if let Some((stray, nearest)) = select::stray(patterns, &ids) {
            return Err(Error::usage(
                format!("{option} {stray} matches no case"),
                format!("did you mean `{nearest}`? --list shows all of them"),
            ));
        }
    }
    let is_meant = |case: &Case| {
        (args.only.is_empty() || select::any(&args.only, &case.id))
            && !select::any(&args.skip, &case.id)
    };
    let cases: Vec<_> = all.into_iter().filter(is_meant).collect();
    if cases.is_empty() {
        return Err(Error::usage(
            "--skip leaves none of the cases that --only names",
            "leave out one of the two",
        ));
    }
    Ok(cases)
}

/// Shown on a terminal only.
fn progress(cases: usize, console: &Console) -> ProgressBar {
    let target = match console.quiet {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr_with_hz(8),
    };
    let bar = ProgressBar::with_draw_target(Some(cases as u64), target);
    match ProgressStyle::with_template("{spinner} {pos} of {len} cases, {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes).map_err(|why| {
        Error::io(
            format!("cannot write {}: {}", path.display(), error::reason(&why)),
            "check that its folder is there and can be written to",
        )
    })
}
