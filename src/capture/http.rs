//! A delivery as a raw HTTP/1.1 request: head, empty line, body.

use std::fmt::Display;

use bytes::Bytes;

use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::without_bom;

use super::error::{CaptureError, excerpt};

/// Whether the first line is that of an HTTP request.
pub(super) fn is_request(bytes: &[u8]) -> bool {
    const MAX_LINE: usize = 64 << 10;
    let bytes = bytes.get(blank(bytes)..).unwrap_or_default();
    let head = bytes.get(..MAX_LINE).unwrap_or(bytes);
    let Some(end) = head.iter().position(|b| *b == b'\n') else {
        return false;
    };
    let line = head.get(..end).unwrap_or_default().trim_ascii_end();
    let mut words = line.split(|b| *b == b' ');
    let method = words.next().unwrap_or_default();
    let versions = [&b"HTTP/1.1"[..], b"HTTP/1.0", b"HTTP/2", b"HTTP/2.0", b"HTTP/3"];
    !method.is_empty()
        && method.iter().all(|b| b.is_ascii_uppercase() || *b == b'-')
        && versions.contains(&words.next_back().unwrap_or_default())
}

/// Reads requests that follow one another, to the end of the input: what is not read would not be verified. A final
/// line end, as editors add it, may follow; its length is given back. Line ends may be CRLF or LF; a chunked body is
/// taken out of its chunks, unless some tool has done so already.
///
/// # Errors
/// When one of them cannot be read, or something else follows.
pub fn read_all(bytes: Bytes) -> Result<(Vec<Delivery>, usize), CaptureError> {
    let mut deliveries = Vec::new();
    let mut left = bytes;
    loop {
        let (delivery, rest) = one(&left)?;
        deliveries.push(delivery);
        if matches!(&rest[..], b"" | b"\n" | b"\r\n") {
            return Ok((deliveries, rest.len()));
        }
        if !is_request(&rest) {
            return Err(unreadable(format!(
                "{} bytes follow the end of its body, and they are no further request",
                rest.len()
            )));
        }
        left = rest;
    }
}

fn unreadable(why: impl Display) -> CaptureError {
    CaptureError::new(
        format!("the captured request cannot be read: {why}"),
        "capture it again; if the file is a body and no request, give --format body",
    )
}

fn no_end() -> CaptureError {
    unreadable("there is no empty line after its headers")
}

/// The first request, and what follows it.
fn one(bytes: &Bytes) -> Result<(Delivery, Bytes), CaptureError> {
    const MAX_HEADERS: usize = 1000;
    let bytes = bytes.slice(blank(bytes)..);
    let head = bytes.get(..end_of_head(&bytes)?).unwrap_or_default();
    // Tools that show HTTP/2 requests write its version here, which this parser does not know.
    let (line, rest) = first_line_as_http1(head);
    let text = [line.as_slice(), rest].concat();
    let mut slots = vec![httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut slots);
    match request.parse(&text) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(no_end()),
        Err(why) => return Err(unreadable(format!("its head is not HTTP: {why}"))),
    }
    let mut delivery = Delivery::post(request.path.unwrap_or("/"), Bytes::new());
    delivery.method = request.method.unwrap_or("POST").to_owned();
    delivery.headers = request.headers.iter().map(|h| (h.name, h.value)).collect();
    let left;
    (delivery.body, left) = delimit(&delivery.headers, bytes.slice(head.len()..))?;
    // What an editor adds at the end of a file is no body of a request that announces none.
    let has_none = matches!(&*delivery.method, "GET" | "HEAD" | "DELETE" | "OPTIONS")
        && announced(&delivery.headers)?.is_none()
        && !delivery.headers.is_chunked();
    if has_none && matches!(&delivery.body[..], b"\n" | b"\r\n") {
        delivery.body = Bytes::new();
    }
    Ok((delivery, left))
}

/// How many bytes of nothing stand before a request: a byte order mark, empty lines.
fn blank(bytes: &[u8]) -> usize {
    let text = without_bom(bytes);
    let lines = text.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    bytes.len() - text.len() + lines
}

/// Just after the empty line that ends a head.
fn end_of_head(bytes: &[u8]) -> Result<usize, CaptureError> {
    let mut from = 0;
    while let Some((_, after)) = bytes.get(from..).and_then(split_line) {
        from = bytes.len() - after.len();
        match after {
            [b'\n', ..] => return Ok(from + 1),
            [b'\r', b'\n', ..] => return Ok(from + 2),
            _ => {}
        }
    }
    Err(no_end())
}

fn first_line_as_http1(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(0);
    let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
    let line = line.trim_ascii_end();
    for newer in [&b" HTTP/2"[..], b" HTTP/2.0", b" HTTP/3"] {
        if let Some(request) = line.strip_suffix(newer) {
            return ([request, b" HTTP/1.1"].concat(), rest);
        }
    }
    (line.to_vec(), rest)
}

/// The body, and what follows it.
fn delimit(headers: &Headers, body: Bytes) -> Result<(Bytes, Bytes), CaptureError> {
    match (headers.is_chunked(), announced(headers)?) {
        (true, Some(_)) => Err(ambiguous()),
        (true, None) if looks_chunked(&body) => {
            let (whole, used) = dechunk(&body)
                .ok_or_else(|| unreadable("its chunked body is cut off or broken"))?;
            Ok((whole, body.slice(used..)))
        }
        (_, None) => Ok((body, Bytes::new())),
        (false, Some(announced)) => match usize::try_from(announced) {
            Ok(length) if length <= body.len() => Ok((body.slice(..length), body.slice(length..))),
            // A capture that was cut off proves nothing.
            _ => Err(unreadable(format!(
                "it is cut off: Content-Length says {announced} bytes, {} are there",
                body.len()
            ))),
        },
    }
}

fn ambiguous() -> CaptureError {
    unreadable("its headers do not say where its body ends")
}

/// The length that the headers give, if they give one.
fn announced(headers: &Headers) -> Result<Option<u64>, CaptureError> {
    let mut found = None;
    for value in headers.all("content-length") {
        let digits = value.trim_ascii();
        let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
        match number.filter(|n| is_number && found.is_none_or(|f| f == *n)) {
            Some(number) => found = Some(number),
            None => return Err(ambiguous()),
        }
    }
    Ok(found)
}

/// No object or array starts like a chunk: hex digits, then a line end, an extension or the end of what was
/// captured. Nor does one end like the last chunk, after a size that is broken. A body that some tool has
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
        let (line, after) = split_line(rest)?;
        let size = line.split(|b| *b == b';').next()?.trim_ascii();
        let is_hex = !size.is_empty() && size.iter().all(u8::is_ascii_hexdigit);
        let size = std::str::from_utf8(size).ok().filter(|_| is_hex)?;
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = after;
        if size == 0 {
            break;
        }
        out.extend_from_slice(rest.get(..size)?);
        let (nothing, after) = split_line(rest.get(size..)?)?;
        if !nothing.is_empty() {
            return None;
        }
        rest = after;
    }
    loop {
        let (trailer, after) = split_line(rest)?;
        rest = after;
        if trailer.is_empty() {
            return Some((out.into(), body.len() - rest.len()));
        }
    }
}

/// A line without its end, and what follows.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let line = bytes.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), bytes.get(end + 1..)?))
}

/// Checks the parts of a request's head. The error is what no request can hold, in a clause.
pub(crate) fn validate_head(delivery: &Delivery) -> Result<(), String> {
    if !is_token(&delivery.method) {
        return Err(format!("`{}` is no request method", excerpt(delivery.method.as_bytes())));
    }
    let target = &delivery.target;
    // Other characters than those of ASCII end no line and separate nothing: listeners receive them.
    if target.is_empty()
        || target.contains(|c: char| c.is_ascii_whitespace() || c.is_ascii_control())
    {
        return Err(format!("`{}` is no request target", excerpt(target.as_bytes())));
    }
    for (name, value) in delivery.headers.iter() {
        if !is_token(name) {
            return Err(format!("`{}` is no header name", excerpt(name.as_bytes())));
        }
        if value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            return Err(format!(
                "the {} header holds a line break or a zero byte",
                excerpt(name.as_bytes())
            ));
        }
    }
    Ok(())
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let is_tchar = |b: u8| TCHARS.get(usize::from(b)).is_some_and(|is| *is);
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// By their codes: every header name of every delivery of a capture is looked at.
const TCHARS: [bool; 256] = {
    let mut all = [false; 256];
    let mut code = 0;
    while code < all.len() {
        let byte = code as u8;
        all[code] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
            );
        code += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The first request, and how many bytes follow it.
    fn read(bytes: &[u8]) -> Result<(Delivery, usize), CaptureError> {
        one(&Bytes::copy_from_slice(bytes)).map(|(delivery, rest)| (delivery, rest.len()))
    }

    fn body(bytes: &[u8]) -> Bytes {
        read(bytes).unwrap().0.body
    }

    fn is_refused(bytes: &[u8], why: &str) {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(why), "{}: {error}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn line_feeds_newer_versions_and_chunks_are_read() {
        assert_eq!(&body(b"POST / HTTP/1.1\nA: b\n\n{}\n")[..], b"{}\n");
        let (newer, _) = read(b"POST /x HTTP/2\r\nA: b\r\n\r\n{}").unwrap();
        assert_eq!(newer.target, "/x");
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n1\r\n \r\n0\r\n\r\n";
        assert_eq!(&body(chunked)[..], b"{} ");
        let undone = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}";
        assert_eq!(&body(undone)[..], b"{}");
    }

    #[test]
    fn a_capture_that_is_not_whole_is_an_error() {
        is_refused(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n{}", "says 5 bytes, 2 are there");
        is_refused(b"POST / HTTP/1.1\r\nA: b\r\n", "no empty line");
        for cut in ["5\r\n{}", "5", "0\r\n", "", "1\r\n1", "5x\r\nhello\r\n0\r\n\r\n"] {
            let request = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{cut}");
            is_refused(request.as_bytes(), "cut off or broken");
        }
        let (_, left_over) = read(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}\n").unwrap();
        assert_eq!(left_over, 1);
    }

    #[test]
    fn requests_that_follow_one_another_are_all_read_or_none() {
        let request = b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
        let chunked =
            b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\nA: b\r\n\r\n";
        let all = [&request[..], chunked, b"\r\n", request, b"\n"].concat();
        let (deliveries, left_over) = read_all(all.into()).unwrap();
        let targets: Vec<_> = deliveries.iter().map(|d| d.target.as_str()).collect();
        assert_eq!((targets, left_over), (vec!["/a", "/b", "/a"], 1));
        for more in [&b"x"[..], b"\n\n", b"{\"a\":1}", b"POST"] {
            let all = [&request[..], more].concat();
            let error = read_all(all.into()).unwrap_err().to_string();
            assert!(error.contains(&format!("{} bytes follow", more.len())), "{error}");
        }
        let cut = [&request[..], &request[..20]].concat();
        assert!(read_all(cut.into()).is_err());
    }

    #[test]
    fn an_ambiguous_length_is_an_error() {
        for lengths in [
            "Content-Length: 2\r\nContent-Length: 3\r\n",
            "Content-Length: banana\r\n",
            "Content-Length: +2\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: \r\n",
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        ] {
            let request = format!("POST / HTTP/1.1\r\n{lengths}\r\n{{}}");
            is_refused(request.as_bytes(), "do not say where its body ends");
        }
        let twice = b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(&body(twice)[..], b"{}");
    }

    #[test]
    fn nothing_that_would_become_another_header_is_read() {
        let with = |name: &str, value: &[u8]| {
            let mut delivery = Delivery::post("/", Bytes::new());
            delivery.headers.push(name, value);
            validate_head(&delivery)
        };
        assert!(with("X-A", b"ok \xff\t").is_ok());
        for (name, value) in [
            ("X-A", &b"a\r\nX-B: c"[..]),
            ("X-A", b"a\0"),
            ("X A", b""),
            ("", b""),
            ("X:", b""),
            ("X\n", b""),
        ] {
            assert!(with(name, value).is_err(), "{name} {value:?}");
        }
        for target in ["", "/a b", "/\r\nX: y"] {
            assert!(validate_head(&Delivery::post(target, Bytes::new())).is_err());
        }
    }
}
