//! The results of a run: collected in the order in which cases end, so that an interrupted run can be reported,
//! and then handed to the reports as plain data.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::http::Response;
use crate::lock::lock;

use super::case::{Case, Severity, Step};
use super::cases::matches_any;
use super::client::TOO_MANY_REQUESTS;
use super::expect::{CheckResult, Outcome, leaked};
use super::leak::Leak;
use super::request_builder::Request;
use super::serializer_probe::SerializerProbe;
use super::steps::{CaseRun, Latency};

/// A whole run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Every selected case, in the order of the list, whether it was run or not.
    pub cases: Vec<CaseResult>,
    pub summary: Summary,
}

/// The result of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The stable id: category, slash, name.
    pub id: String,
    /// The part of the id before the slash.
    pub category: &'static str,
    pub severity: Severity,
    /// What is tested, in a clause: "a delivery without a signature is refused".
    pub title: String,
    /// Why it matters, in a sentence.
    pub why: String,
    /// How to fix an endpoint that fails, in a sentence.
    pub fix: String,
    pub outcome: Outcome,
    /// A failure that the user tolerates: it is shown and does not count.
    pub tolerated: bool,
    /// Passed, but `reason` says something that a developer should know.
    pub warned: bool,
    /// The evidence for the verdict, in a clause: "answered 200, a 4xx was expected". Never empty. It may quote
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
}

/// The totals of a run.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The endpoint.
    pub url: String,
    /// The provider whose deliveries were sent.
    pub provider: String,
    /// Whether the recommended cases of `bytes/` were required.
    pub strict: bool,
    /// How many passed, including those with a warning.
    pub passed: usize,
    /// How many of those that passed have a warning.
    pub warned: usize,
    /// How many required cases failed and are not tolerated.
    pub failed: usize,
    /// How many other cases failed and are not tolerated.
    pub failed_recommended: usize,
    /// How many failures are tolerated, of any severity.
    pub tolerated: usize,
    pub skipped: usize,
    /// How many cases `--only` and `--skip` left out.
    pub left_out: usize,
    /// Response times without other requests beside; `None` when none was measured.
    pub latency: Option<Latency>,
    /// Why selected cases have no verdict; `None` when all have one.
    pub stopped: Option<Stopped>,
    pub started_at: Timestamp,
    pub duration: Duration,
}

/// Why a run ended early, or proved less than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub kind: StoppedBy,
    /// What happened, in a sentence without its full stop.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// The ways to end without a verdict on everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedBy {
    /// The endpoint was not reachable: nothing was tested.
    Unreachable,
    /// The first valid delivery was not accepted.
    Preflight,
    /// The endpoint stopped serving.
    Gone,
    /// The run is complete, but the endpoint limits the rate of requests, and answered required cases with a 429.
    Limited,
    /// The first failure, with `--fail-fast`.
    FailFast,
    /// The user interrupted the run.
    Interrupt,
}

impl StoppedBy {
    /// The name in every output.
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
    /// Whether the endpoint passed every required case that is not tolerated.
    pub fn is_good(&self) -> bool {
        let is_complete = match &self.summary.stopped {
            None => true,
            Some(stopped) => stopped.kind == StoppedBy::FailFast,
        };
        is_complete && !self.cases.iter().any(CaseResult::counts)
    }
}

/// Collects the results of a run.
#[derive(Debug)]
pub struct Results {
    cases: Vec<Case>,
    tolerate: Vec<String>,
    started: Instant,
    started_at: Timestamp,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    results: Vec<Option<CaseResult>>,
    /// The cases that proved nothing because the endpoint limits the rate of requests.
    limited: BTreeSet<usize>,
    latency: Option<Latency>,
    stopped: Option<Stopped>,
    serializer: Option<&'static SerializerProbe>,
    /// The first case whose response revealed something, with that response; `None` for the preflight request.
    leak: Option<(Option<usize>, Leak, CaseRun)>,
}

/// What a run is about.
#[derive(Clone, Debug)]
pub struct RunInfo {
    /// The endpoint.
    pub url: String,
    /// The provider whose deliveries are sent.
    pub provider: String,
    /// Whether the recommended cases of `bytes/` are required.
    pub strict: bool,
    /// How many cases `--only` and `--skip` left out.
    pub left_out: usize,
    /// How many cases run at once.
    pub concurrency: usize,
}

impl Results {
    pub fn new(cases: Vec<Case>, tolerate: Vec<String>) -> Self {
        let results = cases.iter().map(|_| None).collect();
        Self {
            cases,
            tolerate,
            started: Instant::now(),
            started_at: Timestamp::now(),
            state: Mutex::new(State {
                results,
                ..State::default()
            }),
        }
    }

    /// The cases, in the order of the list.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The serializer that the endpoint hashes, if it was found.
    pub fn serializer(&self) -> Option<&'static SerializerProbe> {
        lock(&self.state).serializer
    }

    pub fn set_serializer(&self, probe: &'static SerializerProbe) {
        lock(&self.state).serializer = Some(probe);
    }

    /// Whether a case has ended.
    pub fn has(&self, number: usize) -> bool {
        let state = lock(&self.state);
        state.results.get(number).is_some_and(Option::is_some)
    }

    /// How many cases have ended.
    pub fn done(&self) -> usize {
        lock(&self.state).results.iter().flatten().count()
    }

    /// Stores the result of a case; returns whether it makes the run fail.
    pub fn put(&self, number: usize, run: CaseRun) -> bool {
        let Some(case) = self.cases.get(number) else {
            return false;
        };
        self.observe(Some(number), &run);
        let mut state = lock(&self.state);
        state.latency = state.latency.or(run.latency);
        state.serializer = state.serializer.or(run.serializer);
        match run.check.limited {
            true => state.limited.insert(number),
            false => state.limited.remove(&number),
        };
        let result = self.result(case, run);
        let counts = result.counts();
        if let Some(slot) = state.results.get_mut(number) {
            *slot = Some(result);
        }
        counts
    }

    /// Remembers what a response revealed: to the case of this number, or to the preflight request.
    pub fn observe(&self, number: Option<usize>, run: &CaseRun) {
        let Some(leak) = run.exchange.as_ref().and_then(|exchange| exchange.leak) else {
            return;
        };
        let first_leak = &mut lock(&self.state).leak;
        if first_leak
            .as_ref()
            .is_none_or(|(first, ..)| *first > number)
        {
            *first_leak = Some((number, leak, run.clone()));
        }
    }

    /// Remembers why the run ends here; the first reason stays.
    pub fn stop(&self, stopped: Stopped) {
        lock(&self.state).stopped.get_or_insert(stopped);
    }

    /// All results; a case that was not run is skipped, with the reason.
    pub fn finish(&self, info: RunInfo) -> Run {
        let mut state = lock(&self.state);
        if state.stopped.is_none() {
            state.stopped = self.stopped_by_limit(&state.limited, info.concurrency);
        }
        let numbered = self.cases.iter().enumerate();
        let cases: Vec<_> = numbered
            .map(|(number, case)| self.final_result(&state, number, case))
            .collect();
        let count = |of: &dyn Fn(&CaseResult) -> bool| cases.iter().filter(|case| of(case)).count();
        let failed = |case: &CaseResult| case.outcome == Outcome::Failed;
        let summary = Summary {
            url: info.url,
            provider: info.provider,
            strict: info.strict,
            passed: count(&|case| case.outcome == Outcome::Passed),
            warned: count(&|case| case.warned),
            failed: count(&CaseResult::counts),
            failed_recommended: count(&|case| failed(case) && !case.tolerated && !case.counts()),
            tolerated: count(&|case| case.tolerated),
            skipped: count(&|case| case.outcome == Outcome::Skipped),
            left_out: info.left_out,
            latency: state.latency,
            stopped: state.stopped.clone(),
            started_at: self.started_at,
            duration: self.started.elapsed(),
        };
        Run { cases, summary }
    }

    /// The result of a case at the end of the run.
    fn final_result(&self, state: &State, number: usize, case: &Case) -> CaseResult {
        let result = state.results.get(number).cloned().flatten();
        let has_failed = result
            .as_ref()
            .is_some_and(|r| r.outcome == Outcome::Failed);
        // A leak is one mistake, reported by one case, whichever case the response belongs to.
        if case.step == Step::Leak
            && !has_failed
            && let Some((first, leak, leaking)) = &state.leak
        {
            let mut run = leaking.clone();
            run.check = leaked(*leak);
            let first = first.and_then(|first| self.cases.get(first));
            let place = first.map_or("the first delivery", |first| &first.id);
            run.check.reason.push_str(&format!(" (in {place})"));
            return self.result(case, run);
        }
        if let Some(result) = result {
            return result;
        }
        let check = match &state.stopped {
            None => CheckResult::skipped("not run"),
            Some(stopped)
                if stopped.kind == StoppedBy::Gone
                    && number + 1 == self.cases.len()
                    && case.id == "behaviour/keeps-serving" =>
            {
                CheckResult::failed(stopped.message.clone())
            }
            Some(stopped) => CheckResult::skipped(format!("not run: {}", stopped.message)),
        };
        self.result(case, CaseRun::new(check, None, 0))
    }

    /// Why the run is incomplete when these cases got a 429: a required case that is not tolerated must not be
    /// taken for passed.
    fn stopped_by_limit(&self, numbers: &BTreeSet<usize>, concurrency: usize) -> Option<Stopped> {
        let cases = numbers.iter().filter_map(|number| self.cases.get(*number));
        let is_open = |case: &&Case| {
            case.severity == Severity::Required && !matches_any(&self.tolerate, &case.id)
        };
        let what = match cases.filter(is_open).count() {
            0 => return None,
            1 => "1 required case".to_owned(),
            n => format!("{n} required cases"),
        };
        let advice = match concurrency {
            1 => "",
            _ => "use --concurrency 1, or ",
        };
        Some(Stopped {
            kind: StoppedBy::Limited,
            message: format!(
                "{what} proved nothing: the endpoint limits how often it is asked \
                 ({TOO_MANY_REQUESTS})"
            ),
            hint: format!("{advice}raise that limit for tests"),
        })
    }

    fn result(&self, case: &Case, run: CaseRun) -> CaseResult {
        let failed = run.check.outcome == Outcome::Failed;
        let (request, response) = match run.exchange {
            Some(exchange) => (Some(exchange.request), exchange.response),
            None => (None, None),
        };
        CaseResult {
            id: case.id.clone(),
            category: case.category,
            severity: case.severity,
            title: case.title.clone(),
            why: case.why.to_owned(),
            fix: case.fix.to_owned(),
            outcome: run.check.outcome,
            tolerated: failed && matches_any(&self.tolerate, &case.id),
            warned: run.check.warned,
            reason: run.check.reason,
            request,
            sent: run.sent,
            response: response.map(|response| response.map_err(|why| why.message)),
            duration: match run.sent {
                0 => Duration::ZERO,
                _ => run.duration,
            },
        }
    }
}
