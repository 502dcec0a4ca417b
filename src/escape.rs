//! Strangers' bytes on their way to a terminal: control characters, escape sequences and characters
//! that reorder text are shown, not obeyed.

/// One line: every control character is escaped, line ends and tabs too; bytes that are not UTF-8 are
/// shown as `\xff`.
pub fn line(bytes: &[u8]) -> String {
    escape(bytes, |_| false)
}

/// Several lines: line feeds and tabs are kept.
pub fn block(bytes: &[u8]) -> String {
    escape(bytes, |c| matches!(c, '\n' | '\t'))
}

/// One line of at most `most` characters before escaping; an ellipsis says that there is more.
pub fn clipped(bytes: &[u8], most: usize) -> String {
    let head = bytes.get(..most * 4).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    if text.chars().count() <= most && head.len() == bytes.len() {
        return line(bytes);
    }
    let kept: String = text.chars().take(most).collect();
    format!("{}…", line(kept.as_bytes()))
}

/// Whether a terminal would act on this character, or show the text around it in another order or not
/// at all.
pub fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'     // C0, DEL, C1
        | '\u{61c}' | '\u{200e}' | '\u{200f}'        // marks of direction
        | '\u{202a}'..='\u{202e}'                    // embeddings, overrides
        | '\u{2060}'..='\u{206f}'                    // no width, isolates, forms of digits
        | '\u{2028}' | '\u{2029}'                    // separators of lines and paragraphs
        | '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}' | '\u{feff}' // no width
        | '\u{fff9}'..='\u{fffb}'                    // annotations
        | '\u{fffe}' | '\u{ffff}'                    // no characters, and not allowed in XML
        | '\u{e0000}'..='\u{e0fff}'                  // tags, rare forms of letters
    )
}

fn escape(bytes: &[u8], keep: impl Fn(char) -> bool) -> String {
    // Nearly all text is this; looked at to the end, so that the compiler looks at many bytes at once.
    let is_plain = bytes
        .iter()
        .fold(true, |all, b| all & (0x20..0x7f).contains(b));
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
    fn nothing_reaches_the_terminal_as_a_command() {
        assert_eq!(
            line("\u{1b}[31mred\u{9b}2J\u{202e}\n".as_bytes()),
            "\\u{1b}[31mred\\u{9b}2J\\u{202e}\\n"
        );
        assert_eq!(line(b"ok\xff\xfe"), "ok\\xff\\xfe");
        assert_eq!(block(b"a\n\tb\r"), "a\n\tb\\r");
        assert_eq!(
            line("Zoë 😀 👩\u{200d}🔬".as_bytes()),
            "Zoë 😀 👩\u{200d}🔬"
        );
    }

    #[test]
    fn no_letter_is_hidden() {
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
    fn clipping_says_that_there_is_more() {
        assert_eq!(clipped(b"short", 10), "short");
        assert_eq!(clipped("éééé".as_bytes(), 3), "ééé…");
        assert_eq!(clipped(&[b'x'; 1000], 3), "xxx…");
    }
}
