//! Java's Jackson: a tree keeps order and big integers; doubles look as Java prints them.

use super::escape::{ALL_SHORT, Hex, is_surrogate, quoted};
use super::number::{self, Decimal, Notation, double, is_integer};
use super::style::{Style, copied};
use super::{Serialiser, Stack};

pub(super) fn all() -> Vec<Serialiser> {
    vec![
        Serialiser {
            codes: vec!["body.reserialized.jackson"],
            stack: Stack::Jackson,
            formula: "mapper.writeValueAsString(mapper.readTree(…))".to_owned(),
            style: Style {
                string: text,
                ..JACKSON
            },
        },
        Serialiser {
            codes: vec!["body.reserialized.jackson"],
            stack: Stack::Jackson,
            formula: "mapper.writeValueAsBytes(mapper.readTree(…))".to_owned(),
            style: JACKSON,
        },
    ]
}

/// Versions differ in how deep they read.
const JACKSON: Style = Style {
    string: bytes,
    number,
    ..Style::PLAIN
};

/// A string of Java's, then encoded: a lone surrogate becomes `?`.
fn text(text: &[u8], out: &mut Vec<u8>) -> bool {
    if std::str::from_utf8(text).is_ok() {
        return quoted(text, ALL_SHORT, Hex::Upper, |code| code >= 0x20, out);
    }
    let mut replaced = Vec::with_capacity(text.len());
    for (code, bytes) in super::escape::code_points(text) {
        replaced.extend_from_slice(if is_surrogate(code) { b"?" } else { bytes });
    }
    quoted(&replaced, ALL_SHORT, Hex::Upper, |code| code >= 0x20, out)
}

/// Written straight to bytes: what needs a surrogate pair is escaped.
fn bytes(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| (0x20..0x1_0000).contains(&code) && !is_surrogate(code);
    quoted(text, ALL_SHORT, Hex::Upper, stays, out)
}

fn number(text: &str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) {
        number::integer(text, out);
        return true;
    }
    let double = double(text);
    if double.is_infinite() {
        return copied(
            if double > 0.0 {
                b"\"Infinity\""
            } else {
                b"\"-Infinity\""
            },
            out,
        );
    }
    decimal(double).write(&TO_STRING, out);
    true
}

/// `Double.toString` since JDK 19: at least two digits, and of those the nearest.
fn decimal(value: f64) -> Decimal {
    let shortest = Decimal::shortest(value);
    let two = format!("{value:.1e}");
    if shortest.digits.len() == 1 && double(&two) == value {
        return Decimal::of(&two);
    }
    shortest
}

const TO_STRING: Notation = Notation {
    fixed: (-3, 6),
    fraction: false,
    whole: ".0",
    single: ".0",
    marks: ["E", "E-"],
    width: 1,
};
