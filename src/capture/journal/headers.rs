//! Headers as one string of bytes and back: the lines as they were on the wire.

use memchr::{memchr, memmem};

use super::JournalError;
use crate::webhook::delivery::Headers;
use crate::webhook::wire;

/// The lines: name, colon, one space, value, CR LF.
///
/// # Errors
/// When a name or value holds what ends it, so that it would be read back as something else. Nothing
/// that came over HTTP does.
pub(super) fn write(headers: &Headers) -> Result<Vec<u8>, JournalError> {
    for (name, value) in headers.iter() {
        if name.contains([':', '\r', '\n']) || value.iter().any(|b| matches!(b, b'\r' | b'\n')) {
            return Err(JournalError::Other(
                "a header holds a line end or its name a colon".to_owned(),
            ));
        }
    }
    let mut out = Vec::with_capacity(64 * headers.len());
    wire::write_lines(headers, &mut out);
    Ok(out)
}

/// Reads what [`write()`] wrote; `None` when it is something else.
pub(super) fn read(mut bytes: &[u8]) -> Option<Headers> {
    let mut headers = Vec::new();
    while !bytes.is_empty() {
        let colon = memchr(b':', bytes)?;
        let name = std::str::from_utf8(bytes.get(..colon)?).ok()?;
        let rest = bytes.get(colon..)?.strip_prefix(b": ")?;
        let end = memmem::find(rest, b"\r\n")?;
        headers.push((name, rest.get(..end)?));
        bytes = rest.get(end + 2..)?;
    }
    Some(Headers::packed(headers.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_that_a_line_can_hold_comes_back() {
        let any: Vec<u8> = (0..=255).filter(|b| !matches!(b, b'\r' | b'\n')).collect();
        let values = [&any[..], b"", b" both ends ", b"a: b"];
        let headers: Headers = values.into_iter().map(|v| ("X-Ü", v)).collect();
        assert_eq!(read(&write(&headers).unwrap()), Some(headers));
        assert_eq!(read(b""), Some(Headers::default()));
    }

    #[test]
    fn what_would_come_back_as_something_else_is_refused() {
        for (name, value) in [
            ("a:", "b"),
            ("a\n", "b"),
            ("a", "b\r\nc: d"),
            ("a", "b\nc"),
            ("a", "b\r"),
        ] {
            assert!(write(&[(name, value)].into_iter().collect()).is_err());
        }
        for broken in [&b"a"[..], b"a: b", b"a:b\r\n", b"\xff: b\r\n"] {
            assert_eq!(read(broken), None);
        }
    }
}
