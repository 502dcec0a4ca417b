//! Deliveries as `listen --json` prints them, one JSON object a line: read back from a log, and written
//! in the same shape from any other capture.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::examine::without_bom;
use crate::webhook::validate::Validity;
use crate::webhook::verify::Verdict;

use super::shown::{json_error, shown};
use super::{CaptureError, Captured, Found, sendable};
use crate::safe::json::{self, RequestPart};

/// Reads the deliveries of a log; what else a listener prints is passed over.
///
/// # Errors
/// For a line that no listener prints, with its number.
pub fn read(bytes: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    read_piece(without_bom(bytes), 0, 0).map(|piece| piece.deliveries)
}

/// Some lines of a log.
#[derive(Debug)]
pub struct Piece {
    /// The deliveries.
    pub deliveries: Vec<Captured>,
    /// Whether one of them had no number of its own and was given that of its place in the log.
    pub is_counted: bool,
}

/// Reads some whole lines of a log, with so many lines and deliveries before them.
///
/// # Errors
/// As [`read`].
pub fn read_piece(
    bytes: &[u8],
    lines_before: usize,
    deliveries_before: u64,
) -> Result<Piece, CaptureError> {
    let mut piece = Piece {
        deliveries: Vec::new(),
        is_counted: false,
    };
    let mut place = deliveries_before;
    for (line, number) in bytes.split(|b| *b == b'\n').zip(lines_before + 1..) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let found = read_line(line).map_err(|why| CaptureError::Ndjson { line: number, why })?;
        if let Some((id, delivery, found)) = found {
            place += 1;
            piece.is_counted |= id.is_none();
            piece.deliveries.push(Captured {
                id: id.unwrap_or(place),
                delivery,
                found,
            });
        }
    }
    Ok(piece)
}

/// A delivery with the number it may have.
type Numbered = (Option<u64>, Delivery, Option<Found>);

fn read_line(line: &[u8]) -> Result<Option<Numbered>, String> {
    // Nearly every line is a delivery, and read once.
    if let Ok(line) = serde_json::from_slice::<DeliveryLine<'_>>(line)
        && line.kind == "delivery"
    {
        return line.captured().map(Some);
    }
    let no_json = |error: serde_json::Error| json_error(&error);
    let kind = serde_json::from_slice::<Kind<'_>>(line).map_err(no_json)?;
    match &*kind.name {
        "delivery" => {
            let line: DeliveryLine<'_> = serde_json::from_slice(line).map_err(no_json)?;
            line.captured().map(Some)
        }
        "ready" | "turned_away" | "summary" => Ok(None),
        other => Err(format!("its type is `{}`", shown(other.as_bytes()))),
    }
}

#[derive(Deserialize)]
struct Kind<'l> {
    #[serde(rename = "type", borrow)]
    name: Cow<'l, str>,
}

#[derive(Deserialize)]
struct DeliveryLine<'l> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'l, str>,
    id: Option<u64>,
    received_at: Option<String>,
    method: String,
    target: String,
    #[serde(borrow)]
    headers: Vec<(Cow<'l, str>, HeaderValue<'l>)>,
    body: Option<String>,
    body_base64: Option<String>,
    provider: Option<String>,
    event: Option<String>,
    channel: Option<String>,
    signature: Option<SignatureIn>,
    validation: Option<ValidationIn>,
    duplicate_of: Option<u64>,
    response: Option<Response>,
}

/// Text, or `{"base64":"…"}` where it is none.
enum HeaderValue<'l> {
    Text(Cow<'l, str>),
    Bytes(String),
}

impl<'de: 'l, 'l> Deserialize<'de> for HeaderValue<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = HeaderValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header's value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(HeaderValue::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(HeaderValue::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        struct Bytes {
            base64: String,
        }
        let bytes = Bytes::deserialize(MapAccessDeserializer::new(map))?;
        Ok(HeaderValue::Bytes(bytes.base64))
    }
}

#[derive(Deserialize)]
struct SignatureIn {
    verdict: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct ValidationIn {
    verdict: String,
}

impl DeliveryLine<'_> {
    fn captured(self) -> Result<Numbered, String> {
        let body = match (self.body, self.body_base64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(base64)) => decoded(&base64)?,
            _ => return Err("it needs one of `body` and `body_base64`".to_owned()),
        };
        let mut headers = Headers::default();
        for (name, value) in self.headers {
            match value {
                HeaderValue::Text(text) => headers.push(name, text.as_bytes()),
                HeaderValue::Bytes(base64) => headers.push(name, decoded(&base64)?),
            }
        }
        let date = |text: String| text.parse::<Timestamp>().map_err(|_| not_a_date(&text));
        let received_at = self.received_at.map(date).transpose()?;
        let delivery = Delivery {
            method: self.method,
            target: self.target,
            headers,
            body: body.into(),
            received_at,
            peer: None,
        };
        sendable::check(&delivery)?;
        let found = match (self.signature, self.validation) {
            (Some(signature), Some(validation)) => Some(Found {
                provider: self.provider,
                event: self.event,
                channel: self.channel,
                signature: word(&signature.verdict, Verdict::of)?,
                reason: signature.reason,
                validation: word(&validation.verdict, Validity::of)?,
                duplicate_of: self.duplicate_of,
                status: self.response.map(|r| r.status),
            }),
            _ => None,
        };
        Ok((self.id, delivery, found))
    }
}

fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    let decoded = STANDARD.decode(base64);
    decoded.map_err(|why| format!("its base64 is broken: {why}"))
}

fn not_a_date(text: &str) -> String {
    format!("its date `{}` is none", shown(text.as_bytes()))
}

fn word<V>(word: &str, of: impl Fn(&str) -> Option<V>) -> Result<V, String> {
    of(word).ok_or_else(|| format!("`{}` is no verdict", shown(word.as_bytes())))
}

/// A delivery as a line of the listener's, without what only the listener knows: the findings on the
/// body, the scheme of the signature, and how long the answer took.
pub fn line(captured: &Captured) -> Vec<u8> {
    let found = captured.found.as_ref();
    json::line(&LineOut {
        id: captured.id,
        received_at: captured.delivery.received_at.map(|at| format!("{at:.3}")),
        request: RequestPart::from(&captured.delivery),
        provider: found.and_then(|f| f.provider.as_deref()),
        event: found.and_then(|f| f.event.as_deref()),
        channel: found.and_then(|f| f.channel.as_deref()),
        found: found.map(FoundOut::from),
    })
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "delivery")]
struct LineOut<'c> {
    id: u64,
    received_at: Option<String>,
    #[serde(flatten)]
    request: RequestPart<'c>,
    provider: Option<&'c str>,
    event: Option<&'c str>,
    channel: Option<&'c str>,
    #[serde(flatten)]
    found: Option<FoundOut<'c>>,
}

#[derive(Serialize)]
struct FoundOut<'c> {
    signature: SignatureOut<'c>,
    validation: ValidationOut,
    duplicate_of: Option<u64>,
    response: Option<Response>,
}

#[derive(Serialize)]
struct SignatureOut<'c> {
    verdict: Verdict,
    reason: &'c str,
}

#[derive(Serialize)]
struct ValidationOut {
    verdict: Validity,
}

#[derive(Deserialize, Serialize)]
struct Response {
    status: u16,
}

impl<'c> From<&'c Found> for FoundOut<'c> {
    fn from(found: &'c Found) -> Self {
        Self {
            signature: SignatureOut {
                verdict: found.signature,
                reason: &found.reason,
            },
            validation: ValidationOut {
                verdict: found.validation,
            },
            duplicate_of: found.duplicate_of,
            response: found.status.map(|status| Response { status }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = concat!(
        r#"{"type":"ready","url":"http://127.0.0.1:8080"}"#,
        "\n\n",
        r#"{"type":"delivery","id":7,"received_at":"2025-01-02T03:04:05.678Z","method":"POST","target":"/a?b","headers":[["Host","h"],["X-A","1"],["x-a",{"base64":"/w=="}]],"body":"{\"a\":1}","provider":"p","event":"lead.submit","channel":null,"signature":{"verdict":"valid","header":"x","algorithm":"hmac-sha1","reason":"it fits"},"validation":{"verdict":"unknown_event","errors":[],"notes":[]},"duplicate_of":3,"response":{"status":200},"duration_ms":0.41,"added_later":[1]}"#,
        "\r\n",
        r#"{"type":"turned_away","at":"2025-01-02T03:04:05.678Z","reason":"method","detail":"GET"}"#,
        "\n",
        r#"{"type":"delivery","id":8,"received_at":null,"method":"POST","target":"/","headers":[],"body_base64":"/wA=","provider":null,"event":null,"channel":null}"#,
        "\n",
        r#"{"type":"summary"}"#,
    );

    #[test]
    fn a_listeners_log_is_read() {
        let deliveries = read(LOG.as_bytes()).unwrap();
        let [first, second] = deliveries.as_slice() else {
            panic!("{deliveries:?}");
        };
        assert_eq!(first.id, 7);
        assert_eq!(first.delivery.target, "/a?b");
        let headers: Vec<_> = first.delivery.headers.iter().collect();
        assert_eq!(
            headers,
            [("Host", &b"h"[..]), ("X-A", b"1"), ("x-a", b"\xff")]
        );
        let at = first.delivery.received_at.unwrap().to_string();
        assert_eq!(at, "2025-01-02T03:04:05.678Z");
        let found = first.found.as_ref().unwrap();
        assert_eq!(found.event.as_deref(), Some("lead.submit"));
        assert_eq!(found.signature, Verdict::Valid);
        assert_eq!(found.validation, Validity::UnknownEvent);
        assert_eq!((found.duplicate_of, found.status), (Some(3), Some(200)));
        assert_eq!(&second.delivery.body[..], b"\xff\0");
        assert_eq!(second.found, None);
    }

    #[test]
    fn what_is_not_kept_is_left_out_and_the_rest_written_the_same() {
        let deliveries = read(LOG.as_bytes()).unwrap();
        let text = |c: &Captured| String::from_utf8(line(c)).unwrap();
        assert_eq!(
            text(&deliveries[0]),
            concat!(
                r#"{"type":"delivery","id":7,"received_at":"2025-01-02T03:04:05.678Z","method":"POST","target":"/a?b","headers":[["Host","h"],["X-A","1"],["x-a",{"base64":"/w=="}]],"body":"{\"a\":1}","provider":"p","event":"lead.submit","channel":null,"signature":{"verdict":"valid","reason":"it fits"},"validation":{"verdict":"unknown_event"},"duplicate_of":3,"response":{"status":200}}"#,
                "\n"
            )
        );
        assert_eq!(
            text(&deliveries[1]),
            concat!(
                r#"{"type":"delivery","id":8,"received_at":null,"method":"POST","target":"/","headers":[],"body_base64":"/wA=","provider":null,"event":null,"channel":null}"#,
                "\n"
            )
        );
    }

    #[test]
    fn another_line_is_an_error_with_its_number() {
        let whole = r#"{"type":"delivery","method":"POST","target":"/","headers":[],"body":""}"#;
        assert_eq!(read(whole.as_bytes()).unwrap()[0].id, 1);
        for (bad, why) in [
            (r#"{"type":"verdict"}"#, "`verdict`"),
            (r#"{"a":1}"#, "missing field `type`"),
            ("[]", ""),
            ("{\"type\":\"deliv", "EOF"),
            (r#"{"type":"delivery"}"#, "missing field"),
            (&whole.replace(r#""body""#, r#""other""#), "`body`"),
            (
                &whole.replace(r#""body":"""#, r#""body":"","body_base64":"""#),
                "one of",
            ),
            (
                &whole
                    .replace(r#""body""#, r#""body_base64""#)
                    .replace(r#""""#, r#""?""#),
                "base64",
            ),
            (&whole.replace("POST", "PO ST"), "method"),
            (&whole.replace("[]", r#"[["A","b\r\nC: d"]]"#), "line break"),
            (&whole.replace("[]", r#"[["A"]]"#), ""),
            (&whole.replace("{", r#"{"received_at":"noon","#), ""),
            (
                &whole.replace(
                    "{",
                    r#"{"signature":{"verdict":"fine"},"validation":{"verdict":"valid"},"#,
                ),
                "`fine` is no verdict",
            ),
            (&format!(r#"{{"type":{}"#, "[".repeat(100_000)), ""),
        ] {
            let log = format!("{whole}\n\n{bad}\n");
            let error = read(log.as_bytes()).unwrap_err();
            let text = error.to_string();
            assert!(
                matches!(error, CaptureError::Ndjson { line: 3, .. }),
                "{bad}: {text}"
            );
            assert!(text.contains(why), "{bad}: {text}");
        }
    }
}
