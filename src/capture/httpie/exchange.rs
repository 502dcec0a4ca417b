//! What `http -v` shows: a request, and the response after it.

use crate::capture::error::excerpt;
use crate::capture::exported::ExportedRequest;
use crate::capture::{http, pasted};
use crate::webhook::delivery::Headers;
use crate::webhook::record::Loss;

/// Where the head and the body of a request are, and the response after them.
struct Exchange<'t> {
    head: &'t [u8],
    body: &'t [u8],
    response: &'t [u8],
}

/// Whether a response follows a request.
pub(super) fn is_exchange(text: &[u8]) -> bool {
    http::is_request(text)
        && split(text).is_some_and(|found| found.response.trim_ascii_start().starts_with(b"HTTP/"))
}

fn split(text: &[u8]) -> Option<Exchange<'_>> {
    let text = text.trim_ascii_start();
    let end = memchr::memmem::find(text, b"\r\n\r\n").map(|at| at + 4);
    let lf = memchr::memmem::find(text, b"\n\n").map(|at| at + 2);
    let end = end.into_iter().chain(lf).min()?;
    let (head, rest) = text.split_at_checked(end)?;
    let length = head_value(head, b"content-length")
        .and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
    if head_value(head, b"transfer-encoding").is_some() {
        return Some(Exchange { head, body: rest, response: &[] });
    }
    let is_response = |text: &[u8]| text.trim_ascii_start().starts_with(b"HTTP/");
    if let Some(after) = length.and_then(|length: usize| rest.get(length..))
        && (is_response(after) || after.trim_ascii().is_empty())
    {
        let body = rest.get(..rest.len() - after.len())?;
        return Some(Exchange { head, body, response: after });
    }
    if length.is_none() && is_response(rest) {
        return Some(Exchange { head, body: &[], response: rest });
    }
    // Raw HTTP requests, one after the other.
    if length.and_then(|length: usize| rest.get(length..)).is_some_and(http::is_request) {
        return None;
    }
    match memchr::memmem::find(rest, b"\n\nHTTP/") {
        Some(at) => Some(Exchange { head, body: rest.get(..at)?, response: rest.get(at..)? }),
        None => Some(Exchange { head, body: rest, response: &[] }),
    }
}

fn head_value<'h>(head: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    head.split(|b| *b == b'\n').find_map(|line| {
        let is_named = line.get(..name.len())?.eq_ignore_ascii_case(name);
        let value = line.get(name.len()..)?.strip_prefix(b":")?;
        is_named.then(|| value.trim_ascii())
    })
}

/// The request that `http -v` shows. On a terminal it formats JSON and sorts keys and headers.
pub(super) fn exchange(text: &[u8]) -> Result<ExportedRequest, String> {
    let Exchange { head, body, response } =
        split(text).ok_or("there is no empty line after its headers")?;
    let follows = response.split(|b| *b == b'\n').skip(1).map(<[u8]>::trim_ascii_end);
    let mut lines = follows.filter(|line| line.ends_with(b" HTTP/1.1"));
    if lines.any(|line| http::is_request(&[line, b"\n"].concat())) {
        return Err("a second request follows".to_owned());
    }
    let mut headers = Headers::default();
    let mut lines =
        head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    for line in lines {
        let colon = memchr::memchr(b':', line)
            .ok_or_else(|| format!("`{}` is no header", excerpt(line)))?;
        let name = String::from_utf8_lossy(line.get(..colon).unwrap_or_default()).into_owned();
        headers.push(name, line.get(colon + 1..).unwrap_or_default().trim_ascii());
    }
    let (body, loss) = pasted::body(body, &headers)?;
    let mut request = ExportedRequest {
        method: Some(method.to_owned()),
        url: Some(target.to_owned()),
        headers,
        ..ExportedRequest::default()
    };
    request.body = body;
    if let Some(loss) = loss {
        request.lose(loss);
        request.lose(Loss::HeaderNames);
    }
    Ok(request)
}
