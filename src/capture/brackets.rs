//! The ends of brackets, arguments and quoted strings in programs.

/// Just after the parenthesis that closes the one that a text starts with.
pub(super) fn closing(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'\'' | b'"' | b'`' => at += quoted(text.get(at..)?)? - 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The place of the comma or parenthesis that ends an argument.
pub(super) fn closing_of_list(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b',' | b')' => return Some(at),
            b'(' | b'[' | b'{' => at += closing(text.get(at..)?)?,
            b'\'' | b'"' | b'`' => at += quoted(text.get(at..)?)?,
            _ => at += 1,
        }
    }
}

/// The length of the quoted string that a text starts with.
fn quoted(text: &[u8]) -> Option<usize> {
    let quote = *text.first()?;
    let mut at = 1;
    loop {
        match *text.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}
