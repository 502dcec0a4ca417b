//! Ruby's `JSON.generate(JSON.parse(…))`, and `to_json` as Rails makes it.

use std::borrow::Cow;

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::{self, Notation, double, is_integer};
use super::{Layout, Runtime, Serializer, Style, copied};
use crate::webhook::payload::json::{Node, unescape};

pub(super) fn all() -> Vec<Serializer> {
    let ruby = |formula, layout| {
        let style = Style { layout, ..RUBY };
        Serializer::new(Runtime::RUBY, &["body.reserialized.ruby"], formula, style)
    };
    let open = Layout { open_when_empty: true, ..Layout::pretty("  ") };
    vec![
        ruby("JSON.generate(JSON.parse(…))", Layout::COMPACT),
        ruby("JSON.pretty_generate(JSON.parse(…))", Layout::pretty("  ")).rare(),
        ruby("JSON.pretty_generate(JSON.parse(…)) (before json 2.8)", open).rare(),
    ]
}

/// `to_json` as Rails makes it.
pub(super) fn rails() -> Vec<Serializer> {
    let rails = Style { string: rails_string, number: rails_number, ..RUBY };
    let codes = &["body.reserialized.rails"];
    vec![Serializer::new(Runtime::RAILS, codes, "JSON.parse(…).to_json", rails)]
}

pub(super) const RUBY: Style = Style { decode, string, number, depth: Some(100), ..Style::PLAIN };

/// A string as Ruby's parser reads it. A high surrogate takes whatever escape follows for its low one; where no
/// escape follows it is `?` and the next byte is lost; so close to the end that none can follow, it is refused.
fn decode<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    let text = node.string()?;
    if matches!(text, Cow::Borrowed(_)) || std::str::from_utf8(&text).is_ok() {
        return Some(text);
    }
    let raw = node.raw().as_bytes();
    let inner = raw.get(1..raw.len() - 1)?;
    let (mut out, mut from, mut at) = (Vec::new(), 0, 0);
    while at < inner.len() {
        let Some(high) = unit(inner, at) else {
            at += if inner[at] == b'\\' { 2 } else { 1 };
            continue;
        };
        if !(0xD800..0xDC00).contains(&high) {
            at += 6;
            continue;
        }
        out.extend(unescape(&inner[from..at]));
        at += 6;
        if inner.len() - at < 6 {
            return None;
        }
        if let Some(low) = unit(inner, at) {
            let code = 0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
            let paired = char::from_u32(code)?;
            out.extend(paired.encode_utf8(&mut [0; 4]).bytes());
            at += 6;
        } else {
            out.push(b'?');
            at += 1;
        }
        from = at;
    }
    out.extend(unescape(inner.get(from..)?));
    Some(Cow::Owned(out))
}

/// The number of a `\uXXXX` at this place.
fn unit(inner: &[u8], at: usize) -> Option<u32> {
    let digits = inner.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// What is not UTF-8 is refused.
fn string(text: &[u8], out: &mut Vec<u8>) -> bool {
    std::str::from_utf8(text).is_ok()
        && quoted(text, ALL_SHORT, Hex::Lower, |code| code >= 0x20, out)
}

fn rails_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| code >= 0x20 && !matches!(code, 0x26 | 0x3C | 0x3E | 0x2028 | 0x2029);
    std::str::from_utf8(text).is_ok() && quoted(text, ALL_SHORT, Hex::Lower, stays, out)
}

/// An infinite number is refused.
fn number(text: &str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) {
        return number::integer(text, out);
    }
    number::finite(double(text), &TO_S, out)
}

fn rails_number(text: &str, out: &mut Vec<u8>) -> bool {
    number(text, out) || copied(b"null", out)
}

/// `Float#to_s`.
const TO_S: Notation = Notation {
    fixed: (-4, 14),
    fraction: true,
    whole: ".0",
    single: ".0",
    marks: ["e+", "e-"],
    width: 2,
};
