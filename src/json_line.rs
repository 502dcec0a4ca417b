//! Lines of JSON in which every character that a terminal would interpret is escaped.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::escape::is_dangerous;

/// One line of JSON with its line end. JSON readers undo the escapes: the line says the same, and is safe to show.
pub fn line(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1536);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Escaping);
    if let Err(error) = value.serialize(&mut serializer) {
        // Only a type that refuses to be serialized fails; none of this crate's does.
        out = format!("{{\"type\":\"error\",\"message\":\"{error}\"}}").into_bytes();
    }
    out.push(b'\n');
    out
}

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if is_plain(fragment.as_bytes()) {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut from = 0;
        for (at, c) in fragment.char_indices().filter(|&(_, c)| is_dangerous(c)) {
            writer.write_all(fragment.get(from..at).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            from = at + c.len_utf8();
        }
        writer.write_all(fragment.get(from..).unwrap_or_default().as_bytes())
    }
}

/// Whether all bytes are less than DEL. serde_json escapes what is dangerous among those.
fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    // A byte's highest bit is set when it is more than DEL, and in the sum when it is DEL.
    let high_bits = words.iter().fold(0, |bits, word| {
        let word = u64::from_le_bytes(*word);
        bits | word | word.wrapping_add(u64::from_le_bytes([1; 8]))
    });
    high_bits & u64::from_le_bytes([0x80; 8]) == 0 && rest.iter().all(|byte| *byte < 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_not_plain_is_found_wherever_it_is() {
        for byte in 0..=255 {
            for length in 1..20 {
                for place in 0..length {
                    let mut bytes = vec![b'x'; length];
                    bytes[place] = byte;
                    assert_eq!(is_plain(&bytes), byte < 0x7f, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn a_line_is_safe_to_show_and_reads_back_the_same() {
        let text = "\u{1b}[2J\u{9b}\u{202e}\u{7f}Zoë\u{e0041}\n";
        let written = line(&text);
        let shown = String::from_utf8(written).unwrap();
        assert!(shown.trim_end().chars().all(|c| !is_dangerous(c)), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
