//! Characters as they are written: escaped in JSON, or percent-encoded. A character can be replaced by another one of
//! the same length, written in the same way.

use std::ops::Range;

/// How characters may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As in a JSON string.
    Json,
    /// As in a query or a form.
    Percent,
}

/// One character, with its place in the text.
struct Unit {
    c: char,
    span: Range<usize>,
    /// Whether another character can be written in its place.
    is_fixed: bool,
}

impl Coding {
    /// What a text says.
    pub fn decode(self, raw: &str) -> String {
        self.units(raw).map(|unit| unit.c).collect()
    }

    /// The text with other characters, one for each, written as those in their place are. It has as many bytes.
    pub fn rewrite(self, raw: &str, other: &str) -> String {
        let mut out = String::with_capacity(raw.len());
        for (unit, c) in self.units(raw).zip(other.chars()) {
            let old = raw.get(unit.span).unwrap_or_default();
            if unit.is_fixed || c == unit.c {
                out.push_str(old);
                continue;
            }
            let new = self.written(c, old);
            out.push_str(if new.len() == old.len() { &new } else { old });
        }
        out
    }

    fn units(self, raw: &str) -> impl Iterator<Item = Unit> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = raw.get(at..)?;
            let first = rest.chars().next()?;
            let (c, length, is_fixed) = match (self, first) {
                (Self::Json, '\\') => escape(rest),
                (Self::Percent, '%') => percent(rest),
                (Self::Percent, '+') => (' ', 1, true),
                _ => (first, first.len_utf8(), false),
            };
            let length = length.clamp(1, rest.len());
            let span = at..at + length;
            at = span.end;
            Some(Unit { c, span, is_fixed })
        })
    }

    fn written(self, c: char, old: &str) -> String {
        let is_upper = old.bytes().skip(2).any(|b| b.is_ascii_uppercase());
        let cased = |text: String| if is_upper { text.to_ascii_uppercase() } else { text };
        match self {
            Self::Json if old.starts_with('\\') => {
                let mut units = [0; 2];
                let units = c.encode_utf16(&mut units).iter();
                units.map(|unit| format!("\\u{}", cased(format!("{unit:04x}")))).collect()
            }
            Self::Percent if old.starts_with('%') => {
                let is_upper = old.bytes().any(|b| b.is_ascii_uppercase());
                let hex = |byte: &u8| match is_upper {
                    true => format!("%{byte:02X}"),
                    false => format!("%{byte:02x}"),
                };
                c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(hex).collect()
            }
            _ => c.to_string(),
        }
    }
}

/// The character of an escape in JSON, its length in bytes, and whether it stays.
fn escape(rest: &str) -> (char, usize, bool) {
    let unit = |at: usize| {
        let text = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(text, 16).ok()
    };
    match unit(0) {
        Some(high @ 0xD800..0xDC00) => match unit(6) {
            Some(low @ 0xDC00..0xE000) => {
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                (char::from_u32(code).unwrap_or('\u{fffd}'), 12, false)
            }
            _ => ('\u{fffd}', 6, true),
        },
        Some(code) => match char::from_u32(code) {
            Some(c) => (c, 6, false),
            None => ('\u{fffd}', 6, true),
        },
        None => {
            let c = rest.chars().nth(1).unwrap_or('\\');
            let c = match c {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                other => other,
            };
            (c, 2, true)
        }
    }
}

/// The same of a percent-encoded character.
fn percent(rest: &str) -> (char, usize, bool) {
    let byte = |index: usize| {
        let text = rest.get(index * 3..index * 3 + 3)?.strip_prefix('%')?;
        u8::from_str_radix(text, 16).ok()
    };
    let Some(first) = byte(0) else {
        return ('%', 1, true);
    };
    let count = match first {
        0..0x80 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    let bytes: Option<Vec<u8>> = (0..count).map(byte).collect();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    match text.and_then(|text| text.chars().next()) {
        Some(c) => (c, 3 * count, false),
        None => ('\u{fffd}', 3, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_written_as_those_that_they_replace() {
        for (coding, raw, says, other, written) in [
            (
                Coding::Json,
                r#"A\u00E9\n\/b\ud83d\ude00"#,
                "Aé\n/b😀",
                "Bè\n/c😀",
                r#"B\u00E8\n\/c\ud83d\ude00"#,
            ),
            (Coding::Json, r"\ud840\udc00\u0041", "𠀀A", "𠀁B", r"\ud840\udc01\u0042"),
            (Coding::Json, r"\ud800x", "\u{fffd}x", "yz", r"\ud800z"),
            (Coding::Percent, "a+%C3%A9%2F%41%", "a é/A%", "b è/B%", "b+%C3%A8%2F%42%"),
            (Coding::Percent, "%e9%zz", "\u{fffd}%zz", "x%yy", "%e9%yy"),
        ] {
            assert_eq!(coding.decode(raw), says);
            assert_eq!(coding.rewrite(raw, other), written);
            assert_eq!(coding.rewrite(raw, says), raw);
        }
    }
}
