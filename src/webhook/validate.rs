//! Is this body what the provider documents? JSON Schema decides; this file turns what it says into
//! sentences a developer can act on.

use std::collections::BTreeSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde::Serialize;
use serde_json::Value;

use super::catalog::Catalog;
use super::event::Event;
use super::provider::{EventSpec, Payload, Provider};
use super::schema;
use super::suggest;

/// Whether a body is what its provider documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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

/// One thing found, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// A JSON Pointer (RFC 6901) into the body; empty for the whole of it.
    pub path: String,
    /// What is the matter and what was expected.
    pub message: String,
}

impl Validation {
    /// A verdict that rests on one finding, or on none when there is nothing to say.
    pub fn of(verdict: Validity, path: &str, message: impl Into<String>) -> Self {
        Self {
            verdict,
            errors: vec![finding(path, message)],
            notes: Vec::new(),
        }
    }
}

fn finding(path: &str, message: impl Into<String>) -> Finding {
    Finding {
        path: path.to_owned(),
        message: message.into(),
    }
}

/// Validates a parsed body as an event of `provider`.
pub fn validate(catalog: &Catalog, provider: &Provider, json: &Value) -> Validation {
    let pointer = &provider.envelope.event;
    if !json.is_object() {
        let message = format!("expected an object, found {}", kind_of(json));
        return Validation::of(Validity::Invalid, "", message);
    }
    let event = Event::read(provider, json);
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
            let errors = violations(catalog, provider, &compiled.validator, &compiled.text, json);
            Validation {
                verdict: if errors.is_empty() {
                    Validity::Valid
                } else {
                    Validity::Invalid
                },
                errors,
                notes: unknown_fields(catalog, provider, spec, &event, json),
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

fn violations(
    catalog: &Catalog,
    provider: &Provider,
    validator: &Validator,
    schema: &Value,
    json: &Value,
) -> Vec<Finding> {
    // A field may be reached by two branches of a schema; one sentence about it is enough.
    let mut seen = BTreeSet::new();
    validator
        .iter_errors(json)
        .map(|error| explain(catalog, provider, schema, json, &error))
        .filter(|f| seen.insert(f.clone()))
        .collect()
}

fn explain(
    catalog: &Catalog,
    provider: &Provider,
    schema: &Value,
    json: &Value,
    error: &ValidationError<'_>,
) -> Finding {
    let at = error.instance_path().as_str();
    let found = || kind_of(error.instance());
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let field = property.as_str().unwrap_or_default();
            let path = format!("{at}/{}", field.replace('~', "~0").replace('/', "~1"));
            let mut message = format!(
                "missing: expected {}",
                expected_at(schema, error.schema_path().as_str(), field)
            );
            if let Some(said) = foreign_name(catalog, provider, &path, json) {
                message.push_str(&format!("; {said}"));
            }
            finding(&path, message)
        }
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => with_article(one.as_str()),
                TypeKind::Multiple(many) => many
                    .iter()
                    .map(|t| with_article(t.as_str()))
                    .collect::<Vec<_>>()
                    .join(" or "),
            };
            finding(at, format!("expected {expected}, found {}", found()))
        }
        ValidationErrorKind::Constant { expected_value } => {
            finding(at, format!("expected {expected_value}, found {}", found()))
        }
        ValidationErrorKind::Enum { options } => {
            let names = match options.as_ref() {
                Value::Array(names) => names
                    .iter()
                    .map(Value::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
                other => other.to_string(),
            };
            finding(at, format!("expected one of {names}"))
        }
        ValidationErrorKind::MinLength { limit: 1 } => finding(at, "expected a non-empty string"),
        // Without the instance: what a stranger sent may be long.
        _ => finding(at, error.masked().to_string()),
    }
}

/// The type that a schema gives a required field, in words.
fn expected_at(schema: &Value, required: &str, field: &str) -> String {
    let property = required
        .strip_suffix("/required")
        .and_then(|parent| schema.pointer(parent))
        .and_then(|s| s.get("properties")?.get(field));
    match property {
        Some(Value::Object(p)) if p.contains_key("const") => {
            p.get("const").map_or_else(String::new, ToString::to_string)
        }
        Some(Value::Object(p)) => match p.get("type") {
            Some(Value::String(one)) => with_article(one),
            Some(Value::Array(many)) => many
                .iter()
                .filter_map(Value::as_str)
                .map(with_article)
                .collect::<Vec<_>>()
                .join(" or "),
            _ => "a value".to_owned(),
        },
        _ => "a value".to_owned(),
    }
}

/// "`chatbotId` is what chatbase calls it", when a missing field is there under another's name.
fn foreign_name(
    catalog: &Catalog,
    provider: &Provider,
    missing: &str,
    json: &Value,
) -> Option<String> {
    let (role, _) = provider
        .envelope
        .roles()
        .find(|(_, pointer)| *pointer == missing)?;
    let mut name = None;
    let mut owners = Vec::new();
    for other in catalog.providers().filter(|p| p.name != provider.name) {
        let theirs = other.envelope.roles().find(|(r, _)| *r == role);
        if let Some((_, pointer)) = theirs
            && pointer != missing
            && json.pointer(pointer).is_some()
            && name.is_none_or(|n| n == pointer)
        {
            name = Some(pointer);
            owners.push(other.name.as_str());
        }
    }
    let name = name?.trim_start_matches('/').replace('/', ".");
    Some(format!(
        "`{name}` is there, the {role} field of {}",
        owners.join(" and ")
    ))
}

/// Fields that the documented sample does not have. A sample holds every documented field; what is
/// illustrative, `null` or inside an array documents nothing and is passed over.
fn unknown_fields(
    catalog: &Catalog,
    provider: &Provider,
    spec: &EventSpec,
    event: &Event,
    json: &Value,
) -> Vec<Finding> {
    let channel = spec
        .channels
        .iter()
        .find(|c| Some(*c) == event.channel.as_ref());
    let Some(sample) = catalog
        .sample(provider, spec, channel.map(String::as_str))
        .and_then(|s| serde_json::from_slice::<Value>(s.json).ok())
    else {
        return Vec::new();
    };
    let skip = (spec.payload == Payload::Illustrative).then_some(provider.envelope.data.as_str());
    let mut notes = Vec::new();
    compare(&sample, json, &mut String::new(), skip, &mut notes);
    notes
}

fn compare(
    sample: &Value,
    json: &Value,
    path: &mut String,
    skip: Option<&str>,
    notes: &mut Vec<Finding>,
) {
    const MOST: usize = 20;
    let (Value::Object(known), Value::Object(given)) = (sample, json) else {
        return;
    };
    if skip == Some(path.as_str()) {
        return;
    }
    for (key, value) in given {
        if notes.len() == MOST {
            return;
        }
        let end = path.len();
        path.push('/');
        path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        match known.get(key) {
            Some(documented) => compare(documented, value, path, skip, notes),
            None => notes.push(finding(path, "not in the provider's document")),
        }
        path.truncate(end);
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_i64() || n.is_u64() => "an integer",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn with_article(name: &str) -> String {
    match name {
        "null" => name.to_owned(),
        "array" | "object" | "integer" => format!("an {name}"),
        _ => format!("a {name}"),
    }
}
