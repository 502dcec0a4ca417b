//! Reads which delivery a case sends.

use super::super::DeliverySpec;
use super::super::tree::{Key, Value};
use super::cursor::{At, ReadFile, Result};
use crate::webhook::payload::set::Assignment;
use crate::webhook::signature::tamper::Tamper;
use crate::webhook::suggest;

pub fn read(at: &At<'_>, files: &mut ReadFile<'_>) -> Result<DeliverySpec> {
    if let Value::Plain(_) | Value::Text(_) = at.node.value {
        let event = Some(at.text()?.to_owned());
        return Ok(DeliverySpec { line: at.node.line, event, ..DeliverySpec::default() });
    }
    let table = at.table(&[
        "event",
        "channel",
        "body",
        "data",
        "set",
        "add",
        "method",
        "headers",
        "tamper",
        "duplicate",
    ])?;
    let text = |key| table.get(key).map(|at| at.text().map(str::to_owned)).transpose();
    let flag = |key| table.get(key).map_or(Ok(false), |at| at.flag());
    let own_body = match (table.get("body"), table.get("data")) {
        (Some(_), Some(data)) => {
            return Err(
                data.error("there are two bodies: `body` and `data`", "leave one of them out")
            );
        }
        (Some(file), None) => Some((file.text()?.to_owned(), file.file(files)?)),
        (None, Some(data)) => Some(("its own data".to_owned(), data.data()?.into_bytes())),
        (None, None) => None,
    };
    let event = text("event")?;
    if event.is_none() && own_body.is_none() {
        return Err(at.error(
            "there is nothing to send",
            "name an `event`, or a file with the `body`, or give the `data`",
        ));
    }
    for key in ["channel", "set", "add"] {
        if let (Some(_), Some(at)) = (&own_body, table.get(key)) {
            return Err(at.error(
                format!("`{key}` is for samples, and this case has a body of its own"),
                "leave one of them out",
            ));
        }
    }
    let (tamper, duplicate) = (read_tamper(table.get("tamper").as_ref())?, flag("duplicate")?);
    if let (Some(_), true, Some(at)) = (tamper, duplicate, table.get("duplicate")) {
        return Err(at.error(
            "the first of two equal deliveries has to be accepted, and this one is tampered with",
            "leave out `tamper` or `duplicate`",
        ));
    }
    Ok(DeliverySpec {
        line: at.node.line,
        channel: text("channel")?,
        set: table.get("set").map_or(Ok(Vec::new()), |at| read_set(&at))?,
        add: flag("add")?,
        method: table.get("method").map(|at| read_method(&at)).transpose()?,
        headers: table.get("headers").map_or(Ok(Vec::new()), |at| read_headers(&at))?,
        event,
        own_body,
        tamper,
        duplicate,
    })
}

fn read_set(at: &At<'_>) -> Result<Vec<Assignment>> {
    let assignment = |(key, value): (&Key, At<'_>)| {
        let json = value.json()?;
        let assignment = match value.node.value {
            // What is not JSON of another kind is a string, which a field of a form has without quotes.
            Value::Plain(_) | Value::Text(_) if json.starts_with('"') => {
                Assignment::to_string(&key.name, value.text()?)
            }
            _ => Assignment::to_json(&key.name, &json),
        };
        assignment.map_err(|why| value.error(why.to_string(), "correct the path"))
    };
    at.entries()?.into_iter().map(assignment).collect()
}

fn read_method(at: &At<'_>) -> Result<String> {
    let method = at.text()?.to_ascii_uppercase();
    match http::Method::from_bytes(method.as_bytes()) {
        Ok(_) => Ok(method),
        Err(_) => Err(at.error("this is not a method", "write one such as PUT")),
    }
}

fn read_headers(at: &At<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let header = |(key, value): (&Key, At<'_>)| {
        let text = value.text()?;
        let is_header = http::HeaderName::from_bytes(key.name.as_bytes()).is_ok()
            && http::HeaderValue::from_bytes(text.as_bytes()).is_ok();
        match is_header {
            true => Ok((key.name.clone(), text.as_bytes().to_vec())),
            false => {
                Err(value.error("this header cannot be sent", "correct its name or its value"))
            }
        }
    };
    at.entries()?.into_iter().map(header).collect()
}

fn read_tamper(at: Option<&At<'_>>) -> Result<Option<Tamper>> {
    let Some(at) = at else {
        return Ok(None);
    };
    let name = at.text()?;
    let found = Tamper::ALL.into_iter().find(|tamper| tamper.name() == name);
    let names = Tamper::ALL.map(Tamper::name);
    let unknown =
        || at.error(format!("`{name}` is not a way to tamper"), suggest::among(name, &names));
    found.map(Some).ok_or_else(unknown)
}
