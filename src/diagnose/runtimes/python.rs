//! Python's `json.dumps` with its usual options, alone and together, and `str` of what `json.loads` gave, which is
//! not JSON and is hashed all the same.

use super::escape::{ALL_SHORT, Hex, Ranges, code_points, quoted};
use super::number::{self, Notation, double, is_integer};
use super::serializer::{Keys, Layout, Runtime, Serializer, Style};

impl Runtime {
    /// Python's own `json`, or `str` of a `dict`.
    pub const PYTHON: Self = Self("python");
}

pub(super) fn all() -> Vec<Serializer> {
    let mut all: Vec<_> = [None, Some(2), Some(4)]
        .into_iter()
        .flat_map(|indent| (0..8).map(move |bits| dumps(indent, bits)))
        .collect();
    all.push(repr());
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
        runtime: Runtime::PYTHON,
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
const PYTHON: Style = Style {
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
const MAX_DIGITS: usize = 4300;

fn takes(text: &str) -> bool {
    !is_integer(text) || text.trim_start_matches('-').len() <= MAX_DIGITS
}

fn number(text: &str, out: &mut Vec<u8>) -> bool {
    number_or(text, "Infinity", out)
}

/// A number as `repr` writes it; beyond the range of a `float` it is written as `infinity`.
fn number_or(text: &str, infinity: &str, out: &mut Vec<u8>) -> bool {
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

fn repr() -> Serializer {
    Serializer {
        codes: vec!["body.reserialized.python_repr"],
        runtime: Runtime::PYTHON,
        formula: "str(json.loads(…))".to_owned(),
        style: Style {
            layout: Layout {
                item: ", ",
                key: ": ",
                ..Layout::COMPACT
            },
            string: repr_string,
            number: |text, out| number_or(text, "inf", out),
            words: ["None", "True", "False"],
            bare: true,
            ..PYTHON
        },
    }
}

/// `repr` of a `str`: in single quotes, unless only those would have to be escaped.
fn repr_string(text: &[u8], out: &mut Vec<u8>) -> bool {
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
