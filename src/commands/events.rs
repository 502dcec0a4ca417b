//! `cz-hook events`: what providers document, and whether a body is that.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::capture::journal::Filter;
use crate::cli::events::{Action, EventsArgs};
use crate::config::Settings;
use crate::error::Error;
use crate::error::Exit;
use crate::output::console::Console;
use crate::output::json::{self, ValidationPart};
use crate::output::table::{self, Cell};
use crate::output::{delivery, payload};
use crate::webhook::analysis::{Analysis, Analyzer, without_bom};
use crate::webhook::payload::event::Event;
use crate::webhook::payload::validate::Validity;
use crate::webhook::provider::fixture::Fixture;
use crate::webhook::provider::{EventSpec, Payload, Provider};

use super::shared::capture::{Capture, no_deliveries, open_capture};
use super::{lookup, samples};

/// The word for the user's own samples, where others are documented or illustrative.
const OWN: &str = "own";

pub fn run(args: &EventsArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    match &args.action {
        None => list(None, settings, args.json, console),
        Some(Action::List { provider }) => list(provider.as_deref(), settings, args.json, console),
        Some(Action::Show {
            event,
            provider,
            channel,
        }) => show(
            event,
            provider.as_deref(),
            channel.as_deref(),
            settings,
            args.json,
            console,
        ),
        Some(Action::Schema { event, provider }) => {
            schema(event, provider.as_deref(), settings, args.json, console)
        }
        Some(Action::Validate { file, provider }) => {
            let capture = open_capture(file.as_deref(), None, console)?;
            validate_all(capture, provider.as_deref(), settings, args.json, console)
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
            .flat_map(|one| json::line(&one))
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
    let sample = samples::find(settings, provider, name, channel, console)?;
    if sample
        .documented
        .is_some_and(|event| event.payload == Payload::Illustrative)
    {
        console.note(&format!(
            "illustrative: {} publishes no data for {name}",
            sample.provider.document
        ));
    }
    document(without_bom(sample.json), as_json, console)
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
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        console.print(&json::line(&value))?;
    } else {
        console.print(payload::whole(text, console.out).as_bytes())?;
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
        // A gate does not open on nothing.
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
    console.print(&json::line(&Validated {
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
