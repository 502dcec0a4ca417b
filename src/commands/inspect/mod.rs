//! `cz-hook inspect`: what is in a capture, as a list, one by one, or in another form.

mod one;

use std::ops::ControlFlow;

use crate::capture::{Captured, curl, har, ndjson, raw_http};
use crate::cli::inspect::{Form, InspectArgs};
use crate::config::Settings;
use crate::error::Error;
use crate::error::Exit;
use crate::output::console::Console;
use crate::output::listed::{self, Listed};
use crate::output::payload;

use super::captures::{self, Capture};
use super::selection::{self, Selection};

pub fn run(args: &InspectArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let is_checked = args.id.is_some() && args.form.is_none() && !args.json;
    let has_secret = !args.secrets.secret.is_empty() || !args.secrets.secret_file.is_empty();
    if has_secret && !is_checked {
        return Err(Error::usage(
            "a secret was given, and no signature is checked: that is done where one delivery is shown",
            "name it by its ID, without --as and --json; `cz-hook verify` checks all of them",
        ));
    }
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
            Ok(Exit::Success)
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
    failed.map(|()| Exit::Success)
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
        Form::Json => payload::whole(&ndjson::line(captured), console.out).into_bytes(),
        Form::Body => captured.delivery.body.to_vec(),
    };
    match form {
        Form::Http | Form::Curl | Form::Body => console.print_raw(&bytes)?,
        Form::Har | Form::Ndjson | Form::Json => console.print(&bytes)?,
    }
    Ok(Exit::Success)
}

fn list(
    capture: Capture,
    chosen: &Selection,
    as_json: bool,
    console: &Console,
) -> Result<Exit, Error> {
    let listed: Vec<Listed> = match capture.rows(&chosen.filter) {
        Some(rows) => rows?.into_iter().map(Listed::from).collect(),
        None => collect(capture, chosen)?
            .iter()
            .map(|captured| Listed::new(captured, selection::found(captured, chosen.catalog)))
            .collect(),
    };
    if as_json {
        let lines: Vec<u8> = listed.iter().flat_map(Listed::json).collect();
        console.print(&lines)?;
        return Ok(Exit::Success);
    }
    if listed.is_empty() {
        console.note("no delivery in the capture is asked for");
        return Ok(Exit::Success);
    }
    console.print(listed::table(&listed, console.out, console.columns()).as_bytes())?;
    Ok(Exit::Success)
}
