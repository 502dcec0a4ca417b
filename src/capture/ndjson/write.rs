//! Writing the listener's lines.

use serde::Serialize;

use crate::capture::{Captured, Found};
use crate::json_line::{self, RequestPart};
use crate::webhook::answered::{ForwardedPart, ResponsePart, milliseconds};
use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::Validity;
use crate::webhook::signature::verify::Verdict;

/// A delivery as a line of the listener's, as far as it is known what that found.
pub fn line(captured: &Captured) -> Vec<u8> {
    let found = captured.found.as_ref();
    json_line::line(&LineOut {
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
    validation: ValidationOut<'c>,
    duplicate_of: Option<u64>,
    response: Option<ResponsePart>,
    #[serde(flatten)]
    besides: Option<BesidesOut<'c>>,
}

#[derive(Serialize)]
struct SignatureOut<'c> {
    verdict: Verdict,
    #[serde(flatten)]
    scheme: Option<SchemeOut<'c>>,
    reason: &'c str,
}

#[derive(Serialize)]
struct SchemeOut<'c> {
    header: Option<&'c str>,
    algorithm: Option<&'c str>,
}

#[derive(Serialize)]
struct ValidationOut<'c> {
    verdict: Validity,
    #[serde(flatten)]
    findings: Option<FindingsOut<'c>>,
}

#[derive(Serialize)]
struct FindingsOut<'c> {
    errors: &'c [Finding],
    notes: &'c [Finding],
}

#[derive(Serialize)]
struct BesidesOut<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    injected: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarded: Option<ForwardedPart<'c>>,
    duration_ms: f64,
}

impl<'c> From<&'c Found> for FoundOut<'c> {
    fn from(found: &'c Found) -> Self {
        let details = found.details.as_deref();
        Self {
            signature: SignatureOut {
                verdict: found.signature,
                scheme: details.map(|details| SchemeOut {
                    header: details.signature_header.as_deref(),
                    algorithm: details.signature_algorithm.as_deref(),
                }),
                reason: &found.reason,
            },
            validation: ValidationOut {
                verdict: found.validation,
                findings: details.map(|details| FindingsOut {
                    errors: &details.errors,
                    notes: &details.notes,
                }),
            },
            duplicate_of: found.duplicate_of,
            response: found.status.map(ResponsePart::from),
            besides: details.map(|details| BesidesOut {
                injected: details.injected.as_deref(),
                forwarded: details.forwarded.as_ref().map(ForwardedPart::from),
                duration_ms: milliseconds(details.duration),
            }),
        }
    }
}
