//! `cz-hook inspect`: what is in a capture, as a list, one by one, or in another format.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::journal::{Filter, Journal, JournalError, Keep};
use crate::capture::{curl, har, write};
use crate::config::{SecretOptions, Settings};
use crate::diagnose::Effort;
use crate::error::{Error, Exit};
use crate::escape;
use crate::output::console::Console;
use crate::output::style::{Palette, elapsed};
use crate::output::{capture_list, delivery, diagnosis, payload, wrap};
use crate::webhook::analysis::Analyzer;
use crate::webhook::payload::json::parse_body;
use crate::webhook::privacy::{Redactor, Rules};
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::Secret;

use super::shared::capture::{Capture, analysis, journal_error, open_partial_capture};
use super::shared::explainer::Explainer;
use super::shared::fixture;
use super::shared::input::InputOptions;
use super::shared::random_key;
use super::shared::redaction::{RedactOptions, Redaction};
use super::shared::signing::ContextOptions;

/// The options of `inspect`.
#[derive(Debug)]
pub struct InspectOptions {
    /// The capture; `None` is standard input.
    pub file: Option<PathBuf>,
    /// Which deliveries; its `id` is the one to show.
    pub filter: Filter,
    /// The format to print; `None` prints human-readable text, or the list.
    pub format: Option<OutputFormat>,
    pub json: bool,
    /// Only remove deliveries from the journal, and keep these.
    pub prune: Option<Keep>,
    /// List all deliveries, also on a terminal.
    pub all: bool,
    pub input: InputOptions,
    /// With these secrets the signature of the one delivery is checked again.
    pub secrets: SecretOptions,
    pub context: ContextOptions,
    pub effort: Option<Effort>,
    /// Replace what is private.
    pub redact: Option<RedactOptions>,
    /// Where files are written.
    pub out: Option<PathBuf>,
}

/// The formats that deliveries are printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    Http,
    Curl,
    Har,
    Ndjson,
    /// A line of NDJSON, indented.
    Json,
    Body,
    Postman,
    Httpie,
    Fetch,
    Python,
    Pytest,
    Vitest,
    /// Files: a sample without private values, and a schema.
    Fixture,
}

impl OutputFormat {
    /// Whether one file of this format holds several deliveries.
    fn holds_several(self) -> bool {
        matches!(self, Self::Har | Self::Postman | Self::Pytest | Self::Vitest)
    }

    /// The form of several deliveries, for a format that holds them in one file.
    fn several(self, records: &[DeliveryRecord]) -> Option<Result<Vec<u8>, Error>> {
        Some(match self {
            Self::Har => Ok(har::write(records)),
            Self::Postman => write::postman(records).map_err(not_held),
            Self::Pytest => Ok(write::pytest(records)),
            Self::Vitest => write::vitest(records).map_err(not_held),
            _ => return None,
        })
    }
}

/// The error of a form that cannot hold a delivery.
fn not_held(why: String) -> Error {
    Error::usage(
        format!("the delivery cannot be written in this format: {why}"),
        "--as curl, --as http, --as har and --as ndjson hold every delivery",
    )
}

pub fn run(
    options: &InspectOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let is_one = options.filter.id.is_some();
    let is_checked = is_one && options.format.is_none() && !options.json;
    let has_secret = !options.secrets.is_empty();
    if options.redact.is_some() && !is_one && options.format.is_none() {
        return Err(Error::usage(
            "--redact changes deliveries, and this lists them",
            "name one by its ID, or convert all with --as ndjson or --as har",
        ));
    }
    if options.out.is_some() != (options.format == Some(OutputFormat::Fixture)) {
        return Err(Error::usage("--as fixture and --out DIR are only used together", "give both"));
    }
    if has_secret && !is_checked && options.redact.is_none() && options.out.is_none() {
        return Err(Error::usage(
            "a secret was given, and no signature is checked: that is done where one delivery is shown",
            "name it by its ID, without --as and --json; `cz-hook verify` checks all of them",
        ));
    }
    if let (Some(keep), Some(file)) = (options.prune, &options.file) {
        return prune(file, keep, options.json, console);
    }
    let capture = open_partial_capture(options.file.as_deref(), &options.input, console)?;
    let (filter, catalog) = (&options.filter, settings.catalog);
    if let Some(folder) = &options.out {
        let rules = options.redact.clone().unwrap_or_default().rules();
        let secrets = console.show_notes(settings.verifying_secrets(&options.secrets)?);
        let rules = Rules { fixes_times: true, secrets, ..rules };
        let mut redactor = Redactor::new(&random_key()?, rules);
        let all = capture.collect(filter, catalog)?;
        if all.is_empty() {
            return Err(nothing());
        }
        fixture::write(&all, folder, &mut redactor, catalog, console)?;
        return Ok(Exit::Success);
    }
    if options.redact.is_some() {
        return redacted(capture, options, settings, console);
    }
    match (options.format, filter.id) {
        (None, None) => list(capture, options, catalog, console)?,
        (format, Some(_)) => {
            let mut all = capture.collect(filter, catalog)?;
            let record = all.pop().ok_or_else(nothing)?;
            match (format, options.json) {
                (Some(format), _) => print(&record, format, console)?,
                (None, true) => print(&record, OutputFormat::Ndjson, console)?,
                (None, false) => {
                    let secrets = settings.verifying_secrets(&options.secrets)?;
                    show(&record, console.show_notes(secrets), options, settings, console)?;
                }
            }
        }
        // One by one, as they are read: a journal may hold more than memory does.
        (Some(OutputFormat::Ndjson), None) => capture.each(filter, catalog, |record| {
            print(&record, OutputFormat::Ndjson, console)?;
            Ok(!console.is_closed())
        })?,
        (Some(OutputFormat::Har), None) => {
            let mut archive = har::HarWriter::default();
            capture.each(filter, catalog, |record| {
                console.print(&archive.entry(&record))?;
                Ok(!console.is_closed())
            })?;
            console.print(&archive.end())?;
        }
        (Some(format), None) => {
            let all = capture.collect(filter, catalog)?;
            match (format.several(&all), all.as_slice()) {
                (Some(text), [_, ..]) => console.print_raw(&text?)?,
                (_, [only]) => print(only, format, console)?,
                (_, several) => return Err(not_one(several.len())),
            }
        }
    }
    Ok(Exit::Success)
}

fn not_one(count: usize) -> Error {
    match count {
        0 => nothing(),
        count => Error::usage(
            format!("this format holds one delivery, but {count} match"),
            "name one by its ID, or convert them all with --as ndjson or --as har",
        ),
    }
}

/// The same without what is private.
fn redacted(
    capture: Capture,
    options: &InspectOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let secrets = console.show_notes(settings.verifying_secrets(&options.secrets)?);
    let provider = settings.receiving(options.filter.provider.as_deref())?;
    let given = options.redact.clone().unwrap_or_default();
    let new = || {
        Redaction::new(
            &given,
            settings,
            secrets.clone(),
            provider,
            &options.context,
            options.effort,
        )
    };
    let (filter, catalog) = (&options.filter, settings.catalog);
    if (options.format, filter.id) == (Some(OutputFormat::Ndjson), None) {
        let mut redaction = new()?;
        capture.each(filter, catalog, |record| {
            print(&redaction.redact(&record), OutputFormat::Ndjson, console)?;
            Ok(!console.is_closed())
        })?;
        redaction.tell(console);
        return Ok(Exit::Success);
    }
    let all = capture.collect(filter, catalog)?;
    if all.is_empty() || all.len() > 1 && !options.format.is_some_and(OutputFormat::holds_several) {
        return Err(not_one(all.len()));
    }
    // The sender's program may serialize a replaced number differently, which changes the diagnosis: try other
    // replacements.
    const ATTEMPTS: usize = 8;
    let mut tried = 0;
    let (redaction, changed) = loop {
        let mut redaction = new()?;
        let changed: Vec<_> = all.iter().map(|record| redaction.redact(record)).collect();
        tried += 1;
        if redaction.is_same() || tried == ATTEMPTS || all.len() > ATTEMPTS {
            break (redaction, changed);
        }
    };
    match (options.format, changed.as_slice()) {
        (Some(format), all) => match format.several(all) {
            Some(text) => console.print_raw(&text?)?,
            None => all.iter().try_for_each(|record| print(record, format, console))?,
        },
        (None, all) if options.json => {
            all.iter().try_for_each(|record| print(record, OutputFormat::Ndjson, console))?;
        }
        (None, all) => all.iter().try_for_each(|record| {
            let secrets = if secrets.is_empty() { vec![] } else { redaction.throwaways() };
            show(record, secrets, options, settings, console)
        })?,
    }
    redaction.tell(console);
    Ok(Exit::Success)
}

/// Removes all deliveries of a journal except those to keep, and prints how many.
fn prune(file: &Path, keep: Keep, as_json: bool, console: &Console) -> Result<Exit, Error> {
    let deliveries = |count| match count {
        1 => "1 delivery".to_owned(),
        count => format!("{count} deliveries"),
    };
    let (removed, left) =
        Journal::prune_file(file, keep).map_err(|(error, removed)| match error {
            JournalError::NotAJournal => Error::usage(
                format!(
                    "{} is not a journal: --prune removes deliveries from journals only",
                    file.display()
                ),
                "name a file of `listen --record`; edit other captures with a text editor",
            ),
            error if removed > 0 => Error::io(
                format!(
                    "removed {} from {}, and not all: {error}",
                    deliveries(removed),
                    file.display()
                ),
                error.hint(),
            ),
            error => journal_error(file, &error),
        })?;
    if as_json {
        console.print(&capture_list::pruned_json_line(removed, left))?;
    } else {
        console.report(&format!("removed {}, {left} left\n", deliveries(removed)))?;
    }
    Ok(Exit::Success)
}

fn nothing() -> Error {
    Error::usage(
        "there is no such delivery in the capture",
        "`cz-hook inspect FILE` lists what there is",
    )
}

/// Lists the newest deliveries on a terminal, unless the user selects others; elsewhere lists all, as they are read.
fn list(
    capture: Capture,
    options: &InspectOptions,
    catalog: &'static Catalog,
    console: &Console,
) -> Result<(), Error> {
    const MAX_LISTED: usize = 50;
    let filter = &options.filter;
    if console.is_terminal() && !options.json && !options.all {
        let last = filter.last.and_then(|last| usize::try_from(last).ok());
        let (newest, count) = capture.newest(filter, last.unwrap_or(MAX_LISTED), catalog)?;
        if newest.is_empty() {
            console.note(NO_MATCH);
            return Ok(());
        }
        let text = capture_list::table(&newest, console.out, console.columns());
        console.print(text.as_bytes())?;
        let older = count - newest.len() as u64;
        if last.is_none() && older > 0 {
            let more = format!("{older} older deliveries are not listed: --all lists all of them");
            console.note(&(more + ", --last N the newest N"));
        }
        return Ok(());
    }
    let mut table = capture_list::Table::new(console.out);
    let mut is_empty = true;
    capture.list(filter, catalog, |batch| {
        is_empty &= batch.is_empty();
        let text = match options.json {
            true => batch.iter().flat_map(capture_list::json_line).collect(),
            false => table.rows(&batch).into_bytes(),
        };
        console.print(&text)?;
        Ok(!console.is_closed())
    })?;
    if is_empty && !options.json {
        console.note(NO_MATCH);
    }
    Ok(())
}

const NO_MATCH: &str = "no delivery matches the filters";

fn print(record: &DeliveryRecord, format: OutputFormat, console: &Console) -> Result<(), Error> {
    let request = &record.delivery;
    match format {
        OutputFormat::Http => console.print_raw(&request.to_wire(usize::MAX)),
        OutputFormat::Curl => console.print_raw(&curl::exact(request)),
        OutputFormat::Body => console.print_raw(&request.body),
        // Written before.
        OutputFormat::Fixture => Ok(()),
        OutputFormat::Httpie => console.print_raw(&write::httpie(request).map_err(not_held)?),
        OutputFormat::Fetch => console.print_raw(&write::fetch(request).map_err(not_held)?),
        OutputFormat::Python => console.print_raw(&write::python(request)),
        OutputFormat::Har | OutputFormat::Postman | OutputFormat::Pytest | OutputFormat::Vitest => {
            let text = format.several(std::slice::from_ref(record)).transpose()?;
            console.print_raw(&text.unwrap_or_default())
        }
        OutputFormat::Ndjson => console.print(&delivery::json_line(record, None)),
        OutputFormat::Json => console
            .print(payload::whole(&delivery::json_line(record, None), console.out).as_bytes()),
    }
}

/// One delivery, human-readable: what is known of it, the signature checked again if there is a secret, headers
/// and body.
fn show(
    record: &DeliveryRecord,
    secrets: Vec<Secret>,
    options: &InspectOptions,
    settings: &Settings,
    console: &Console,
) -> Result<(), Error> {
    let p = console.out;
    let mut listed = record.clone();
    listed.analysis = Some(analysis(record, settings.catalog).into_owned());
    let mut text = capture_list::table(&[listed], p, console.columns());
    let is_checked = !secrets.is_empty();
    let mut about = match is_checked {
        true => check_again(record, secrets, options, settings, console)?,
        false => String::new(),
    };
    add_recorded(record, is_checked, console, &mut about);
    text.push_str(&wrap::lines(&about, console.columns()));
    text.push_str(&delivery::head(&record.delivery, p, ""));
    delivery::encoding(&record.delivery, p, &mut text);
    text.push_str(&body(&record.delivery.decoded_body(), p));
    if let Some(found) = &record.analysis {
        let (errors, notes) = (&found.validation.errors, &found.validation.notes);
        delivery::findings(errors, notes, p, &mut text);
    }
    console.report(&text)
}

/// What the listener that recorded it found and did. Its verdict on the signature is left out when that was
/// checked again.
fn add_recorded(record: &DeliveryRecord, is_checked: bool, console: &Console, text: &mut String) {
    let Some(found) = &record.analysis else {
        return;
    };
    let p = console.out;
    if !is_checked && (delivery::says_why(found.signature.verdict) || console.verbose) {
        delivery::remark(p, "signature", &found.signature.reason, text);
    }
    if let Some(first) = record.duplicate_of {
        delivery::remark(p, "body", &delivery::repeats(first), text);
    }
    if let Some(fault) = &record.injected {
        delivery::remark(p, "injected", fault, text);
    }
    if let Some(duration) = record.duration.filter(|_| console.verbose) {
        let from = record.delivery.peer;
        let from = from.map_or_else(String::new, |peer| format!(", to {peer}"));
        let took = elapsed(duration);
        delivery::remark(p, "response", &format!("in {took}{from}"), text);
    }
    if let Some(forwarded) = &record.forwarded {
        delivery::endpoint(forwarded, p, text);
    }
}

/// The verdict under the secrets at hand, and why it is not a better one.
fn check_again(
    record: &DeliveryRecord,
    secrets: Vec<Secret>,
    options: &InspectOptions,
    settings: &Settings,
    console: &Console,
) -> Result<String, Error> {
    let delivery = &record.delivery;
    let analyzer = Analyzer {
        catalog: settings.catalog,
        provider: settings.receiving(options.filter.provider.as_deref())?,
        secrets,
        allow_unsigned: false,
        context: options.context.context(settings),
    };
    let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
    let found = analyzer.identify(delivery, moment);
    let verdict = found.signature.verdict;
    let mut text = format!(
        "signature {}  {}\n",
        console.out.verdict(verdict),
        escape::line(found.signature.reason.as_bytes())
    );
    let explainer = Explainer::new(settings, analyzer.context.clone(), options.effort);
    let diagnosis = explainer.explain(verdict, delivery, found.provider, &analyzer.secrets);
    if let Some(diagnosis) = diagnosis {
        text.push_str(&diagnosis::block(&diagnosis, console.out, console.width()));
    }
    Ok(text)
}

fn body(body: &[u8], p: Palette) -> String {
    const MAX_SHOWN: usize = 4096;
    match parse_body(body) {
        Ok(_) => payload::pretty(body, p, "  "),
        Err(_) => delivery::no_json(body, MAX_SHOWN, "--as body"),
    }
}
