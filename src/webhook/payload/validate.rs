//! Is this body what the provider documents? The event's JSON Schema decides, once the event is known.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::event::Event;
use super::explain::{foreign_name, kind_of, violations};
use super::finding::Finding;
use super::schema;
use super::unknown::unknown_fields;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::suggest;

/// Whether a body is what its provider documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It satisfies the event's schema.
    Valid,
    /// It does not.
    Invalid,
    /// The provider documents no such event, or no provider was recognised.
    UnknownEvent,
    /// The body is not JSON.
    NotJson,
}

impl Validity {
    /// Every verdict.
    pub const ALL: [Self; 4] = [
        Self::Valid,
        Self::Invalid,
        Self::UnknownEvent,
        Self::NotJson,
    ];

    /// The verdict of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.word() == word)
    }

    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::UnknownEvent => "unknown_event",
            Self::NotJson => "not_json",
        }
    }
}

impl Serialize for Validity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A verdict on a body, with what is wrong and what is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The verdict.
    pub verdict: Validity,
    /// What is wrong.
    pub errors: Vec<Finding>,
    /// Fields that the document does not have: no error, a provider may add fields.
    pub notes: Vec<Finding>,
}

impl Validation {
    /// A verdict that rests on one finding.
    pub fn of(verdict: Validity, path: &str, message: impl Into<String>) -> Self {
        Self {
            verdict,
            errors: vec![Finding::at(path, message)],
            notes: Vec::new(),
        }
    }
}

/// Validates a parsed body as an event of `provider`.
pub fn validate(catalog: &Catalog, provider: &Provider, json: &Value) -> Validation {
    validate_event(catalog, provider, &Event::read(provider, json), json)
}

/// The same, for a body whose envelope was read already.
pub fn validate_event(
    catalog: &Catalog,
    provider: &Provider,
    event: &Event,
    json: &Value,
) -> Validation {
    let pointer = &provider.envelope.event;
    if !json.is_object() {
        let message = format!("expected an object, found {}", kind_of(json));
        return Validation::of(Validity::Invalid, "", message);
    }
    let Some(name) = event.name.as_deref() else {
        let message = match json.pointer(pointer) {
            Some(other) => format!(
                "expected a string, the event's name; found {}",
                kind_of(other)
            ),
            None => missing_event(catalog, provider, json),
        };
        return Validation::of(Validity::Invalid, pointer, message);
    };
    let Some(spec) = provider.event(name) else {
        return Validation::of(
            Validity::UnknownEvent,
            pointer,
            unknown_event(catalog, provider, name),
        );
    };
    match schema::compiled(catalog, provider, spec) {
        Ok(compiled) => {
            let errors = violations(catalog, provider, &compiled, json);
            Validation {
                verdict: if errors.is_empty() {
                    Validity::Valid
                } else {
                    Validity::Invalid
                },
                errors,
                notes: unknown_fields(provider, spec, &compiled, event, json),
            }
        }
        Err(why) => Validation::of(
            Validity::Invalid,
            "",
            format!("the event's schema cannot be used: {why}"),
        ),
    }
}

fn missing_event(catalog: &Catalog, provider: &Provider, json: &Value) -> String {
    let expected = "missing: expected a string, the event's name".to_owned();
    match foreign_name(catalog, provider, &provider.envelope.event, json) {
        Some(said) => format!("{expected}; {said}"),
        None => expected,
    }
}

/// "Did you mean", and who else documents the name.
fn unknown_event(catalog: &Catalog, provider: &Provider, name: &str) -> String {
    let others: Vec<_> = catalog
        .documenting(name)
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    let own = provider.events.iter().map(|e| e.name.as_str());
    // A stranger chose the name, and it may be as long as the body.
    let shown: String = name.chars().take(80).collect();
    let mut message = format!("{} documents no event `{shown}`", provider.name);
    if let Some(near) = suggest::nearest(name, own) {
        message.push_str(&format!("; did you mean `{near}`?"));
    }
    if !others.is_empty() {
        message.push_str(&format!(" ({} documents it)", others.join(", ")));
    }
    message
}
