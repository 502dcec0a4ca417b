//! What an error repeats of a stranger's capture: short, and nothing that a terminal would obey.

/// The text of `bytes` for an error: at most 60 characters, escaped, with an ellipsis when there is more.
pub(super) fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 60;
    let head = bytes.get(..MOST * 4).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    let mut out = String::new();
    for c in text.chars().take(MOST) {
        if is_dangerous(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    if head.len() < bytes.len() || text.chars().count() > MOST {
        out.push('…');
    }
    out
}

/// Whether a terminal would act on this character, or show the text around it in another order or not
/// at all.
pub(super) fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'     // C0, DEL, C1
        | '\u{61c}' | '\u{200e}' | '\u{200f}'        // marks of direction
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // embeddings, overrides, isolates
        | '\u{2028}' | '\u{2029}'                    // separators of lines and paragraphs
        | '\u{200b}' | '\u{feff}'                    // no width
        | '\u{e0000}'..='\u{e007f}'                  // tags
    )
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_is_repeated_is_short_and_harmless() {
        assert_eq!(
            shown("a\u{1b}[2J\u{202e}".as_bytes()),
            "a\\u{1b}[2J\\u{202e}"
        );
        assert_eq!(shown(&[b'x'; 61]), format!("{}…", "x".repeat(60)));
        assert_eq!(shown(&[b'x'; 60]), "x".repeat(60));
    }
}
