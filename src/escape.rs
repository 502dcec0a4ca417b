//! Escapes untrusted text before a terminal, a page or a report shows it: control characters, escape sequences and
//! characters that hide or reorder text.

/// Escapes text for one line: every control character, including line ends and tabs, and bytes that are not UTF-8,
/// as `\xff`.
pub fn line(bytes: &[u8]) -> String {
    escape(bytes, |_| false)
}

/// Escapes text of several lines: line feeds and tabs are kept.
pub fn block(bytes: &[u8]) -> String {
    escape(bytes, |c| matches!(c, '\n' | '\t'))
}

/// Escapes the first `max` characters for one line; an ellipsis marks what is left out.
pub fn clipped(bytes: &[u8], max: usize) -> String {
    let head = bytes.get(..max * 4).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    if text.chars().count() <= max && head.len() == bytes.len() {
        return line(bytes);
    }
    let kept: String = text.chars().take(max).collect();
    format!("{}…", line(kept.as_bytes()))
}

/// Whether a terminal would interpret this character, hide it, or reorder the text around it.
pub fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'     // C0, DEL, C1
        | '\u{61c}' | '\u{200e}' | '\u{200f}'        // direction marks
        | '\u{202a}'..='\u{202e}'                    // embeddings, overrides
        | '\u{2060}'..='\u{206f}'                    // zero width, isolates, digit shapes
        | '\u{2028}' | '\u{2029}'                    // line and paragraph separators
        | '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{feff}' // zero width
        | '\u{fff9}'..='\u{fffb}'                    // annotations
        | '\u{fffe}' | '\u{ffff}'                    // noncharacters, forbidden in XML
        | '\u{e0000}'..='\u{e0fff}'                  // tags, variation selectors
    )
}

fn escape(bytes: &[u8], keep: impl Fn(char) -> bool) -> String {
    // The common case. The loop has no early exit, so that it is vectorized.
    let is_plain = bytes.iter().fold(true, |all, b| all & (0x20..0x7f).contains(b));
    let mut out = String::with_capacity(bytes.len());
    if is_plain {
        out.extend(std::str::from_utf8(bytes));
        return out;
    }
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_dangerous(c) && !keep(c) {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_characters_are_escaped() {
        assert_eq!(
            line("\u{1b}[31mred\u{9b}2J\u{202e}\n".as_bytes()),
            "\\u{1b}[31mred\\u{9b}2J\\u{202e}\\n"
        );
        assert_eq!(line(b"ok\xff\xfe"), "ok\\xff\\xfe");
        assert_eq!(block(b"a\n\tb\r"), "a\n\tb\\r");
        assert_eq!(line("Zoë 😀 👩\u{200d}🔬".as_bytes()), "Zoë 😀 👩\u{200d}🔬");
    }

    #[test]
    fn invisible_characters_are_escaped() {
        for hidden in [
            '\u{ad}',
            '\u{34f}',
            '\u{180e}',
            '\u{200b}',
            '\u{2060}',
            '\u{2064}',
            '\u{2069}',
            '\u{206f}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            let text = line(format!("lead{hidden}.submit").as_bytes());
            assert!(text.starts_with("lead\\u{"), "{text}");
        }
    }

    #[test]
    fn clipped_text_ends_with_an_ellipsis() {
        assert_eq!(clipped(b"short", 10), "short");
        assert_eq!(clipped("éééé".as_bytes(), 3), "ééé…");
        assert_eq!(clipped(&[b'x'; 1000], 3), "xxx…");
    }
}
