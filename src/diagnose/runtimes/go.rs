//! Go's `encoding/json`: maps sorted by key, HTML's signs escaped.

use std::borrow::Cow;

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::double;
use super::{Keys, Layout, PrintString, Runtime, Serializer, Style, Tail, copied};
use crate::webhook::payload::json::Node;

pub(super) fn all() -> Vec<Serializer> {
    let versions: [(&str, PrintString, PrintString); 2] = [
        ("", string::<true, true>, string::<false, true>),
        (OLD, string::<true, false>, string::<false, false>),
    ];
    let parsed = Style { number, takes: |text| double(text).is_finite(), ..GO };
    let decoders =
        [("json.Unmarshal(…, &v)", parsed), ("decoder.UseNumber(); decoder.Decode(&v) of …", GO)];
    let mut all = Vec::new();
    for (version, html, plain) in versions {
        for (decode, style) in decoders {
            for (code, formula, layout, is_html) in FORMS {
                let formula = format!("{decode}; {formula}{version}");
                let string = if is_html { html } else { plain };
                let style = Style { layout, string, ..style };
                let one = Serializer::new(Runtime::GO, &[code], formula, style);
                let is_main = version.is_empty() && code != INDENT;
                all.push(if is_main { one } else { one.rare() });
            }
        }
    }
    for (shown, indent) in INDENTS {
        let formula = format!(r#"json.Indent(&out, …, "", "{shown}")"#);
        let layout = Layout::pretty(indent).tail(Tail::Kept);
        let style = Style { layout, depth: GO.depth, ..Style::RAW };
        all.push(Serializer::new(Runtime::GO, &[INDENT], formula, style).rare());
    }
    all
}

/// Up to Go 1.21 these two characters had no short escape.
const OLD: &str = " (before Go 1.22)";

const INDENTS: [(&str, &str); 3] = [("  ", "  "), ("    ", "    "), (r"\t", "\t")];

const MAP: &str = "body.reserialized.go_map";
const INDENT: &str = "body.reserialized.go_indent";
const ENCODER: &str = "body.reserialized.go_encoder";

/// Code, formula, layout and whether HTML's signs are escaped.
const FORMS: [(&str, &str, Layout, bool); 7] = [
    (MAP, "json.Marshal(v)", Layout::COMPACT, true),
    (ENCODER, "json.NewEncoder(w).Encode(v)", LINE, true),
    (ENCODER, "encoder.SetEscapeHTML(false); encoder.Encode(v)", LINE, false),
    (
        ENCODER,
        "encoder.SetEscapeHTML(false); encoder.Encode(v); trim newline",
        Layout::COMPACT,
        false,
    ),
    (INDENT, r#"json.MarshalIndent(v, "", "  ")"#, Layout::pretty("  "), true),
    (INDENT, r#"json.MarshalIndent(v, "", "    ")"#, Layout::pretty("    "), true),
    (INDENT, r#"json.MarshalIndent(v, "", "\t")"#, Layout::pretty("\t"), true),
];

const LINE: Layout = Layout::COMPACT.tail(Tail::Newline);

const GO: Style =
    Style { keys: Keys::Sorted, decode: replaced, depth: Some(10_000), ..Style::PLAIN };

/// A string in which every lone surrogate is U+FFFD, keys too.
fn replaced<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    let mut text = node.string()?;
    if matches!(text, Cow::Owned(_)) && std::str::from_utf8(&text).is_err() {
        let bytes = text.to_mut();
        // In generalised UTF-8 only a surrogate has these first two bytes.
        for at in 0..bytes.len().saturating_sub(2) {
            if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
                bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
            }
        }
    }
    Some(text)
}

fn string<const HTML: bool, const SHORT: bool>(text: &[u8], out: &mut Vec<u8>) -> bool {
    let short = if SHORT { ALL_SHORT } else { "\"tnr" };
    let stays = |code: u32| match code {
        0x26 | 0x3C | 0x3E => !HTML,
        0x2028 | 0x2029 => false,
        _ => code >= 0x20,
    };
    quoted(text, short, Hex::Lower, stays, out)
}

/// As in ECMAScript, but the sign of zero stays.
fn number(text: &str, out: &mut Vec<u8>) -> bool {
    let double = double(text);
    if double == 0.0 && double.is_sign_negative() {
        return copied(b"-0", out);
    }
    double.is_finite() && copied(ryu_js::Buffer::new().format_finite(double).as_bytes(), out)
}
