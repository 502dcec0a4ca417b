//! What stands between `$'` and `'`: bash's quotes with the escapes of C, in which browsers write every
//! command that holds a quote or a control character.

/// Reads up to the closing quote: the bytes, and how many were used, the quote included. `None` when it
/// is not closed.
pub(super) fn read(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'\'' => return Some((out, at + 1)),
            b'\\' => at += 1 + escape(text.get(at + 1..)?, &mut out)?,
            other => {
                out.push(other);
                at += 1;
            }
        }
    }
}

/// Undoes the escape behind a backslash; says how many bytes it has.
fn escape(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let letter = *text.first()?;
    let behind = text.get(1..).unwrap_or_default();
    let plain = match letter {
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' | b'\'' | b'"' | b'?' => letter,
        b'0'..=b'7' => {
            let (value, length) = number(text, 3, 8);
            out.extend(value.to_le_bytes().first());
            return Some(length);
        }
        b'c' => {
            out.push(behind.first()? & 0x1f);
            return Some(2);
        }
        b'x' | b'u' | b'U' => return Some(1 + coded(letter, behind, out)),
        _ => {
            out.extend([b'\\', letter]);
            return Some(1);
        }
    };
    out.push(plain);
    Some(1)
}

/// A byte or character by its number; says how many digits it has.
fn coded(letter: u8, text: &[u8], out: &mut Vec<u8>) -> usize {
    let most = match letter {
        b'x' => 2,
        b'u' => 4,
        _ => 8,
    };
    let (value, length) = number(text, most, 16);
    if length == 0 {
        out.extend([b'\\', letter]);
        return 0;
    }
    if letter == b'x' {
        out.extend(value.to_le_bytes().first());
        return length;
    }
    // A browser's strings are UTF-16, and some write both halves of a pair; bash would make two broken
    // characters of what was one.
    if let Some(low) = text.get(length..).and_then(|t| t.strip_prefix(b"\\u")) {
        let (low, digits) = number(low, 4, 16);
        let units = [value, low].map(|unit| u16::try_from(unit).unwrap_or(0));
        if (0xd800..0xdc00).contains(&value) && (0xdc00..0xe000).contains(&low) {
            out.extend_from_slice(String::from_utf16_lossy(&units).as_bytes());
            return length + 2 + digits;
        }
    }
    match char::from_u32(value) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        // Half a pair, as bash writes it: three bytes like any other character of its size.
        None if value < 0x1_0000 => {
            for (shift, mark, mask) in [(12, 0xe0, 0x0f), (6, 0x80, 0x3f), (0, 0x80, 0x3f)] {
                out.extend(u8::try_from(mark | ((value >> shift) & mask)));
            }
        }
        None => out.extend_from_slice("\u{fffd}".as_bytes()),
    }
    length
}

/// A number of at most `most` digits, and how many it has.
fn number(text: &[u8], most: usize, radix: u32) -> (u32, usize) {
    let digits = text
        .iter()
        .take(most)
        .map_while(|b| char::from(*b).to_digit(radix));
    digits.fold((0u32, 0), |(value, length), digit| {
        (value.wrapping_mul(radix) | digit, length + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn escapes_are_undone_as_bash_does() {
        for (text, expected) in [
            (r"a\n\r\t\\\'\?\e", &b"a\n\r\t\\'?\x1b"[..]),
            (r"\0\0411\377", b"\0!1\xff"),
            (r"\x0a\xe9\x4zz\xg", b"\n\xe9\x04zz\\xg"),
            (r"\u0021\u00e9\ue9g\U1F600", "!éég😀".as_bytes()),
            (r"\ud83d\ude00", "😀".as_bytes()),
            (r"\ud83dx", b"\xed\xa0\xbdx"),
            (r"\q\ca", b"\\q\x01"),
            (r"\UFFFFFFFF", "\u{fffd}".as_bytes()),
        ] {
            let quoted = [text.as_bytes(), b"' rest"].concat();
            let read = read(&quoted).unwrap();
            assert_eq!(read, (expected.to_vec(), text.len() + 1), "{text}");
        }
    }

    #[test]
    fn an_open_quote_is_nothing() {
        for text in [&b""[..], b"a", b"\\", b"\\'", b"\\x", b"\\c"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
