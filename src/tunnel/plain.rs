//! What a client writes for a terminal, as text: no colours, no links.

/// A line without the escape sequences that colour it.
pub fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            // A control sequence ends at its first letter or sign.
            Some('[') => {
                chars.find(|c| matches!(c, '@'..='~'));
            }
            // A command to the terminal, such as a link, ends at a bell or at ESC \.
            Some(']') => {
                let end = chars.find(|c| matches!(c, '\u{7}' | '\u{1b}'));
                if end == Some('\u{1b}') {
                    chars.next();
                }
            }
            _ => {}
        }
    }
    out
}
