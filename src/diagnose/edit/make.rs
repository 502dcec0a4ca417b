//! How the bytes of each edit are made.

use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// The most bytes a compressed body is expanded to.
const LARGEST: usize = 4 << 20;

/// Without the final line end.
pub fn chomp(body: &[u8]) -> Option<Vec<u8>> {
    let bare = body.strip_suffix(b"\n")?;
    Some(bare.strip_suffix(b"\r").unwrap_or(bare).to_vec())
}

/// LF for each CRLF.
pub fn lf(body: &[u8]) -> Option<Vec<u8>> {
    let mut made = Vec::with_capacity(body.len());
    let mut rest = body.iter().peekable();
    while let Some(byte) = rest.next() {
        if *byte != b'\r' || rest.peek() != Some(&&b'\n') {
            made.push(*byte);
        }
    }
    Some(made)
}

/// CRLF for each bare LF.
pub fn crlf(body: &[u8]) -> Option<Vec<u8>> {
    let mut made = Vec::with_capacity(body.len() + body.len() / 16);
    let mut last = 0;
    for byte in body {
        if *byte == b'\n' && last != b'\r' {
            made.push(b'\r');
        }
        made.push(*byte);
        last = *byte;
    }
    Some(made)
}

/// U+FFFD for what is no UTF-8.
pub fn replaced(body: &[u8]) -> Option<Vec<u8>> {
    Some(String::from_utf8_lossy(body).into_owned().into_bytes())
}

/// Each byte as a Latin-1 character, in UTF-8.
pub fn mojibake(body: &[u8]) -> Option<Vec<u8>> {
    let text: String = body.iter().map(|b| char::from(*b)).collect();
    Some(text.into_bytes())
}

/// As Node does: the low byte of each UTF-16 code unit.
pub fn latin1(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    Some(
        text.encode_utf16()
            .map(|unit| (unit & 0xff) as u8)
            .collect(),
    )
}

/// `?` for each character that is not ASCII.
pub fn questioned(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let ascii = |c: char| u8::try_from(c).ok().filter(u8::is_ascii);
    Some(text.chars().map(|c| ascii(c).unwrap_or(b'?')).collect())
}

/// Latin-1, with `?` for each other character.
pub fn latin1_questioned(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let byte = |c: char| u8::try_from(u32::from(c)).ok();
    Some(text.chars().map(|c| byte(c).unwrap_or(b'?')).collect())
}

/// The content of a gzip or zlib body, unless it is too large or broken.
pub fn gunzip(body: &[u8]) -> Option<Vec<u8>> {
    match body {
        [0x1f, 0x8b, 8, flags, ..] => {
            let start = gzip_header(body, *flags)?;
            decompress_to_vec_with_limit(body.get(start..)?, LARGEST).ok()
        }
        [0x78, ..] => decompress_to_vec_zlib_with_limit(body, LARGEST).ok(),
        _ => None,
    }
}

/// The length of a gzip header (RFC 1952): ten bytes, then what the flags announce.
fn gzip_header(body: &[u8], flags: u8) -> Option<usize> {
    let mut at = 10;
    if flags & 4 != 0 {
        let length = [*body.get(at)?, *body.get(at + 1)?];
        at += 2 + usize::from(u16::from_le_bytes(length));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += body.get(at..)?.iter().position(|b| *b == 0)? + 1;
        }
    }
    Some(at + usize::from(flags & 2))
}

/// `application/x-www-form-urlencoded`.
pub fn form(body: &[u8]) -> Vec<u8> {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'*')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b' ');
    let encoded = percent_encode(body, KEPT).to_string();
    encoded.replace(' ', "+").into_bytes()
}

/// Decoded from form encoding.
pub fn unform(body: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = body
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    percent_decode(&spaced).collect()
}

/// The decoded value of the form's field that begins with `name`, which ends in `=`.
pub fn field(body: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut fields = body.split(|b| *b == b'&');
    let value = fields.find_map(|one| one.strip_prefix(name))?;
    Some(unform(value))
}

/// JSON without `&` or `=` in it, sent as a form, is one field's name.
pub fn keyed(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.replace('+', " ");
    if text.contains(['&', '=', '%']) {
        return None;
    }
    let mut made = b"{".to_vec();
    made.extend_from_slice(serde_json::to_string(&text).ok()?.as_bytes());
    made.extend_from_slice(b":\"\"}");
    Some(made)
}
