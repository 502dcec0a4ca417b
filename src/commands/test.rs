//! `cz-hook test`: runs the conformance cases against an endpoint and reports the results.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::{SecretOptions, Settings, VerifyToken};
use crate::conformance::{
    self, Case, Plan, RequestBuilder, Run, Runner, Severity, StoppedBy, matches_any, unmatched,
};
use crate::error::{self, Error, Exit};
use crate::http::{Endpoint, Transport};
use crate::output::console::Console;
use crate::output::reports::{self, Format};
use crate::waiting::Waiting;

use super::shared::interrupts::Interrupts;
use super::shared::progress_bar;
use super::shared::runtime::{self, cannot_start};
use super::shared::signing::SigningOptions;

#[derive(Debug)]
pub struct TestOptions {
    /// The endpoint; `None` lists the cases.
    pub url: Option<String>,
    pub secret: SecretOptions,
    /// What the verify token of a handshake is, if not the environment's or the profile's.
    pub verify_token: Option<VerifyToken>,
    pub signing: SigningOptions,
    pub provider: Option<String>,
    pub only: Vec<String>,
    pub skip: Vec<String>,
    pub tolerate: Vec<String>,
    pub strict: bool,
    pub fail_fast: bool,
    pub concurrency: usize,
    pub transport: Transport,
    pub reports: Vec<(Format, PathBuf)>,
    pub json: bool,
}

pub fn run(options: &TestOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let catalog = settings.catalog;
    let provider = settings.producing(options.provider.as_deref())?;
    let all = conformance::list(catalog, provider, options.strict);
    let total = all.len();
    let cases = selected(options, all)?;
    // The endpoint has to be named: a test is not for whatever endpoint a profile has.
    let Some(url) = &options.url else {
        match options.json {
            true => console.print(&reports::list_json(&cases))?,
            false => console.print(reports::list(&cases, console.out).as_bytes())?,
        }
        return Ok(Exit::Success);
    };
    check_report_files(&options.reports)?;
    let endpoint = Endpoint::parse(url)?;
    let secret = console.show_notes(settings.signing_secret(&options.secret, true)?);
    if provider.needs_secret() && secret.is_none() {
        return Err(settings.no_secret("sign"));
    }
    let verify_token = settings.verify_token(options.verify_token.as_ref())?;
    let verify_token = console.show_notes(verify_token);
    if secret.is_some() {
        let flag = options.provider.as_deref();
        options.signing.check_disclosure(settings, flag, provider)?;
    }
    let scheme = match &secret {
        Some(secret) if provider.signs() => Some(options.signing.scheme(provider, secret)?),
        _ => None,
    };
    let context = options.signing.context.context(settings);
    let builder = RequestBuilder::new(catalog, provider, scheme, secret, context, endpoint.clone())
        .map_err(|why| {
            Error::usage(
                format!("there are no deliveries of {}: {why}", provider.name),
                "choose another provider",
            )
        })?;
    let builder = builder.with_verify_token(verify_token);
    let plan = Plan {
        catalog,
        provider,
        endpoint: &endpoint,
        builder,
        left_out: total - cases.len(),
        strict: options.strict,
        concurrency: options.concurrency,
        fail_fast: options.fail_fast,
        tolerate: options.tolerate.clone(),
        cases,
    };
    let template = "{spinner} {pos} of {len} cases, {elapsed}";
    let progress = progress_bar(Some(plan.cases.len() as u64), template, 8, console);
    let bar = progress.clone();
    let runner = Runner::new(plan, &options.transport, move |done| bar.set_position(done as u64))?;
    let ended = runtime::sending(|runtime| runtime.block_on(until_interrupted(&runner)));
    progress.finish_and_clear();
    let found = runner.finish();
    // A stopped run is reported, too: an older report must not pass for this one's. When no case could run, there
    // is nothing to report.
    let has_begun = ended.is_ok() || found.summary.stopped.is_some();
    let reports = if has_begun { &options.reports[..] } else { &[] };
    let unwritten = write_report_files(reports, &found, console);
    match (ended, options.json) {
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
    match run.summary.stopped.as_ref().map(|stopped| stopped.kind) {
        Some(StoppedBy::Interrupt) => Exit::Interrupted,
        _ if run.is_good() => Exit::Success,
        _ => Exit::Failure,
    }
}

/// The cases that the patterns leave.
fn selected(options: &TestOptions, all: Vec<Case>) -> Result<Vec<Case>, Error> {
    let ids: Vec<&str> = all.iter().map(|case| &*case.id).collect();
    for (option, patterns) in
        [("--only", &options.only), ("--skip", &options.skip), ("--tolerate", &options.tolerate)]
    {
        if let Some((pattern, nearest)) = unmatched(patterns, &ids) {
            return Err(Error::usage(
                format!("{option} {pattern} matches no case"),
                match nearest {
                    Some(nearest) => format!("did you mean `{nearest}`? --list shows all of them"),
                    None => "--list shows all cases".to_owned(),
                },
            ));
        }
    }
    let is_meant = |case: &Case| {
        (options.only.is_empty() || matches_any(&options.only, &case.id))
            && !matches_any(&options.skip, &case.id)
    };
    let mut cases: Vec<_> = all.into_iter().filter(is_meant).collect();
    // Handshakes alone are what the run is about.
    if cases.iter().all(|case| case.category == "handshake") {
        cases.iter_mut().for_each(|case| case.severity = Severity::Required);
    }
    if cases.is_empty() {
        let (what, hint) = match options.only.is_empty() {
            true => ("--skip leaves no case", "skip fewer; --list shows all of them"),
            false => {
                ("--skip leaves none of the cases that --only names", "leave out one of the two")
            }
        };
        return Err(Error::usage(what, hint));
    }
    Ok(cases)
}

/// Rejects two reports for one file: the second would replace the first.
fn check_report_files(reports: &[(Format, PathBuf)]) -> Result<(), Error> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for (_, path) in reports {
        let target = target(path);
        if seen.contains(&target) {
            return Err(Error::usage(
                format!("two reports have the same file {}", path.display()),
                "give each report its own file",
            ));
        }
        seen.push(target);
    }
    Ok(())
}

/// Writes every report, even when another cannot be written. Returns the last error; the others are printed.
fn write_report_files(
    reports: &[(Format, PathBuf)],
    run: &Run,
    console: &Console,
) -> Option<Error> {
    let mut failed: Option<Error> = None;
    for (format, path) in reports {
        let written = format.write(run).and_then(|bytes| write(path, &bytes));
        if let Err(why) = written {
            let error = Error::io(
                format!("cannot write {}: {}", path.display(), error::reason(&why)),
                "check that its folder exists and is writable",
            );
            if let Some(earlier) = failed.replace(error) {
                console.error(&earlier);
            }
        }
    }
    failed
}

/// Writes a file of any kind. The user is told while a pipe is opened that no program reads.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_stored = fs::metadata(path).is_ok_and(|about| about.is_file());
    let waiting = (!is_stored)
        .then(|| Waiting::new(format!("waiting for {}: no program reads it yet", path.display())));
    let mut file = File::create(path)?;
    drop(waiting);
    file.write_all(bytes)
}

/// The file that a path names, which may not exist yet.
fn target(path: &Path) -> PathBuf {
    if let Ok(target) = path.canonicalize() {
        return target;
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
