//! Python's `orjson`: UTF-8, compact, its own form of numbers.

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::{self, Notation, double, is_integer};
use super::serializer::{Keys, Layout, Runtime, Serializer, Style, Tail, copied, well_formed};

impl Runtime {
    /// The `orjson` package of Python.
    pub const ORJSON: Self = Self("orjson");
}

pub(super) fn all() -> Vec<Serializer> {
    let mut all = Vec::new();
    for (number, depth, version) in [
        (
            (|text, out| number(text, "e+", out)) as fn(&str, &mut Vec<u8>) -> bool,
            254,
            "",
        ),
        (|text, out| number(text, "e", out), 255, OLD),
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
                runtime: Runtime::ORJSON,
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
    takes: |text| double(text).is_finite(),
    ..Style::PLAIN
};

fn string(text: &[u8], out: &mut Vec<u8>) -> bool {
    quoted(text, ALL_SHORT, Hex::Lower, |code| code >= 0x20, out)
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
