//! JSON as ECMAScript's `JSON.stringify` writes it. Samples are sent in this form, so that an endpoint
//! that hashes the raw body and one that hashes `JSON.stringify(req.body)` both accept them.

use serde_json::{Map, Number, Value};

/// The compact text that `JSON.stringify(JSON.parse(x))` gives for a value.
pub fn stringify(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => write_number(n, out),
        Value::String(s) => write_string(s, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => write_object(map, out),
    }
}

/// Own properties in ECMAScript's order: integer-like keys ascending, then the others as they came.
fn write_object(map: &Map<String, Value>, out: &mut String) {
    let mut indexed: Vec<(u32, &String)> = map
        .keys()
        .filter_map(|k| Some((array_index(k)?, k)))
        .collect();
    indexed.sort_unstable();
    let named = map.keys().filter(|k| array_index(k).is_none());
    out.push('{');
    for (i, key) in indexed
        .into_iter()
        .map(|(_, key)| key)
        .chain(named)
        .enumerate()
    {
        if i > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        write(map.get(key).unwrap_or(&Value::Null), out);
    }
    out.push('}');
}

/// A canonical decimal integer from 0 to 2^32 - 2, which ECMAScript treats as an array index.
fn array_index(key: &str) -> Option<u32> {
    let canonical = key == "0" || !key.starts_with('0');
    let digits = !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit());
    let index = (canonical && digits).then(|| key.parse().ok()).flatten();
    index.filter(|index| *index != u32::MAX)
}

/// Every number is a double in ECMAScript: integers over 2^53 are rounded, `1.0` is `1`, `-0` is `0`.
fn write_number(number: &Number, out: &mut String) {
    let double = number.as_f64().unwrap_or(f64::INFINITY);
    if double.is_finite() {
        out.push_str(ryu_js::Buffer::new().format(double));
    } else {
        out.push_str("null");
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(json: &str) -> String {
        stringify(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn numbers_strings_and_keys_come_out_as_in_ecmascript() {
        assert_eq!(
            again("[1.0, 1e3, 1.10, -0, 1e21, 0.0000001]"),
            "[1,1000,1.1,0,1e+21,1e-7]"
        );
        assert_eq!(again("9007199254740993"), "9007199254740992");
        assert_eq!(
            again(r#""\u00e9\ud83d\ude00\/\u001F\u000a\u2028""#),
            "\"é😀/\\u001f\\n\u{2028}\""
        );
        assert_eq!(
            again(r#"{"b":1,"10":2,"a":3,"2":4,"01":5}"#),
            r#"{"2":4,"10":2,"b":1,"a":3,"01":5}"#
        );
        assert_eq!(
            again(r#"{"a":1,"4294967295":2,"4294967294":3}"#),
            r#"{"4294967294":3,"a":1,"4294967295":2}"#
        );
        assert_eq!(
            again(r#"{"a":1,"b":2,"a":3,"__proto__":4}"#),
            r#"{"a":3,"b":2,"__proto__":4}"#
        );
    }
}
