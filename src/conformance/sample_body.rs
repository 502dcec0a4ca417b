//! The body of a delivery, and genuine bodies that differ from it. Where spelling matters the body is changed as
//! text: a value that is parsed and written again has lost it.

use bytes::Bytes;
use serde_json::Value;
use url::form_urlencoded;

use crate::webhook::payload::json::{SyntaxError, parse_body};
use crate::webhook::payload::stringify::stringify;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::{Catalog, Sample};

use super::case::BodyChange;

/// The undocumented field that is added to bodies.
const EXTRA: &str = "czHookTest";

/// A provider's first sample, parsed.
#[derive(Clone, Debug)]
pub struct SampleBody {
    /// `null` for a form.
    json: Value,
    text: String,
    data: String,
    /// Where the body names its event.
    event: Option<String>,
    other_event: Option<String>,
}

impl SampleBody {
    /// The sample as it is sent: compact, as `JSON.stringify` writes it.
    pub fn new(catalog: &Catalog, sample: &Sample<'_>) -> Result<Self, SyntaxError> {
        let provider = sample.provider;
        if provider.envelope.form {
            return Ok(Self {
                json: Value::Null,
                text: String::from_utf8_lossy(sample.body).into_owned(),
                data: String::new(),
                event: None,
                other_event: other_event(catalog, provider),
            });
        }
        let document = parse_body(sample.body)?;
        Ok(Self {
            text: stringify(&document),
            json: document.root().to_value(&mut Vec::new()),
            data: provider.envelope.data.clone().unwrap_or_default(),
            event: provider.envelope.event.pointer().map(str::to_owned),
            other_event: other_event(catalog, provider),
        })
    }

    /// The unchanged body.
    pub fn body(&self) -> Bytes {
        self.text.clone().into()
    }

    /// The name of an event that only other providers document.
    pub fn other_event(&self) -> Option<&str> {
        self.other_event.as_deref()
    }

    /// The body with one change. The error says why this change does not apply to the sample.
    pub fn changed(&self, change: BodyChange) -> Result<Bytes, String> {
        if self.json.is_null() && !matches!(change, BodyChange::Text(_) | BodyChange::LongText(_)) {
            return Err("the sample is a form".to_owned());
        }
        Ok(match change {
            BodyChange::Text(text) => self.with_text(text),
            BodyChange::LongText(length) => {
                let words = "many words ".repeat(length.div_ceil(11));
                self.with_text(words.get(..length).unwrap_or(&words))
            }
            BodyChange::Escaped(raw) => {
                // A text that occurs nowhere else, to find its place.
                const PLACE: &str = "czHookPlace";
                self.with_text(PLACE).replacen(&format!("\"{PLACE}\""), &format!("\"{raw}\""), 1)
            }
            BodyChange::Field(raw) => self.with_field(raw)?,
            BodyChange::OtherEvent => {
                let name = self.other_event.clone();
                let name = name.ok_or("no other provider documents another event")?;
                let mut json = self.json.clone();
                let event = self.event.as_deref().and_then(|at| json.pointer_mut(at));
                *event.ok_or("the sample has no event name")? = Value::String(name);
                to_text(&json)
            }
            BodyChange::Length(bytes) => self.with_length(bytes)?,
            BodyChange::Spaced => {
                serde_json::to_string_pretty(&self.json).map_err(|why| why.to_string())?
            }
            BodyChange::CrLf => {
                let text =
                    serde_json::to_string_pretty(&self.json).map_err(|why| why.to_string())?;
                text.replace('\n', "\r\n") + "\r\n"
            }
            BodyChange::LeadingSpace => format!("\n \t{}", self.text),
            BodyChange::ByteOrderMark => format!("\u{feff}{}", self.text),
            BodyChange::TrailingNewline => format!("{}\n", self.text),
            BodyChange::Cut => {
                let mut text = self.text.clone();
                text.pop();
                text
            }
            BodyChange::Raw(text) => text.to_owned(),
            BodyChange::Deep(levels) => {
                let nested = ["[".repeat(levels), "]".repeat(levels)].concat();
                self.with_field(&nested)?
            }
        }
        .into())
    }

    /// The body of another customer.
    pub fn of_customer(&self, number: usize) -> Bytes {
        self.with_text(&format!("Customer {number}")).into()
    }

    /// With another text in the place of a person's name, or of any text.
    fn with_text(&self, text: &str) -> String {
        if self.json.is_null() {
            let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            return format!("{}&{EXTRA}={text}", self.text);
        }
        let mut json = self.json.clone();
        let data = json.pointer_mut(&self.data);
        let replaced = data.is_some_and(|data| {
            let mut words = ["name", "message", "text"].iter();
            words.any(|word| replace(data, &|key, _| key.contains(word), text))
                // A text with a space is prose, and not a word that the endpoint knows.
                || replace(data, &|_, value| value.contains(' '), text)
        });
        let object = match &mut json {
            Value::Array(items) => items.first_mut(),
            other => Some(other),
        };
        if let (false, Some(Value::Object(map))) = (replaced, object) {
            map.insert(EXTRA.to_owned(), Value::String(text.to_owned()));
        }
        to_text(&json)
    }

    /// With one more field at the end of the whole object, byte for byte.
    fn with_field(&self, raw: &str) -> Result<String, String> {
        with_field(&self.text, EXTRA, raw)
    }

    fn with_length(&self, bytes: usize) -> Result<String, String> {
        let bare = self.with_field("\"\"")?.len();
        let padding = bytes.checked_sub(bare);
        let padding = padding.ok_or("the sample alone is longer")?;
        self.with_field(&format!("\"{}\"", "x".repeat(padding)))
    }
}

/// A body with one more field at the end of the whole object, or of the last one of a list, byte for byte. The error
/// says why it cannot have one.
pub fn with_field(body: &str, name: &str, raw: &str) -> Result<String, String> {
    let close = if body.ends_with("}]") { "}]" } else { "}" };
    let open = body.strip_suffix(close).ok_or("the sample is no object")?;
    let comma = if open.ends_with('{') { "" } else { "," };
    Ok(format!("{open}{comma}\"{name}\":{raw}{close}"))
}

/// A JSON body with another text at a pointer; `None` where it has no text or number there.
pub fn with_value(body: &[u8], pointer: &str, text: &str) -> Option<Bytes> {
    let mut json: Value = serde_json::from_slice(body).ok()?;
    let value = json.pointer_mut(pointer)?;
    *value = match value {
        Value::String(_) => Value::String(text.to_owned()),
        Value::Number(_) => Value::from(987_654_321),
        _ => return None,
    };
    Some(to_text(&json).into())
}

/// A body that has at least this many bytes. The error says why it cannot be longer.
pub fn padded(body: &str, bytes: usize) -> Result<String, String> {
    let padding = "x".repeat(bytes.saturating_sub(body.len()));
    match body.trim_start().starts_with(['{', '[']) {
        true => with_field(body, EXTRA, &format!("\"{padding}\"")),
        false => Ok(format!("{body}&{EXTRA}={padding}")),
    }
}

/// Replaces the first string that is meant, by its key in lower case and its value, at any depth.
fn replace(value: &mut Value, is_meant: &dyn Fn(&str, &str) -> bool, text: &str) -> bool {
    let Value::Object(map) = value else {
        return false;
    };
    let found = map.iter_mut().find(|(key, value)| {
        value.as_str().is_some_and(|value| is_meant(&key.to_ascii_lowercase(), value))
    });
    if let Some((_, value)) = found {
        *value = text.into();
        return true;
    }
    map.values_mut().any(|value| replace(value, is_meant, text))
}

/// An event that another provider documents, and this one does not.
fn other_event(catalog: &Catalog, provider: &Provider) -> Option<String> {
    let mut events = catalog.providers().flat_map(|other| &other.events);
    let other = events.find(|event| provider.event(&event.name).is_none());
    other.map(|event| event.name.clone())
}

/// A changed sample as `JSON.stringify` writes it.
fn to_text(json: &Value) -> String {
    let text = json.to_string();
    parse_body(text.as_bytes()).map_or_else(|_| text.clone(), |document| stringify(&document))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<SampleBody> {
        let catalog = Catalog::builtin();
        let first = |provider| SampleBody::new(catalog, &catalog.samples(provider)[0]).unwrap();
        catalog.providers().filter(|p| !p.envelope.form).map(first).collect()
    }

    #[test]
    fn lengths_are_exact_and_bodies_stay_json() {
        for sample in samples() {
            for bytes in [1 << 10, 64 << 10, 1 << 20] {
                if sample.text.len() + 100 > bytes {
                    continue;
                }
                let body = sample.changed(BodyChange::Length(bytes)).unwrap();
                assert_eq!(body.len(), bytes);
                serde_json::from_slice::<Value>(&body).unwrap();
            }
        }
    }

    #[test]
    fn every_change_changes_the_body() {
        for sample in samples() {
            for change in [
                BodyChange::Text("\u{2028}"),
                BodyChange::Field("1.0"),
                BodyChange::OtherEvent,
                BodyChange::Escaped(r"\ud83d"),
                BodyChange::LongText(600),
                BodyChange::Spaced,
                BodyChange::CrLf,
                BodyChange::LeadingSpace,
                BodyChange::ByteOrderMark,
                BodyChange::TrailingNewline,
                BodyChange::Cut,
                BodyChange::Raw("null"),
                BodyChange::Deep(5000),
            ] {
                match sample.changed(change) {
                    Ok(changed) => assert_ne!(changed, sample.body(), "{change:?}"),
                    // Some name their events in a header.
                    Err(why) => assert!(change == BodyChange::OtherEvent, "{why}"),
                }
            }
            let cut = sample.changed(BodyChange::Cut).unwrap();
            assert!(serde_json::from_slice::<Value>(&cut).is_err());
            let with_field = sample.changed(BodyChange::Field("1.0")).unwrap();
            assert!(with_field.ends_with(b":1.0}") || with_field.ends_with(b":1.0}]"));
        }
    }
}
