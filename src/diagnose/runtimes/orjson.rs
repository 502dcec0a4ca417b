//! Python's `orjson`: UTF-8, compact, its own form of numbers.

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::{self, Notation, double, is_integer};
use super::style::{Keys, Layout, Style, Tail, copied, well_formed};
use super::{Serializer, Stack};

pub(super) fn all() -> Vec<Serializer> {
    let mut all = Vec::new();
    for (number, depth, version) in [
        (new_number as fn(&str, &mut Vec<u8>) -> bool, 254, ""),
        (old_number, 255, OLD),
    ] {
        for (option, keys, layout) in [
            ("", Keys::Unique, Layout::COMPACT),
            (
                ", option=orjson.OPT_SORT_KEYS",
                Keys::Sorted,
                Layout::COMPACT,
            ),
            (
                ", option=orjson.OPT_INDENT_2",
                Keys::Unique,
                Layout::pretty("  "),
            ),
            (
                ", option=orjson.OPT_APPEND_NEWLINE",
                Keys::Unique,
                Layout::COMPACT.tail(Tail::Newline),
            ),
        ] {
            let is_pretty = layout.indent.is_some();
            let pretty = is_pretty.then_some("body.pretty");
            all.push(Serializer {
                codes: std::iter::once("body.reserialized.orjson")
                    .chain(pretty)
                    .collect(),
                stack: Stack::Orjson,
                formula: format!("orjson.dumps(orjson.loads(…){option}){version}"),
                style: Style {
                    layout,
                    keys,
                    number,
                    depth: Some(depth),
                    ..ORJSON
                },
            });
        }
    }
    all
}

/// Older versions print `1e16` where newer ones print `1e+16`.
const OLD: &str = " (exponents without +)";

const ORJSON: Style = Style {
    decode: well_formed,
    string,
    takes,
    ..Style::PLAIN
};

fn string(text: &[u8], out: &mut Vec<u8>) -> bool {
    quoted(text, ALL_SHORT, Hex::Lower, |code| code >= 0x20, out)
}

fn takes(text: &str) -> bool {
    double(text).is_finite()
}

fn new_number(text: &str, out: &mut Vec<u8>) -> bool {
    number(text, "e+", out)
}

fn old_number(text: &str, out: &mut Vec<u8>) -> bool {
    number(text, "e", out)
}

/// Integers of 64 bits, signed or not, are integers; longer ones are doubles.
fn number(text: &str, positive: &'static str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) && (text.parse::<u64>().is_ok() || text.parse::<i64>().is_ok()) {
        number::integer(text, out);
        return true;
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
