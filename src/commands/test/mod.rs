//! `cz-hook test`: runs the conformance cases against an endpoint and reports the results.

mod contract;

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{SecretOptions, Settings, VerifyToken};
use crate::conformance::{
    self, CONTRACT_SCHEMA, Case, Plan, RequestBuilder, Run, Runner, Severity, StoppedBy,
    matches_any, unmatched,
};
use crate::error::{self, Error, Exit};
use crate::http::{Endpoint, Transport};
use crate::output::console::Console;
use crate::output::reports::{self, Format};
use crate::uuid;
use crate::waiting::Waiting;
use crate::webhook::provider::Provider;
use crate::webhook::signature::Secret;

use super::send::{Signer, headers as sent_headers};
use super::shared::interrupts::Interrupts;
use super::shared::progress_bar;
use super::shared::runtime::{self, cannot_start};
use super::shared::signing::SigningOptions;
use contract::{ContractFile, Prepared};

#[derive(Debug)]
pub struct TestOptions {
    /// The endpoint; `None` lists the cases.
    pub url: Option<String>,
    pub secret: SecretOptions,
    /// What the verify token of a handshake is, if not the environment's or the profile's.
    pub verify_token: Option<VerifyToken>,
    pub signing: SigningOptions,
    pub provider: Option<String>,
    /// The file with the contract of the endpoint.
    pub contract: Option<PathBuf>,
    /// Print the JSON Schema of contracts, and do nothing else.
    pub contract_schema: bool,
    pub only: Vec<String>,
    pub skip: Vec<String>,
    pub tolerate: Vec<String>,
    pub strict: bool,
    pub fail_fast: bool,
    pub concurrency: usize,
    /// How many times every case is run.
    pub repeat: usize,
    /// How long the endpoint may take until it accepts connections.
    pub wait: Option<Duration>,
    /// Headers of every request, in addition to the delivery's.
    pub headers: Vec<(String, Vec<u8>)>,
    pub transport: Transport,
    /// The reports and their files; `-` is standard output.
    pub reports: Vec<(Format, PathBuf)>,
    pub json: bool,
}

pub fn run(options: &TestOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    if options.contract_schema {
        console.print(CONTRACT_SCHEMA.as_bytes())?;
        return Ok(Exit::Success);
    }
    let selection = select(options, settings, console)?;
    // The endpoint has to be named: a test is not for whatever endpoint a profile has.
    let Some(url) = &options.url else {
        let cases = &selection.cases;
        match options.json {
            true => console.print(&reports::list_json(cases))?,
            false => {
                let list = reports::list(cases, console.out, console.width());
                console.print(list.as_bytes())?;
            }
        }
        return Ok(Exit::Success);
    };
    check_report_files(options)?;
    let endpoint = Endpoint::parse(url)?;
    let secret = console.show_notes(settings.signing_secret(&options.secret, true)?);
    let plan = prepare(options, settings, selection, secret, &endpoint, console)?;
    let (ended, found) = run_repeatedly(plan, options, console)?;
    // A stopped run is reported, too: an older report must not pass for this one's. When no case could run, there
    // is nothing to report.
    let has_begun = ended.is_ok() || found.summary.stopped.is_some();
    let reports = if has_begun { &options.reports[..] } else { &[] };
    let unwritten = write_report_files(reports, &found, console);
    let on_github = OnGithub::detected();
    if has_begun {
        on_github.summarize(&found, console);
    }
    if let Err(error) = ended {
        unwritten.iter().for_each(|error| console.error(error));
        on_github.annotate(&found, console);
        return Err(error);
    }
    if options.json {
        console.print(&reports::lines(&found))?;
        on_github.annotate(&found, console);
    } else {
        let to_stdout = options.reports.iter().any(|(_, path)| is_stdout(path));
        let palette = if to_stdout { console.err } else { console.out };
        let text = reports::human(&found, palette, console.verbose, console.width());
        let text = on_github.quoted(&text);
        if to_stdout {
            console.summary(text.trim_end());
            on_github.annotate(&found, console);
        } else {
            console.report(&text)?;
            // After the report, in the same stream: GitHub takes no line of the report for a command.
            console.print(on_github.annotations(&found).as_bytes())?;
        }
    }
    unwritten.map_or_else(|| Ok(exit(&found)), Err)
}

/// What a run consists of.
pub(super) struct Selection<'s> {
    /// The provider that the command line or the contract names.
    flag: Option<String>,
    provider: &'s Provider,
    contract: Option<Prepared>,
    cases: Vec<Case>,
    /// How many cases are not selected.
    left_out: usize,
}

/// The cases that the options select, with those of the contract first.
pub(super) fn select<'s>(
    options: &TestOptions,
    settings: &'s Settings,
    console: &Console,
) -> Result<Selection<'s>, Error> {
    let contract = options.contract.as_deref().map(ContractFile::read).transpose()?;
    let flag = options.provider.as_deref();
    // The user named the contract, so its provider is as good as one of the command line.
    let flag = match &contract {
        Some(contract) => contract.provider(flag)?.map(str::to_owned),
        None => flag.map(str::to_owned),
    };
    let provider = settings.producing(flag.as_deref())?;
    let contract =
        contract.map(|contract| contract.prepare(provider, settings, console)).transpose()?;
    let mut all: Vec<Case> = contract.iter().flat_map(|contract| contract.cases()).collect();
    all.extend(conformance::list(settings.catalog, provider, options.strict));
    let total = all.len();
    let cases = selected(options, all)?;
    Ok(Selection { flag, provider, contract, left_out: total - cases.len(), cases })
}

/// The plan of a run against an endpoint.
pub(super) fn prepare<'p>(
    options: &TestOptions,
    settings: &'p Settings,
    selection: Selection<'p>,
    secret: Option<Secret>,
    endpoint: &'p Endpoint,
    console: &Console,
) -> Result<Plan<'p>, Error> {
    let (catalog, provider) = (settings.catalog, selection.provider);
    if provider.needs_secret() && secret.is_none() {
        return Err(settings.no_secret("sign"));
    }
    let verify_token = settings.verify_token(options.verify_token.as_ref())?;
    let verify_token = console.show_notes(verify_token);
    if secret.is_some() {
        let flag = selection.flag.as_deref();
        options.signing.check_disclosure(settings, flag, provider)?;
    }
    let scheme = match &secret {
        Some(secret) if provider.signs() => Some(options.signing.scheme(provider, secret)?),
        _ => None,
    };
    let context = options.signing.context.context(settings);
    let headers = sent_headers(options.headers.clone())?;
    let signer = Signer {
        headers: headers.clone(),
        secret: secret.clone(),
        context: context.clone(),
        options: options.signing.clone(),
        method: "POST".to_owned(),
    };
    let contract = selection.contract.map(|contract| contract.steps(endpoint, &signer, &headers));
    let builder = RequestBuilder::new(catalog, provider, scheme, secret, context, endpoint.clone())
        .map_err(|why| {
            Error::usage(
                format!("there are no deliveries of {}: {why}", provider.name),
                "choose another provider",
            )
        })?;
    let builder = builder.with_verify_token(verify_token).with_headers(headers);
    Ok(Plan {
        catalog,
        provider,
        endpoint,
        builder,
        contract: contract.transpose()?.unwrap_or_default(),
        left_out: selection.left_out,
        strict: options.strict,
        concurrency: options.concurrency,
        fail_fast: options.fail_fast,
        tolerate: options.tolerate.clone(),
        wait: options.wait,
        cases: selection.cases,
    })
}

/// Runs the cases as often as asked for, until a run is stopped.
fn run_repeatedly(
    mut plan: Plan<'_>,
    options: &TestOptions,
    console: &Console,
) -> Result<(Result<(), Error>, Run), Error> {
    let mut runs = Vec::new();
    loop {
        let template = "{spinner} {pos} of {len} cases, {elapsed}";
        let progress = progress_bar(Some(plan.cases.len() as u64), template, 8, console);
        let bar = progress.clone();
        let done = move |done| bar.set_position(done as u64);
        let runner = Runner::new(plan.clone(), &options.transport, done)?;
        let ended = runtime::sending(|runtime| runtime.block_on(until_interrupted(&runner)));
        progress.finish_and_clear();
        let found = runner.finish();
        let is_last = ended.is_err() || found.summary.stopped.is_some();
        runs.push(found);
        if is_last || runs.len() >= options.repeat {
            let merged = Run::merged(runs).ok_or_else(|| Error::usage("no run was made", ""))?;
            return Ok((ended, merged));
        }
        // It accepts connections already.
        plan.wait = None;
    }
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

/// Rejects two reports for one file, where the second would replace the first, and two outputs on standard output.
fn check_report_files(options: &TestOptions) -> Result<(), Error> {
    let reports = &options.reports;
    if options.json && reports.iter().any(|(_, path)| is_stdout(path)) {
        return Err(Error::usage(
            "--json and a report are both for standard output",
            "leave out --json, or give the report a file",
        ));
    }
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
        let written = format.write(run).and_then(|bytes| match is_stdout(path) {
            true => Ok(console.print(&bytes)),
            false => write(path, &bytes).map(Ok),
        });
        let written = written.unwrap_or_else(|why| Err(Error::writing(path, &why)));
        if let Err(error) = written
            && let Some(earlier) = failed.replace(error)
        {
            console.error(&earlier);
        }
    }
    failed
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether this is a step of a GitHub workflow, and where the summary of its job is.
struct OnGithub {
    is_on: bool,
    summary: Option<PathBuf>,
}

impl OnGithub {
    fn detected() -> Self {
        let is_on = env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let summary = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| is_on && !path.is_empty());
        Self { is_on, summary: summary.map(PathBuf::from) }
    }

    /// The report, of which GitHub takes no line for a command.
    fn quoted(&self, text: &str) -> String {
        match self.is_on {
            true => reports::quoted(text, &uuid::random()),
            false => text.to_owned(),
        }
    }

    /// An annotation for each finding, if GitHub reads them.
    fn annotations(&self, run: &Run) -> String {
        if self.is_on { reports::annotations(run) } else { String::new() }
    }

    /// Writes the annotations on standard error, which GitHub reads as well, where standard output has data.
    fn annotate(&self, run: &Run, console: &Console) {
        self.annotations(run).lines().for_each(|line| console.say(line));
    }

    /// Adds the findings to the summary of the job.
    fn summarize(&self, run: &Run, console: &Console) {
        let Some(path) = &self.summary else {
            return;
        };
        let text = reports::job_summary(run);
        let file = File::options().append(true).create(true).open(path);
        if let Err(why) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
            let why = error::reason(&why);
            console.warn(
                &format!("cannot write the summary of the job to {}: {why}", path.display()),
                "check GITHUB_STEP_SUMMARY",
            );
        }
    }
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
