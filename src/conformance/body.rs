//! Bodies that differ from a sample in one thing. Where the spelling matters they are made as text: a
//! value that is parsed and written again has lost it.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::webhook::payload::json::{SyntaxError, parse_body};
use crate::webhook::payload::stringify::stringify;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::{Catalog, Sample};

use super::case::BodyChange;

/// The field that no document mentions.
const EXTRA: &str = "czHookTest";

/// A provider's first sample, taken apart.
#[derive(Clone, Debug)]
pub struct Base {
    json: Value,
    text: String,
    data: String,
    event: String,
    other_event: Option<String>,
}

impl Base {
    /// The sample as it is sent: compact, as `JSON.stringify` writes it.
    ///
    /// # Errors
    /// When the sample is not JSON.
    pub fn of(catalog: &Catalog, sample: &Sample<'_>) -> Result<Self, SyntaxError> {
        let document = parse_body(sample.json)?;
        let provider = sample.provider;
        Ok(Self {
            text: stringify(&document),
            json: document.root().to_value(&mut Vec::new()),
            data: provider.envelope.data.clone(),
            event: provider.envelope.event.clone(),
            other_event: other_event(catalog, provider),
        })
    }

    /// The unchanged body.
    pub fn body(&self) -> Bytes {
        self.text.clone().into()
    }

    /// The body with one change.
    ///
    /// # Errors
    /// When the sample has nothing to change in this way, in words.
    pub fn changed(&self, change: BodyChange) -> Result<Bytes, String> {
        Ok(match change {
            BodyChange::Text(text) => self.with_text(text)?,
            BodyChange::Field(raw) => self.with_field(raw)?,
            BodyChange::OtherEvent => {
                let name = self.other_event.clone();
                let name = name.ok_or("no other provider documents another event")?;
                let mut json = self.json.clone();
                let slot = json.pointer_mut(&self.event);
                *slot.ok_or("the sample has no event name")? = Value::String(name);
                written(&json)?
            }
            BodyChange::Length(bytes) => self.with_length(bytes)?,
            BodyChange::Spaced => {
                serde_json::to_string_pretty(&self.json).map_err(|why| why.to_string())?
            }
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
        let changed = self.with_text(&format!("Customer {number}"));
        changed.unwrap_or_else(|_| self.text.clone()).into()
    }

    /// With another text in the place of a person's name, or of whatever text there is.
    fn with_text(&self, text: &str) -> Result<String, String> {
        let mut json = self.json.clone();
        let data = match json.pointer(&self.data) {
            Some(Value::Object(_)) => json.pointer_mut(&self.data),
            _ => None,
        };
        let replaced = data.is_some_and(|data| {
            ["name", "message", "text", ""]
                .iter()
                .any(|word| replace(data, word, text))
        });
        if !replaced && let Value::Object(map) = &mut json {
            map.insert(EXTRA.to_owned(), Value::String(text.to_owned()));
        }
        written(&json)
    }

    /// With one more field at the end of the whole object, spelt as it is given.
    fn with_field(&self, raw: &str) -> Result<String, String> {
        let open = self.text.strip_suffix('}');
        let open = open.ok_or("the sample is no object")?;
        let comma = if open.ends_with('{') { "" } else { "," };
        Ok(format!("{open}{comma}\"{EXTRA}\":{raw}}}"))
    }

    fn with_length(&self, bytes: usize) -> Result<String, String> {
        let bare = self.with_field("\"\"")?.len();
        let padding = bytes.checked_sub(bare);
        let padding = padding.ok_or("the sample alone is longer")?;
        self.with_field(&format!("\"{}\"", "x".repeat(padding)))
    }
}

/// As `JSON.stringify` writes it.
fn written(json: &Value) -> Result<String, String> {
    let text = json.to_string();
    let document = parse_body(text.as_bytes()).map_err(|why| why.to_string())?;
    Ok(stringify(&document))
}

/// Replaces the first string whose key holds `word`, however deep.
fn replace(value: &mut Value, word: &str, text: &str) -> bool {
    let matches = |key: &str| key.to_ascii_lowercase().contains(word);
    let Value::Object(map) = value else {
        return false;
    };
    let found = |map: &Map<String, Value>| {
        let mut strings = map.iter().filter(|(_, value)| value.is_string());
        strings
            .find(|(key, _)| matches(key))
            .map(|(key, _)| key.clone())
    };
    if let Some(key) = found(map) {
        map.insert(key, Value::String(text.to_owned()));
        return true;
    }
    map.values_mut().any(|value| replace(value, word, text))
}

/// An event that somebody documents, and this provider does not.
fn other_event(catalog: &Catalog, provider: &Provider) -> Option<String> {
    let mut names = catalog
        .providers()
        .flat_map(|other| &other.events)
        .map(|event| &event.name);
    names.find(|name| provider.event(name).is_none()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases() -> Vec<Base> {
        let catalog = Catalog::builtin();
        let first = |provider| Base::of(catalog, &catalog.samples(provider)[0]).unwrap();
        catalog.providers().map(first).collect()
    }

    #[test]
    fn lengths_are_exact_and_bodies_stay_json() {
        for base in bases() {
            for bytes in [1 << 10, 64 << 10, 1 << 20] {
                let body = base.changed(BodyChange::Length(bytes)).unwrap();
                assert_eq!(body.len(), bytes);
                serde_json::from_slice::<Value>(&body).unwrap();
            }
        }
    }

    #[test]
    fn every_change_changes_the_body() {
        for base in bases() {
            for change in [
                BodyChange::Text("\u{2028}"),
                BodyChange::Field("1.0"),
                BodyChange::OtherEvent,
                BodyChange::Spaced,
                BodyChange::TrailingNewline,
                BodyChange::Cut,
                BodyChange::Raw("null"),
                BodyChange::Deep(5000),
            ] {
                assert_ne!(base.changed(change).unwrap(), base.body(), "{change:?}");
            }
            let cut = base.changed(BodyChange::Cut).unwrap();
            assert!(serde_json::from_slice::<Value>(&cut).is_err());
            let spelt = base.changed(BodyChange::Field("1.0")).unwrap();
            assert!(spelt.ends_with(b":1.0}"));
        }
    }
}
