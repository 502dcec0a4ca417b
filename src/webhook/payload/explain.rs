//! Schema violations as sentences: where, what was expected, and whether another provider's field is
//! there in its place.

use std::collections::BTreeSet;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::finding::{Finding, MOST};
use super::schema::Compiled;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;

/// What a schema has against a body, a sentence each, as many as anybody would read.
pub fn violations(
    catalog: &Catalog,
    provider: &Provider,
    schema: &Compiled,
    json: &Value,
) -> Vec<Finding> {
    // Nearly all are valid, and to say only that much costs half as much.
    if schema.validator.is_valid(json) {
        return Vec::new();
    }
    // A field may be reached by two branches of a schema; one sentence about it is enough.
    let mut seen = BTreeSet::new();
    let mut found: Vec<_> = schema
        .validator
        .iter_errors(json)
        .map(|error| explain(catalog, provider, &schema.text, json, &error))
        .filter(|f| seen.insert(f.clone()))
        .take(MOST + 1)
        .collect();
    if found.len() > MOST {
        found.truncate(MOST);
        found.push(Finding::at("", "there is more, which is not listed"));
    }
    found
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
            Finding::at(&path, message)
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
            Finding::at(at, format!("expected {expected}, found {}", found()))
        }
        ValidationErrorKind::Constant { expected_value } => {
            Finding::at(at, format!("expected {expected_value}, found {}", found()))
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
            Finding::at(at, format!("expected one of {names}"))
        }
        ValidationErrorKind::MinLength { limit: 1 } => {
            Finding::at(at, "expected a non-empty string")
        }
        // Without the instance: what a stranger sent may be long, and so may the names in it.
        _ => {
            const LONGEST: usize = 300;
            let message = error.masked().to_string();
            let clipped: String = message.chars().take(LONGEST).collect();
            let ellipsis = if clipped.len() < message.len() {
                "…"
            } else {
                ""
            };
            Finding::at(at, clipped + ellipsis)
        }
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

/// Says so when a missing field is there under the name that another provider gives it.
pub fn foreign_name(
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

/// What a value is, in words.
pub fn kind_of(value: &Value) -> &'static str {
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
