//! The text of a `provider.toml`.

use crate::escape::is_dangerous;
use crate::webhook::provider::EventSource;
use crate::webhook::signature::format::{Encoding, Layout};
use crate::webhook::signature::key::{KeyForm, KeyRule};
use crate::webhook::signature::scheme::{
    Algorithm, BodyHash, IdRule, Location, Part, Scheme, TimestampRule, TimestampSource, Unit,
};

/// A text as a basic string of TOML.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if is_dangerous(c) => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Texts as an array.
pub fn list(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A scheme as a table of `provider.toml`, by its keys and their values as TOML.
pub fn signature(scheme: &Scheme) -> Vec<(&'static str, String)> {
    let mut keys = vec![match &scheme.location {
        Location::Header(name) => ("header", quoted(name)),
        Location::Body(pointer) => ("body", quoted(pointer)),
    }];
    keys.push(("algorithm", quoted(scheme.algorithm.name())));
    let encoding = match scheme.format.encoding {
        Encoding::Hex => Some("hex"),
        Encoding::Base64 => Some("base64"),
        Encoding::Base64Url => Some("base64url"),
        Encoding::Text => None,
    };
    keys.extend(encoding.map(|name| ("encoding", quoted(name))));
    match &scheme.format.layout {
        Layout::Prefix(prefix) if prefix.is_empty() => {}
        Layout::Prefix(prefix) => keys.push(("prefix", quoted(prefix))),
        Layout::Items(list) => {
            let byte = |byte: u8| quoted(&char::from(byte).to_string());
            let (separator, assign) = (byte(list.separator), byte(list.assign));
            let name = quoted(&list.signature);
            let items =
                format!("{{ separator = {separator}, assign = {assign}, signature = {name} }}");
            keys.push(("items", items));
        }
    }
    if scheme.key != KeyRule::default() {
        keys.push(("key", key(&scheme.key)));
    }
    let default: &[Part] = if scheme.algorithm == Algorithm::Token { &[] } else { &[Part::Body] };
    if scheme.signs != default {
        let parts: Vec<_> = scheme.signs.iter().map(part).collect();
        keys.push(("signs", format!("[{}]", parts.join(", "))));
    }
    keys.extend(scheme.timestamp.as_ref().map(|rule| ("timestamp", timestamp(rule))));
    keys.extend(scheme.id.as_ref().map(|IdRule { header, make }| {
        ("id", format!("{{ header = {}, make = {} }}", quoted(header), quoted(make)))
    }));
    keys
}

fn key(rule: &KeyRule) -> String {
    let form = match rule.form {
        KeyForm::Raw => "raw",
        KeyForm::Base64 => "base64",
        KeyForm::Hex => "hex",
        KeyForm::Spki => "spki",
        KeyForm::Pem => "pem",
    };
    match rule.prefix.as_str() {
        "" => format!("{{ form = {} }}", quoted(form)),
        prefix => format!("{{ form = {}, prefix = {} }}", quoted(form), quoted(prefix)),
    }
}

/// A signed part.
pub fn part(part: &Part) -> String {
    let table = |key: &str, text: &str| format!("{{ {key} = {} }}", quoted(text));
    match part {
        Part::Body => quoted("body"),
        Part::Url => quoted("url"),
        Part::Method => quoted("method"),
        Part::Path => quoted("path"),
        Part::FormSorted => quoted("form-sorted"),
        Part::Secret => quoted("secret"),
        Part::Header(name) => table("header", name),
        Part::Text(text) => table("text", text),
        Part::Item(name) => table("item", name),
        Part::Field(pointer) => table("body", pointer),
        Part::Hash(BodyHash::Crc32) => table("hash", "crc32"),
        Part::Hash(BodyHash::Sha256) => table("hash", "sha256"),
        Part::Setting(name) => table("setting", name),
    }
}

fn timestamp(rule: &TimestampRule) -> String {
    let (key, name) = match &rule.source {
        TimestampSource::Header(name) => ("header", name),
        TimestampSource::Item(name) => ("item", name),
        TimestampSource::Body(pointer) => ("body", pointer),
    };
    let mut out = format!("{{ {key} = {}", quoted(name));
    match rule.unit {
        Unit::Seconds => {}
        Unit::Milliseconds => out.push_str(", unit = \"ms\""),
        Unit::Rfc3339 => out.push_str(", unit = \"rfc3339\""),
    }
    if let Some(seconds) = rule.tolerance_seconds {
        out.push_str(&format!(", tolerance_seconds = {seconds}"));
    }
    out.push_str(" }");
    out
}

/// Where an event's name is.
pub fn event(source: &EventSource) -> String {
    let with_action = |key: &str, name: &str, action: &Option<String>| match action {
        Some(action) => format!("{{ {key} = {}, action = {} }}", quoted(name), quoted(action)),
        None => format!("{{ {key} = {} }}", quoted(name)),
    };
    match source {
        EventSource::Pointer { pointer, action: None } => quoted(pointer),
        EventSource::Pointer { pointer, action } => with_action("pointer", pointer, action),
        EventSource::Header { header, action } => with_action("header", header, action),
        EventSource::Form(field) => with_action("form", field, &None),
        EventSource::FirstKey { pointer, except } => {
            format!("{{ first_key = {}, except = {} }}", quoted(pointer), list(except))
        }
    }
}
