//! A human-readable payload: indented and coloured, but otherwise the text that was received. Numbers, escapes, duplicate keys and
//! their order are shown as sent.

use super::style::Palette;
use crate::escape::{self, is_dangerous};
use crate::webhook::payload::json::{Document, Kind, parse_body};

/// The maximum that is shown of one payload, in bytes of its text.
const MAX_SHOWN: usize = 64 << 10;

/// Formats JSON text, each line after `indent`. What is not JSON is only escaped.
pub fn pretty(json: &[u8], palette: Palette, indent: &str) -> String {
    formatted(json, palette, indent, MAX_SHOWN)
}

/// The same of all of it, where it is the requested data.
pub(crate) fn whole(json: &[u8], palette: Palette) -> String {
    formatted(json, palette, "", json.len())
}

fn formatted(json: &[u8], palette: Palette, indent: &str, max: usize) -> String {
    let shown = json.get(..max).unwrap_or(json);
    let (mut out, is_cut) = match parse_body(json) {
        Ok(document) => print(&document, palette, indent, max),
        Err(_) => {
            let lines = shown.split(|byte| *byte == b'\n').map(escape::line);
            let lines: Vec<_> = lines.map(|line| format!("{indent}{line}")).collect();
            (lines.join("\n"), shown.len() < json.len())
        }
    };
    if is_cut {
        let more = json.len().saturating_sub(max);
        out.push_str(&format!("\n{indent}… {more} more bytes (--json has them all)"));
    }
    out.push('\n');
    out
}

/// The lines of a document up to so many bytes of its text, and whether there is more.
fn print(document: &Document<'_>, palette: Palette, indent: &str, max: usize) -> (String, bool) {
    let mut out = indent.to_owned();
    // The end of each open container in the text, and its bracket.
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut is_first = true;
    let mut follows_key = false;
    for node in document.root().walk() {
        let span = node.span();
        while let Some((end, close)) = open.last().copied()
            && end <= span.start
        {
            open.pop();
            new_line(&mut out, indent, open.len());
            out.push(close);
        }
        if !follows_key && !open.is_empty() {
            out.push_str(if is_first { "" } else { "," });
            new_line(&mut out, indent, open.len());
        }
        if span.start >= max {
            return (out, true);
        }
        let is_key = !follows_key && open.last().is_some_and(|(_, close)| *close == '}');
        follows_key = is_key;
        is_first = false;
        let brackets = match node.kind() {
            Kind::Array => ['[', ']'],
            Kind::Object => ['{', '}'],
            kind => {
                let token = escaped(beginning(node.raw(), max - span.start));
                let painted = match kind {
                    Kind::String if is_key => palette.key(&token) + ": ",
                    Kind::String => palette.string(&token),
                    _ => palette.literal(&token),
                };
                out.push_str(&painted);
                if span.end > max {
                    return (out, true);
                }
                continue;
            }
        };
        out.push(brackets[0]);
        if node.size() == 1 {
            out.push(brackets[1]);
        } else {
            open.push((span.end, brackets[1]));
            is_first = true;
        }
    }
    while let Some((_, close)) = open.pop() {
        new_line(&mut out, indent, open.len());
        out.push(close);
    }
    (out, false)
}

/// At most so many bytes of a text.
fn beginning(text: &str, max: usize) -> &str {
    let mut ends = (0..=max.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

fn new_line(out: &mut String, indent: &str, depth: usize) {
    // Deeper than this no terminal shows it, and the spaces alone would be quadratic.
    const MAX_INDENTED: usize = 40;
    out.push('\n');
    out.push_str(indent);
    out.push_str(&"  ".repeat(depth.min(MAX_INDENTED)));
}

/// Text with the characters that a terminal would interpret as escapes of JSON.
fn escaped(token: &str) -> String {
    let mut out = String::with_capacity(token.len());
    let mut units = [0; 2];
    for c in token.chars() {
        if is_dangerous(c) {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(json: &str) -> String {
        pretty(json.as_bytes(), Palette::new(false), "")
    }

    #[test]
    fn only_white_space_changes() {
        let json = r#"{"b":1.0,"a":[1e3,{"x":"\u00e9 \" \\"},[],{}],"a":null}"#;
        let shown = plain(json);
        assert_eq!(
            shown,
            "{\n  \"b\": 1.0,\n  \"a\": [\n    1e3,\n    {\n      \"x\": \"\\u00e9 \\\" \\\\\"\n    },\n    [],\n    {}\n  ],\n  \"a\": null\n}\n"
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(plain("\"\u{9b}\u{202e}\u{7f}\""), "\"\\u009b\\u202e\\u007f\"\n");
    }

    #[test]
    fn requested_data_is_never_cut() {
        let items = vec!["x".repeat(100); MAX_SHOWN / 50];
        let json = serde_json::to_vec(&items).unwrap();
        let shown = whole(&json, Palette::new(false));
        let back: Vec<String> = serde_json::from_str(&shown).unwrap();
        assert_eq!(back, items);
    }

    #[test]
    fn long_deep_and_broken_text_ends() {
        let long = format!("\"{}\"", "é".repeat(MAX_SHOWN));
        assert!(plain(&long).contains("more bytes"));
        assert!(plain(&"[".repeat(MAX_SHOWN)).len() < MAX_SHOWN * 100);
        for broken in ["\"", "{", "\"\\", "}{", "é", "nul\u{0}", ""] {
            plain(broken);
        }
    }
}
