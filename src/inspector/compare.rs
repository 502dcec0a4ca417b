//! Two deliveries compared: headers, JSON and bytes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::excerpts::Excerpts;
use crate::diagnose::difference::{difference, hunks};
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::{Kind, Node, escape_step, parse_body};

/// How many differences are listed.
const MAX_LISTED: usize = 1000;

/// How deep values are compared one by one; deeper ones are compared as text.
const MAX_DEPTH: usize = 100;

#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    same_bytes: bool,
    /// Whether both are JSON of the same value.
    same_json: bool,
    headers: Vec<HeaderPair>,
    json: Vec<JsonChange>,
    difference: Option<BodyDifference>,
    sentence: String,
}

#[derive(Debug, PartialEq, Serialize)]
struct HeaderPair {
    name: String,
    a: Vec<String>,
    b: Vec<String>,
    same: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct JsonChange {
    pointer: String,
    /// The JSON text of the value.
    a: Option<String>,
    b: Option<String>,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct BodyDifference {
    first: Excerpts,
    /// As those of `verify --against --json`.
    differences: Vec<Place>,
    /// How many there are.
    of: usize,
}

#[derive(Debug, Serialize)]
struct Place {
    sent_offset: usize,
    sent_bytes: usize,
    hashed_offset: usize,
    hashed_bytes: usize,
}

pub(super) fn compare(a: &Delivery, b: &Delivery) -> Comparison {
    let (body_a, body_b) = (a.decoded_body(), b.decoded_body());
    let same_bytes = a.body == b.body;
    let mut json = Vec::new();
    let both = parse_body(&body_a).ok().zip(parse_body(&body_b).ok());
    let is_json = both.is_some();
    if let Some((a, b)) = &both {
        changes(a.root(), b.root(), &mut String::new(), 0, &mut json);
    }
    let same_json = is_json && json.is_empty();
    let headers = pairs(&a.headers, &b.headers);
    let sentence = match (same_bytes, same_json) {
        (true, _) => "The bodies are the same, byte for byte.".to_owned(),
        (false, true) => "The bodies are the same JSON in different bytes.".to_owned(),
        (false, false) if is_json => match json.len() {
            1 => "The bodies differ in one value.".to_owned(),
            MAX_LISTED.. => format!("The bodies differ in {MAX_LISTED} values or more."),
            count => format!("The bodies differ in {count} values."),
        },
        (false, false) => "The bodies differ.".to_owned(),
    };
    Comparison {
        same_bytes,
        same_json,
        headers,
        json,
        difference: difference(&a.body, &b.body).map(|first| {
            let all = hunks(&a.body, &b.body);
            BodyDifference {
                first: Excerpts::from(&first),
                of: all.len(),
                differences: all
                    .iter()
                    .take(MAX_LISTED)
                    .map(|hunk| Place {
                        sent_offset: hunk.sent.start,
                        sent_bytes: hunk.sent.len(),
                        hashed_offset: hunk.hashed.start,
                        hashed_bytes: hunk.hashed.len(),
                    })
                    .collect(),
            }
        }),
        sentence,
    }
}

/// The headers of both by their names, in the order of the first.
fn pairs(a: &Headers, b: &Headers) -> Vec<HeaderPair> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in a.iter().chain(b.iter()) {
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let values = |headers: &Headers, name: &str| -> Vec<String> {
        headers.all(name).map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    };
    names
        .into_iter()
        .map(|name| HeaderPair {
            same: a.all(&name).eq(b.all(&name)),
            a: values(a, &name),
            b: values(b, &name),
            name,
        })
        .collect()
}

fn changes(
    a: Node<'_, '_>,
    b: Node<'_, '_>,
    pointer: &mut String,
    depth: usize,
    out: &mut Vec<JsonChange>,
) {
    if out.len() >= MAX_LISTED || a.raw() == b.raw() {
        return;
    }
    match (a.kind(), b.kind()) {
        (Kind::Object, Kind::Object) if depth < MAX_DEPTH => {
            let (of_a, of_b) = (members(a), members(b));
            for (key, value) in &of_a {
                below(pointer, key, |pointer| match of_b.get(key) {
                    Some(other) => changes(*value, *other, pointer, depth + 1, out),
                    None => change(pointer, Some(*value), None, out),
                });
            }
            for (key, value) in of_b.iter().filter(|(key, _)| !of_a.contains_key(*key)) {
                below(pointer, key, |pointer| change(pointer, None, Some(*value), out));
            }
        }
        (Kind::Array, Kind::Array) if depth < MAX_DEPTH => {
            let (mut of_a, mut of_b) = (a.items(), b.items());
            let mut index = 0_usize;
            loop {
                let (left, right) = (of_a.next(), of_b.next());
                if left.is_none() && right.is_none() {
                    return;
                }
                below(pointer, &index.to_string(), |pointer| match (left, right) {
                    (Some(left), Some(right)) => changes(left, right, pointer, depth + 1, out),
                    (left, right) => change(pointer, left, right, out),
                });
                index += 1;
            }
        }
        _ if is_same(a, b) => {}
        _ => change(pointer, Some(a), Some(b), out),
    }
}

/// Whether two plain values are the same in different texts.
fn is_same(a: Node<'_, '_>, b: Node<'_, '_>) -> bool {
    match (a.kind(), b.kind()) {
        (Kind::String, Kind::String) => a.string() == b.string(),
        (Kind::Number, Kind::Number) => {
            /// So many digits are exact in a double.
            const EXACT: usize = 15;
            let value = |node: Node<'_, '_>| {
                let text = node.raw();
                let is_exact = text.bytes().filter(u8::is_ascii_digit).count() <= EXACT;
                text.parse::<f64>().ok().filter(|_| is_exact)
            };
            value(a).is_some_and(|a| value(b) == Some(a))
        }
        _ => false,
    }
}

/// The members of an object by their keys; of two with the same key the last counts.
fn members<'d, 't>(node: Node<'d, 't>) -> BTreeMap<String, Node<'d, 't>> {
    let entries = node.entries();
    entries.map(|(key, value)| (key.text().unwrap_or_default().into_owned(), value)).collect()
}

fn below(pointer: &mut String, step: &str, work: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&escape_step(step));
    work(pointer);
    pointer.truncate(length);
}

fn change(
    pointer: &str,
    a: Option<Node<'_, '_>>,
    b: Option<Node<'_, '_>>,
    out: &mut Vec<JsonChange>,
) {
    const MAX_TEXT: usize = 4096;
    if out.len() >= MAX_LISTED {
        return;
    }
    let text = |node: Node<'_, '_>| {
        let raw = node.raw();
        match raw.char_indices().nth(MAX_TEXT) {
            Some((end, _)) => format!("{}…", raw.get(..end).unwrap_or_default()),
            None => raw.to_owned(),
        }
    };
    out.push(JsonChange {
        pointer: pointer.to_owned(),
        kind: match (a.is_some(), b.is_some()) {
            (true, true) => "changed",
            (false, _) => "added",
            (true, false) => "removed",
        },
        a: a.map(text),
        b: b.map(text),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &str, b: &str) -> Comparison {
        let delivery = |body: &str| Delivery::post("/", body.as_bytes().to_vec().into());
        compare(&delivery(a), &delivery(b))
    }

    #[test]
    fn the_same_json_in_other_bytes_is_the_same() {
        let same = of(r#"{"a":1.0,"b":"é","c":[]}"#, "{ \"c\": [], \"b\": \"\\u00e9\", \"a\": 1 }");
        assert!(same.same_json && !same.same_bytes && same.difference.is_some());
        assert_eq!(same.sentence, "The bodies are the same JSON in different bytes.");
        assert!(of("x", "x").same_bytes && !of("x", "x").same_json);
        let large = of("12345678901234567890", "12345678901234567891");
        assert!(!large.same_json, "{large:?}");
    }

    #[test]
    fn each_changed_value_is_named() {
        let changed = of(r#"{"a":{"x/y":1},"b":[1,2],"c":1}"#, r#"{"a":{"x/y":2},"b":[1],"d":1}"#);
        let found: Vec<_> = changed.json.iter().map(|c| (&*c.pointer, c.kind)).collect();
        assert_eq!(
            found,
            [("/a/x~1y", "changed"), ("/b/1", "removed"), ("/c", "removed"), ("/d", "added")]
        );
    }

    #[test]
    fn deep_and_large_values_end_in_time() {
        let deep = |end: &str| format!("{}{end}{}", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(of(&deep("1"), &deep("2")).json.len(), 1);
        let wide = |n: usize| format!("[{}0]", format!("{n},").repeat(5000));
        assert_eq!(of(&wide(1), &wide(2)).json.len(), MAX_LISTED);
    }
}
