//! Python's `str` of what `json.loads` gave: not JSON at all, and hashed all the same.

use super::escape::code_points;
use super::python::{PYTHON, number_or};
use super::ranges::Ranges;
use super::style::{Layout, Style};
use super::{Serializer, Stack};

pub(super) fn serialiser() -> Serializer {
    Serializer {
        codes: vec!["body.reserialized.python_repr"],
        stack: Stack::Python,
        formula: "str(json.loads(…))".to_owned(),
        style: Style {
            layout: Layout {
                item: ", ",
                key: ": ",
                ..Layout::COMPACT
            },
            string,
            number,
            words: ["None", "True", "False"],
            bare: true,
            ..PYTHON
        },
    }
}

/// `repr` of a `str`: in single quotes, unless only those would have to be escaped.
fn string(text: &[u8], out: &mut Vec<u8>) -> bool {
    let quote = if text.contains(&b'\'') && !text.contains(&b'"') {
        b'"'
    } else {
        b'\''
    };
    out.push(quote);
    for (code, bytes) in code_points(text) {
        match code {
            0x09 => out.extend(b"\\t"),
            0x0A => out.extend(b"\\n"),
            0x0D => out.extend(b"\\r"),
            0x5C => out.extend(b"\\\\"),
            _ if code == u32::from(quote) => out.extend([b'\\', quote]),
            _ if is_printable(code) => out.extend(bytes),
            ..=0xFF => out.extend(format!("\\x{code:02x}").bytes()),
            0x100..=0xFFFF => out.extend(format!("\\u{code:04x}").bytes()),
            _ => out.extend(format!("\\U{code:08x}").bytes()),
        }
    }
    out.push(quote);
    true
}

fn number(text: &str, out: &mut Vec<u8>) -> bool {
    number_or(text, "inf", out)
}

/// `str.isprintable`, which follows the Unicode version that the interpreter was built with. Code points
/// that a later Unicode assigned are escaped here and printed by a later Python.
fn is_printable(code: u32) -> bool {
    if code < 0x80 {
        return (0x20..0x7F).contains(&code);
    }
    !UNPRINTABLE.contains(code)
}

/// Code points from U+0080 on as Python 3.11 (Unicode 14) has them: control and format characters, separators,
/// surrogates, private use and all that is not assigned.
static UNPRINTABLE: Ranges = Ranges::new(include_str!("python_unprintable.txt"));
