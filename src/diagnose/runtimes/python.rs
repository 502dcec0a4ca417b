//! Python's `json.dumps` with its usual options, alone and together, the `orjson` package, and `str` of what
//! `json.loads` gave, which is not JSON and is hashed all the same.

use super::escape::{ALL_SHORT, Hex, Ranges, code_points, quoted};
use super::number::{self, Notation, double, is_integer};
use super::{Keys, Layout, PrintNumber, Runtime, Serializer, Style, Tail, copied, well_formed};

pub(super) fn all() -> Vec<Serializer> {
    let mut all = Vec::new();
    for indent in [None, Some("  "), Some("    ")] {
        for sorted in [false, true] {
            for utf8 in [false, true] {
                all.extend([false, true].map(|compact| dumps(indent, compact, utf8, sorted)));
            }
        }
    }
    // `str` is not JSON.
    let spaced = Layout { item: ", ", key: ": ", ..Layout::COMPACT };
    let repr = Style {
        layout: spaced,
        string: repr_string,
        number: |text, out| number(text, "inf", out),
        words: ["None", "True", "False"],
        bare: true,
        ..PYTHON
    };
    let codes = &["body.reserialized.python_repr"];
    all.push(Serializer::new(Runtime::PYTHON, codes, "str(json.loads(…))", repr));
    all
}

fn dumps(indent: Option<&'static str>, compact: bool, utf8: bool, sorted: bool) -> Serializer {
    let mut codes = Vec::new();
    let mut options = String::new();
    for (is_set, code, text) in [
        (indent == Some("  "), "body.pretty", ", indent=2"),
        (indent == Some("    "), "body.pretty", ", indent=4"),
        (compact, "body.reserialized.python_compact", r#", separators=(",", ":")"#),
        (utf8, "body.reserialized.python_utf8", ", ensure_ascii=False"),
        (sorted, "body.reserialized.python_sorted", ", sort_keys=True"),
    ] {
        if is_set {
            codes.push(code);
            options.push_str(text);
        }
    }
    if !(compact || utf8 || sorted) {
        codes.push("body.reserialized.python");
    }
    let layout = Layout {
        item: if compact || indent.is_some() { "," } else { ", " },
        key: if compact { ":" } else { ": " },
        indent,
        ..Layout::COMPACT
    };
    let keys = if sorted { Keys::Sorted } else { Keys::Unique };
    let string = if utf8 { utf8_string } else { ascii_string };
    let formula = format!("json.dumps(json.loads(…){options})");
    let style = Style { layout, keys, string, ..PYTHON };
    let one = Serializer::new(Runtime::PYTHON, &codes, formula, style);
    if indent.is_some() { one.rare() } else { one }
}

/// The parser and the printer of every option. How deep they go is the interpreter's limit of recursion,
/// which differs between versions.
const PYTHON: Style =
    Style { number: |text, out| number(text, "Infinity", out), takes, ..Style::PLAIN };

fn ascii_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code| (0x20..0x7F).contains(&code);
    quoted(text, ALL_SHORT, Hex::Lower, stays, out)
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

/// A number as `repr` writes it; beyond the range of a `float` it is written as `infinity`.
fn number(text: &str, infinity: &str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) {
        return number::integer(text, out);
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

/// `repr` of a `str`: in single quotes, unless only those would have to be escaped.
fn repr_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    let is_double = text.contains(&b'\'') && !text.contains(&b'"');
    let quote = if is_double { b'"' } else { b'\'' };
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
    match code {
        ..0x80 => (0x20..0x7F).contains(&code),
        _ => !UNPRINTABLE.contains(code),
    }
}

/// Code points from U+0080 on as Python 3.11 (Unicode 14) has them: control and format characters, separators,
/// surrogates, private use and all that is not assigned.
static UNPRINTABLE: Ranges = Ranges::new(include_str!("python_unprintable.txt"));

/// The serializers of the `orjson` package: UTF-8, compact, its own form of numbers.
pub(super) fn orjson() -> Vec<Serializer> {
    // Older versions print `1e16` where newer ones print `1e+16`.
    let versions: [(&str, usize, PrintNumber); 2] = [
        ("", 254, |text, out| orjson_number(text, "e+", out)),
        (" (exponents without +)", 255, |text, out| orjson_number(text, "e", out)),
    ];
    let line = Layout::COMPACT.tail(Tail::Newline);
    let options = [
        ("", Keys::Unique, Layout::COMPACT),
        (", option=orjson.OPT_SORT_KEYS", Keys::Sorted, Layout::COMPACT),
        (", option=orjson.OPT_INDENT_2", Keys::Unique, Layout::pretty("  ")),
        (", option=orjson.OPT_APPEND_NEWLINE", Keys::Unique, line),
    ];
    let mut all = Vec::new();
    for (version, depth, number) in versions {
        for (option, keys, layout) in options {
            let formula = format!("orjson.dumps(orjson.loads(…){option}){version}");
            let style = Style {
                layout,
                keys,
                decode: well_formed,
                string: utf8_string,
                number,
                takes: |text| double(text).is_finite(),
                depth: Some(depth),
                ..Style::PLAIN
            };
            let codes = &["body.reserialized.orjson"];
            let one = Serializer::new(Runtime::ORJSON, codes, formula, style);
            all.push(if option.is_empty() && version.is_empty() { one } else { one.rare() });
        }
    }
    all
}

/// Integers of 64 bits, signed or not, are integers; longer ones are doubles.
fn orjson_number(text: &str, positive: &'static str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) && (text.parse::<u64>().is_ok() || text.parse::<i64>().is_ok()) {
        return number::integer(text, out);
    }
    let notation = Notation {
        fixed: (-5, 15),
        fraction: false,
        whole: ".0",
        single: "",
        marks: [positive, "e-"],
        width: 1,
    };
    number::finite(double(text), &notation, out) || copied(b"null", out)
}
