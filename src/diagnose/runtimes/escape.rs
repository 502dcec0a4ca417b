//! Strings as the runtimes print them: which characters stay, which become `\u` and with which digits.

use crate::webhook::payload::stringify;
use std::sync::OnceLock;

/// How a character that does not stay is written.
#[derive(Clone, Copy)]
pub(super) enum Hex {
    Lower,
    Upper,
}

/// Prints a string in double quotes. `short` are the characters with a short escape in addition to `\`; `stays` says of every
/// other code point whether it is printed unchanged. `false` where that would be a lone surrogate.
pub(super) fn quoted(
    text: &[u8],
    short: &str,
    hex: Hex,
    stays: impl Fn(u32) -> bool,
    out: &mut Vec<u8>,
) -> bool {
    out.push(b'"');
    let is_plain = |byte: &u8| {
        byte.is_ascii() && !matches!(byte, b'"' | b'\\' | b'/') && stays(u32::from(*byte))
    };
    let mut rest = text;
    loop {
        // Most of a text usually stays unchanged.
        let plain = rest.iter().take_while(|byte| is_plain(byte)).count();
        let (run, after) = rest.split_at(plain);
        out.extend_from_slice(run);
        let Some((code, bytes)) = code_points(after).next() else {
            break;
        };
        rest = after.split_at(bytes.len()).1;
        let short = match code {
            0x22 if short.contains('"') => Some('"'),
            0x5C => Some('\\'),
            0x08 if short.contains('b') => Some('b'),
            0x09 if short.contains('t') => Some('t'),
            0x0A if short.contains('n') => Some('n'),
            0x0C if short.contains('f') => Some('f'),
            0x0D if short.contains('r') => Some('r'),
            0x2F if short.contains('/') => Some('/'),
            _ => None,
        };
        if let Some(short) = short {
            out.extend([b'\\', short as u8]);
        } else if !stays(code) {
            escape(code, hex, out);
        } else if char::from_u32(code).is_none() {
            return false;
        } else {
            out.extend_from_slice(bytes);
        }
    }
    out.push(b'"');
    true
}

/// All that must be escaped in JSON, as short as it can be: ECMAScript, and many that took its habits. Lone
/// surrogates stay escaped.
pub(super) fn ecmascript(text: &[u8], out: &mut Vec<u8>) -> bool {
    stringify::string(text, out);
    true
}

/// The short escapes of JSON without `/`.
pub(super) const ALL_SHORT: &str = "\"btnfr";

pub(super) fn is_surrogate(code: u32) -> bool {
    (0xD800..0xE000).contains(&code)
}

/// `\uXXXX`, twice where the code point needs a surrogate pair.
pub(super) fn escape(code: u32, hex: Hex, out: &mut Vec<u8>) {
    let mut unit = |unit: u32| {
        let text = match hex {
            Hex::Lower => format!("\\u{unit:04x}"),
            Hex::Upper => format!("\\u{unit:04X}"),
        };
        out.extend_from_slice(text.as_bytes());
    };
    match code.checked_sub(0x1_0000) {
        None => unit(code),
        Some(rest) => {
            unit(0xD800 + (rest >> 10));
            unit(0xDC00 + (rest & 0x3FF));
        }
    }
}

/// The code points of generalised UTF-8, each with its bytes.
pub(super) fn code_points(text: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let (length, high) = match first {
            0xF0.. => (4, first & 0x07),
            0xE0.. => (3, first & 0x0F),
            0xC0.. => (2, first & 0x1F),
            _ => (1, first),
        };
        let (bytes, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        let code = bytes[1..]
            .iter()
            .fold(u32::from(high), |code, byte| code << 6 | u32::from(byte & 0x3F));
        Some((code, bytes))
    })
}

/// A set of code points that follows a Unicode version, kept as a text file next to the code: ascending ranges of hexadecimal
/// numbers, parsed at first use.
pub(super) struct Ranges {
    text: &'static str,
    parsed: OnceLock<Vec<(u32, u32)>>,
}

impl Ranges {
    pub const fn new(text: &'static str) -> Self {
        Self { text, parsed: OnceLock::new() }
    }

    pub fn contains(&self, code: u32) -> bool {
        let ranges = self.parsed.get_or_init(|| parse(self.text));
        let after = ranges.partition_point(|(first, _)| *first <= code);
        let nearest = after.checked_sub(1).and_then(|index| ranges.get(index));
        nearest.is_some_and(|(_, last)| code <= *last)
    }
}

fn parse(text: &str) -> Vec<(u32, u32)> {
    let hex = |digits| u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    text.split_whitespace()
        .map(|range| range.split_once('-').unwrap_or((range, range)))
        .map(|(first, last)| (hex(first), hex(last)))
        .collect()
}
