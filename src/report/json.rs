//! JSON for programs: one object a line. The shapes are documented in the README and do not change;
//! fields may be added.

use std::time::Duration;

use serde::Serialize;

use crate::diagnose::Diagnosis;
use crate::webhook::finding::Finding;
use crate::webhook::received::{Forwarded, Received, TurnedAway};
use crate::webhook::validate::{Validation, Validity};
use crate::webhook::verify::{SignatureReport, Verdict};

use super::diagnosis::DiagnosisPart;

pub use crate::safe::json::{BodyPart, HeadersPart, RequestPart, line};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<DiagnosisPart>,
    duration_ms: f64,
}

impl DeliveryLine<'_> {
    /// The same with why its signature is not valid, if that is known.
    #[must_use]
    pub fn explained(self, diagnosis: Option<&Diagnosis>) -> Self {
        Self {
            diagnosis: diagnosis.map(DiagnosisPart::from),
            ..self
        }
    }
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
            diagnosis: None,
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
