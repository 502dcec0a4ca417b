//! What a run found, as plain data: every report of `test` is written from it and from nothing else.

use std::time::Duration;

use jiff::Timestamp;

use crate::http::Response as Answer;
use crate::webhook::delivery::Delivery;

/// A whole run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Every case that was asked for, in the order of the list, whether it was run or not.
    pub cases: Vec<CaseResult>,
    /// What it comes to.
    pub summary: Summary,
}

/// What became of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The stable name: category, slash, word.
    pub id: String,
    /// The part of the id before the slash.
    pub category: &'static str,
    /// How bad a failure is.
    pub severity: Severity,
    /// What is tested, in a clause: "a delivery without a signature is refused".
    pub title: String,
    /// Why it matters, in a sentence.
    pub why: String,
    /// How an endpoint is mended that fails, in a sentence.
    pub fix: String,
    /// The verdict.
    pub outcome: Outcome,
    /// A failure that the user asked to let pass; it is shown and does not count.
    pub tolerated: bool,
    /// Passed, but `reason` says something that a developer should know.
    pub warned: bool,
    /// What the verdict rests on, in a clause: "answered 200, a 4xx was expected". Never empty. It may
    /// hold a stranger's words: escape it like those.
    pub reason: String,
    /// The request that the verdict rests on; `None` when nothing was sent.
    pub request: Option<Request>,
    /// How many requests were sent for the case.
    pub sent: usize,
    /// The answer to that request, or why there is none; `None` when nothing was sent, or no answer was
    /// waited for.
    pub answer: Option<Result<Answer, String>>,
    /// From the first request to the last answer.
    pub duration: Duration,
}

/// How bad a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing: the answer is only told.
    Informational,
    /// It is told; the run succeeds all the same.
    Recommended,
    /// The run fails.
    Required,
}

/// The verdict on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint did what it should.
    Passed,
    /// It did not.
    Failed,
    /// Nothing was proved; the reason says why.
    Skipped,
}

/// A request as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to: the whole URL, with the query that was sent.
    pub url: String,
    /// The request; it holds the signature of its own body, never the secret.
    pub delivery: Delivery,
    /// How many bytes of it were sent before the connection was closed; `None` when all were.
    pub cut_at: Option<usize>,
}

/// What a run comes to.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The endpoint.
    pub url: String,
    /// Whose deliveries were sent.
    pub provider: String,
    /// Whether what is recommended for bytes was required.
    pub strict: bool,
    /// How many passed, with those that warn.
    pub passed: usize,
    /// How many of those that passed warn.
    pub warned: usize,
    /// How many required cases failed and are not tolerated.
    pub failed: usize,
    /// How many other cases failed and are not tolerated.
    pub failed_recommended: usize,
    /// How many failures are tolerated, whatever their severity.
    pub tolerated: usize,
    /// How many proved nothing.
    pub skipped: usize,
    /// How many cases the user left out with `--only` and `--skip`.
    pub left_out: usize,
    /// How long an accepted delivery takes that has the endpoint to itself; `None` when none was measured.
    pub latency: Option<Latency>,
    /// Why cases have no verdict that were asked for; `None` when the run came to its end and could.
    pub stopped: Option<Stopped>,
    /// When the first question was asked.
    pub started_at: Timestamp,
    /// How long it all took.
    pub duration: Duration,
}

/// Times of accepted deliveries, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// How many were measured.
    pub count: usize,
    /// Half of them took no longer.
    pub p50: Duration,
    /// Nineteen of twenty took no longer.
    pub p95: Duration,
    /// The longest.
    pub max: Duration,
}

/// Why a run ended before its end, or proved less than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Which way.
    pub kind: StoppedBy,
    /// What happened, in a sentence without its full stop.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// The ways to end without a verdict on everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedBy {
    /// Nobody was there: nothing was tested.
    Unreachable,
    /// The very first valid delivery was not accepted.
    Preflight,
    /// The endpoint went away.
    Gone,
    /// It came to its end, but the endpoint limits how often it is asked, and answered required cases so.
    Limited,
    /// The first failure was to be the last.
    FailFast,
    /// Somebody interrupted.
    Interrupt,
}

impl Latency {
    /// Of times in ascending order; `None` of none.
    pub fn of(sorted: &[Duration]) -> Option<Self> {
        let at = |share: f64| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.max(1) - 1).copied()
        };
        Some(Self {
            count: sorted.len(),
            p50: at(0.5)?,
            p95: at(0.95)?,
            max: *sorted.last()?,
        })
    }
}

impl Severity {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Recommended => "recommended",
            Self::Required => "required",
        }
    }
}

impl Outcome {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl StoppedBy {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Preflight => "preflight",
            Self::Gone => "gone",
            Self::Limited => "limited",
            Self::FailFast => "fail-fast",
            Self::Interrupt => "interrupt",
        }
    }
}

impl CaseResult {
    /// Whether it makes the run fail.
    pub fn counts(&self) -> bool {
        self.outcome == Outcome::Failed && self.severity == Severity::Required && !self.tolerated
    }
}

impl Run {
    /// Whether the endpoint was seen to do all that is required of it, but for what is tolerated.
    pub fn is_good(&self) -> bool {
        let is_stopped_by_it = self.summary.stopped.as_ref().is_some_and(|stopped| {
            matches!(
                stopped.kind,
                StoppedBy::Unreachable
                    | StoppedBy::Preflight
                    | StoppedBy::Gone
                    | StoppedBy::Limited
                    | StoppedBy::Interrupt
            )
        });
        !is_stopped_by_it && !self.cases.iter().any(CaseResult::counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times: Vec<_> = (1..=20).map(Duration::from_millis).collect();
        let latency = Latency::of(&times).unwrap();
        let all = [latency.p50, latency.p95, latency.max];
        assert_eq!(all, [10, 19, 20].map(Duration::from_millis));
        assert_eq!(Latency::of(&times[..1]).unwrap().p95, times[0]);
        assert_eq!(Latency::of(&[]), None);
    }
}
