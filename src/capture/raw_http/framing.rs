//! Where the body of a captured request ends, and what follows it. What the headers do not say clearly is
//! not guessed: a gate stands on it.

use bytes::Bytes;

use crate::webhook::delivery::Headers;
use crate::webhook::wire::is_chunked;

use super::RawError;

/// The body, and what follows it.
pub(super) fn delimit(headers: &Headers, body: Bytes) -> Result<(Bytes, Bytes), RawError> {
    let announced = announced(headers)?;
    if is_chunked(headers) {
        return match announced {
            Some(_) => Err(RawError::Ambiguous),
            None if !looks_chunked(&body) => Ok((body, Bytes::new())),
            None => {
                let (whole, used) = dechunk(&body).ok_or(RawError::Chunks)?;
                Ok((whole, body.slice(used..)))
            }
        };
    }
    let Some(announced) = announced else {
        return Ok((body, Bytes::new()));
    };
    match usize::try_from(announced) {
        Ok(length) if length <= body.len() => Ok((body.slice(..length), body.slice(length..))),
        _ => Err(RawError::Truncated {
            announced,
            found: body.len(),
        }),
    }
}

/// The length that the headers give, if they give one.
fn announced(headers: &Headers) -> Result<Option<u64>, RawError> {
    let mut found = None;
    for value in headers.all("content-length") {
        let digits = value.trim_ascii();
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(digits)
            .ok()
            .and_then(|d| d.parse().ok());
        match number.filter(|n| is_number && found.is_none_or(|f| f == *n)) {
            Some(number) => found = Some(number),
            None => return Err(RawError::Ambiguous),
        }
    }
    Ok(found)
}

/// No object or array starts like a chunk: hex digits, then a line end, an extension or the end of what was
/// captured. Nor does one end like the last chunk, behind a size that is broken. A body that some tool has
/// taken out of its chunks is not empty.
fn looks_chunked(body: &[u8]) -> bool {
    let digits = body.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    match body.get(digits) {
        None => true,
        Some(b'\r' | b'\n' | b';' | b' ') => digits > 0,
        Some(_) => digits > 0 && body.ends_with(b"\r\n0\r\n\r\n"),
    }
}

/// The body inside its chunks, and how many bytes those take, trailers included.
fn dechunk(body: &[u8]) -> Option<(Bytes, usize)> {
    let mut out = Vec::new();
    let mut rest = body;
    loop {
        let (line, behind) = split_line(rest)?;
        let size = line.split(|b| *b == b';').next()?.trim_ascii();
        let is_hex = !size.is_empty() && size.iter().all(u8::is_ascii_hexdigit);
        let size = std::str::from_utf8(size).ok().filter(|_| is_hex)?;
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = behind;
        if size == 0 {
            break;
        }
        out.extend_from_slice(rest.get(..size)?);
        let (nothing, behind) = split_line(rest.get(size..)?)?;
        if !nothing.is_empty() {
            return None;
        }
        rest = behind;
    }
    loop {
        let (trailer, behind) = split_line(rest)?;
        rest = behind;
        if trailer.is_empty() {
            return Some((out.into(), body.len() - rest.len()));
        }
    }
}

/// A line without its end, and what follows.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let line = bytes.get(..end)?;
    Some((
        line.strip_suffix(b"\r").unwrap_or(line),
        bytes.get(end + 1..)?,
    ))
}
