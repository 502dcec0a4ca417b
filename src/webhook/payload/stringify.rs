//! JSON as ECMAScript's `JSON.stringify` writes it. Samples are sent in this form, so that an endpoint that hashes the
//! raw body and one that hashes `JSON.stringify(req.body)` both accept them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::json::{Document, Kind, Node};

/// The compact text that `JSON.stringify(JSON.parse(text))` gives, except that a number too large for a double, which
/// JavaScript would write as `null`, stays as it is.
pub fn stringify(document: &Document<'_>) -> String {
    let mut out = Vec::with_capacity(document.text().len());
    // Members that are still to be written, of each open container.
    let mut open: Vec<(std::vec::IntoIter<Member<'_, '_>>, u8)> = Vec::new();
    let mut next = Some(document.root());
    loop {
        if let Some(node) = next.take() {
            match node.kind() {
                Kind::Null | Kind::Bool => out.extend_from_slice(node.raw().as_bytes()),
                Kind::Number => {
                    if !number(node.raw(), &mut out) {
                        out.extend_from_slice(node.raw().as_bytes());
                    }
                }
                Kind::String => string(&node.string().unwrap_or_default(), &mut out),
                Kind::Array => {
                    out.push(b'[');
                    let items: Vec<_> = node.items().map(|item| (None, item)).collect();
                    open.push((items.into_iter(), b']'));
                }
                Kind::Object => {
                    out.push(b'{');
                    open.push((properties(node).into_iter(), b'}'));
                }
            }
        }
        let Some((members, close)) = open.last_mut() else {
            // Every string was checked to be UTF-8 or escaped.
            return String::from_utf8(out).unwrap_or_default();
        };
        match members.next() {
            None => {
                out.push(*close);
                open.pop();
            }
            Some((key, value)) => {
                if !matches!(out.last(), Some(b'[' | b'{')) {
                    out.push(b',');
                }
                if let Some(key) = key {
                    string(&key, &mut out);
                    out.push(b':');
                }
                next = Some(value);
            }
        }
    }
}

type Member<'d, 't> = (Option<Cow<'t, [u8]>>, Node<'d, 't>);

/// An object's own properties in ECMAScript's order: array indices ascending, then the other keys in their order. A
/// duplicate key has the place of the first one and the value of the last one.
fn properties<'d, 't>(object: Node<'d, 't>) -> Vec<Member<'d, 't>> {
    let mut places: HashMap<Cow<'_, [u8]>, usize> = HashMap::new();
    let mut all: Vec<Member<'_, '_>> = Vec::new();
    for (key, value) in object.entries() {
        let key = key.string().unwrap_or_default();
        match places.entry(key.clone()) {
            Entry::Occupied(place) => all[*place.get()].1 = value,
            Entry::Vacant(place) => {
                place.insert(all.len());
                all.push((Some(key), value));
            }
        }
    }
    // A stable sort: keys that are no index stay in their order.
    all.sort_by_cached_key(|(key, _)| key.as_deref().and_then(array_index).unwrap_or(u32::MAX));
    all
}

/// A canonical decimal integer from 0 to 2^32 - 2, which ECMAScript treats as an array index.
pub(crate) fn array_index(key: &[u8]) -> Option<u32> {
    let is_canonical = matches!(key, [b'0'] | [b'1'..=b'9', ..]) && key.len() <= 10;
    let index = (is_canonical && key.iter().all(u8::is_ascii_digit))
        .then(|| std::str::from_utf8(key).ok()?.parse().ok())
        .flatten();
    index.filter(|index| *index != u32::MAX)
}

/// Writes a number as ECMAScript does, where every number is a double: integers over 2^53 are rounded, `1.0` is `1`,
/// `-0` is `0`. `false` where it is too large for a double.
pub(crate) fn number(text: &str, out: &mut Vec<u8>) -> bool {
    let double: f64 = text.parse().unwrap_or(f64::NAN);
    if double.is_finite() {
        out.extend_from_slice(ryu_js::Buffer::new().format_finite(double).as_bytes());
    }
    double.is_finite()
}

/// Writes a string of generalised UTF-8 in quotes; only what must be escaped is, lone surrogates included.
pub(crate) fn string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let mut length = 1;
        match (byte, after) {
            (b'"' | b'\\', _) => out.extend([b'\\', *byte]),
            (8, _) => out.extend(b"\\b"),
            (9, _) => out.extend(b"\\t"),
            (10, _) => out.extend(b"\\n"),
            (12, _) => out.extend(b"\\f"),
            (13, _) => out.extend(b"\\r"),
            (..0x20, _) => out.extend(format!("\\u{byte:04x}").bytes()),
            (0xED, [high @ 0xA0..=0xBF, low, ..]) => {
                let unit = 0xD000 | u32::from(high & 0x3F) << 6 | u32::from(low & 0x3F);
                out.extend(format!("\\u{unit:04x}").bytes());
                length = 3;
            }
            _ => out.push(*byte),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::*;

    #[test]
    fn numbers_strings_and_keys_come_out_as_in_ecmascript() {
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        for (json, expected) in [
            ("[1.0, 1e3, 1.10, -0, 1e21]", "[1,1000,1.1,0,1e+21]"),
            ("[0.0000001, 9007199254740993]", "[1e-7,9007199254740992]"),
            ("[1e400, -1E+999 ]", "[1e400,-1E+999]"),
            (r#""\uD83D \ude00""#, r#""\ud83d \ude00""#),
            (r#""\u00e9\ud83d\ude00\/\u001F\u000a\u2028""#, "\"é😀/\\u001f\\n\u{2028}\""),
            (r#"{"b":1,"10":2,"a":3,"2":4,"01":5}"#, r#"{"2":4,"10":2,"b":1,"a":3,"01":5}"#),
            (
                r#"{"a":1,"4294967295":2,"4294967294":3}"#,
                r#"{"4294967294":3,"a":1,"4294967295":2}"#,
            ),
            (r#"{"a":1,"b":2,"a":3,"__proto__":4}"#, r#"{"a":3,"b":2,"__proto__":4}"#),
            (&deep, &deep),
        ] {
            assert_eq!(stringify(&parse(json).unwrap()), expected);
        }
    }
}
