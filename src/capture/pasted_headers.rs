//! Headers as people paste them from a page: `name: value` on a line, or names and values on lines in turn, with headings
//! such as "Request Headers" and "Payload", and the body after them.

use crate::webhook::payload::json::without_bom;
use crate::webhook::record::DeliveryRecord;

use super::error::{CaptureError, excerpt};
use super::exported::ExportedRequest;
use super::pasted;

const HINT: &str = "paste the request headers, an empty line and the body as it was sent (\"view source\"); if the file is a body, give --format body";

/// Whether a text is headers with a body after them.
pub(super) fn is_headers(text: &[u8]) -> bool {
    /// Headers that only requests over HTTP have.
    const OWN: &[&str] = &[
        "host",
        "user-agent",
        "content-length",
        "accept",
        "accept-encoding",
        "content-type",
        "x-forwarded-for",
    ];
    const OF_MAIL: &[&str] = &["received", "subject", "mime-version", "message-id", "from"];
    /// Headers are not longer.
    const MAX_LOOKED_AT: usize = 64 << 10;
    let head = text.get(..MAX_LOOKED_AT).unwrap_or(text);
    let Ok(found) = Pasted::parse(head) else { return false };
    let has = |names: &[&str]| names.iter().any(|name| found.request.headers.get(name).is_some());
    found.request.headers.iter().nth(1).is_some()
        && has(OWN)
        && !has(OF_MAIL)
        && !found.body.trim_ascii().is_empty()
}

/// Reads the request.
///
/// # Errors
/// When a line is no header, and when the body is not that of which the headers speak.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let failed =
        |why: String| CaptureError::new(format!("the pasted headers cannot be read: {why}"), HINT);
    let text = without_bom(bytes).trim_ascii_start();
    let Pasted { mut request, body } = Pasted::parse(text).map_err(failed)?;
    if request.headers.iter().next().is_none() {
        return Err(failed("there is no header".to_owned()));
    }
    let (body, loss) = pasted::body(body, &request.headers).map_err(failed)?;
    request.body = body;
    if let Some(loss) = loss {
        request.lose(loss);
    }
    Ok(vec![request.into_record(1).map_err(failed)?])
}

struct Pasted<'t> {
    request: ExportedRequest,
    body: &'t [u8],
}

/// What a heading announces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    General,
    Headers,
    /// Of the response.
    Other,
    Body,
    Form,
}

impl<'t> Pasted<'t> {
    fn parse(text: &'t [u8]) -> Result<Self, String> {
        let mut request = ExportedRequest::default();
        let mut rest = text;
        let mut section = Section::Headers;
        let mut host = None;
        while let Some((line, after)) = next_line(rest) {
            if line.is_empty() {
                let following = after.trim_ascii_start();
                let next = next_line(following).map(|(line, _)| line).unwrap_or_default();
                if section == Section::Headers
                    && heading(next).is_none()
                    && request.headers.iter().next().is_some()
                {
                    rest = after;
                    break;
                }
                // All blank lines at once: there may be many.
                rest = following;
                continue;
            }
            if let Some(found) = heading(line) {
                section = found;
                rest = after;
                match found {
                    Section::Body => break,
                    Section::Form => {
                        return Err(
                            "it shows the fields of a form, not the bytes of its body".to_owned()
                        );
                    }
                    _ => continue,
                }
            }
            let (name, value, after) = pair(line, after)?;
            rest = after;
            match (section, name.to_ascii_lowercase().as_str()) {
                (Section::Other, _) => {}
                (_, "request url") | (Section::General, "url") => request.url = Some(value),
                (_, "request method") | (Section::General, "method") => {
                    request.method = Some(value)
                }
                (Section::General, _)
                | (_, "status code" | "remote address" | "referrer policy") => {}
                (_, ":method") => request.method = Some(value),
                (_, ":path") => request.url = request.url.take().or(Some(value)),
                (_, ":authority") => host = Some(value),
                _ => request.header(&name, value.as_bytes()),
            }
        }
        if let Some(host) = host.filter(|_| request.headers.get("host").is_none()) {
            let first = ("Host", host.as_bytes());
            request.headers = std::iter::once(first).chain(request.headers.iter()).collect();
        }
        Ok(Self { request, body: if rest.len() < text.len() { rest } else { &[] } })
    }
}

/// A name with its value on the same line or on the next one, and what follows.
fn pair<'t>(line: &'t [u8], after: &'t [u8]) -> Result<(String, String, &'t [u8]), String> {
    let no_header = || format!("`{}` is no header", excerpt(line));
    let text = std::str::from_utf8(line).map_err(|_| no_header())?;
    // A pseudo header starts with a colon.
    let colon = text.get(1..).and_then(|text| text.find(':')).map(|at| at + 1);
    let (name, value) = match colon {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (text, ""),
    };
    let is_known =
        ["request url", "request method", "status code", "remote address", "referrer policy"]
            .contains(&name.to_ascii_lowercase().as_str());
    let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+.^_`|~-:".contains(c);
    if name.is_empty() || !(is_known || name.chars().all(is_name)) {
        return Err(no_header());
    }
    let value = value.trim();
    if !value.is_empty() {
        return Ok((name.to_owned(), value.to_owned(), after));
    }
    match next_line(after) {
        Some((next, rest)) if !next.is_empty() && heading(next).is_none() => {
            let is_next_header = colon.is_some() && has_value(next);
            match std::str::from_utf8(next) {
                Ok(value) if !is_next_header => {
                    Ok((name.to_owned(), value.trim().to_owned(), rest))
                }
                _ => Ok((name.to_owned(), String::new(), after)),
            }
        }
        _ if colon.is_some() => Ok((name.to_owned(), String::new(), after)),
        _ => Err(no_header()),
    }
}

/// Whether a line is a whole header.
fn has_value(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    name > 0 && line.get(name) == Some(&b':') && line.get(name + 1) == Some(&b' ')
}

fn heading(line: &[u8]) -> Option<Section> {
    let words = line.trim_ascii().to_ascii_lowercase();
    let words = words.strip_prefix("▼".as_bytes()).unwrap_or(&words).trim_ascii();
    let words = words.strip_suffix(b":").unwrap_or(words);
    // "Request Headers (12)", "Request Headers view source"
    let words = words.split(|b| *b == b'(').next().unwrap_or_default().trim_ascii();
    let words = words
        .strip_suffix(b"view source")
        .or_else(|| words.strip_suffix(b"view parsed"))
        .unwrap_or(words);
    Some(match words.trim_ascii() {
        b"general" => Section::General,
        b"headers" | b"request headers" | b"http headers" | b"view source" | b"view parsed"
        | b"raw" => Section::Headers,
        b"provisional headers are shown" | b"learn more" => Section::Headers,
        b"response headers" | b"query string parameters" | b"response" => Section::Other,
        b"payload" | b"request payload" | b"body" | b"request body" | b"raw body"
        | b"raw content" | b"post data" => Section::Body,
        b"form data" | b"form values" => Section::Form,
        _ => return None,
    })
}

/// The first line without its end, and what follows; `None` at the end.
fn next_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let line = text.get(..end).unwrap_or_default();
    Some((line.trim_ascii_end(), text.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{detect, shown};

    fn parts(text: &str) -> String {
        let mut all = read(text.as_bytes()).unwrap_or_else(|why| panic!("{text}: {why}"));
        shown(&all.remove(0))
    }

    #[test]
    fn a_long_path_with_wide_characters_is_kept() {
        let path = format!("/{}é", "a".repeat(65_534));
        let text = format!("Host: h\n:path: {path}\n\n{{}}");
        assert!(parts(&text).contains(&path));
    }

    #[test]
    fn headers_of_pages_are_read() {
        for (text, expected) in [
            ("Host: h\nX-Sig: s\n\n{\"a\":1}\n", "POST / Host: h|X-Sig: s {\"a\":1} target,method"),
            (
                "Request Headers\ncontent-length: 2\nx-sig: s\nRequest Payload\n{}\n",
                "POST / content-length: 2|x-sig: s {} target,method",
            ),
            (
                "General\nRequest URL:\nhttps://h/hook?a\nRequest Method:\nPOST\nStatus Code:\n200 OK\nResponse Headers\nserver:\nx\nRequest Headers\n:authority:\nh\nuser-agent:\nu\nx-sig:\ns\n\nPayload\n{}",
                "POST /hook?a Host: h|user-agent: u|x-sig: s {} ",
            ),
            (
                "Headers\ncontent-type\napplication/json\nx-sig\ns\n\nBody\n{\n  \"a\": 1\n}\n",
                "POST / content-type: application/json|x-sig: s {\n  \"a\": 1\n} target,method",
            ),
            (
                "Host: h\r\nContent-Length: 7\r\nX-Empty:\r\n\r\n{\r\n \"a\":1\r\n}\r\n",
                "POST / Host: h|Content-Length: 7|X-Empty:  {\"a\":1} body.reserialized,target,method",
            ),
        ] {
            assert_eq!(parts(text), expected, "{text}");
            assert_eq!(
                detect(text.as_bytes()).map(|format| format.name).map_err(|e| e.clause),
                Ok("headers"),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_no_headers() {
        for text in [
            "Host: a\nX-B: c\n",
            "From: a@b.c\nContent-Type: text/plain\nSubject: s\n\nHello\n",
            "name: x\nversion: 1\n\ntext\n",
            "hello\nworld\n\nx",
        ] {
            assert!(!is_headers(text.as_bytes()), "{text}");
        }
        let blank = format!("Request Headers\n{}", "\n".repeat(300_000));
        assert!(read(blank.as_bytes()).is_err());
        for (text, why) in [
            ("Host: h\nContent-Length: 9\n\n{}\n", "says 9 bytes"),
            ("Host: h\nForm Data\na: b\n", "the fields of a form"),
            ("Host: h\n? x\n\n{}", "is no header"),
            ("", "no header"),
        ] {
            assert!(read(text.as_bytes()).unwrap_err().to_string().contains(why), "{text}");
        }
    }
}
