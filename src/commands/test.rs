//! `cz-hook test`: does this endpoint handle webhooks correctly?

use crate::cli::test::TestArgs;
use crate::config::{self, Settings};
use crate::conformance::{
    self, Case, Plan, RequestBuilder, Run, Runner, StoppedBy, matches_any, unmatched,
};
use crate::error::Error;
use crate::error::Exit;
use crate::http::Endpoint;
use crate::output::console::Console;
use crate::output::reports;

use super::progress;
use super::report_files;
use super::shared::runtime::{self, Interrupts, cannot_start};
use super::transport::transport;

pub fn run(args: &TestArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let catalog = settings.catalog;
    let provider = settings.producing(args.provider.as_deref())?;
    let all = conformance::list(catalog, provider, args.strict);
    let total = all.len();
    let cases = selected(args, all)?;
    if args.list {
        match args.json {
            true => console.print(&reports::list_json(&cases))?,
            false => console.print(reports::list(&cases, console.out).as_bytes())?,
        }
        return Ok(Exit::Success);
    }
    report_files::check(&args.report)?;
    // It has to be named: what a test sends is not for whatever endpoint a profile has.
    let endpoint = Endpoint::parse(args.url.as_deref().unwrap_or_default())?;
    let secret = settings.signing_secret(&args.secret, true, console)?;
    if provider.signature.is_some() && secret.is_none() {
        return Err(config::no_secret("sign"));
    }
    let transport = transport(&args.transport, args.timeout)?;
    let builder =
        RequestBuilder::new(catalog, provider, secret, endpoint.clone()).map_err(|why| {
            Error::usage(
                format!("there are no deliveries of {}: {why}", provider.name),
                "choose another provider",
            )
        })?;
    let plan = Plan {
        catalog,
        provider,
        endpoint: &endpoint,
        builder,
        left_out: total - cases.len(),
        strict: args.strict,
        concurrency: args.concurrency,
        fail_fast: args.fail_fast,
        tolerate: args.tolerate.clone(),
        cases,
    };
    let template = "{spinner} {pos} of {len} cases, {elapsed}";
    let progress = progress::bar(Some(plan.cases.len() as u64), template, 8, console);
    let bar = progress.clone();
    let runner = Runner::new(plan, &transport, move |done| bar.set_position(done as u64))?;
    let ended = runtime::sending(|runtime| runtime.block_on(until_interrupted(&runner)));
    progress.finish_and_clear();
    let found = runner.finish();
    // Also of a run that was stopped: an older report must not pass for this one's. But where nothing could
    // be asked, there is nothing to report.
    let has_begun = ended.is_ok() || found.summary.stopped.is_some();
    let reports = if has_begun { &args.report[..] } else { &[] };
    let unwritten = report_files::save(reports, &found, console);
    match (ended, args.json) {
        // The error says it all.
        (Err(error), _) => {
            unwritten.iter().for_each(|error| console.error(error));
            return Err(error);
        }
        (Ok(()), true) => console.print(&reports::lines(&found))?,
        (Ok(()), false) => console.report(&reports::human(&found, console.out, console.verbose))?,
    }
    unwritten.map_or_else(|| Ok(exit(&found)), Err)
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
        _ if run.is_good() => Exit::Success,
        _ => Exit::Failure,
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
        if let Some((pattern, nearest)) = unmatched(patterns, &ids) {
            return Err(Error::usage(
                format!("{option} {pattern} matches no case"),
                format!("did you mean `{nearest}`? --list shows all of them"),
            ));
        }
    }
    let is_meant = |case: &Case| {
        (args.only.is_empty() || matches_any(&args.only, &case.id))
            && !matches_any(&args.skip, &case.id)
    };
    let cases: Vec<_> = all.into_iter().filter(is_meant).collect();
    if cases.is_empty() {
        let (what, hint) = match args.only.is_empty() {
            true => (
                "--skip leaves no case",
                "skip fewer; --list shows all of them",
            ),
            false => (
                "--skip leaves none of the cases that --only names",
                "leave out one of the two",
            ),
        };
        return Err(Error::usage(what, hint));
    }
    Ok(cases)
}
