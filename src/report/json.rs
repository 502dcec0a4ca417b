//! JSON for programs: one object a line. The shapes are documented in the README and do not change;
//! fields may be added.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::finding::Finding;
use crate::webhook::received::{Forwarded, Received, TurnedAway};
use crate::webhook::validate::{Validation, Validity};
use crate::webhook::verify::{SignatureReport, Verdict};

use super::sanitize::is_dangerous;

/// One line of JSON with its line end. Characters that a terminal would obey are escaped, which JSON
/// readers undo: the line says the same, and is safe to look at.
pub fn line(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1536);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Safe);
    if let Err(error) = value.serialize(&mut serializer) {
        // Only a type that refuses to be serialised gets here; none of this crate's does.
        out = format!("{{\"type\":\"error\",\"message\":\"{error}\"}}").into_bytes();
    }
    out.push(b'\n');
    out
}

struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        // Looked at to the end: without a way out the compiler looks at many bytes at once.
        if fragment.bytes().fold(true, |plain, b| plain & (b < 0x7f)) {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut units = [0; 2];
        let mut from = 0;
        for (at, c) in fragment.char_indices().filter(|&(_, c)| is_dangerous(c)) {
            writer.write_all(fragment.get(from..at).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            from = at + c.len_utf8();
        }
        writer.write_all(fragment.get(from..).unwrap_or_default().as_bytes())
    }
}

/// The first line of `listen --json`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "ready")]
pub struct Ready {
    /// Where deliveries go.
    pub url: String,
    /// The same from the internet, when there is a tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

/// A received delivery.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "delivery")]
pub struct DeliveryLine<'r> {
    id: u64,
    received_at: Option<String>,
    #[serde(flatten)]
    request: RequestPart<'r>,
    provider: Option<&'r str>,
    event: Option<&'r str>,
    channel: Option<&'r str>,
    signature: SignaturePart<'r>,
    validation: ValidationPart<'r>,
    duplicate_of: Option<u64>,
    response: Option<ResponsePart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    injected: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarded: Option<ForwardedPart<'r>>,
    duration_ms: f64,
}

impl<'r> From<&'r Received> for DeliveryLine<'r> {
    fn from(received: &'r Received) -> Self {
        let found = &received.examination;
        Self {
            id: received.id,
            received_at: received.delivery.received_at.map(|at| format!("{at:.3}")),
            request: RequestPart::from(&received.delivery),
            provider: found.provider.map(|p| p.name.as_str()),
            event: found.event.name.as_deref(),
            channel: found.event.channel.as_deref(),
            signature: SignaturePart::from(&found.signature),
            validation: ValidationPart::from(&found.validation),
            duplicate_of: received.duplicate_of,
            response: received.status.map(|status| ResponsePart { status }),
            injected: received.injected.as_deref(),
            forwarded: received.forwarded.as_ref().map(ForwardedPart::from),
            duration_ms: milliseconds(received.duration),
        }
    }
}

#[derive(Debug, Serialize)]
struct ResponsePart {
    status: u16,
}

#[derive(Debug, Serialize)]
struct ForwardedPart<'r> {
    url: &'r str,
    status: Option<u16>,
    error: Option<&'r str>,
    duration_ms: f64,
}

impl<'r> From<&'r Forwarded> for ForwardedPart<'r> {
    fn from(forwarded: &'r Forwarded) -> Self {
        Self {
            url: &forwarded.url,
            status: forwarded.outcome.as_ref().ok().copied(),
            error: forwarded.outcome.as_ref().err().map(String::as_str),
            duration_ms: milliseconds(forwarded.duration),
        }
    }
}

/// Milliseconds to two places.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e5).round() / 100.0
}

/// A request's parts.
#[derive(Debug, Serialize)]
pub struct RequestPart<'r> {
    method: &'r str,
    target: &'r str,
    headers: HeadersPart<'r>,
    #[serde(flatten)]
    body: BodyPart<'r>,
}

impl<'r> From<&'r Delivery> for RequestPart<'r> {
    fn from(delivery: &'r Delivery) -> Self {
        Self {
            method: &delivery.method,
            target: &delivery.target,
            headers: HeadersPart(&delivery.headers),
            body: BodyPart::from(&*delivery.body),
        }
    }
}

/// `[["Name","value"],…]`; a value that is not UTF-8 is `{"base64":"…"}`.
#[derive(Debug)]
pub struct HeadersPart<'r>(pub &'r Headers);

impl Serialize for HeadersPart<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(name, value)| {
            let value = match std::str::from_utf8(value) {
                Ok(text) => HeaderValue::Text(text),
                Err(_) => HeaderValue::Bytes {
                    base64: STANDARD.encode(value),
                },
            };
            (name, value)
        }))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum HeaderValue<'v> {
    Text(&'v str),
    Bytes { base64: String },
}

/// `"body":"…"`, or `"body_base64":"…"` when the bytes are not UTF-8.
#[derive(Debug, Serialize)]
pub enum BodyPart<'b> {
    /// UTF-8.
    #[serde(rename = "body")]
    Text(&'b str),
    /// Anything else.
    #[serde(rename = "body_base64")]
    Bytes(String),
}

impl<'b> From<&'b [u8]> for BodyPart<'b> {
    fn from(body: &'b [u8]) -> Self {
        match std::str::from_utf8(body) {
            Ok(text) => Self::Text(text),
            Err(_) => Self::Bytes(STANDARD.encode(body)),
        }
    }
}

/// A verdict on a signature.
#[derive(Debug, Serialize)]
pub struct SignaturePart<'r> {
    verdict: Verdict,
    header: Option<&'r str>,
    algorithm: Option<&'static str>,
    reason: &'r str,
}

impl<'r> From<&'r SignatureReport> for SignaturePart<'r> {
    fn from(report: &'r SignatureReport) -> Self {
        Self {
            verdict: report.verdict,
            header: report.header.as_deref(),
            algorithm: report.algorithm.map(|a| a.name()),
            reason: &report.reason,
        }
    }
}

/// A verdict on a body.
#[derive(Debug, Serialize)]
pub struct ValidationPart<'r> {
    verdict: Validity,
    errors: &'r [Finding],
    notes: &'r [Finding],
}

impl<'r> From<&'r Validation> for ValidationPart<'r> {
    fn from(validation: &'r Validation) -> Self {
        Self {
            verdict: validation.verdict,
            errors: &validation.errors,
            notes: &validation.notes,
        }
    }
}

/// A request that never became a delivery.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "turned_away")]
pub struct TurnedAwayLine<'r> {
    at: String,
    reason: &'static str,
    detail: &'r str,
    method: Option<&'r str>,
    target: Option<&'r str>,
    response: Option<ResponsePart>,
    peer: Option<String>,
}

impl<'r> From<&'r TurnedAway> for TurnedAwayLine<'r> {
    fn from(turned: &'r TurnedAway) -> Self {
        let request = turned.request.as_ref();
        Self {
            at: format!("{:.3}", turned.at),
            reason: turned.reason.word(),
            detail: &turned.detail,
            method: request.map(|(method, _)| method.as_str()),
            target: request.map(|(_, target)| target.as_str()),
            response: turned.status.map(|status| ResponsePart { status }),
            peer: turned.peer.map(|p| p.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_safe_to_look_at_and_reads_back_the_same() {
        let text = "\u{1b}[2J\u{9b}\u{202e}\u{7f}Zoë\u{e0041}\n";
        let written = line(&text);
        let shown = String::from_utf8(written).unwrap();
        assert!(
            shown.trim_end().chars().all(|c| !is_dangerous(c)),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
