//! `cz-hook inspect`: what is in a capture, as a list, one by one, or in another form.

mod one;

use std::ops::ControlFlow;

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::capture::{Captured, Found, curl, har, ndjson, raw_http};
use crate::cli::inspect::{Form, InspectArgs};
use crate::config::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::report::{json, payload, sanitize, style::Palette, table};
use crate::webhook::catalog::Catalog;

use super::captures::{self, Capture, Selection};

pub fn run(args: &InspectArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let capture = captures::open_what_there_is(args.file.as_deref(), console)?;
    let mut chosen = Selection::of(&args.filter, settings.catalog);
    chosen.filter.id = args.id;
    match (args.form, args.id) {
        (None, None) => list(capture, &chosen, args.json, console),
        (Some(form), Some(id)) => print(&found(capture, &chosen, id)?, form, console),
        (None, Some(id)) => {
            let captured = found(capture, &chosen, id)?;
            match args.json {
                true => print(&captured, Form::Ndjson, console),
                false => one::show(&captured, args, settings, console),
            }
        }
        (Some(Form::Ndjson), None) => convert_lines(capture, &chosen, console),
        (Some(Form::Har), None) => {
            let all = collect(capture, &chosen)?;
            console.print(&har::write(&all))?;
            Ok(Exit::Yes)
        }
        (Some(form), None) => {
            let mut all = collect(capture, &chosen)?;
            match (all.pop(), all.is_empty()) {
                (Some(only), true) => print(&only, form, console),
                (None, _) => Err(nothing()),
                (Some(_), false) => Err(Error::usage(
                    "this form holds one delivery, and there are more",
                    "name one by its ID, or convert them all with --as ndjson or --as har",
                )),
            }
        }
    }
}

fn nothing() -> Error {
    Error::usage(
        "there is no such delivery in the capture",
        "`cz-hook inspect FILE` lists what there is",
    )
}

fn collect(capture: Capture, chosen: &Selection) -> Result<Vec<Captured>, Error> {
    let mut all = Vec::new();
    capture.each(chosen, |captured| {
        all.push(captured);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// Line by line, as they are read: a journal may hold more than memory does.
fn convert_lines(capture: Capture, chosen: &Selection, console: &Console) -> Result<Exit, Error> {
    let mut failed = Ok(());
    capture.each(chosen, |captured| {
        failed = console.print(&ndjson::line(&captured));
        match failed {
            Ok(()) if !console.is_closed() => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    })?;
    failed.map(|()| Exit::Yes)
}

fn found(capture: Capture, chosen: &Selection, id: u64) -> Result<Captured, Error> {
    let all = collect(capture, chosen)?;
    all.into_iter().find(|c| c.id == id).ok_or_else(nothing)
}

fn print(captured: &Captured, form: Form, console: &Console) -> Result<Exit, Error> {
    let bytes = match form {
        Form::Http => raw_http::write(&captured.delivery),
        Form::Curl => curl::exact(&captured.delivery),
        Form::Har => har::write(std::slice::from_ref(captured)),
        Form::Ndjson => ndjson::line(captured),
        Form::Json => payload::pretty(&ndjson::line(captured), console.out, "").into_bytes(),
        Form::Body => captured.delivery.body.to_vec(),
    };
    match form {
        Form::Http | Form::Curl | Form::Body => console.print_raw(&bytes)?,
        Form::Har | Form::Ndjson | Form::Json => console.print(&bytes)?,
    }
    Ok(Exit::Yes)
}

fn list(
    capture: Capture,
    chosen: &Selection,
    as_json: bool,
    console: &Console,
) -> Result<Exit, Error> {
    let listed: Vec<Listed> = match captures::rows(&capture, &chosen.filter) {
        Some(rows) => rows?
            .into_iter()
            .map(|row| Listed {
                id: row.id,
                received_at: Some(row.received_at),
                method: row.method,
                target: row.target,
                bytes: row.body_length,
                found: row.found,
            })
            .collect(),
        None => collect(capture, chosen)?
            .iter()
            .map(|captured| Listed::of(captured, chosen.catalog))
            .collect(),
    };
    if as_json {
        let lines: Vec<u8> = listed
            .iter()
            .flat_map(|one| json::line(&one.json()))
            .collect();
        console.print(&lines)?;
        return Ok(Exit::Yes);
    }
    if listed.is_empty() {
        console.note("no delivery in the capture is asked for");
        return Ok(Exit::Yes);
    }
    let table: Vec<_> = listed.iter().map(Listed::row).collect();
    console.print(rows(&table, console.out).as_bytes())?;
    Ok(Exit::Yes)
}

/// Rows under their headings. Verdicts are coloured after the columns were measured.
fn rows(listed: &[Vec<String>], p: Palette) -> String {
    let head = [
        "ID",
        "RECEIVED",
        "EVENT",
        "PROVIDER",
        "SIGNATURE",
        "PAYLOAD",
        "STATUS",
        "BYTES",
    ];
    let mut all = vec![head.map(str::to_owned).to_vec()];
    all.extend_from_slice(listed);
    let mut text = String::new();
    for (i, row) in table::columns(&all).iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let word = cell.trim_end();
            let painted = match (i, column, word) {
                (0, ..) => p.faint(cell),
                (_, 4 | 5, "valid") => cell.replace(word, &p.good(word)),
                (_, 4 | 5, "unsigned" | "unchecked" | "unknown event") => {
                    cell.replace(word, &p.doubt(word))
                }
                (_, 4 | 5, _) if word != "-" => cell.replace(word, &p.bad(word)),
                _ => cell.clone(),
            };
            text.push_str(&painted);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// What a list says of a delivery.
struct Listed {
    id: u64,
    received_at: Option<jiff::Timestamp>,
    method: String,
    target: String,
    bytes: u64,
    found: Found,
}

impl Listed {
    fn of(captured: &Captured, catalog: &'static Catalog) -> Self {
        Self {
            id: captured.id,
            received_at: captured.delivery.received_at,
            method: captured.delivery.method.clone(),
            target: captured.delivery.target.clone(),
            bytes: captured.delivery.body.len() as u64,
            found: captures::found(captured, catalog),
        }
    }

    fn row(&self) -> Vec<String> {
        let clip = |text: &str| sanitize::clipped(text.as_bytes(), 40);
        let event = match (&self.found.event, &self.found.channel) {
            (Some(event), Some(channel)) => format!("{}/{}", clip(event), clip(channel)),
            (Some(event), None) => clip(event),
            (None, _) => "-".to_owned(),
        };
        let time = self.received_at.map_or("-".to_owned(), |at| {
            let zoned = Zoned::new(at, TimeZone::system());
            zoned.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
        });
        let status = self.found.status.map(|s| s.to_string());
        vec![
            self.id.to_string(),
            time,
            event,
            self.found.provider.as_deref().map_or("-".into(), clip),
            self.found.signature.word().to_owned(),
            self.found.validation.word().replace('_', " "),
            status.unwrap_or_else(|| "-".to_owned()),
            self.bytes.to_string(),
        ]
    }

    fn json(&self) -> ListedLine<'_> {
        ListedLine {
            id: self.id,
            received_at: self.received_at.map(|at| at.to_string()),
            method: &self.method,
            target: &self.target,
            provider: self.found.provider.as_deref(),
            event: self.found.event.as_deref(),
            channel: self.found.channel.as_deref(),
            signature: self.found.signature.word(),
            validation: self.found.validation.word(),
            duplicate_of: self.found.duplicate_of,
            status: self.found.status,
            bytes: self.bytes,
        }
    }
}

/// A line of `inspect --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "listed")]
struct ListedLine<'l> {
    id: u64,
    received_at: Option<String>,
    method: &'l str,
    target: &'l str,
    provider: Option<&'l str>,
    event: Option<&'l str>,
    channel: Option<&'l str>,
    signature: &'l str,
    validation: &'l str,
    duplicate_of: Option<u64>,
    status: Option<u16>,
    bytes: u64,
}
