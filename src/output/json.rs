//! JSON for programs: one object a line. The shapes are documented in the README and do not change;
//! fields may be added.

use serde::Serialize;

use crate::http::Response;
use crate::json_line::{BodyPart, HeadersPart};
use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::{Validation, Validity};
use crate::webhook::record::Rejected;
use crate::webhook::signature::verify::{SignatureReport, Verdict};

pub use crate::json_line::{RequestPart, line};
pub use crate::webhook::answered::{ForwardedPart, ResponsePart, milliseconds};

/// The first line of `listen --json` and `demo --json`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "ready")]
pub struct Ready {
    /// Where deliveries go.
    pub url: String,
    /// The same from the internet, when there is a tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

/// What an endpoint answered.
#[derive(Debug, Serialize)]
pub struct AnswerPart<'a> {
    status: u16,
    headers: HeadersPart<'a>,
    #[serde(flatten)]
    body: BodyPart<'a>,
    clipped: bool,
}

impl<'a> AnswerPart<'a> {
    /// An answer of whose body only `shown` is told.
    pub fn with(answer: &'a Response, shown: &'a [u8]) -> Self {
        Self {
            status: answer.status,
            headers: HeadersPart(&answer.headers),
            body: BodyPart::from(shown),
            clipped: answer.clipped || shown.len() < answer.body.len(),
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

impl<'r> From<&'r Rejected> for TurnedAwayLine<'r> {
    fn from(turned: &'r Rejected) -> Self {
        let request = turned.request.as_ref();
        Self {
            at: format!("{:.3}", turned.at),
            reason: turned.reason.word(),
            detail: &turned.detail,
            method: request.map(|(method, _)| method.as_str()),
            target: request.map(|(_, target)| target.as_str()),
            response: turned.status.map(ResponsePart::from),
            peer: turned.peer.map(|p| p.to_string()),
        }
    }
}
