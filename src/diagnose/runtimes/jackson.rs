//! Java's Jackson: a tree keeps order and big integers; doubles look as Java prints them.

use super::escape::{ALL_SHORT, Hex, code_points, is_surrogate, quoted};
use super::java_double::{before_19, since_19};
use super::number::{self, double, is_integer};
use super::style::{Style, copied};
use super::{Serializer, Stack};

pub(super) fn all() -> Vec<Serializer> {
    let mut all = Vec::new();
    for (since, number) in [
        ("", old_number as fn(&str, &mut Vec<u8>) -> bool),
        (" (since JDK 19)", new_number),
    ] {
        for (write, string) in [
            (
                "writeValueAsString",
                text as fn(&[u8], &mut Vec<u8>) -> bool,
            ),
            ("writeValueAsBytes", bytes),
        ] {
            all.push(Serializer {
                codes: vec!["body.reserialized.jackson"],
                stack: Stack::Jackson,
                formula: format!("mapper.{write}(mapper.readTree(…)){since}"),
                style: Style {
                    string,
                    number,
                    ..JACKSON
                },
            });
        }
    }
    all
}

/// Versions differ in how deep they read.
const JACKSON: Style = Style::PLAIN;

/// A string of Java's, then encoded: a lone surrogate becomes `?`.
fn text(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code| code >= 0x20;
    if std::str::from_utf8(text).is_ok() {
        return quoted(text, ALL_SHORT, Hex::Upper, stays, out);
    }
    let mut replaced = Vec::with_capacity(text.len());
    for (code, bytes) in code_points(text) {
        replaced.extend_from_slice(if is_surrogate(code) { b"?" } else { bytes });
    }
    quoted(&replaced, ALL_SHORT, Hex::Upper, stays, out)
}

/// Written straight to bytes: what needs a surrogate pair is escaped.
fn bytes(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| (0x20..0x1_0000).contains(&code) && !is_surrogate(code);
    quoted(text, ALL_SHORT, Hex::Upper, stays, out)
}

fn old_number(text: &str, out: &mut Vec<u8>) -> bool {
    number(text, before_19, out)
}

fn new_number(text: &str, out: &mut Vec<u8>) -> bool {
    number(text, since_19, out)
}

/// An infinite double is printed as a string.
fn number(text: &str, finite: fn(f64, &mut Vec<u8>), out: &mut Vec<u8>) -> bool {
    let double = double(text);
    if is_integer(text) {
        number::integer(text, out);
    } else if double.is_finite() {
        finite(double, out);
    } else {
        let infinity: &[u8] = if double > 0.0 {
            b"\"Infinity\""
        } else {
            b"\"-Infinity\""
        };
        copied(infinity, out);
    }
    true
}
