//! `JSON.stringify` of Node.js and every ECMAScript engine, and what changes nothing but white space.

use super::number::double;
use super::style::{Keys, Layout, Style, copied, raw};
use super::{Serializer, Stack};

pub(super) fn all() -> Vec<Serializer> {
    let node = |code, formula: &str, layout| Serializer {
        codes: vec![code],
        stack: Stack::Node,
        formula: formula.to_owned(),
        style: Style {
            layout,
            ..ECMASCRIPT
        },
    };
    vec![
        Serializer {
            codes: vec!["body.minified"],
            stack: Stack::Any,
            formula: "minified(…)".to_owned(),
            style: RAW,
        },
        node(
            "body.reserialized.node",
            "JSON.stringify(JSON.parse(…))",
            Layout::COMPACT,
        ),
        node(
            "body.pretty",
            "JSON.stringify(JSON.parse(…), null, 2)",
            Layout::pretty("  "),
        ),
        node(
            "body.pretty",
            "JSON.stringify(JSON.parse(…), null, 4)",
            Layout::pretty("    "),
        ),
        node(
            "body.pretty",
            r#"JSON.stringify(JSON.parse(…), null, "\t")"#,
            Layout::pretty("\t"),
        ),
    ]
}

/// Every token as it stands in the text.
pub(super) const RAW: Style = Style {
    keys: Keys::Kept,
    decode: raw,
    string: copied,
    ..Style::PLAIN
};

/// JSON.stringify gives up on an object nested deeper than its stack, which no version promises a size of.
const ECMASCRIPT: Style = Style {
    keys: Keys::Ecmascript,
    number,
    ..Style::PLAIN
};

/// Every number is a double: integers over 2^53 are rounded, `1.0` is `1`, `-0` is `0`, `1e400` is `null`.
fn number(text: &str, out: &mut Vec<u8>) -> bool {
    let double = double(text);
    if double.is_finite() {
        copied(ryu_js::Buffer::new().format_finite(double).as_bytes(), out)
    } else {
        copied(b"null", out)
    }
}
