//! A JSON string's escapes undone, into generalised UTF-8: a lone surrogate, which no UTF-8 can hold, is
//! the three bytes its number would have.

/// The content of a well-formed string without its quotes.
pub(in crate::diagnose) fn unescape(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while at < inner.len() {
        let byte = inner[at];
        if byte != b'\\' {
            out.push(byte);
            at += 1;
            continue;
        }
        let escape = inner.get(at + 1).copied().unwrap_or(b'\\');
        at += 2;
        if escape == b'u' {
            let mut code = hex(inner, at);
            at += 4;
            let is_high = (0xD800..0xDC00).contains(&code);
            if is_high && inner[at..].starts_with(b"\\u") {
                let low = hex(inner, at + 2);
                if (0xDC00..0xE000).contains(&low) {
                    code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    at += 6;
                }
            }
            push(code, &mut out);
        } else {
            out.push(match escape {
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            });
        }
    }
    out
}

/// The bytes of a code point, also of a surrogate.
fn push(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ]),
    }
}

fn hex(inner: &[u8], at: usize) -> u32 {
    let digits = inner.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |code, digit| {
        code << 4 | char::from(*digit).to_digit(16).unwrap_or(0)
    })
}
