//! The types of payloads in programming languages, from the JSON Schemas of events. Objects allow keys that the schema
//! does not have, as providers add them.

mod go;
mod jsonschema;
mod model;
mod python;
mod rust;
mod typescript;
mod zod;

use serde_json::Value;

use model::{Model, Root, pascal};

/// What types are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// TypeScript.
    TypeScript,
    /// Python with pydantic 2.
    Python,
    /// Go.
    Go,
    /// Rust with serde.
    Rust,
    /// TypeScript with zod.
    Zod,
    /// JSON Schema (2020-12).
    JsonSchema,
}

/// An event and the schema of its body.
#[derive(Clone, Debug)]
pub struct EventSchema<'e> {
    /// The provider's name.
    pub provider: &'e str,
    /// The event's name.
    pub event: &'e str,
    /// The schema.
    pub schema: Value,
}

/// The types of these events' bodies.
pub fn write(language: Language, events: &[EventSchema<'_>]) -> String {
    let first = events.first().map(|event| event.provider);
    let has_several = events.iter().any(|event| Some(event.provider) != first);
    let mut model = Model::default();
    for EventSchema { provider, event, schema } in events {
        let prefix = if has_several { pascal(provider) } else { String::new() };
        model.add(provider, event, &prefix, schema);
    }
    match language {
        Language::TypeScript => typescript::write(&model),
        Language::Python => python::write(&model),
        Language::Go => go::write(&model),
        Language::Rust => rust::write(&model),
        Language::Zod => zod::write(&model),
        Language::JsonSchema => jsonschema::write(&model, events),
    }
}

/// What each file says first.
fn notice(model: &Model) -> String {
    let mut providers: Vec<&str> = model.roots.iter().map(|root| root.provider.as_str()).collect();
    providers.dedup();
    format!("Webhook payloads of {}, written by `cz-hook events types`.", providers.join(", "))
}

/// The events of each provider, with a name for all of them.
fn groups(model: &Model) -> Vec<(String, Vec<&Root>)> {
    let mut groups: Vec<(&str, Vec<&Root>)> = Vec::new();
    for root in &model.roots {
        match groups.iter_mut().find(|(provider, _)| *provider == root.provider) {
            Some((_, roots)) => roots.push(root),
            None => groups.push((&root.provider, vec![root])),
        }
    }
    let has_several = groups.len() > 1;
    let name = |provider| if has_several { pascal(provider) } else { String::new() };
    groups.into_iter().map(|(provider, roots)| (name(provider), roots)).collect()
}

/// A text as a string of JSON, which is one in each of these languages.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
