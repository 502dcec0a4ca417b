//! Checks a response: which responses pass is part of the case, the verdict and its reason are made here.

use serde::Serialize;
use serde_json::Value;

use crate::http::{Response, SendErrorKind};
use crate::webhook::provider;

use super::case::Expect;
use super::exchange::{Exchange, NoResponse, TOO_MANY_REQUESTS};
use super::leak::Leak;

/// The verdict on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Failed,
    /// Nothing was proved; the reason says why.
    Skipped,
}

/// A verdict and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    pub outcome: Outcome,
    /// Passed, but the reason says something that a developer should know.
    pub warned: bool,
    /// Skipped because the endpoint limits the rate of requests.
    pub limited: bool,
    /// The evidence, in a clause.
    pub reason: String,
}

impl CheckResult {
    pub fn passed(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, false, reason)
    }

    /// Passed, with a warning.
    pub fn warned(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, true, reason)
    }

    pub fn failed(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, false, reason)
    }

    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Skipped, false, reason)
    }

    /// Skipped, because the endpoint limits the rate of requests.
    pub fn limited() -> Self {
        let reason =
            format!("responded with {TOO_MANY_REQUESTS}: a rate limit, so this proves nothing");
        Self { limited: true, ..Self::skipped(reason) }
    }

    fn new(outcome: Outcome, warned: bool, reason: impl Into<String>) -> Self {
        Self { outcome, warned, limited: false, reason: reason.into() }
    }
}

/// `documented` is the response that the provider documents.
pub fn check(expect: Expect, exchange: &Exchange, documented: &provider::Response) -> CheckResult {
    match &exchange.response {
        Some(Ok(response)) => check_response(expect, response, documented),
        Some(Err(why)) => check_no_response(expect, why),
        None => CheckResult::skipped("no response was awaited"),
    }
}

/// The verdict on a response that reveals something.
pub fn leaked(leak: Leak) -> CheckResult {
    CheckResult::failed(match leak {
        Leak::Signature => "the response contains the expected signature",
        Leak::Secret => "the response contains the signing secret (removed here)",
    })
}

/// `responded with 200`.
pub fn describe(response: &Response) -> String {
    format!("responded with {}", response.status)
}

fn check_response(
    expect: Expect,
    response: &Response,
    documented: &provider::Response,
) -> CheckResult {
    let status = describe(response);
    let class = response.status / 100;
    let other_than = |wanted: &str| CheckResult::failed(format!("{status}, expected {wanted}"));
    let is_genuine = matches!(
        expect,
        Expect::Accepted
            | Expect::AcceptedUnlessReserialised
            | Expect::AcceptedOrUnreadable
            | Expect::AcceptedOrLengthRequired
            | Expect::NoRedirect
    );
    if response.status == TOO_MANY_REQUESTS && !is_genuine {
        return CheckResult::limited();
    }
    match expect {
        Expect::Accepted
        | Expect::AcceptedUnlessReserialised
        | Expect::AcceptedOrUnreadable
        | Expect::AcceptedOrLengthRequired
            if class == 2 =>
        {
            CheckResult::passed(status)
        }
        Expect::AcceptedOrLengthRequired if matches!(response.status, 411 | 501) => {
            CheckResult::warned(format!("{status}: it requires a Content-Length, as HTTP allows"))
        }
        Expect::Accepted
        | Expect::AcceptedUnlessReserialised
        | Expect::AcceptedOrUnreadable
        | Expect::AcceptedOrLengthRequired => other_than("a 2xx"),
        Expect::NoCrash if matches!(class, 2 | 4) => CheckResult::passed(status),
        Expect::NoCrash => other_than("a 2xx or 4xx"),
        Expect::Refused | Expect::RefusedOrClosed | Expect::PreferablyRefused if class == 4 => {
            CheckResult::passed(status)
        }
        Expect::PreferablyRefused if class == 2 => {
            CheckResult::warned(format!("{status}: accepted, a 4xx would be better"))
        }
        Expect::Refused | Expect::RefusedOrClosed if class == 2 => {
            CheckResult::failed(format!("{status}: it was accepted, expected a 4xx"))
        }
        Expect::Refused | Expect::RefusedOrClosed | Expect::PreferablyRefused => {
            other_than("a 4xx")
        }
        Expect::Any => CheckResult::passed(match class {
            2 => format!("{status}: it is accepted"),
            4 => format!("{status}: it is refused"),
            _ => status,
        }),
        Expect::MethodNotAllowed => match (response.status, response.headers.get("allow")) {
            (405, Some(_)) => CheckResult::passed(status),
            (405, None) => CheckResult::failed(format!("{status} without an Allow header")),
            _ => other_than("a 405"),
        },
        Expect::Documented => check_documented(response, documented),
        Expect::NoRedirect if class == 3 => {
            let to = response.headers.get("location").unwrap_or_default();
            let to = String::from_utf8_lossy(to);
            CheckResult::failed(format!("{status}, a redirect to {to}"))
        }
        Expect::NoRedirect => CheckResult::passed(format!("{status}, not a redirect")),
    }
}

fn check_no_response(expect: Expect, why: &NoResponse) -> CheckResult {
    match (expect, why.kind) {
        (Expect::RefusedOrClosed, SendErrorKind::Broken) => {
            CheckResult::passed("closed the connection without a response")
        }
        (Expect::Any, _) => CheckResult::passed(why.message.clone()),
        _ => CheckResult::failed(why.message.clone()),
    }
}

fn check_documented(response: &Response, documented: &provider::Response) -> CheckResult {
    let Some(wanted) = &documented.body else {
        return CheckResult::skipped("the provider documents no body of the response");
    };
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let body_fits = match parse(wanted.as_bytes()) {
        Some(wanted) => parse(&response.body) == Some(wanted),
        None => response.body == wanted.as_bytes(),
    };
    let status = describe(response);
    match documented.status {
        Some(wanted_status) if wanted_status != response.status => {
            CheckResult::failed(format!("{status}, the document asks for {wanted_status} {wanted}"))
        }
        _ if body_fits => CheckResult::passed(format!("{status} {wanted}")),
        _ if response.headers.get("content-encoding").is_some() => CheckResult::skipped(format!(
            "{status} with a compressed body, which this test does not read"
        )),
        _ => CheckResult::failed(format!(
            "{status} with another body than {wanted}, which the document asks for"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::delivery::Headers;
    use std::time::Duration;

    fn response(status: u16) -> Response {
        Response {
            status,
            phrase: String::new(),
            headers: Headers::default(),
            body: br#"{ "status": "accepted" }"#.to_vec(),
            clipped: false,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn each_expectation_passes_the_statuses_in_the_table() {
        let none = provider::Response::default();
        // 200, 302, 401, 411, 429, 500: p(assed), w(arned), f(ailed), s(kipped).
        for (expect, marks) in [
            (Expect::Accepted, "pfffff"),
            (Expect::AcceptedOrLengthRequired, "pffwff"),
            (Expect::NoCrash, "pfppsf"),
            (Expect::Refused, "ffppsf"),
            (Expect::RefusedOrClosed, "ffppsf"),
            (Expect::PreferablyRefused, "wfppsf"),
            (Expect::Any, "ppppsp"),
            (Expect::MethodNotAllowed, "ffffsf"),
            (Expect::NoRedirect, "pfpppp"),
        ] {
            let mark = |status| {
                let result = check_response(expect, &response(status), &none);
                match result.outcome {
                    Outcome::Passed if result.warned => 'w',
                    Outcome::Passed => 'p',
                    Outcome::Failed => 'f',
                    Outcome::Skipped => 's',
                }
            };
            let all: String = [200, 302, 401, 411, 429, 500].map(mark).iter().collect();
            assert_eq!(all, marks, "{expect:?}");
        }
    }

    #[test]
    fn no_response_fails_unless_the_server_may_close_the_connection() {
        use SendErrorKind::{Broken, TimedOut, Unreachable};
        for (expect, kind, passes) in [
            (Expect::Refused, TimedOut, false),
            (Expect::Refused, Broken, false),
            (Expect::RefusedOrClosed, Broken, true),
            (Expect::RefusedOrClosed, TimedOut, false),
            (Expect::RefusedOrClosed, Unreachable, false),
            (Expect::NoRedirect, Broken, false),
        ] {
            let (message, hint) = ("why".to_owned(), String::new());
            let why = NoResponse { kind, message, hint };
            let outcome = check_no_response(expect, &why).outcome;
            assert_eq!(outcome == Outcome::Passed, passes, "{expect:?} {kind:?}");
        }
    }

    #[test]
    fn a_405_needs_an_allow_header() {
        let none = provider::Response::default();
        let mut response = response(405);
        let outcome =
            |response: &Response| check_response(Expect::MethodNotAllowed, response, &none).outcome;
        assert_eq!(outcome(&response), Outcome::Failed);
        response.headers.push("allow", "POST");
        assert_eq!(outcome(&response), Outcome::Passed);
    }

    #[test]
    fn the_documented_body_is_compared_as_json() {
        let mut documented = provider::Response {
            status: Some(200),
            body: Some(r#"{"status":"accepted"}"#.to_owned()),
        };
        let outcome = |documented: &provider::Response, status| {
            check_documented(&response(status), documented).outcome
        };
        assert_eq!(outcome(&documented, 200), Outcome::Passed);
        assert_eq!(outcome(&documented, 201), Outcome::Failed);
        documented.body = Some("OK".to_owned());
        assert_eq!(outcome(&documented, 200), Outcome::Failed);
        documented.body = None;
        assert_eq!(outcome(&documented, 200), Outcome::Skipped);
    }
}
