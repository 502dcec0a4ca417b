//! Deliveries in forms that other tools run: collections, commands, programs and tests that send the same bytes.

mod fetch;
mod httpie;
mod postman;
mod python;
mod tests_of_receivers;

pub use fetch::fetch;
pub use httpie::httpie;
pub use postman::postman;
pub use python::python;
pub use tests_of_receivers::{pytest, vitest};

use std::fmt::Write;

use crate::capture::url;
use crate::escape::is_dangerous;
use crate::webhook::delivery::Delivery;

/// The URL that a delivery was sent to, for forms that take one as text.
fn url_of(delivery: &Delivery) -> String {
    url::of(delivery)
}

/// The headers that a client is given: it sets the others itself, from the URL, the body and the connection.
fn given_headers(delivery: &Delivery) -> impl Iterator<Item = (&str, &[u8])> {
    const OWN: &[&str] = &[
        "host",
        "content-length",
        "connection",
        "transfer-encoding",
        "keep-alive",
        "upgrade",
        "expect",
        "te",
        "trailer",
    ];
    delivery
        .headers
        .iter()
        .filter(|(name, _)| !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)))
}

/// Whether two headers have the same name.
fn repeats_a_header(delivery: &Delivery) -> bool {
    let names: Vec<_> =
        given_headers(delivery).map(|(name, _)| name.to_ascii_lowercase()).collect();
    let unique: std::collections::HashSet<_> = names.iter().collect();
    unique.len() < names.len()
}

/// Text as a string of JavaScript, which JSON is, too. Characters that a terminal would not show are escaped.
fn js_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_dangerous(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A header's value as a string of JavaScript, one character for each byte.
fn js_header(value: &[u8]) -> String {
    let latin1: String = value.iter().map(|byte| char::from(*byte)).collect();
    js_string(&latin1)
}

/// Bytes as a bytes literal of Python.
fn python_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push_str("b'");
    for byte in bytes {
        match byte {
            b'\'' => out.push_str("\\'"),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('\'');
    out
}

/// Text as a string of Python: its escapes are those of JSON, except for pairs.
fn python_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            _ if c == ' ' || c.is_ascii_graphic() => out.push(c),
            _ => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_languages_have_no_surprises() {
        assert_eq!(
            js_string("a\"\\\n\u{202e}\u{e0001}é"),
            "\"a\\\"\\\\\\n\\u202e\\udb40\\udc01é\""
        );
        assert_eq!(js_header(b"\xe9\x00"), "\"é\\u0000\"");
        assert_eq!(python_bytes(b"a'\\\n\xff\x00"), "b'a\\'\\\\\\n\\xff\\x00'");
        assert_eq!(python_string("a\"é\n"), "\"a\\\"\\U000000e9\\U0000000a\"");
    }
}
