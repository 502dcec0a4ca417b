//! `cz-hook events`: the events that providers document, and whether a body is as documented.

use std::ops::ControlFlow;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::capture::journal::Filter;
use crate::config::Settings;
use crate::error::Error;
use crate::error::Exit;
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::output::{delivery, payload};
use crate::webhook::analysis::{Analysis, Analyzer};
use crate::webhook::payload::Event;
use crate::webhook::payload::json::{parse_body, without_bom};
use crate::webhook::payload::validate::Validity;
use crate::webhook::provider::folder::Fixture;
use crate::webhook::provider::{EventSpec, Payload, Provider};
use crate::webhook::record::ValidationPart;

use super::shared::capture::{Capture, no_deliveries, open_capture};
use super::shared::lookup;
use super::shared::sample::find_sample;

/// The word for the user's own samples, where others are documented or illustrative.
const OWN: &str = "own";

/// The options of `events`.
#[derive(Debug)]
pub struct EventsOptions {
    pub action: EventsAction,
    /// Whether to print one JSON object per line.
    pub json: bool,
}

/// What `events` does.
#[derive(Debug)]
pub enum EventsAction {
    /// List the events of one provider or of all.
    List { provider: Option<String> },
    /// Print the sample of an event.
    Show {
        event: String,
        provider: Option<String>,
        channel: Option<String>,
    },
    /// Print the JSON Schema of an event.
    Schema {
        event: String,
        provider: Option<String>,
    },
    /// Validate the bodies of a capture.
    Validate {
        file: Option<PathBuf>,
        provider: Option<String>,
    },
}

pub fn run(options: &EventsOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let as_json = options.json;
    match &options.action {
        EventsAction::List { provider } => list(provider.as_deref(), settings, as_json, console),
        EventsAction::Show {
            event,
            provider,
            channel,
        } => show(
            event,
            provider.as_deref(),
            channel.as_deref(),
            settings,
            as_json,
            console,
        ),
        EventsAction::Schema { event, provider } => {
            schema(event, provider.as_deref(), settings, as_json, console)
        }
        EventsAction::Validate { file, provider } => {
            let capture = open_capture(file.as_deref(), None, console)?;
            validate_all(capture, provider.as_deref(), settings, as_json, console)
        }
    }
}

fn list(
    provider: Option<&str>,
    settings: &Settings,
    as_json: bool,
    console: &Console,
) -> Result<Exit, Error> {
    let catalog = settings.catalog;
    let providers: Vec<_> = match provider {
        Some(name) => vec![settings.producing(Some(name))?],
        None => catalog.providers().collect(),
    };
    let events = providers
        .iter()
        .flat_map(|p| p.events.iter().map(move |e| (*p, e)));
    let fixtures = settings.fixtures()?;
    let own: Vec<&Fixture> = fixtures
        .iter()
        .filter(|own| providers.iter().any(|p| p.name == own.provider.name))
        .collect();
    if as_json {
        let lines: Vec<u8> = events
            .map(|(p, e)| listed(p, e))
            .chain(own.into_iter().map(own_listed))
            .flat_map(|one| json_line::line(&one))
            .collect();
        console.print(&lines)?;
        return Ok(Exit::Success);
    }
    let rows: Vec<_> = events
        .map(|(p, e)| {
            let channels = e.channels.join(" ");
            [&p.name, &e.name, e.payload.word(), &channels].map(Cell::from)
        })
        .chain(own.iter().map(|own| {
            let channel = own.event.channel.as_deref().unwrap_or_default();
            [&own.provider.name, &own.name, OWN, channel].map(Cell::from)
        }))
        .collect();
    let heads = ["PROVIDER", "EVENT", "PAYLOAD", "CHANNELS"];
    console.print(table::text(heads, &rows, console.out).as_bytes())?;
    if console.verbose {
        for p in &providers {
            console.note(&format!("{} is {}: {}", p.name, p.title, p.document));
        }
    }
    let mut listed = providers.iter().flat_map(|p| &p.events);
    if listed.any(|event| event.payload == Payload::Illustrative) {
        console.note("illustrative: the document names the event and publishes no data for it");
    }
    Ok(Exit::Success)
}

fn listed<'e>(provider: &'e Provider, event: &'e EventSpec) -> Listed<'e> {
    Listed {
        provider: &provider.name,
        event: &event.name,
        channels: &event.channels,
        payload: event.payload.word(),
        summary: &event.summary,
        document: &provider.document,
    }
}

fn own_listed(own: &Fixture) -> Listed<'_> {
    Listed {
        provider: &own.provider.name,
        event: &own.name,
        channels: own.event.channel.as_slice(),
        payload: OWN,
        summary: "a fixture of yours",
        document: &own.path,
    }
}

fn show(
    name: &str,
    provider: Option<&str>,
    channel: Option<&str>,
    settings: &Settings,
    as_json: bool,
    console: &Console,
) -> Result<Exit, Error> {
    let sample = find_sample(settings, provider, name, channel, console)?;
    if sample
        .documented
        .is_some_and(|event| event.payload == Payload::Illustrative)
    {
        console.note(&format!(
            "illustrative: {} publishes no data for {name}",
            sample.provider.document
        ));
    }
    document(sample.json, as_json, console)
}

fn schema(
    name: &str,
    provider: Option<&str>,
    settings: &Settings,
    as_json: bool,
    console: &Console,
) -> Result<Exit, Error> {
    let provider = settings.producing(provider)?;
    let event = lookup::event(settings.catalog, provider, name)?;
    let text = settings.catalog.schema(provider, event).ok_or_else(|| {
        Error::usage(
            "there is no schema for this event",
            "`cz-hook events` lists what there is",
        )
    })?;
    document(text, as_json, console)
}

/// A JSON document: laid out for people, on one line for programs.
fn document(text: &[u8], as_json: bool, console: &Console) -> Result<Exit, Error> {
    if as_json {
        let document = parse_body(text).map_err(|why| {
            let hint = "this is a bug: please report it";
            Error::usage(format!("it is not JSON: {why}"), hint)
        })?;
        console.print(&json_line::line(&document.root().to_value(&mut Vec::new())))?;
    } else {
        console.print(payload::whole(without_bom(text), console.out).as_bytes())?;
    }
    Ok(Exit::Success)
}

/// Every delivery of a capture; valid when all of them are.
fn validate_all(
    capture: Capture,
    provider: Option<&str>,
    settings: &Settings,
    as_json: bool,
    console: &Console,
) -> Result<Exit, Error> {
    let analyzer = Analyzer {
        catalog: settings.catalog,
        provider: settings.receiving(provider)?,
        secrets: Vec::new(),
        allow_unsigned: false,
    };
    let mut all = 0_u64;
    let mut invalid = 0_u64;
    let mut printed = Ok(());
    capture.each(&Filter::default(), settings.catalog, |record| {
        let found = analyzer.analyze(&record.delivery, Timestamp::UNIX_EPOCH);
        all += 1;
        invalid += u64::from(found.validation.verdict != Validity::Valid);
        printed = show_validation(&found, as_json, console);
        match printed {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    printed?;
    match (all, invalid) {
        (0, _) => Err(no_deliveries()),
        (_, 0) => Ok(Exit::Success),
        _ => Ok(Exit::Failure),
    }
}

fn show_validation(found: &Analysis, as_json: bool, console: &Console) -> Result<(), Error> {
    if !as_json {
        return console.report(&delivery::validated(found, console.out));
    }
    let Event { name, channel, .. } = &found.event;
    console.print(&json_line::line(&Validated {
        provider: found.provider.map(|p| p.name.as_str()),
        event: name.as_deref(),
        channel: channel.as_deref(),
        validation: ValidationPart::from(&found.validation),
    }))
}

/// A line of `events list --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "event")]
struct Listed<'e> {
    provider: &'e str,
    event: &'e str,
    channels: &'e [String],
    payload: &'e str,
    summary: &'e str,
    document: &'e str,
}

/// The line of `events validate --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "validation")]
struct Validated<'v> {
    provider: Option<&'v str>,
    event: Option<&'v str>,
    channel: Option<&'v str>,
    #[serde(flatten)]
    validation: ValidationPart<'v>,
}
