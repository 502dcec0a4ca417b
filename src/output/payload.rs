//! A payload for people: indented and coloured, but otherwise the text that came. Numbers, escapes,
//! duplicate keys and their order are shown as sent, because a parser would have changed them.

use super::style::Palette;
use crate::escape::is_dangerous;

/// The most that is shown of one payload, in bytes of its text.
const MOST: usize = 64 << 10;

/// Formats JSON text, each line behind `indent`. The text must be JSON; anything else is shown in some
/// form, never refused.
pub fn pretty(json: &[u8], palette: Palette, indent: &str) -> String {
    formatted(json, palette, indent, MOST)
}

/// The same of all of it, where it is what was asked for and not only to look at.
pub fn whole(json: &[u8], palette: Palette) -> String {
    formatted(json, palette, "", json.len())
}

fn formatted(json: &[u8], palette: Palette, indent: &str, most: usize) -> String {
    let shown = json.get(..most).unwrap_or(json);
    let mut printer = Printer {
        out: String::with_capacity(shown.len() * 2),
        palette,
        indent,
        depth: 0,
    };
    printer.out.push_str(indent);
    printer.text(&String::from_utf8_lossy(shown));
    if shown.len() < json.len() {
        printer.out.push_str(&format!(
            "\n{indent}… {} more bytes (--json has them all)",
            json.len() - shown.len()
        ));
    }
    printer.out.push('\n');
    printer.out
}

struct Printer<'p> {
    out: String,
    palette: Palette,
    indent: &'p str,
    depth: usize,
}

impl Printer<'_> {
    fn text(&mut self, json: &str) {
        let mut rest = json.trim();
        while let Some(first) = rest.chars().next() {
            let (token, after) = split_token(rest, first);
            let after = after.trim_start();
            match first {
                '{' | '[' => {
                    self.out.push(first);
                    if let Some(closed) = after.strip_prefix(closing(first)) {
                        self.out.push(closing(first));
                        rest = closed.trim_start();
                        continue;
                    }
                    self.depth += 1;
                    self.newline();
                }
                '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.newline();
                    self.out.push(first);
                }
                ',' => {
                    self.out.push(',');
                    self.newline();
                }
                ':' => self.out.push_str(": "),
                '"' => {
                    let text = escape(token);
                    let painted = if after.starts_with(':') {
                        self.palette.key(&text)
                    } else {
                        self.palette.string(&text)
                    };
                    self.out.push_str(&painted);
                }
                _ => {
                    let painted = self.palette.literal(&escape(token));
                    self.out.push_str(&painted);
                }
            }
            rest = after;
        }
    }

    fn newline(&mut self) {
        // Deeper than this no terminal shows it, and the spaces alone would be quadratic.
        const DEEPEST: usize = 40;
        self.out.push('\n');
        self.out.push_str(self.indent);
        for _ in 0..self.depth.min(DEEPEST) {
            self.out.push_str("  ");
        }
    }
}

fn closing(open: char) -> char {
    if open == '{' { '}' } else { ']' }
}

/// The first token of some JSON text, and what follows it.
fn split_token(text: &str, first: char) -> (&str, &str) {
    let end = match first {
        '"' => {
            let mut escaped = false;
            text.char_indices()
                .skip(1)
                .find(|&(_, c)| {
                    let closes = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    closes
                })
                .map_or(text.len(), |(at, _)| at + 1)
        }
        '{' | '}' | '[' | ']' | ',' | ':' => 1,
        _ => text
            .find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c))
            .unwrap_or(text.len())
            .max(first.len_utf8()),
    };
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// What JSON lets through and a terminal would obey, in JSON's own escapes.
fn escape(token: &str) -> String {
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
        assert_eq!(
            plain("\"\u{9b}\u{202e}\u{7f}\""),
            "\"\\u009b\\u202e\\u007f\"\n"
        );
    }

    #[test]
    fn what_is_asked_for_is_never_cut() {
        let items = vec!["x".repeat(100); MOST / 50];
        let json = serde_json::to_vec(&items).unwrap();
        let shown = whole(&json, Palette::new(false));
        let back: Vec<String> = serde_json::from_str(&shown).unwrap();
        assert_eq!(back, items);
    }

    #[test]
    fn long_deep_and_broken_text_ends() {
        let long = format!("\"{}\"", "é".repeat(MOST));
        assert!(plain(&long).contains("more bytes"));
        assert!(plain(&"[".repeat(MOST)).len() < MOST * 100);
        for broken in ["\"", "{", "\"\\", "}{", "é", "nul\u{0}", ""] {
            plain(broken);
        }
    }
}
