//! Python's `json.dumps` with each of its usual options, alone and together.

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::{self, Notation, double, is_integer};
use super::python_repr;
use super::style::{Keys, Layout, Style};
use super::{Serializer, Stack};

pub(super) fn all() -> Vec<Serializer> {
    let mut all: Vec<_> = [None, Some(2), Some(4)]
        .into_iter()
        .flat_map(|indent| (0..8).map(move |bits| dumps(indent, bits)))
        .collect();
    all.push(python_repr::serialiser());
    all
}

fn dumps(indent: Option<usize>, bits: u8) -> Serializer {
    let (compact, utf8, sorted) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
    let mut codes = Vec::new();
    let mut options = String::new();
    let mut option = |is_set: bool, code: &'static str, text: &str| {
        if is_set {
            codes.push(code);
            options.push_str(text);
        }
    };
    option(indent == Some(2), "body.pretty", ", indent=2");
    option(indent == Some(4), "body.pretty", ", indent=4");
    option(
        compact,
        "body.reserialized.python_compact",
        r#", separators=(",", ":")"#,
    );
    option(
        utf8,
        "body.reserialized.python_utf8",
        ", ensure_ascii=False",
    );
    option(
        sorted,
        "body.reserialized.python_sorted",
        ", sort_keys=True",
    );
    if bits == 0 {
        codes.push("body.reserialized.python");
    }
    Serializer {
        codes,
        stack: Stack::Python,
        formula: format!("json.dumps(json.loads(…){options})"),
        style: Style {
            layout: layout(indent, compact),
            keys: if sorted { Keys::Sorted } else { Keys::Unique },
            string: if utf8 { utf8_string } else { ascii_string },
            ..PYTHON
        },
    }
}

/// The parser and the printer of every option. How deep they go is the interpreter's limit of recursion,
/// which differs between versions.
pub(super) const PYTHON: Style = Style {
    number,
    takes,
    ..Style::PLAIN
};

fn layout(indent: Option<usize>, compact: bool) -> Layout {
    let lines = indent.map(|width| if width == 2 { "  " } else { "    " });
    Layout {
        item: if compact || lines.is_some() {
            ","
        } else {
            ", "
        },
        key: if compact { ":" } else { ": " },
        indent: lines,
        ..Layout::COMPACT
    }
}

fn ascii_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    quoted(
        text,
        ALL_SHORT,
        Hex::Lower,
        |code| (0x20..0x7F).contains(&code),
        out,
    )
}

/// A lone surrogate is printed, and then cannot be encoded.
fn utf8_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    quoted(text, ALL_SHORT, Hex::Lower, |code| code >= 0x20, out)
}

/// Since Python 3.11 an integer of more digits is an error.
const MOST_DIGITS: usize = 4300;

fn takes(text: &str) -> bool {
    !is_integer(text) || text.trim_start_matches('-').len() <= MOST_DIGITS
}

fn number(text: &str, out: &mut Vec<u8>) -> bool {
    number_or(text, "Infinity", out)
}

/// A number as `repr` writes it, but for what is beyond a `float`, which goes by the name of `infinity`.
pub(super) fn number_or(text: &str, infinity: &str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) {
        number::integer(text, out);
        return true;
    }
    let double = double(text);
    if !number::finite(double, &REPR, out) {
        let sign = if double > 0.0 { "" } else { "-" };
        out.extend_from_slice(sign.as_bytes());
        out.extend_from_slice(infinity.as_bytes());
    }
    true
}

/// `repr` of a `float`.
const REPR: Notation = Notation {
    fixed: (-4, 15),
    fraction: false,
    whole: ".0",
    single: "",
    marks: ["e+", "e-"],
    width: 2,
};
