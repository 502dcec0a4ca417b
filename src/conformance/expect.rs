//! From an answer to a verdict: which answers pass is the case's, in which words is decided here.

use serde_json::Value;

use crate::http::{Response as Answer, SendErrorKind as Kind};
use crate::webhook::provider::Response;

use super::asker::Silence;
use super::case::Expect;
use super::outcome::Outcome;

/// A verdict and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub outcome: Outcome,
    /// Passed, but worth knowing.
    pub warned: bool,
    /// Nothing is proved because the endpoint limits how often it is asked: another time it might be.
    pub limited: bool,
    /// What it rests on, in a clause.
    pub reason: String,
}

impl Judged {
    /// All is well.
    pub fn passed(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, false, reason)
    }

    /// All is well, and there is something to know.
    pub fn warned(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, true, reason)
    }

    /// Not as it should be.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, false, reason)
    }

    /// Nothing is proved.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Skipped, false, reason)
    }

    /// Nothing is proved, because the endpoint limits how often it is asked.
    pub fn limited(said: &str) -> Self {
        let reason = format!("{said}: it limits how often it is asked, so nothing is proved");
        Self {
            limited: true,
            ..Self::skipped(reason)
        }
    }

    fn new(outcome: Outcome, warned: bool, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            warned,
            limited: false,
            reason: reason.into(),
        }
    }
}

/// The status of an endpoint that is asked too often.
pub const LIMITED: u16 = 429;

/// What an answer is worth. `asked_for` is the answer of the provider's document.
pub fn judge(expect: Expect, answer: Result<&Answer, &Silence>, asked_for: &Response) -> Judged {
    let answer = match answer {
        Ok(answer) => answer,
        Err(silence) => return unanswered(expect, silence),
    };
    let said = said(answer);
    let class = answer.status / 100;
    let other_than = |wanted: &str| Judged::failed(format!("{said}, {wanted} was expected"));
    if answer.status == LIMITED
        && !matches!(
            expect,
            Expect::Accepted | Expect::AcceptedOrLengthAsked | Expect::NoRedirect
        )
    {
        return Judged::limited(&said);
    }
    match expect {
        Expect::Accepted | Expect::AcceptedOrLengthAsked if class == 2 => Judged::passed(said),
        Expect::AcceptedOrLengthAsked if matches!(answer.status, 411 | 501) => Judged::warned(
            format!("{said}: it asks for a Content-Length, as HTTP allows"),
        ),
        Expect::Accepted | Expect::AcceptedOrLengthAsked => other_than("a 2xx"),
        Expect::NoCrash if matches!(class, 2 | 4) => Judged::passed(said),
        Expect::NoCrash => other_than("a 2xx or 4xx"),
        Expect::Refused | Expect::RefusedOrClosed | Expect::RefusedRather if class == 4 => {
            Judged::passed(said)
        }
        Expect::RefusedRather if class == 2 => {
            Judged::warned(format!("{said}: accepted, a 4xx would be better"))
        }
        Expect::Refused | Expect::RefusedOrClosed if class == 2 => {
            Judged::failed(format!("{said}: it was accepted, a 4xx was expected"))
        }
        Expect::Refused | Expect::RefusedOrClosed | Expect::RefusedRather => other_than("a 4xx"),
        Expect::Told => Judged::passed(match class {
            2 => format!("{said}: it is accepted"),
            4 => format!("{said}: it is refused"),
            _ => said,
        }),
        Expect::MethodNotAllowed => match (answer.status, answer.headers.get("allow")) {
            (405, Some(_)) => Judged::passed(said),
            (405, None) => Judged::failed(format!("{said} without an Allow header")),
            _ => other_than("a 405"),
        },
        Expect::Documented => documented(answer, asked_for),
        Expect::NoRedirect if class == 3 => {
            let to = answer.headers.get("location").unwrap_or_default();
            let to = String::from_utf8_lossy(to);
            Judged::failed(format!("{said}, a redirect to {to}"))
        }
        Expect::NoRedirect => Judged::passed(format!("{said}, which is no redirect")),
    }
}

/// `answered 200`.
pub fn said(answer: &Answer) -> String {
    format!("answered {}", answer.status)
}

fn unanswered(expect: Expect, silence: &Silence) -> Judged {
    match (expect, silence.kind) {
        (Expect::RefusedOrClosed, Kind::Broken) => {
            Judged::passed("closed the connection without an answer")
        }
        (Expect::Told, _) => Judged::passed(silence.message.clone()),
        _ => Judged::failed(silence.message.clone()),
    }
}

fn documented(answer: &Answer, asked_for: &Response) -> Judged {
    let Some(wanted) = &asked_for.body else {
        return Judged::skipped("the provider's document asks for no body");
    };
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let body_fits = match parse(wanted.as_bytes()) {
        Some(wanted) => parse(&answer.body) == Some(wanted),
        None => answer.body == wanted.as_bytes(),
    };
    let said = said(answer);
    match asked_for.status {
        Some(status) if status != answer.status => {
            Judged::failed(format!("{said}, the document asks for {status} {wanted}"))
        }
        _ if body_fits => Judged::passed(format!("{said} {wanted}")),
        _ if answer.headers.get("content-encoding").is_some() => Judged::skipped(format!(
            "{said} with a compressed body, which is not read here"
        )),
        _ => Judged::failed(format!(
            "{said} with another body than {wanted}, which the document asks for"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::delivery::Headers;
    use std::time::Duration;

    fn answer(status: u16) -> Answer {
        Answer {
            status,
            phrase: String::new(),
            headers: Headers::default(),
            body: br#"{ "status": "accepted" }"#.to_vec(),
            clipped: false,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn statuses_pass_and_fail_as_the_table_says() {
        let none = Response::default();
        // 200, 302, 401, 411, 429, 500: p(assed), w(arned), f(ailed), s(kipped).
        for (expect, marks) in [
            (Expect::Accepted, "pfffff"),
            (Expect::AcceptedOrLengthAsked, "pffwff"),
            (Expect::NoCrash, "pfppsf"),
            (Expect::Refused, "ffppsf"),
            (Expect::RefusedOrClosed, "ffppsf"),
            (Expect::RefusedRather, "wfppsf"),
            (Expect::Told, "ppppsp"),
            (Expect::MethodNotAllowed, "ffffsf"),
            (Expect::NoRedirect, "pfpppp"),
        ] {
            let mark = |status| match judge(expect, Ok(&answer(status)), &none) {
                Judged { warned: true, .. } => 'w',
                Judged {
                    outcome: Outcome::Passed,
                    ..
                } => 'p',
                Judged {
                    outcome: Outcome::Failed,
                    ..
                } => 'f',
                Judged {
                    outcome: Outcome::Skipped,
                    ..
                } => 's',
            };
            let all: String = [200, 302, 401, 411, 429, 500].map(mark).iter().collect();
            assert_eq!(all, marks, "{expect:?}");
        }
    }

    #[test]
    fn silence_is_a_failure_but_for_what_a_server_may_cut_off() {
        for (expect, kind, outcome) in [
            (Expect::Refused, Kind::TimedOut, Outcome::Failed),
            (Expect::Refused, Kind::Broken, Outcome::Failed),
            (Expect::RefusedOrClosed, Kind::Broken, Outcome::Passed),
            (Expect::RefusedOrClosed, Kind::TimedOut, Outcome::Failed),
            (Expect::RefusedOrClosed, Kind::Unreachable, Outcome::Failed),
            (Expect::NoRedirect, Kind::Broken, Outcome::Failed),
        ] {
            let silence = Silence {
                kind,
                message: "why".to_owned(),
                hint: String::new(),
            };
            let judged = judge(expect, Err(&silence), &Response::default());
            assert_eq!(judged.outcome, outcome, "{expect:?} {kind:?}");
        }
    }

    #[test]
    fn a_405_has_to_say_what_is_allowed() {
        let none = Response::default();
        let mut answer = answer(405);
        let outcome = |answer: &Answer| judge(Expect::MethodNotAllowed, Ok(answer), &none).outcome;
        assert_eq!(outcome(&answer), Outcome::Failed);
        answer.headers.push("allow", "POST");
        assert_eq!(outcome(&answer), Outcome::Passed);
    }

    #[test]
    fn the_documented_body_is_compared_as_json() {
        let mut asked = Response {
            status: Some(200),
            body: Some(r#"{"status":"accepted"}"#.to_owned()),
        };
        let outcome = |asked: &Response, status| {
            judge(Expect::Documented, Ok(&answer(status)), asked).outcome
        };
        assert_eq!(outcome(&asked, 200), Outcome::Passed);
        assert_eq!(outcome(&asked, 201), Outcome::Failed);
        asked.body = Some("OK".to_owned());
        assert_eq!(outcome(&asked, 200), Outcome::Failed);
        asked.body = None;
        assert_eq!(outcome(&asked, 200), Outcome::Skipped);
    }
}
