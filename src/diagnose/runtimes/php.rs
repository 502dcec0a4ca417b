//! PHP's `json_encode(json_decode(…))`, to objects and to arrays, with the flags that are in use.

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::{self, Notation, double, is_integer};
use super::serializer::{Keys, Layout, Runtime, Serializer, Style, well_formed};

type Write = fn(&[u8], &mut Vec<u8>) -> bool;

impl Runtime {
    /// PHP's `json_encode`.
    pub const PHP: Self = Self("php");
}

pub(super) fn all() -> Vec<Serializer> {
    let mut all = Vec::new();
    for zero_fraction in [false, true] {
        for pretty in [false, true] {
            for strings in &STRINGS {
                for assoc in [false, true] {
                    all.push(encode(assoc, strings, pretty, zero_fraction));
                }
            }
        }
    }
    all
}

/// What flags do to strings: their names, codes and the printer.
struct Strings {
    flags: &'static str,
    codes: &'static [&'static str],
    write: Write,
}

const STRINGS: [Strings; 6] = [
    Strings {
        flags: "",
        codes: &["body.reserialized.php"],
        write: string::<true, true, true>,
    },
    Strings {
        flags: "JSON_UNESCAPED_SLASHES",
        codes: &["body.reserialized.php_unescaped_slashes"],
        write: string::<false, true, true>,
    },
    Strings {
        flags: "JSON_UNESCAPED_UNICODE",
        codes: &["body.reserialized.php_unescaped_unicode"],
        write: string::<true, false, true>,
    },
    Strings {
        flags: "JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE",
        codes: &[
            "body.reserialized.php_unescaped_slashes",
            "body.reserialized.php_unescaped_unicode",
        ],
        write: string::<false, false, true>,
    },
    Strings {
        flags: "JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS",
        codes: &["body.reserialized.php_unescaped_unicode"],
        write: string::<true, false, false>,
    },
    Strings {
        flags: "JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS",
        codes: &[
            "body.reserialized.php_unescaped_slashes",
            "body.reserialized.php_unescaped_unicode",
        ],
        write: string::<false, false, false>,
    },
];

fn encode(assoc: bool, strings: &Strings, pretty: bool, zero_fraction: bool) -> Serializer {
    let flags: Vec<_> = [
        (!strings.flags.is_empty(), strings.flags),
        (pretty, "JSON_PRETTY_PRINT"),
        (zero_fraction, "JSON_PRESERVE_ZERO_FRACTION"),
    ]
    .into_iter()
    .filter_map(|(is_set, flag)| is_set.then_some(flag))
    .collect();
    let options = if flags.is_empty() {
        String::new()
    } else {
        format!(", {}", flags.join(" | "))
    };
    let decode = if assoc { ", true" } else { "" };
    let pretty_code = pretty.then_some("body.pretty");
    Serializer {
        codes: strings.codes.iter().copied().chain(pretty_code).collect(),
        runtime: Runtime::PHP,
        formula: format!("json_encode(json_decode(…{decode}){options})"),
        style: Style {
            layout: if pretty {
                Layout::pretty("    ")
            } else {
                Layout::COMPACT
            },
            keys: if assoc {
                Keys::PhpArray
            } else {
                Keys::PhpObject
            },
            string: strings.write,
            number: if zero_fraction {
                number::<true>
            } else {
                number::<false>
            },
            ..PHP
        },
    }
}

/// Its depth of 512 counts what is in the innermost container too.
const PHP: Style = Style {
    decode: well_formed,
    depth: Some(511),
    ..Style::PLAIN
};

fn string<const SLASHES: bool, const UNICODE: bool, const LINES: bool>(
    text: &[u8],
    out: &mut Vec<u8>,
) -> bool {
    let short = if SLASHES { "\"btnfr/" } else { ALL_SHORT };
    let stays = |code: u32| match code {
        0x20..0x80 => true,
        0x2028 | 0x2029 => !UNICODE && !LINES,
        0x80.. => !UNICODE,
        _ => false,
    };
    quoted(text, short, Hex::Lower, stays, out)
}

/// Integers of 64 bits are integers, longer ones are doubles; an infinite one is refused by the printer.
fn number<const ZERO_FRACTION: bool>(text: &str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) && text.parse::<i64>().is_ok() {
        number::integer(text, out);
        return true;
    }
    let notation = Notation {
        fixed: (-4, 16),
        fraction: false,
        whole: if ZERO_FRACTION { ".0" } else { "" },
        single: ".0",
        marks: ["e+", "e-"],
        width: 1,
    };
    number::finite(double(text), &notation, out)
}
