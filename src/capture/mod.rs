//! Deliveries in files: one module per format, and none of them loses a byte. The first bytes of a file tell its
//! format, so that a body that is no capture need not be read to the end.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::Error;
use crate::escape::clipped;
use crate::webhook::payload::json::without_bom;

pub mod curl;
pub mod har;
pub mod http;
pub mod journal;
pub mod ndjson;
mod url;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A body and nothing else.
    Body,
    /// A raw HTTP request.
    Http,
    /// An HTTP archive.
    Har,
    /// A curl command line.
    Curl,
    /// The lines of `listen --json`.
    Ndjson,
    /// The journal of `listen --record`.
    Journal,
}

/// Detects a capture by its content; anything else is a body.
pub fn detect(bytes: &[u8]) -> Format {
    if bytes.starts_with(b"SQLite format 3\0") {
        return Format::Journal;
    }
    let text = without_bom(bytes).trim_ascii_start();
    if text.starts_with(b"{") {
        return match first_key(text) {
            Some((b"log", log)) if is_log(log) => Format::Har,
            // Sorted by name, a line begins with its body.
            Some((b"type" | b"body" | b"body_base64", _)) if is_line(text) => Format::Ndjson,
            _ => Format::Body,
        };
    }
    if http::is_request(bytes) {
        return Format::Http;
    }
    if !text.starts_with(b"[") && curl::is_command(text) {
        return Format::Curl;
    }
    Format::Body
}

/// Detects a capture by its beginning, whatever follows; `None` when more of it has to be seen.
pub(crate) fn detect_beginning(beginning: &[u8]) -> Option<Format> {
    let text = without_bom(beginning).trim_ascii_start();
    let first = text.first()?;
    let known = match first {
        b'{' => match first_key(text) {
            Some((b"log", log)) => log.first().is_some_and(|byte| *byte != b'{'),
            Some((b"type" | b"body" | b"body_base64", _)) => text.contains(&b'\n'),
            Some((_, value)) => !value.is_empty(),
            None => !is_cut(text),
        },
        // The first word decides, unless it is a comment or may be followed by one.
        b'#' | b'$' => false,
        _ => text.contains(&b'\n') && !text.starts_with(b"printf"),
    };
    known.then(|| detect(beginning))
}

/// The longest first key that is looked at.
const MAX_KEY: usize = 16;

/// Whether a JSON object that shows no first key may show one when there is more of it.
fn is_cut(text: &[u8]) -> bool {
    let text = text.get(1..).unwrap_or_default().trim_ascii_start();
    let Some(key) = text.strip_prefix(b"\"") else {
        return text.is_empty();
    };
    match key.iter().take(MAX_KEY).position(|b| *b == b'"') {
        None => key.len() < MAX_KEY,
        Some(end) => {
            let after = key.get(end + 1..).unwrap_or_default().trim_ascii_start();
            after.is_empty() || after.starts_with(b":")
        }
    }
}

/// The first key of a JSON object, and what follows its colon.
fn first_key(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"{")?.trim_ascii_start();
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().take(MAX_KEY).position(|b| *b == b'"')?;
    let rest = text.get(end + 1..)?.trim_ascii_start();
    let value = rest.strip_prefix(b":")?.trim_ascii_start();
    Some((text.get(..end)?, value))
}

/// Whether this is the `log` of an archive: one of its fields comes first, and there are entries.
fn is_log(log: &[u8]) -> bool {
    let own = [&b"version"[..], b"creator", b"browser", b"pages", b"entries", b"comment"];
    first_key(log).is_some_and(|(key, _)| own.contains(&key))
        && log.windows(9).any(|w| w == b"\"entries\"")
}

/// Whether the first line is one that a listener prints. A provider may name a type, too: the line's
/// other fields tell.
fn is_line(text: &[u8]) -> bool {
    if let Some((b"type", value)) = first_key(text) {
        let types = [&b"\"delivery\""[..], b"\"ready\"", b"\"turned_away\""];
        if !types.iter().any(|kind| value.starts_with(kind)) {
            return false;
        }
    }
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<Line<'_>>(line).is_ok_and(|line| line.is_listeners())
}

#[derive(Deserialize)]
struct Line<'l> {
    #[serde(rename = "type")]
    kind: &'l str,
    url: Option<IgnoredAny>,
    reason: Option<IgnoredAny>,
    method: Option<IgnoredAny>,
    target: Option<IgnoredAny>,
    headers: Option<IgnoredAny>,
}

impl Line<'_> {
    fn is_listeners(&self) -> bool {
        match self.kind {
            "delivery" => self.method.is_some() && self.target.is_some() && self.headers.is_some(),
            "ready" => self.url.is_some(),
            "turned_away" => self.reason.is_some(),
            _ => false,
        }
    }
}

/// Why a capture cannot be read. What it repeats of the capture is escaped: it is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureError {
    message: String,
    hint: &'static str,
    /// Whether the capture could be read, and asks for what is not done.
    is_refused: bool,
}

impl CaptureError {
    fn new(message: String, hint: &'static str) -> Self {
        Self { message, hint, is_refused: false }
    }
}

impl From<CaptureError> for Error {
    fn from(why: CaptureError) -> Self {
        match why.is_refused {
            true => Self::usage(why.message, why.hint),
            false => Self::io(why.message, why.hint),
        }
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CaptureError {}

/// The text of `bytes` for an error: at most 60 characters, escaped, with an ellipsis when there is more.
fn excerpt(bytes: &[u8]) -> String {
    clipped(bytes, 60)
}

/// What is wrong with JSON; the parser repeats values whole.
fn json_error(error: &serde_json::Error) -> String {
    let place = match error.line() {
        0 | 1 => format!("column {}", error.column()),
        line => format!("line {line}, column {}", error.column()),
    };
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{} ({place})", clipped(what.as_bytes(), 120))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERY: &str =
        r#"{"type":"delivery","id":1,"method":"POST","target":"/","headers":[],"body":""}"#;

    #[test]
    fn captures_are_detected_by_their_content() {
        let sorted = r#"{"body":"{}","headers":[],"method":"POST","target":"/","type":"delivery"}"#;
        let har = r#"{ "log": {"version":"1.2","creator":{},"entries":[]}}"#;
        for (text, format) in [
            ("SQLite format 3\0rest", Format::Journal),
            ("POST / HTTP/1.1\r\n\r\n", Format::Http),
            ("\u{feff}\r\n\nPOST /a HTTP/1.1\r\n", Format::Http),
            ("GET /a HTTP/2\n\n", Format::Http),
            (har, Format::Har),
            (&format!("\u{feff}\n {har}"), Format::Har),
            (DELIVERY, Format::Ndjson),
            (&format!("\n\n{DELIVERY}\n{DELIVERY}\n"), Format::Ndjson),
            (r#"{"type":"ready","url":"http://127.0.0.1:1"}"#, Format::Ndjson),
            (sorted, Format::Ndjson),
            ("curl http://h", Format::Curl),
            ("$ curl \\\n 'http://h'", Format::Curl),
            ("#!/bin/sh\n# again\n\n  /usr/bin/curl -d a http://h", Format::Curl),
            ("printf '\\000' | curl h --data-binary @-", Format::Curl),
            ("curl", Format::Curl),
        ] {
            assert_eq!(detect(text.as_bytes()), format, "{text}");
        }
    }

    #[test]
    fn a_beginning_is_detected_as_the_whole_is_or_not_at_all() {
        let mut detected = 0;
        for whole in [
            format!("\u{feff}\n{DELIVERY}\n{DELIVERY}\n"),
            r#" {"log": {"version":"1.2","entries":[]}}"#.to_owned(),
            r#"{"log":[{"entries":1}]}"#.to_owned(),
            r#"{"log":3}"#.to_owned(),
            r#"{"eventType":"lead.submit"}"#.to_owned(),
            "{\"type\":\n\"delivery\"}".to_owned(),
            "{\"a long name that is no key of a capture's\":1}".to_owned(),
            "{ 1: 2}".to_owned(),
            "{\"type\" \"delivery\"}".to_owned(),
            "\r\nPOST / HTTP/1.1\r\n\r\n".to_owned(),
            "# a\n$ curl http://h\n".to_owned(),
            "printf a |\n curl h -d @-".to_owned(),
            "curl h \\\n -d a".to_owned(),
            "curl\th".to_owned(),
            "[\n1]".to_owned(),
            "a=b".to_owned(),
            "SQLite format 3\0\n".to_owned(),
            "SQLite format 3\n".to_owned(),
        ] {
            let format = detect(whole.as_bytes());
            for end in 0..=whole.len() {
                if let Some(found) = detect_beginning(&whole.as_bytes()[..end]) {
                    assert_eq!(found, format, "{:?}", &whole.as_bytes()[..end]);
                    detected += 1;
                }
            }
        }
        assert!(detected > 100, "{detected}");
    }

    #[test]
    fn a_body_is_a_body() {
        for text in [
            "",
            "{}",
            "{",
            "{\"",
            "{\"log\"",
            "[1]",
            "a=b&c=d",
            "POST",
            "\n",
            "hello / HTTP/1.1\n",
            "HTTP/1.1 200 OK\r\n",
            r#"{"eventType":"lead.submit"}"#,
            r#"{"log":{"level":"info","entries":[]}}"#,
            r#"{"log":{"version":1}}"#,
            r#"{"log":[]}"#,
            r#"{"type":"delivery","status":"shipped"}"#,
            r#"{"type":"ready"}"#,
            r#"{"type":"summary"}"#,
            r#"{"body":"text","type":"message"}"#,
            "{\n  \"type\": \"delivery\"\n}",
            "curling is a sport",
            "printf",
            "# a comment\n",
        ] {
            assert_eq!(detect(text.as_bytes()), Format::Body, "{text}");
        }
        assert_eq!(detect(&[0xff; 100]), Format::Body);
        assert_eq!(detect("{\"type\":\"delivery\",\"a\":".repeat(9000).as_bytes()), Format::Body);
    }

    #[test]
    fn what_is_repeated_is_short_and_harmless() {
        assert_eq!(excerpt("a\u{1b}[2J\u{202e}".as_bytes()), "a\\u{1b}[2J\\u{202e}");
        assert_eq!(excerpt(&[b'x'; 61]), format!("{}…", "x".repeat(60)));
        assert_eq!(excerpt(&[b'x'; 60]), "x".repeat(60));
        let json = format!("[\n\"\u{202e}{}\"]", "x".repeat(1000));
        let error = serde_json::from_str::<Vec<u8>>(&json).unwrap_err();
        let text = json_error(&error);
        assert!(text.len() < 200 && !text.contains('\u{202e}'), "{text}");
        assert!(text.ends_with("… (line 2, column 1005)"), "{text}");
    }
}
