//! `JSON.stringify` of Node.js and every ECMAScript engine, and what changes nothing but white space.

use super::{Keys, Layout, Runtime, Serializer, Style, copied};
use crate::webhook::payload::stringify;

pub(super) fn all() -> Vec<Serializer> {
    let node = |code, formula, layout| {
        let style = Style { layout, ..ECMASCRIPT };
        Serializer::new(Runtime::NODE, &[code], formula, style)
    };
    let compact = "JSON.stringify(JSON.parse(…))";
    let two = "JSON.stringify(JSON.parse(…), null, 2)";
    let four = "JSON.stringify(JSON.parse(…), null, 4)";
    let tab = r#"JSON.stringify(JSON.parse(…), null, "\t")"#;
    vec![
        Serializer::new(Runtime::ANY, &["body.minified"], "minified(…)", Style::RAW),
        node("body.reserialized.node", compact, Layout::COMPACT),
        node("body.pretty", two, Layout::pretty("  ")),
        node("body.pretty", four, Layout::pretty("    ")),
        node("body.pretty", tab, Layout::pretty("\t")),
        node("body.pretty", "JSON.stringify(JSON.parse(…), null, 1)", Layout::pretty(" ")).rare(),
        node("body.pretty", "JSON.stringify(JSON.parse(…), null, 3)", Layout::pretty("   ")).rare(),
        node("body.pretty", "JSON.stringify(JSON.parse(…), null, 8)", Layout::pretty("        "))
            .rare(),
    ]
}

/// JSON.stringify gives up on an object nested deeper than its stack, which no version promises a size of.
const ECMASCRIPT: Style = Style { keys: Keys::Ecmascript, number, ..Style::PLAIN };

/// What is too large for a double is `null`.
fn number(text: &str, out: &mut Vec<u8>) -> bool {
    stringify::number(text, out) || copied(b"null", out)
}
