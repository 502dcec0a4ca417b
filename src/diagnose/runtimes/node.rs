//! `JSON.stringify` of Node.js and every ECMAScript engine, and what changes nothing but white space.

use super::serializer::{Keys, Layout, Runtime, Serializer, Style, copied};
use crate::webhook::payload::stringify;

impl Runtime {
    /// `JSON.stringify` of Node.js and every other ECMAScript engine.
    pub const NODE: Self = Self("node");

    /// Any: only white space outside strings differs.
    pub const ANY: Self = Self("any");
}

pub(super) fn all() -> Vec<Serializer> {
    let node = |code, formula: &str, layout| Serializer {
        codes: vec![code],
        runtime: Runtime::NODE,
        formula: formula.to_owned(),
        style: Style {
            layout,
            ..ECMASCRIPT
        },
    };
    vec![
        Serializer {
            codes: vec!["body.minified"],
            runtime: Runtime::ANY,
            formula: "minified(…)".to_owned(),
            style: Style::RAW,
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

/// JSON.stringify gives up on an object nested deeper than its stack, which no version promises a size of.
const ECMASCRIPT: Style = Style {
    keys: Keys::Ecmascript,
    number,
    ..Style::PLAIN
};

/// What is too large for a double is `null`.
fn number(text: &str, out: &mut Vec<u8>) -> bool {
    stringify::number(text, out) || copied(b"null", out)
}
