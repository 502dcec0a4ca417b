//! The result of one case, and why a run has no result for some.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::http::Response;

use super::case::Severity;
use super::contract::Source;
use super::expect::Outcome;
use super::request_builder::Request;
use super::steps::Latency;

/// The result of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    pub id: Cow<'static, str>,
    pub category: &'static str,
    pub severity: Severity,
    pub title: Cow<'static, str>,
    pub why: &'static str,
    pub fix: &'static str,
    pub outcome: Outcome,
    /// A failure that the user tolerates: it is shown and does not count.
    pub tolerated: bool,
    /// Passed, but `reason` says something that a developer should know.
    pub warned: bool,
    /// The evidence for the verdict, in a clause: "responded with 200, expected a 4xx". Never empty. It may quote
    /// the endpoint: escape it.
    pub reason: String,
    /// The request that the verdict is based on; `None` when nothing was sent.
    pub request: Option<Request>,
    /// How many requests were sent for the case.
    pub sent: usize,
    /// The response to that request, or why there is none; `None` when nothing was sent, or no response was
    /// awaited.
    pub response: Option<Result<Response, String>>,
    /// From the first request to the last response.
    pub duration: Duration,
    /// The response times of deliveries that were sent one after the other, if the case measures them.
    pub latency: Option<Latency>,
    /// Where the user wrote the case; `None` for those of this tool.
    pub source: Option<Source>,
    /// The expression whose output the endpoint hashes in the place of the body, if it was found here.
    pub serializer: Option<String>,
}

/// Why a run ended early, or proved less than it should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stopped {
    #[serde(rename = "by")]
    pub kind: StoppedBy,
    /// What happened, in a sentence without its full stop.
    #[serde(rename = "reason")]
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// The ways to end without a verdict on everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoppedBy {
    /// The endpoint was not reachable: nothing was tested.
    Unreachable,
    /// The first valid delivery was not accepted.
    Preflight,
    /// The endpoint stopped serving.
    Gone,
    /// The run is complete, but the endpoint limits the rate of requests, and responded to required cases with a 429.
    Limited,
    /// The first failure, with `--fail-fast`.
    FailFast,
    /// The user interrupted the run.
    Interrupt,
}

impl fmt::Display for StoppedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl CaseResult {
    /// Whether it failed, also when that does not count.
    pub fn has_failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }

    /// How bad it is, in comparison with the result of the same case in another run.
    pub fn rank(&self) -> u8 {
        match self.outcome {
            Outcome::Skipped => 0,
            Outcome::Passed => 1 + u8::from(self.warned),
            Outcome::Failed => 3,
        }
    }

    /// Whether it makes the run fail.
    pub fn counts(&self) -> bool {
        self.outcome == Outcome::Failed && self.severity == Severity::Required && !self.tolerated
    }
}
