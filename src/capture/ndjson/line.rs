//! A delivery's line as it is read: its texts stay in the line until it is known what is wanted of them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::capture::shown::shown;
use crate::capture::{Details, Found, Wanted, sendable};
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::Validity;
use crate::webhook::record::Forwarded;
use crate::webhook::signature::verify::Verdict;

use super::text::{HeaderValue, Text, decoded};

/// A delivery with the number it may have.
pub(super) type Numbered = (Option<u64>, Delivery, Option<Found>);

/// What any line has.
#[derive(Deserialize)]
pub(super) struct Kind<'l> {
    #[serde(rename = "type", borrow)]
    name: Text<'l>,
}

impl Kind<'_> {
    /// What kind of a line it is.
    pub fn name(&self) -> &str {
        &self.name.0
    }
}

/// What a delivery's has.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'l"))]
pub(super) struct DeliveryLine<'l> {
    #[serde(rename = "type")]
    kind: Text<'l>,
    id: Option<u64>,
    received_at: Option<Text<'l>>,
    method: Text<'l>,
    target: Text<'l>,
    headers: Vec<(Text<'l>, HeaderValue<'l>)>,
    body: Option<Text<'l>>,
    body_base64: Option<Text<'l>>,
    provider: Option<Text<'l>>,
    event: Option<Text<'l>>,
    channel: Option<Text<'l>>,
    signature: Option<Signature<'l>>,
    validation: Option<Validation<'l>>,
    duplicate_of: Option<u64>,
    response: Option<Response>,
    injected: Option<Text<'l>>,
    forwarded: Option<ForwardedIn<'l>>,
    duration_ms: Option<f64>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'l"))]
struct Signature<'l> {
    verdict: Text<'l>,
    header: Option<Text<'l>>,
    algorithm: Option<Text<'l>>,
    reason: Option<Text<'l>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'l"))]
struct Validation<'l> {
    verdict: Text<'l>,
    #[serde(default)]
    errors: Vec<FindingIn<'l>>,
    #[serde(default)]
    notes: Vec<FindingIn<'l>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'l"))]
struct FindingIn<'l> {
    path: Text<'l>,
    message: Text<'l>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'l"))]
struct ForwardedIn<'l> {
    url: Text<'l>,
    status: Option<u16>,
    error: Option<Text<'l>>,
    duration_ms: f64,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
}

impl DeliveryLine<'_> {
    /// Whether it says so itself.
    pub fn is_delivery(&self) -> bool {
        self.kind.0 == "delivery"
    }

    /// The delivery.
    ///
    /// # Errors
    /// When it is none that could be sent, in words.
    pub fn captured(self, wanted: Wanted) -> Result<Numbered, String> {
        let body = match (self.body, self.body_base64) {
            (Some(Text(text)), None) => text.into_owned().into_bytes(),
            (None, Some(Text(base64))) => decoded(&base64)?,
            _ => return Err("it needs one of `body` and `body_base64`".to_owned()),
        };
        let date = |Text(text): Text<'_>| text.parse::<Timestamp>().map_err(|_| not_a_date(&text));
        let received_at = self.received_at.map(date).transpose()?;
        let headers = self.headers.iter();
        let delivery = Delivery {
            method: self.method.0.into_owned(),
            target: self.target.0.into_owned(),
            headers: Headers::packed(headers.map(|(name, value)| (&*name.0, &*value.0))),
            body: body.into(),
            received_at,
            peer: None,
        };
        sendable::check(&delivery)?;
        let (Some(signature), Some(validation)) = (self.signature, self.validation) else {
            return Ok((self.id, delivery, None));
        };
        let verdict = word(&signature.verdict.0, Verdict::of)?;
        let validity = word(&validation.verdict.0, Validity::of)?;
        if wanted == Wanted::Request {
            return Ok((self.id, delivery, None));
        }
        // A listener's line has it: what was left out of another was never known.
        let details = self.duration_ms.map(|duration_ms| {
            let findings = |all: Vec<FindingIn<'_>>| all.into_iter().map(Finding::from).collect();
            Ok::<_, String>(Box::new(Details {
                signature_header: owned(signature.header),
                signature_algorithm: owned(signature.algorithm),
                errors: findings(validation.errors),
                notes: findings(validation.notes),
                injected: owned(self.injected),
                forwarded: self.forwarded.map(Forwarded::try_from).transpose()?,
                duration: duration(duration_ms)?,
            }))
        });
        let found = Found {
            provider: owned(self.provider),
            event: owned(self.event),
            channel: owned(self.channel),
            signature: verdict,
            reason: owned(signature.reason).unwrap_or_default(),
            validation: validity,
            duplicate_of: self.duplicate_of,
            status: self.response.map(|response| response.status),
            details: details.transpose()?,
        };
        Ok((self.id, delivery, Some(found)))
    }
}

impl From<FindingIn<'_>> for Finding {
    fn from(finding: FindingIn<'_>) -> Self {
        Self {
            path: finding.path.0.into_owned(),
            message: finding.message.0.into_owned(),
        }
    }
}

impl TryFrom<ForwardedIn<'_>> for Forwarded {
    type Error = String;

    fn try_from(forwarded: ForwardedIn<'_>) -> Result<Self, String> {
        Ok(Self {
            url: forwarded.url.0.into_owned(),
            outcome: match forwarded.status {
                Some(status) => Ok(status),
                None => Err(owned(forwarded.error).unwrap_or_default()),
            },
            duration: duration(forwarded.duration_ms)?,
        })
    }
}

fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.0.into_owned())
}

fn duration(ms: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(ms / 1e3).map_err(|_| format!("{ms} ms is no duration"))
}

fn not_a_date(text: &str) -> String {
    format!("its date `{}` is none", shown(text.as_bytes()))
}

fn word<V>(word: &str, of: impl Fn(&str) -> Option<V>) -> Result<V, String> {
    of(word).ok_or_else(|| format!("`{}` is no verdict", shown(word.as_bytes())))
}
