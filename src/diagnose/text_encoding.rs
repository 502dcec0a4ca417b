//! What becomes of a text that is read or written in another encoding than UTF-8, or in pieces.

use crate::webhook::payload::json::BOM;

/// The characters of Windows-1252 from 0x80 to 0x9F; `\0` where there is none.
const WINDOWS: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// U+FFFD in UTF-8.
pub const REPLACEMENT: &[u8] = b"\xef\xbf\xbd";

fn text(body: &[u8]) -> Option<&str> {
    std::str::from_utf8(body).ok().filter(|text| !text.is_ascii())
}

/// U+FFFD for invalid UTF-8.
pub fn replaced(body: &[u8]) -> Option<Vec<u8>> {
    Some(String::from_utf8_lossy(body).into_owned().into_bytes())
}

/// Each byte as a Latin-1 character, in UTF-8.
pub fn mojibake(body: &[u8]) -> Option<Vec<u8>> {
    let text: String = body.iter().map(|b| char::from(*b)).collect();
    Some(text.into_bytes())
}

/// Each byte as a character of Windows-1252, in UTF-8.
pub fn windows_mojibake(body: &[u8]) -> Option<Vec<u8>> {
    let read = |b: &u8| match b {
        0x80..0xA0 => match WINDOWS.get(usize::from(*b - 0x80)) {
            None | Some('\0') => '\u{fffd}',
            Some(c) => *c,
        },
        b => char::from(*b),
    };
    let text: String = body.iter().map(read).collect();
    Some(text.into_bytes())
}

/// Written in Windows-1252, with `?` for other characters.
pub fn windows(body: &[u8]) -> Option<Vec<u8>> {
    let write = |c: char| match u32::from(c) {
        code @ (..0x80 | 0xA0..=0xFF) => code as u8,
        _ => WINDOWS
            .iter()
            .position(|one| *one == c && c != '\0')
            .and_then(|at| u8::try_from(at + 0x80).ok())
            .unwrap_or(b'?'),
    };
    Some(text(body)?.chars().map(write).collect())
}

/// The low byte of each UTF-16 code unit, as Node does.
pub fn latin1(body: &[u8]) -> Option<Vec<u8>> {
    Some(text(body)?.encode_utf16().map(|unit| (unit & 0xff) as u8).collect())
}

/// Each byte without its upper bit, as Node's `toString('ascii')` does.
pub fn seven_bits(body: &[u8]) -> Option<Vec<u8>> {
    Some(body.iter().map(|b| b & 0x7f).collect())
}

/// What an encoder writes for each character after `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// `?` for a character.
    Character,
    /// `?` for a UTF-16 code unit.
    Unit,
    /// `?` for a byte of UTF-8.
    Byte,
    /// U+FFFD for a byte of UTF-8.
    ReplacementOfByte,
    Nothing,
    /// `&#233;`, as Python's `xmlcharrefreplace`.
    Reference,
    /// `\xe9`, as Python's `backslashreplace`.
    Backslash,
}

/// A byte for each character up to `last`, and something else for every other.
pub fn limited(body: &[u8], last: char, instead: Instead) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    for c in text(body)?.chars() {
        if c <= last {
            out.push(u8::try_from(u32::from(c)).ok()?);
            continue;
        }
        let code = u32::from(c);
        match instead {
            Instead::Character => out.push(b'?'),
            Instead::Unit => out.extend(std::iter::repeat_n(b'?', c.len_utf16())),
            Instead::Byte => out.extend(std::iter::repeat_n(b'?', c.len_utf8())),
            Instead::ReplacementOfByte => out.extend(REPLACEMENT.repeat(c.len_utf8())),
            Instead::Nothing => {}
            Instead::Reference => out.extend(format!("&#{code};").bytes()),
            Instead::Backslash => out.extend(match code {
                ..0x100 => format!("\\x{code:02x}").into_bytes(),
                0x100..0x1_0000 => format!("\\u{code:04x}").into_bytes(),
                _ => format!("\\U{code:08x}").into_bytes(),
            }),
        }
    }
    Some(out)
}

/// In UTF-16, with the lower byte first.
pub fn utf16(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// The same with a byte order mark.
pub fn utf16_bom(body: &[u8]) -> Option<Vec<u8>> {
    Some([&b"\xff\xfe"[..], &utf16(body)?].concat())
}

pub fn utf16_big(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect())
}

/// A body that was decoded in pieces of `size` bytes: a character that lies in two of them is U+FFFD several times.
pub fn in_pieces(body: &[u8], size: usize) -> Option<Vec<u8>> {
    let text = text(body)?;
    let mut places = (size..body.len()).step_by(size).peekable();
    if places.by_ref().all(|at| text.is_char_boundary(at)) {
        return None;
    }
    let pieces = body
        .chunks(size)
        .flat_map(|piece| String::from_utf8_lossy(piece).into_owned().into_bytes());
    Some(pieces.collect())
}

/// Every place at which a character may have been split, and how often U+FFFD stands for it then.
pub fn splits(body: &[u8]) -> impl Iterator<Item = (usize, usize, usize)> {
    let text = text(body).unwrap_or_default();
    text.char_indices().filter(|(_, c)| !c.is_ascii() && *c != '\u{fffd}').flat_map(|(at, c)| {
        let length = c.len_utf8();
        // A beginning is one U+FFFD, and each byte of the rest is one; other decoders write one for the whole.
        (1..=length).map(move |count| (at, length, count))
    })
}

/// With a byte order mark for UTF-8.
pub fn with_bom(body: &[u8]) -> Option<Vec<u8>> {
    Some([BOM, body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_in_two_pieces_is_replaced_as_often_as_by_real_decoders() {
        let body = "aé€😀".as_bytes();
        // Node: chunks of Buffer.from('aé€😀'), each with toString().
        let of = |size| String::from_utf8(in_pieces(body, size).unwrap()).unwrap();
        assert_eq!(of(2), format!("a{}", "\u{fffd}".repeat(8)));
        assert_eq!(of(3), "aé€\u{fffd}\u{fffd}");
        assert_eq!(in_pieces(b"plain", 2), None);
        assert_eq!(splits("aé".as_bytes()).collect::<Vec<_>>(), [(1, 2, 1), (1, 2, 2)]);
    }

    #[test]
    fn encoders_differ_in_what_they_write_instead() {
        let body = "é😀".as_bytes();
        let of = |instead| String::from_utf8(limited(body, '\u{7f}', instead).unwrap()).unwrap();
        assert_eq!(of(Instead::Character), "??");
        assert_eq!(of(Instead::Unit), "???");
        assert_eq!(of(Instead::Byte), "??????");
        assert_eq!(of(Instead::Nothing), "");
        assert_eq!(of(Instead::Backslash), "\\xe9\\U0001f600");
        assert_eq!(windows("€é☺".as_bytes()).unwrap(), b"\x80\xe9?");
        assert_eq!(windows_mojibake(b"\xe2\x82\xac").unwrap(), "â‚¬".as_bytes());
    }
}
