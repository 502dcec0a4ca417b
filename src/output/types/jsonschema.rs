//! One JSON Schema with all events. What an event's body may be is said by `oneOf`, which generators of code read;
//! conditions they do not.

use serde_json::{Map, Value, json};

use super::model::{Body, Model, variants};
use super::{EventSchema, groups, notice};

pub fn write(model: &Model, events: &[EventSchema<'_>]) -> String {
    let mut definitions = Map::new();
    for (root, event) in model.roots.iter().zip(events) {
        let variants = variants(&event.schema).map(|(_, all)| all).unwrap_or_default();
        match &root.body {
            Body::Variants(tagged) => {
                let mut names = Vec::new();
                for ((_, name), (_, schema)) in tagged.variants.iter().zip(variants) {
                    definitions.insert(name.clone(), embedded(&schema, name));
                    names.push(reference(name));
                }
                let whole = json!({
                    "description": root.description,
                    "oneOf": names,
                    "discriminator": {"propertyName": tagged.field},
                });
                definitions.insert(root.name.clone(), whole);
            }
            Body::Type(_) => {
                definitions.insert(root.name.clone(), embedded(&event.schema, &root.name));
            }
        }
    }
    let mut all = Vec::new();
    for (_, roots) in groups(model) {
        let names: Vec<_> = roots.iter().map(|root| reference(&root.name)).collect();
        all.push(match model.tagged(&roots) {
            Some(tagged) => json!({
                "oneOf": names, "discriminator": {"propertyName": tagged.field},
            }),
            None => json!({"anyOf": names}),
        });
    }
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event",
        "description": notice(model),
    });
    if let Value::Object(whole) = &mut whole {
        match (all.pop(), all.is_empty()) {
            (Some(Value::Object(only)), true) => whole.extend(only),
            (last, _) => {
                all.extend(last);
                whole.insert("anyOf".to_owned(), Value::Array(all));
            }
        }
        whole.insert("$defs".to_owned(), Value::Object(definitions));
    }
    format!("{whole:#}\n")
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// A schema as a part of another one: without its own address, and with its references to where it is now.
fn embedded(schema: &Value, name: &str) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(map) = &mut schema {
        map.shift_remove("$schema");
        map.shift_remove("$id");
        map.insert("title".to_owned(), name.into());
        let is_used =
            map.iter().any(|(key, value)| key != "$defs" && value.to_string().contains("\"#/"));
        if !is_used {
            map.shift_remove("$defs");
        }
    }
    readdress(&mut schema, &format!("#/$defs/{name}"));
    schema
}

fn readdress(schema: &mut Value, base: &str) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(text) if key == "$ref" => {
                        if let Some(rest) = text.strip_prefix('#') {
                            *text = format!("{base}{rest}");
                        }
                    }
                    other => readdress(other, base),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| readdress(item, base)),
        _ => {}
    }
}
