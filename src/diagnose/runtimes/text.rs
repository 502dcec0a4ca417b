//! The text of Ruby's hashes and Java's maps, which is hashed by mistake, by their documentation.

use super::escape::{Ranges, code_points};
use super::{Layout, Runtime, Serializer, Style, copied, jackson, ruby};

pub(super) fn all() -> Vec<Serializer> {
    let text = |code, formula: &str, style| Serializer::new(Runtime::TEXT, &[code], formula, style);
    let arrow = |key| {
        let layout = Layout { item: ", ", key, ..Layout::COMPACT };
        let words = ["nil", "true", "false"];
        Style { layout, words, string: inspected, bare: true, ..ruby::RUBY }
    };
    let layout = Layout { item: ", ", key: "=", ..Layout::COMPACT };
    let map =
        Style { layout, string: copied, number: jackson::written, bare: true, ..Style::PLAIN };
    vec![
        text("body.reserialized.ruby_inspect", "JSON.parse(…).to_s", arrow("=>")),
        text(
            "body.reserialized.ruby_inspect",
            "JSON.parse(…).to_s (since Ruby 3.4)",
            arrow(" => "),
        ),
        text("body.reserialized.java_map", "mapper.readValue(…, Map.class).toString()", map),
    ]
}

/// `String#inspect`.
fn inspected(text: &[u8], out: &mut Vec<u8>) -> bool {
    if std::str::from_utf8(text).is_err() {
        return false;
    }
    out.push(b'"');
    let mut all = code_points(text).peekable();
    while let Some((code, bytes)) = all.next() {
        let next = all.peek().map_or(0, |(code, _)| *code);
        match code {
            0x07 => out.extend(b"\\a"),
            0x08 => out.extend(b"\\b"),
            0x09 => out.extend(b"\\t"),
            0x0A => out.extend(b"\\n"),
            0x0B => out.extend(b"\\v"),
            0x0C => out.extend(b"\\f"),
            0x0D => out.extend(b"\\r"),
            0x1B => out.extend(b"\\e"),
            0x22 => out.extend(b"\\\""),
            0x5C => out.extend(b"\\\\"),
            // What would be an interpolation.
            0x23 if matches!(next, 0x7B | 0x24 | 0x40) => out.extend(b"\\#"),
            0x20..0x7F => out.extend(bytes),
            ..0x20 | 0x7F => out.extend(format!("\\x{code:02X}").bytes()),
            _ if UNPRINTABLE.contains(code) => out.extend(format!("\\u{code:04X}").bytes()),
            _ => out.extend(bytes),
        }
    }
    out.push(b'"');
    true
}

/// Nearly what Ruby does not print.
static UNPRINTABLE: Ranges = Ranges::new(include_str!("python_unprintable.txt"));
