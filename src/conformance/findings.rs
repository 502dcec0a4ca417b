//! From the results of cases to findings: failures that have one cause are one finding, which says first what to
//! change.

use serde::Serialize;

use crate::http::Response;

use super::case::Severity;
use super::case_result::{CaseResult, Stopped, StoppedBy};
use super::contract;
use super::expect::Outcome;
use super::framework::{Framework, FrameworkTopic, Page, framework, is_about_size, known_page};

/// A cause of failures, with the cases that fail because of it.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The stable name of the cause.
    pub code: &'static str,
    /// The highest severity of its cases.
    pub severity: Severity,
    /// Whether it makes the run fail.
    pub fails: bool,
    /// Whether every failure of it is tolerated.
    pub tolerated: bool,
    /// What is wrong, in a clause. It may quote the endpoint: escape it.
    pub title: String,
    /// What to change, in one or two sentences.
    pub change: String,
    /// The id of the case that is the example.
    pub example: String,
    /// The evidence of the example. It may quote the endpoint: escape it.
    pub reason: String,
    /// The ids of its cases, in the order of the list.
    pub cases: Vec<String>,
}

/// What the cases of a run show together.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The causes: first those that make the run fail.
    pub findings: Vec<Finding>,
    /// The framework of the endpoint, if its responses show one.
    pub framework: Option<&'static Framework>,
}

/// The cause of one failure. Failures with the same code and key have the same one.
struct Cause {
    code: &'static str,
    key: String,
    /// `None`: that of the case.
    title: Option<String>,
    /// `None`: that of the case.
    change: Option<String>,
}

/// What is known about the whole run.
struct Context<'r> {
    stopped: Option<&'r Stopped>,
    framework: Option<&'static Framework>,
    /// Whether forged deliveries of every kind are accepted.
    accepts_all: bool,
    /// Whether a small body with an added field is refused, too.
    refuses_small: bool,
}

/// The findings of a run.
pub fn findings(cases: &[CaseResult], stopped: Option<&Stopped>) -> Findings {
    let responses = || cases.iter().filter_map(received);
    let accepts = |id: &str| cases.iter().any(|case| case.id == id && is_accepted_forgery(case));
    let context = Context {
        stopped,
        framework: framework(responses()),
        accepts_all: ["refuse/no-signature", "refuse/wrong-secret", "refuse/flipped-body"]
            .iter()
            .all(|id| accepts(id)),
        refuses_small: cases
            .iter()
            .any(|case| case.id == "accept/body-1kib" && case.outcome == Outcome::Failed),
    };
    let mut found: Vec<(Cause, Vec<&CaseResult>)> = Vec::new();
    for case in cases.iter().filter(|case| case.outcome == Outcome::Failed) {
        let cause = context.cause(case);
        let same =
            |(other, _): &&mut (Cause, Vec<_>)| other.code == cause.code && other.key == cause.key;
        match found.iter_mut().find(same) {
            Some((_, cases)) => cases.push(case),
            None => found.push((cause, vec![case])),
        }
    }
    let mut findings: Vec<Finding> =
        found.into_iter().filter_map(|(cause, cases)| finding(cause, &cases)).collect();
    findings.sort_by_key(|finding| (!finding.fails, finding.tolerated));
    Findings { findings, framework: context.framework }
}

fn finding(cause: Cause, cases: &[&CaseResult]) -> Option<Finding> {
    let first = cases.iter().find(|case| case.counts()).or(cases.first())?;
    let title = cause.title.unwrap_or_else(|| match cases.len() {
        1 => format!("expected: {}", first.title),
        n => format!("expected: {}, and {} more", first.title, n - 1),
    });
    Some(Finding {
        code: cause.code,
        severity: cases.iter().map(|case| case.severity).max()?,
        fails: cases.iter().any(|case| case.counts()),
        tolerated: cases.iter().all(|case| case.tolerated),
        title,
        change: cause.change.unwrap_or_else(|| first.fix.to_owned()),
        example: first.id.to_string(),
        reason: first.reason.clone(),
        cases: cases.iter().map(|case| case.id.to_string()).collect(),
    })
}

impl Context<'_> {
    /// What to do in the framework of the endpoint, if it is known.
    fn advice(&self, topic: FrameworkTopic) -> Option<String> {
        self.framework.map(|framework| framework.named_advice(topic))
    }

    fn cause(&self, case: &CaseResult) -> Cause {
        let is_forged = case.category == "refuse";
        let response = received(case);
        let status = response.map_or(0, |response| response.status);
        if let Some(stopped) = self.stopped
            && let Some(cause) = of_stop(stopped, case)
        {
            return cause;
        }
        if case.category == contract::CATEGORY {
            return match response.and_then(known_page) {
                Some(page) => of_page(page),
                None => Cause::new("contract", &case.id),
            };
        }
        if let Some(formula) = &case.serializer {
            let title = format!(
                "the handler hashes JSON that it wrote again ({formula}), and not the bytes that it received"
            );
            let change = self.advice(FrameworkTopic::RawBody);
            return Cause::new("reserialized-json", "").titled(title).changing(change);
        }
        if case.id == "behaviour/no-leak" {
            return Cause::new("leak", "");
        }
        if self.accepts_all && is_accepted_forgery(case) {
            let change = "Compute the signature of the raw body, compare it with the header in constant time, and \
                          respond with 401 when they differ, before anything else happens.";
            let change = match self.advice(FrameworkTopic::RawBody) {
                Some(advice) => format!("{change} {advice}"),
                None => change.to_owned(),
            };
            return Cause::new("not-verified", "")
                .titled("forged deliveries are accepted: the signature is not verified")
                .changing(Some(change));
        }
        if is_about_size(&case.id) && !self.refuses_small {
            let change = self.advice(FrameworkTopic::BodyLimit);
            return Cause::new("body-limit", "")
                .titled("large bodies are refused")
                .changing(change);
        }
        if matches!(case.response, Some(Err(_))) {
            let key = if is_forged { "forged" } else { case.fix };
            return Cause::new("no-response", key).titled(match is_forged {
                true => "forged deliveries get no response".to_owned(),
                false => format!("no response where this was expected: {}", case.title),
            });
        }
        if let Some(page) = response.and_then(known_page) {
            return of_page(page);
        }
        match status {
            500.. if is_forged => Cause::new("throws-on-forged", "")
                .titled("the handler throws on signatures that it does not expect")
                .changing(Some(
                    "Compare the lengths before the values, catch what a function throws, and respond with 401.",
                )),
            500.. => Cause::new("throws", case.fix)
                .titled(format!("the handler throws where this was expected: {}", case.title)),
            300..=399 => Cause::new("redirect", "").titled("the endpoint redirects"),
            _ if case.id.starts_with("refuse/any-") => Cause::new("accepted-forgery", &case.reason),
            _ if is_forged => Cause::new("accepted-forgery", case.fix),
            _ if case.category == "accept" => Cause::new("refused-delivery", case.fix),
            _ if case.category == "bytes" => {
                let change = self.advice(FrameworkTopic::RawBody);
                Cause::new("changed-bytes", "")
                    .titled("deliveries whose JSON is written in another way are refused")
                    .changing(change)
            }
            _ => Cause::new(case.category, case.fix),
        }
    }
}

impl Cause {
    fn new(code: &'static str, key: &str) -> Self {
        Self { code, key: key.to_owned(), title: None, change: None }
    }

    fn titled(self, title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..self }
    }

    fn changing(self, change: Option<impl Into<String>>) -> Self {
        Self { change: change.map(Into::into), ..self }
    }
}

/// The cause that ended the run, if it is the case's.
fn of_stop(stopped: &Stopped, case: &CaseResult) -> Option<Cause> {
    match stopped.kind {
        StoppedBy::Preflight
            if !matches!(case.category, "refuse" | "handshake" | contract::CATEGORY) =>
        {
            let change = Some(&stopped.hint).filter(|hint| !hint.is_empty()).map(|h| sentence(h));
            let cause = Cause::new("first-delivery", "").titled(stopped.message.clone());
            Some(cause.changing(change))
        }
        StoppedBy::Gone if matches!(case.response, None | Some(Err(_))) => {
            let change = sentence(&stopped.hint);
            let cause = Cause::new("stops-serving", "").titled(stopped.message.clone());
            Some(cause.changing(Some(change)))
        }
        _ => None,
    }
}

fn of_page(page: &'static Page) -> Cause {
    Cause::new("error-page", page.name)
        .titled(format!("the response is {}", page.name))
        .changing(Some(sentence(page.hint)))
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut chars = clause.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if clause.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

fn received(case: &CaseResult) -> Option<&Response> {
    case.response.as_ref()?.as_ref().ok()
}

fn is_accepted_forgery(case: &CaseResult) -> bool {
    case.category == "refuse"
        && case.outcome == Outcome::Failed
        && received(case).is_some_and(Response::is_success)
}
