//! The functions that change the bytes of a body: line ends, containers and texts of it, and what these hold.

use std::fmt::Write;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};

use super::form::DIALECTS;

/// The most bytes that a compressed body is expanded to.
const MAX_EXPANDED: usize = 4 << 20;

/// In the dialect that most programs write forms in.
pub fn encoded(body: &[u8]) -> Vec<u8> {
    DIALECTS.first().map(|dialect| dialect.encode(body).into_bytes()).unwrap_or_default()
}

pub fn join(body: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    Some([body, after].concat())
}

/// Without the final line end.
pub fn chomp(body: &[u8]) -> Option<Vec<u8>> {
    let bare = body.strip_suffix(b"\n")?;
    Some(bare.strip_suffix(b"\r").unwrap_or(bare).to_vec())
}

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

/// The content of a gzip or zlib body, unless it is too large or damaged.
pub fn gunzip(body: &[u8]) -> Option<Vec<u8>> {
    match body {
        [0x1f, 0x8b, 8, flags, ..] => {
            let start = gzip_header(body, *flags)?;
            decompress_to_vec_with_limit(body.get(start..)?, MAX_EXPANDED).ok()
        }
        [0x78, ..] => decompress_to_vec_zlib_with_limit(body, MAX_EXPANDED).ok(),
        _ => None,
    }
}

/// The length of a gzip header (RFC 1952): ten bytes, then what the flags announce.
pub fn gzip_header(body: &[u8], flags: u8) -> Option<usize> {
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

/// JSON without `&` or `=` in it, sent as a form, is one field's name.
pub fn keyed(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.replace('+', " ");
    if text.contains(['&', '=', '%']) {
        return None;
    }
    Some([b"{", serde_json::to_string(&text).ok()?.as_bytes(), b":\"\"}"].concat())
}

/// A JSON string that holds the body.
pub fn json_string(body: &[u8]) -> Option<Vec<u8>> {
    serde_json::to_string(std::str::from_utf8(body).ok()?).ok().map(String::into_bytes)
}

/// `JSON.stringify` of a Node buffer.
pub fn buffer(body: &[u8]) -> Option<Vec<u8>> {
    Some(format!("{{\"type\":\"Buffer\",\"data\":[{}]}}", numbers(body)).into_bytes())
}

/// The bytes as decimal numbers with commas, as a `Uint8Array` is as text.
pub fn numbers(body: &[u8]) -> String {
    let mut out = String::with_capacity(body.len() * 4);
    for (at, byte) in body.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        // Writing into a string does not fail.
        let _ = write!(out, "{byte}");
    }
    out
}

/// `str` of Python's `bytes`.
pub fn python_bytes(body: &[u8]) -> Option<Vec<u8>> {
    let is_double = body.contains(&b'\'') && !body.contains(&b'"');
    let quote = if is_double { b'"' } else { b'\'' };
    let mut out = vec![b'b', quote];
    for byte in body {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b if *b == quote => out.extend_from_slice(&[b'\\', quote]),
            b' '..=b'~' => out.push(*byte),
            b => out.extend_from_slice(format!("\\x{b:02x}").as_bytes()),
        }
    }
    out.push(quote);
    Some(out)
}

/// The bytes of which this is `str` in Python: `b'…'`.
pub fn from_python_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii().strip_prefix(b"b")?;
    let quote = *text.first().filter(|quote| matches!(quote, b'\'' | b'"'))?;
    let inner = text.get(1..)?.strip_suffix(&[quote])?;
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let (escape, after) = rest.split_first()?;
        rest = after;
        out.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            other => *other,
        });
    }
    Some(out)
}

/// The bytes that a base64 body holds, which may be in lines.
pub fn unbase64(body: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = body.iter().filter(|b| !b.is_ascii_whitespace()).copied().collect();
    let codecs = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    let decoded = codecs.iter().find_map(|codec| codec.decode(&text).ok());
    decoded.filter(|decoded| decoded.len() > 1)
}

/// Base64 in lines of 76 characters, each of which ends in a newline.
pub fn base64_lines(body: &[u8]) -> Option<Vec<u8>> {
    let text = BASE64.encode(body).into_bytes();
    let lines = text.chunks(76).flat_map(|line| [line, b"\n"].concat());
    Some(lines.collect())
}
