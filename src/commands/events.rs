//! `cz-hook events`: the events that providers document, and whether a body is as documented.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::capture::journal::Filter;
use crate::config::Settings;
use crate::error::{Error, Exit};
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::output::types::{self, EventSchema, Language};
use crate::output::{delivery, payload};
use crate::webhook::analysis::{Analysis, Analyzer};
use crate::webhook::payload::Event;
use crate::webhook::payload::json::{parse_body, without_bom};
use crate::webhook::payload::validate::Validity;
use crate::webhook::provider::Payload;
use crate::webhook::provider::folder::Fixture;
use crate::webhook::record::ValidationPart;
use crate::webhook::signature::SignatureContext;

use super::shared::capture::{Capture, no_deliveries, open_capture};
use super::shared::input::InputOptions;
use super::shared::sample::{find_event, find_sample};

/// The word for the user's own samples, where others are documented or illustrative.
const OWN: &str = "own";

#[derive(Debug)]
pub struct EventsOptions {
    pub action: EventsAction,
    pub json: bool,
}

#[derive(Debug)]
pub enum EventsAction {
    List { provider: Option<String>, search: Option<String> },
    Show { event: String, provider: Option<String>, channel: Option<String> },
    Schema { event: String, provider: Option<String> },
    Types { language: Language, provider: Vec<String>, events: Vec<String> },
    Validate { file: Option<PathBuf>, provider: Option<String>, input: InputOptions },
}

pub fn run(options: &EventsOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let as_json = options.json;
    match &options.action {
        EventsAction::List { provider, search } => {
            list(provider.as_deref(), search.as_deref(), settings, as_json, console)?;
        }
        EventsAction::Show { event, provider, channel } => {
            let (provider, channel) = (provider.as_deref(), channel.as_deref());
            let sample = find_sample(settings, provider, event, channel, console)?;
            let payload = sample.documented.map(|event| event.payload);
            if payload == Some(Payload::Illustrative) {
                let document = &sample.provider.document;
                console.note(&format!("illustrative: {document} publishes no data for {event}"));
            }
            if sample.provider.envelope.form {
                console.print(&[sample.body, b"\n"].concat())?;
            } else {
                print_document(sample.body, as_json, console)?;
            }
        }
        EventsAction::Schema { event, provider } => {
            let provider = settings.producing(provider.as_deref())?;
            let event = find_event(settings.catalog, provider, event)?;
            print_document(&settings.catalog.schema(provider, event), as_json, console)?;
        }
        EventsAction::Types { language, provider, events } => {
            console.print(&print_types(*language, provider, events, settings)?)?;
        }
        EventsAction::Validate { file, provider, input } => {
            let capture = open_capture(file.as_deref(), false, input, console)?;
            return validate_all(capture, provider.as_deref(), settings, as_json, console);
        }
    }
    Ok(Exit::Success)
}

/// The types of these events' bodies; without names, of all events of the providers.
fn print_types(
    language: Language,
    providers: &[String],
    names: &[String],
    settings: &Settings,
) -> Result<Vec<u8>, Error> {
    let catalog = settings.catalog;
    let providers: Vec<_> = match providers.is_empty() {
        true => vec![settings.producing(None)?],
        false => {
            providers.iter().map(|name| settings.producing(Some(name))).collect::<Result<_, _>>()?
        }
    };
    let mut events = Vec::new();
    for provider in providers {
        match names.is_empty() {
            true => events.extend(provider.events.iter().map(|event| (provider, event))),
            false => {
                for name in names {
                    events.push((provider, find_event(catalog, provider, name)?));
                }
            }
        }
    }
    let mut schemas: Vec<EventSchema<'_>> = Vec::new();
    for (provider, event) in events {
        let schema = parse_body(&catalog.schema(provider, event))
            .map(|document| document.root().to_value(&mut Vec::new()))
            .map_err(|why| {
                let message = format!("the schema of {} is not JSON: {why}", event.name);
                Error::usage(message, "correct the file")
            })?;
        let is_known = |known: &EventSchema<'_>| {
            (known.provider, known.event) == (provider.name.as_str(), event.name.as_str())
        };
        if !schemas.iter().any(is_known) {
            schemas.push(EventSchema { provider: &provider.name, event: &event.name, schema });
        }
    }
    Ok(types::write(language, &schemas).into_bytes())
}

fn list(
    provider: Option<&str>,
    search: Option<&str>,
    settings: &Settings,
    as_json: bool,
    console: &Console,
) -> Result<(), Error> {
    let catalog = settings.catalog;
    let providers: Vec<_> = match provider {
        Some(name) => vec![settings.producing(Some(name))?],
        None => catalog.providers().collect(),
    };
    let search = search.map(str::to_lowercase);
    let matches = |texts: &[&str]| {
        let text = search.as_deref().unwrap_or_default();
        texts.iter().any(|one| one.to_lowercase().contains(text))
    };
    let events: Vec<_> = providers
        .iter()
        .flat_map(|p| p.events.iter().map(move |e| (*p, e)))
        .filter(|(p, e)| matches(&[&p.name, &p.title, &e.name, &e.summary]))
        .collect();
    let fixtures = settings.fixtures()?;
    let own: Vec<&Fixture> = fixtures
        .iter()
        .filter(|own| providers.iter().any(|p| p.name == own.provider.name))
        .filter(|own| matches(&[&own.provider.name, &own.name]))
        .collect();
    if events.is_empty() && own.is_empty() {
        return Err(Error::usage(
            "no event matches the search",
            "`cz-hook events` lists all of them, `cz-hook providers` their providers",
        ));
    }
    if as_json {
        let lines: Vec<u8> = events
            .iter()
            .map(|(provider, event)| Listed {
                provider: &provider.name,
                event: &event.name,
                channels: &event.channels,
                payload: event.payload.word(),
                summary: &event.summary,
                document: &provider.document,
            })
            .chain(own.into_iter().map(|own| Listed {
                provider: &own.provider.name,
                event: &own.name,
                channels: own.event.channel.as_slice(),
                payload: OWN,
                summary: "a fixture of yours",
                document: &own.path,
            }))
            .flat_map(|one| json_line::line(&one))
            .collect();
        return console.print(&lines);
    }
    let rows: Vec<_> = events
        .iter()
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
    let names = events.iter().map(|(p, _)| p.name.as_str());
    let names: Vec<_> = names.chain(own.iter().map(|own| own.provider.name.as_str())).collect();
    let text = table::text(heads, &rows, console.out);
    console.print(grouped(&text, &names).as_bytes())?;
    if console.verbose {
        for p in providers.iter().filter(|p| names.contains(&p.name.as_str())) {
            console.note(&format!("{} is {}: {}", p.name, p.title, p.document));
        }
    }
    if events.iter().any(|(_, event)| event.payload == Payload::Illustrative) {
        console.note("illustrative: the document names the event and publishes no data for it");
    }
    Ok(())
}

/// A table with a blank line before each group of rows; `groups` are the groups of the rows.
fn grouped(text: &str, groups: &[&str]) -> String {
    let mut lines = text.lines();
    let mut out = lines.next().unwrap_or_default().to_owned() + "\n";
    for (i, line) in lines.enumerate() {
        if i > 0 && groups.get(i) != groups.get(i - 1) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A JSON document: indented for a terminal, on one line with `--json`.
fn print_document(text: &[u8], as_json: bool, console: &Console) -> Result<(), Error> {
    if as_json {
        let document = parse_body(text).map_err(|why| {
            let hint = "this is a bug: please report it";
            Error::usage(format!("it is not JSON: {why}"), hint)
        })?;
        console.print(&json_line::line(&document.root().to_value(&mut Vec::new())))
    } else {
        console.print(payload::whole(without_bom(text), console.out).as_bytes())
    }
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
        context: SignatureContext::default(),
    };
    let mut all = 0_u64;
    let mut invalid = 0_u64;
    capture.each(&Filter::default(), settings.catalog, |record| {
        let found = analyzer.analyze(&record.delivery, Timestamp::UNIX_EPOCH);
        all += 1;
        invalid += u64::from(found.validation.verdict != Validity::Valid);
        show_validation(&found, as_json, console).map(|()| true)
    })?;
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
    let Event { name, channel, .. } = &found.identity.event;
    console.print(&json_line::line(&Validated {
        provider: found.identity.provider.map(|p| p.name.as_str()),
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
