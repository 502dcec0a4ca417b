//! PHP's `json_encode(json_decode(…))`, to objects and to arrays, with the flags that are in use.

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::{self, Notation, double, is_integer};
use super::{Keys, Layout, PrintNumber, PrintString, Runtime, Serializer, Style, well_formed};

pub(super) fn all() -> Vec<Serializer> {
    let numbers: [(&str, PrintNumber); 2] =
        [("", number::<false>), ("JSON_PRESERVE_ZERO_FRACTION", number::<true>)];
    let layouts = [("", Layout::COMPACT), ("JSON_PRETTY_PRINT", Layout::pretty("    "))];
    let mut all = Vec::new();
    for (zero_fraction, number) in numbers {
        for (pretty, layout) in layouts {
            for (strings, codes, string) in STRINGS {
                let mut flags = vec![strings, pretty, zero_fraction];
                flags.retain(|flag| !flag.is_empty());
                let mut options = flags.join(" | ");
                if !flags.is_empty() {
                    options.insert_str(0, ", ");
                }
                for (assoc, keys) in [("", Keys::PhpObject), (", true", Keys::PhpArray)] {
                    let formula = format!("json_encode(json_decode(…{assoc}){options})");
                    let style = Style { layout, keys, string, number, ..PHP };
                    let one = Serializer::new(Runtime::PHP, codes, formula, style);
                    let is_main =
                        pretty.is_empty() && zero_fraction.is_empty() && !strings.contains("LINE");
                    all.push(if is_main { one } else { one.rare() });
                }
            }
        }
    }
    all
}

/// What flags do to strings: their names, codes and the printer.
const STRINGS: [(&str, &[&str], PrintString); 6] = [
    ("", &["body.reserialized.php"], string::<true, true, true>),
    ("JSON_UNESCAPED_SLASHES", &[SLASHES], string::<false, true, true>),
    ("JSON_UNESCAPED_UNICODE", &[UNICODE], string::<true, false, true>),
    (
        "JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE",
        &[SLASHES, UNICODE],
        string::<false, false, true>,
    ),
    (
        "JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS",
        &[UNICODE],
        string::<true, false, false>,
    ),
    (
        "JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS",
        &[SLASHES, UNICODE],
        string::<false, false, false>,
    ),
];

const SLASHES: &str = "body.reserialized.php_unescaped_slashes";
const UNICODE: &str = "body.reserialized.php_unescaped_unicode";

/// Its depth of 512 counts what is in the innermost container too.
const PHP: Style = Style { decode: well_formed, depth: Some(511), ..Style::PLAIN };

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
        return number::integer(text, out);
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
