//! A JSON Schema inferred from values: their types, and which keys all of them have.

use serde_json::{Map, Value, json};

use crate::webhook::privacy::{MAX_KEY, is_word};

/// The deepest level that is described; below it anything is allowed.
const MAX_DEPTH: usize = 12;

/// The most members of an object that are described; an object with more is a map.
const MAX_MEMBERS: usize = 200;

/// The schema that all of these values satisfy.
pub fn infer(values: &[&Value], title: &str) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": "Inferred from captured deliveries, not published by the provider.",
    });
    if let (Value::Object(all), Value::Object(inner)) = (&mut schema, shape(values, 0)) {
        all.extend(inner);
    }
    schema
}

fn shape(values: &[&Value], depth: usize) -> Value {
    let mut out = Map::new();
    let mut types: Vec<&str> = Vec::new();
    for value in values {
        let name = type_of(value);
        if !types.contains(&name) {
            types.push(name);
        }
    }
    if types.contains(&"number") {
        types.retain(|name| *name != "integer");
    }
    match types.as_slice() {
        // Where nothing but `null` was seen, anything may be.
        [] | ["null"] => return json!({}),
        [only] => out.insert("type".to_owned(), json!(only)),
        several => out.insert("type".to_owned(), json!(several)),
    };
    if depth >= MAX_DEPTH {
        return Value::Object(out);
    }
    let objects: Vec<_> = values.iter().filter_map(|value| value.as_object()).collect();
    let mut keys: Vec<&String> = Vec::new();
    for key in objects.iter().flat_map(|object| object.keys()) {
        if keys.len() <= MAX_MEMBERS && !keys.contains(&key) {
            keys.push(key);
        }
    }
    // Keys that are data, such as addresses, are not required of others.
    let is_map = keys.len() > MAX_MEMBERS || keys.iter().any(|key| !is_word(key, MAX_KEY));
    if !objects.is_empty() && !is_map {
        let required: Vec<_> =
            keys.iter().filter(|key| objects.iter().all(|one| one.contains_key(**key))).collect();
        if !required.is_empty() {
            out.insert("required".to_owned(), json!(required));
        }
        let member = |key: &&String| {
            let all: Vec<_> = objects.iter().filter_map(|one| one.get(*key)).collect();
            ((*key).clone(), shape(&all, depth + 1))
        };
        out.insert("properties".to_owned(), Value::Object(keys.iter().map(member).collect()));
    }
    let items: Vec<_> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
    if !items.is_empty() {
        out.insert("items".to_owned(), shape(&items, depth + 1));
    }
    Value::Object(out)
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_common_keys_are_inferred() {
        let (one, two) =
            (json!({"a": 1, "b": "x", "c": [1, "s"]}), json!({"a": 1.5, "c": [], "d": null}));
        let schema = infer(&[&one, &two], "t");
        assert_eq!(schema["required"], json!(["a", "c"]));
        assert_eq!(schema["properties"]["a"]["type"], "number");
        assert_eq!(schema["properties"]["c"]["items"]["type"], json!(["integer", "string"]));
        assert_eq!(schema["properties"]["d"], json!({}));
        let compiled = jsonschema::draft202012::new(&schema).unwrap();
        assert!(compiled.is_valid(&one) && compiled.is_valid(&two));
        assert!(!compiled.is_valid(&json!({"a": 1})));
    }
}
