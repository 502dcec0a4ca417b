//! The JSON shape of a record, written and read.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    DeliveryRecord, Forwarded, KeptResponse, ReadDepth, RecordedAnalysis, RecordedSignature,
};
use crate::escape::clipped;
use crate::mask;
use crate::webhook::content_coding::Decoded;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::validate::{Finding, Validation, Validity};
use crate::webhook::signature::verify::{SignatureReport, Verdict};

impl DeliveryRecord {
    /// The record as it is written as JSON, with the diagnosis of its signature if there is one.
    /// `decoded` is its body without content codings, if it has any.
    pub(crate) fn line<'a, D: Serialize>(
        &'a self,
        decoded: Option<&'a Decoded>,
        diagnosis: Option<D>,
    ) -> DeliveryLine<'a, D> {
        let (delivery, analysis) = (&self.delivery, self.analysis.as_ref());
        let BodyPart { body, body_base64 } = BodyPart::from(&*delivery.body);
        let decoded_body = decoded.and_then(|decoded| decoded.body.as_deref().ok());
        let decoded_body = decoded_body.map(BodyPart::from).unwrap_or_default();
        DeliveryLine {
            tag: Tag::Delivery,
            id: Some(self.id),
            received_at: delivery.received_at.map(|at| format!("{at:.3}").into()),
            method: Text::from(&*delivery.method),
            target: Text::from(&*delivery.target),
            headers: header_parts(&delivery.headers),
            body,
            body_base64,
            content_coding: decoded.map(ContentCodingPart::from),
            decoded_body: decoded_body.body,
            decoded_body_base64: decoded_body.body_base64,
            provider: analysis.and_then(|found| text(&found.provider)),
            event: analysis.and_then(|found| text(&found.event)),
            channel: analysis.and_then(|found| text(&found.channel)),
            signature: analysis.map(|found| SignaturePart {
                verdict: Text::from(found.signature.verdict.word()),
                header: text(&found.signature.header),
                algorithm: text(&found.signature.algorithm),
                name: text(&found.signature.name),
                reason: Text::from(&*found.signature.reason),
            }),
            validation: analysis.map(|found| ValidationPart::from(&found.validation)),
            duplicate_of: analysis.map(|_| self.duplicate_of),
            response: analysis.map(|_| self.status.map(ResponsePart::from)),
            injected: text(&self.injected),
            forwarded: self.forwarded.as_ref().map(ForwardedPart::from),
            sender_left: self.sender_left,
            diagnosis,
            duration_ms: self.duration.map(milliseconds),
        }
    }
}

/// A record as one line of JSON. While a line is read, its strings stay in it until it is known which are wanted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, D: Default"))]
pub(crate) struct DeliveryLine<'a, D = ()> {
    /// Checked when it is read, which serde's own tag of a struct is not.
    #[serde(rename = "type")]
    tag: Tag,
    id: Option<u64>,
    received_at: Option<Text<'a>>,
    method: Text<'a>,
    target: Text<'a>,
    headers: Vec<(Text<'a>, HeaderValue<'a>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<Text<'a>>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    content_coding: Option<ContentCodingPart<'a>>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    decoded_body: Option<Text<'a>>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    decoded_body_base64: Option<Text<'a>>,
    provider: Option<Text<'a>>,
    event: Option<Text<'a>>,
    channel: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignaturePart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<ValidationPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate_of: Option<Option<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Option<ResponsePart>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    injected: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarded: Option<ForwardedPart<'a>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sender_left: bool,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    diagnosis: Option<D>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
}

impl<D> DeliveryLine<'_, D> {
    /// The same line without its body, which is too long for it.
    pub(crate) fn without_body(self) -> Self {
        Self {
            body: None,
            body_base64: None,
            decoded_body: None,
            decoded_body_base64: None,
            ..self
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
enum Tag {
    #[serde(rename = "delivery")]
    Delivery,
}

impl DeliveryLine<'_> {
    /// The number in the line, if it has one, and the record, whose number is otherwise 0. The error is safe to show.
    pub(crate) fn into_record(
        self,
        depth: ReadDepth,
    ) -> Result<(Option<u64>, DeliveryRecord), String> {
        let date = |at: Text<'_>| {
            let not_a_date = || format!("its date `{}` is none", clipped(at.0.as_bytes(), 60));
            at.0.parse::<Timestamp>().map_err(|_| not_a_date())
        };
        let (body, body_base64) = (self.body, self.body_base64);
        let body = BodyPart { body, body_base64 }.into_bytes()?;
        let delivery = Delivery {
            method: self.method.into(),
            target: self.target.into(),
            headers: headers(&self.headers)?,
            body: body.into(),
            received_at: self.received_at.map(date).transpose()?,
            peer: None,
        };
        let record = DeliveryRecord::new(self.id.unwrap_or(0), delivery);
        let (Some(signature), Some(validation)) = (self.signature, self.validation) else {
            return Ok((self.id, record));
        };
        let verdict = parse_word(&signature.verdict.0, Verdict::of)?;
        let validity = parse_word(&validation.verdict.0, Validity::of)?;
        if depth == ReadDepth::Request {
            return Ok((self.id, record));
        }
        let record = DeliveryRecord {
            analysis: Some(RecordedAnalysis {
                provider: self.provider.map(|name| Cow::Owned(name.into())),
                event: self.event.map(String::from),
                channel: self.channel.map(String::from),
                conflict: None,
                signature: RecordedSignature {
                    verdict,
                    header: signature.header.map(String::from),
                    algorithm: signature.algorithm.map(|name| Cow::Owned(name.into())),
                    name: signature.name.map(String::from),
                    reason: signature.reason.into(),
                },
                validation: Validation {
                    verdict: validity,
                    errors: validation.errors.into_owned(),
                    notes: validation.notes.into_owned(),
                },
            }),
            duplicate_of: self.duplicate_of.flatten(),
            status: self.response.flatten().map(|response| response.status),
            injected: self.injected.map(String::from),
            forwarded: self.forwarded.map(Forwarded::try_from).transpose()?,
            sender_left: self.sender_left,
            duration: self.duration_ms.map(duration).transpose()?,
            ..record
        };
        Ok((self.id, record))
    }
}

fn parse_word<V>(word: &str, of: impl Fn(&str) -> Option<V>) -> Result<V, String> {
    of(word).ok_or_else(|| format!("`{}` is no verdict", clipped(word.as_bytes(), 60)))
}

/// A string of a line: a piece of it wherever nothing is escaped. The derived reader copies a `Cow` that is not a
/// field itself.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

fn text<T: AsRef<str>>(text: &Option<T>) -> Option<Text<'_>> {
    text.as_ref().map(|text| Text::from(text.as_ref()))
}

/// The value of a header: text, or `{"base64":"…"}` when it is not UTF-8.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "a header's value is text or base64")]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) enum HeaderValue<'a> {
    Text(Text<'a>),
    Bytes { base64: Text<'a> },
}

/// Headers as `[["Name","value"],…]`.
pub(crate) fn header_parts(headers: &Headers) -> Vec<(Text<'_>, HeaderValue<'_>)> {
    let part = |(name, value)| {
        let value = match std::str::from_utf8(value) {
            Ok(text) => HeaderValue::Text(text.into()),
            Err(_) => HeaderValue::Bytes { base64: STANDARD.encode(value).into() },
        };
        (Text::from(name), value)
    };
    headers.iter().map(part).collect()
}

fn headers(parts: &[(Text<'_>, HeaderValue<'_>)]) -> Result<Headers, String> {
    let is_text = |(_, value): &(_, HeaderValue<'_>)| matches!(value, HeaderValue::Text(_));
    if parts.iter().all(is_text) {
        return Ok(Headers::packed(parts.iter().map(|(name, value)| match value {
            HeaderValue::Text(text) | HeaderValue::Bytes { base64: text } => {
                (&*name.0, text.0.as_bytes())
            }
        })));
    }
    let header = |(name, value): &(Text<'_>, HeaderValue<'_>)| {
        let value = match value {
            HeaderValue::Text(text) => text.0.as_bytes().to_vec(),
            HeaderValue::Bytes { base64 } => decoded(&base64.0)?,
        };
        Ok((name.0.to_string(), value))
    };
    parts.iter().map(header).collect()
}

/// A body: `"body":"…"`, or `"body_base64":"…"` when it is not UTF-8.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub struct BodyPart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<Text<'a>>,
}

impl<'a> From<&'a [u8]> for BodyPart<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        let text = std::str::from_utf8(bytes).ok();
        Self {
            body: text.map(Text::from),
            body_base64: text.is_none().then(|| STANDARD.encode(bytes).into()),
        }
    }
}

/// The content codings of a body.
#[derive(Debug, Serialize)]
pub(crate) struct ContentCodingPart<'a> {
    codings: &'a [String],
    encoded_bytes: usize,
    decoded_bytes: Option<usize>,
    error: Option<&'a str>,
}

impl<'a> From<&'a Decoded> for ContentCodingPart<'a> {
    fn from(decoded: &'a Decoded) -> Self {
        Self {
            codings: &decoded.codings,
            encoded_bytes: decoded.encoded_len,
            decoded_bytes: decoded.body.as_ref().ok().map(Vec::len),
            error: decoded.body.as_ref().err().map(String::as_str),
        }
    }
}

impl BodyPart<'_> {
    fn into_bytes(self) -> Result<Vec<u8>, String> {
        match (self.body, self.body_base64) {
            (Some(text), None) => Ok(String::from(text).into_bytes()),
            (None, Some(base64)) => decoded(&base64.0),
            _ => Err("it needs one of `body` and `body_base64`".to_owned()),
        }
    }
}

fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(base64).map_err(|why| format!("its base64 is broken: {why}"))
}

/// A request that was sent as it is part of a line: without the secrets in its target.
#[derive(Debug, Serialize)]
pub(crate) struct RequestPart<'a> {
    method: &'a str,
    target: Cow<'a, str>,
    headers: Vec<(Text<'a>, HeaderValue<'a>)>,
    #[serde(flatten)]
    body: BodyPart<'a>,
}

impl<'a> RequestPart<'a> {
    /// A request with no more of its body than `shown`.
    pub(crate) fn with(delivery: &'a Delivery, shown: &'a [u8]) -> Self {
        Self {
            method: &delivery.method,
            target: mask::url(&delivery.target),
            headers: header_parts(&delivery.headers),
            body: BodyPart::from(shown),
        }
    }
}

impl<'a> From<&'a Delivery> for RequestPart<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self::with(delivery, &delivery.body)
    }
}

/// A verdict on a signature.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct SignaturePart<'a> {
    verdict: Text<'a>,
    header: Option<Text<'a>>,
    algorithm: Option<Text<'a>>,
    #[serde(default)]
    name: Option<Text<'a>>,
    #[serde(default)]
    reason: Text<'a>,
}

impl<'a> From<&'a SignatureReport> for SignaturePart<'a> {
    fn from(report: &'a SignatureReport) -> Self {
        Self {
            verdict: Text::from(report.verdict.word()),
            header: text(&report.header),
            algorithm: report.algorithm.map(|a| Text::from(a.name())),
            name: text(&report.name),
            reason: Text::from(&*report.reason),
        }
    }
}

/// A verdict on a body.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ValidationPart<'a> {
    verdict: Text<'a>,
    #[serde(default)]
    errors: Cow<'a, [Finding]>,
    #[serde(default)]
    notes: Cow<'a, [Finding]>,
}

impl<'a> From<&'a Validation> for ValidationPart<'a> {
    fn from(validation: &'a Validation) -> Self {
        Self {
            verdict: Text::from(validation.verdict.word()),
            errors: validation.errors[..].into(),
            notes: validation.notes[..].into(),
        }
    }
}

/// The response to a delivery.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ResponsePart {
    status: u16,
}

impl From<u16> for ResponsePart {
    fn from(status: u16) -> Self {
        Self { status }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct ForwardedPart<'a> {
    url: Text<'a>,
    status: Option<u16>,
    error: Option<Text<'a>>,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<AnswerPart<'a>>,
}

/// The response of an endpoint.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(crate) struct AnswerPart<'a> {
    status: u16,
    headers: Vec<(Text<'a>, HeaderValue<'a>)>,
    #[serde(flatten)]
    body: BodyPart<'a>,
    clipped: bool,
}

impl<'a> AnswerPart<'a> {
    /// A response with so much of its body as is `shown`.
    pub(crate) fn with(status: u16, headers: &'a Headers, shown: &'a [u8], clipped: bool) -> Self {
        Self { status, headers: header_parts(headers), body: BodyPart::from(shown), clipped }
    }
}

impl TryFrom<AnswerPart<'_>> for KeptResponse {
    type Error = String;

    fn try_from(answer: AnswerPart<'_>) -> Result<Self, String> {
        let mut body = answer.body.into_bytes()?;
        let clipped = answer.clipped || body.len() > Self::MAX_BODY;
        body.truncate(Self::MAX_BODY);
        Ok(Self { headers: headers(&answer.headers)?, body: body.into(), clipped })
    }
}

impl<'a> From<&'a Forwarded> for ForwardedPart<'a> {
    fn from(forwarded: &'a Forwarded) -> Self {
        Self {
            url: Text::from(&*forwarded.url),
            status: forwarded.outcome.as_ref().ok().copied(),
            error: forwarded.outcome.as_ref().err().map(|why| Text::from(&**why)),
            duration_ms: milliseconds(forwarded.duration),
            response: forwarded.outcome.as_ref().ok().zip(forwarded.response.as_ref()).map(
                |(status, kept)| AnswerPart::with(*status, &kept.headers, &kept.body, kept.clipped),
            ),
        }
    }
}

impl TryFrom<ForwardedPart<'_>> for Forwarded {
    type Error = String;

    fn try_from(forwarded: ForwardedPart<'_>) -> Result<Self, String> {
        let error = forwarded.error.unwrap_or_default();
        Ok(Self {
            url: forwarded.url.into(),
            outcome: forwarded.status.ok_or_else(|| error.into()),
            duration: duration(forwarded.duration_ms)?,
            response: forwarded.response.map(KeptResponse::try_from).transpose()?,
        })
    }
}

/// Milliseconds, to the microsecond, as the journal keeps them.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e3
}

fn duration(ms: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(ms / 1e3).map_err(|_| format!("{ms} ms is no duration"))
}
