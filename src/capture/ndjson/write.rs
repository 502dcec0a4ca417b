//! Writing the listener's lines, without what only a listener knows.

use serde::Serialize;

use crate::capture::{Captured, Found};
use crate::safe::json::{self, RequestPart};
use crate::webhook::validate::Validity;
use crate::webhook::verify::Verdict;

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

#[derive(Serialize)]
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
