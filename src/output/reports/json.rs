//! The report for programs: a JSON line per case, then a summary.

use serde::Serialize;

use crate::conformance::{Case, CaseResult, Latency, Request, Run};
use crate::output::json::{AnswerPart, RequestPart, line, milliseconds};

use super::curl;

/// At most this much of a request's body is included, in bytes; the curl command has all of it.
const MAX_REQUEST_BODY: usize = 16 << 10;
/// The same for a response.
const MAX_RESPONSE_BODY: usize = 4 << 10;

/// Every line.
pub fn lines(run: &Run) -> Vec<u8> {
    let mut out: Vec<u8> = run.cases.iter().flat_map(|c| line(&case(c))).collect();
    let summary = &run.summary;
    out.extend(line(&SummaryLine {
        url: &summary.url,
        provider: &summary.provider,
        strict: summary.strict,
        verdict: match run.is_good() {
            true => "passed",
            false => "failed",
        },
        passed: summary.passed,
        warned: summary.warned,
        failed: summary.failed,
        failed_recommended: summary.failed_recommended,
        tolerated: summary.tolerated,
        skipped: summary.skipped,
        left_out: summary.left_out,
        latency: summary.latency.as_ref().map(LatencyPart::from),
        stopped: summary.stopped.as_ref().map(|stopped| StoppedPart {
            by: stopped.kind.word(),
            reason: &stopped.message,
            hint: &stopped.hint,
        }),
        duration_ms: milliseconds(summary.duration),
    }));
    out
}

/// The list of cases.
pub fn list(cases: &[Case]) -> Vec<u8> {
    let one = |case: &Case| {
        line(&ListLine {
            id: &case.id,
            category: case.category,
            severity: case.severity.word(),
            title: &case.title,
            why: case.why,
            fix: case.fix,
        })
    };
    cases.iter().flat_map(one).collect()
}

fn case(case: &CaseResult) -> CaseLine<'_> {
    CaseLine {
        id: &case.id,
        category: case.category,
        severity: case.severity.word(),
        outcome: case.outcome.word(),
        tolerated: case.tolerated,
        warned: case.warned,
        title: &case.title,
        request: case.request.as_ref().map(RequestLine::from),
        answer: case.response.as_ref().map(|response| match response {
            Ok(response) => {
                let shown = clip(&response.body, MAX_RESPONSE_BODY);
                ResponseLine::Response(AnswerPart::with(response, shown))
            }
            Err(why) => ResponseLine::None { error: why },
        }),
        reason: &case.reason,
        why: &case.why,
        fix: &case.fix,
        sent: case.sent,
        duration_ms: milliseconds(case.duration),
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "case")]
struct CaseLine<'r> {
    id: &'r str,
    category: &'r str,
    severity: &'r str,
    outcome: &'r str,
    tolerated: bool,
    warned: bool,
    title: &'r str,
    request: Option<RequestLine<'r>>,
    answer: Option<ResponseLine<'r>>,
    reason: &'r str,
    why: &'r str,
    fix: &'r str,
    sent: usize,
    duration_ms: f64,
}

#[derive(Serialize)]
struct RequestLine<'r> {
    url: &'r str,
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
            url: &request.url,
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

#[derive(Serialize)]
#[serde(untagged)]
enum ResponseLine<'r> {
    Response(AnswerPart<'r>),
    None { error: &'r str },
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "summary")]
struct SummaryLine<'r> {
    url: &'r str,
    provider: &'r str,
    strict: bool,
    verdict: &'r str,
    passed: usize,
    warned: usize,
    failed: usize,
    failed_recommended: usize,
    tolerated: usize,
    skipped: usize,
    left_out: usize,
    latency: Option<LatencyPart>,
    stopped: Option<StoppedPart<'r>>,
    duration_ms: f64,
}

#[derive(Serialize)]
struct StoppedPart<'r> {
    by: &'r str,
    reason: &'r str,
    hint: &'r str,
}

#[derive(Serialize)]
struct LatencyPart {
    count: usize,
    p50_ms: f64,
    p95_ms: f64,
    max_ms: f64,
}

impl From<&Latency> for LatencyPart {
    fn from(latency: &Latency) -> Self {
        Self {
            count: latency.count,
            p50_ms: milliseconds(latency.p50),
            p95_ms: milliseconds(latency.p95),
            max_ms: milliseconds(latency.max),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "case")]
struct ListLine<'r> {
    id: &'r str,
    category: &'r str,
    severity: &'r str,
    title: &'r str,
    why: &'r str,
    fix: &'r str,
}
