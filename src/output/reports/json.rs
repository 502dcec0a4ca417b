//! The report for programs: a JSON line per case, then a summary.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

use crate::conformance::{Case, CaseResult, Latency, Outcome, Request, Run, Severity, Source};
use crate::json_line::line;
use crate::mask;
use crate::output::exchange::answer_part;
use crate::webhook::record::{RequestPart, milliseconds};

use super::curl;

/// At most this much of a request's body is included, in bytes; the curl command has all of it.
const MAX_REQUEST_BODY: usize = 16 << 10;
/// The same for a response.
const MAX_RESPONSE_BODY: usize = 4 << 10;

/// Every line.
pub fn lines(run: &Run) -> Vec<u8> {
    let mut out: Vec<u8> = run.cases.iter().flat_map(|c| line(&case(c))).collect();
    out.extend(line(&run.summary));
    out
}

/// The list of cases.
pub fn list(cases: &[Case]) -> Vec<u8> {
    cases.iter().flat_map(line).collect()
}

fn case(case: &CaseResult) -> CaseLine<'_> {
    CaseLine {
        id: &case.id,
        category: case.category,
        severity: case.severity,
        outcome: case.outcome,
        tolerated: case.tolerated,
        warned: case.warned,
        title: &case.title,
        request: case.request.as_ref().map(RequestLine::from),
        answer: case.response.as_ref().map(|response| match response {
            Ok(response) => {
                let shown = clip(&response.body, MAX_RESPONSE_BODY);
                json!(answer_part(response, shown))
            }
            Err(why) => json!({ "error": why }),
        }),
        reason: &case.reason,
        why: case.why,
        fix: case.fix,
        sent: case.sent,
        duration_ms: milliseconds(case.duration),
        latency: case.latency.as_ref(),
        source: case.source.as_ref(),
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "case")]
struct CaseLine<'r> {
    id: &'r str,
    category: &'r str,
    severity: Severity,
    outcome: Outcome,
    tolerated: bool,
    warned: bool,
    title: &'r str,
    request: Option<RequestLine<'r>>,
    answer: Option<Value>,
    reason: &'r str,
    why: &'r str,
    fix: &'r str,
    sent: usize,
    duration_ms: f64,
    latency: Option<&'r Latency>,
    source: Option<&'r Source>,
}

#[derive(Serialize)]
struct RequestLine<'r> {
    url: Cow<'r, str>,
    #[serde(flatten)]
    request: RequestPart<'r>,
    body_bytes: usize,
    clipped: bool,
    cut_at: Option<usize>,
    curl: Option<String>,
}

impl<'r> From<&'r Request> for RequestLine<'r> {
    fn from(request: &'r Request) -> Self {
        let delivery = &request.delivery;
        let body = clip(&delivery.body, MAX_REQUEST_BODY);
        Self {
            url: mask::url(&request.url),
            request: RequestPart::with(delivery, body),
            body_bytes: delivery.body.len(),
            clipped: body.len() < delivery.body.len(),
            cut_at: request.cut_at,
            curl: curl::command(request),
        }
    }
}

/// The first bytes, ending where a character ends.
fn clip(bytes: &[u8], max: usize) -> &[u8] {
    let Some(head) = bytes.get(..max).filter(|_| bytes.len() > max) else {
        return bytes;
    };
    match std::str::from_utf8(head) {
        // A character that is cut in two is left out. Anything else was not UTF-8 before.
        Err(why) if why.error_len().is_none() => head.get(..why.valid_up_to()).unwrap_or(head),
        _ => head,
    }
}
