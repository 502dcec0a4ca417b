//! A run: what is to be run, and the results, which are collected in the order in which cases end, so that an
//! interrupted run can be reported, and then handed to the reports as plain data.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::http::Endpoint;
use crate::lock::lock;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;

use super::case::{Case, Severity, Step, matches_any};
use super::case_result::{CaseResult, Stopped, StoppedBy};
use super::contract::{self, ContractStep};
use super::exchange::TOO_MANY_REQUESTS;
use super::expect::{CheckResult, Outcome, leaked};
use super::findings::{Finding, findings};
use super::leak::Leak;
use super::request_builder::RequestBuilder;
use super::serializer_probe::SerializerProbe;
use super::steps::{CaseRun, Latency, in_milliseconds};

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Plan<'p> {
    pub catalog: &'p Catalog,
    /// The provider whose deliveries are sent.
    pub provider: &'p Provider,
    pub endpoint: &'p Endpoint,
    pub builder: RequestBuilder,
    /// The selected cases, in the order of the list.
    pub cases: Vec<Case>,
    /// The cases of a contract, which steps name by their number.
    pub contract: Vec<ContractStep>,
    /// How many cases are not selected.
    pub left_out: usize,
    /// Whether the recommended cases of `bytes/` are required.
    pub strict: bool,
    /// How many cases run at once.
    pub concurrency: usize,
    /// Whether the run stops at the first failure.
    pub fail_fast: bool,
    /// Patterns of the cases whose failure does not count.
    pub tolerate: Vec<String>,
    /// How long the endpoint may take until it accepts connections; `None`: it must do so at once.
    pub wait: Option<Duration>,
}

/// A whole run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Every selected case, in the order of the list, whether it was run or not.
    pub cases: Vec<CaseResult>,
    pub summary: Summary,
}

/// The totals of a run, which are the last line of `test --json`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "summary")]
pub struct Summary {
    /// The endpoint.
    pub url: String,
    /// The provider whose deliveries were sent.
    pub provider: String,
    pub strict: bool,
    pub verdict: Outcome,
    /// How many passed, including those with a warning.
    pub passed: usize,
    pub warned: usize,
    /// How many required cases failed and are not tolerated.
    pub failed: usize,
    /// How many other cases failed and are not tolerated.
    pub failed_recommended: usize,
    /// How many failures are tolerated, of any severity.
    pub tolerated: usize,
    pub skipped: usize,
    pub left_out: usize,
    /// How many times every case was run.
    pub runs: usize,
    /// The causes of the failures: first those that make the run fail.
    pub findings: Vec<Finding>,
    /// The framework of the endpoint, if its responses show one.
    pub framework: Option<&'static str>,
    /// Response times without parallel requests; `None` when none was measured.
    pub latency: Option<Latency>,
    /// Why selected cases have no verdict; `None` when all have one.
    pub stopped: Option<Stopped>,
    #[serde(skip)]
    pub started_at: Timestamp,
    #[serde(rename = "duration_ms", serialize_with = "in_milliseconds")]
    pub duration: Duration,
}

impl Summary {
    /// Takes counts, findings and the verdict from the cases.
    fn judge(&mut self, cases: &[CaseResult]) {
        let count = |of: &dyn Fn(&CaseResult) -> bool| cases.iter().filter(|case| of(case)).count();
        let all_failed = count(&|case| case.outcome == Outcome::Failed);
        self.passed = count(&|case| case.outcome == Outcome::Passed);
        self.warned = count(&|case| case.warned);
        self.failed = count(&CaseResult::counts);
        self.tolerated = count(&|case| case.tolerated);
        self.failed_recommended = all_failed - self.tolerated - self.failed;
        self.skipped = count(&|case| case.outcome == Outcome::Skipped);
        let causes = findings(cases, self.stopped.as_ref());
        self.findings = causes.findings;
        self.framework = causes.framework.map(|framework| framework.name);
        let is_complete = self.stopped.as_ref().is_none_or(|s| s.kind == StoppedBy::FailFast);
        self.verdict = match is_complete && self.failed == 0 {
            true => Outcome::Passed,
            false => Outcome::Failed,
        };
    }
}

impl Run {
    /// Several runs of the same cases as one: each case has its worst result, and a failure that did not happen in all
    /// runs says so. `None` of none.
    pub fn merged(runs: Vec<Self>) -> Option<Self> {
        let count = runs.len();
        let mut all = runs.into_iter();
        let mut merged = all.next()?;
        let mut failures: Vec<usize> =
            merged.cases.iter().map(|case| usize::from(case.has_failed())).collect();
        for run in all {
            let pairs = merged.cases.iter_mut().zip(run.cases).zip(&mut failures);
            for ((worst, case), failures) in pairs {
                *failures += usize::from(case.has_failed());
                if case.rank() > worst.rank() {
                    *worst = case;
                }
            }
            let (summary, other) = (&mut merged.summary, run.summary);
            summary.stopped = summary.stopped.take().or(other.stopped);
            summary.latency = summary.latency.or(other.latency);
            summary.duration += other.duration;
        }
        for (case, failures) in merged.cases.iter_mut().zip(failures) {
            if (1..count).contains(&failures) {
                case.reason.push_str(&format!(" (failed in {failures} of {count} runs)"));
            }
        }
        merged.summary.runs = count;
        merged.summary.judge(&merged.cases);
        Some(merged)
    }

    /// Whether the endpoint passed every required case that is not tolerated.
    pub fn is_good(&self) -> bool {
        self.summary.verdict == Outcome::Passed
    }
}

/// Collects the results of a run.
pub struct Results<'p> {
    pub plan: Plan<'p>,
    started: Instant,
    started_at: Timestamp,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    results: Vec<Option<CaseResult>>,
    /// The cases that proved nothing because the endpoint limits the rate of requests.
    limited: BTreeSet<usize>,
    latency: Option<Latency>,
    stopped: Option<Stopped>,
    serializer: Option<SerializerProbe>,
    /// The first case whose response revealed something, with that response; `None` for the preflight request.
    leak: Option<(Option<usize>, Leak, CaseRun)>,
}

impl<'p> Results<'p> {
    pub fn new(plan: Plan<'p>) -> Self {
        let state = State { results: vec![None; plan.cases.len()], ..State::default() };
        Self {
            plan,
            started: Instant::now(),
            started_at: Timestamp::now(),
            state: Mutex::new(state),
        }
    }

    /// The serializer that the endpoint hashes, if it was found.
    pub fn serializer(&self) -> Option<SerializerProbe> {
        lock(&self.state).serializer
    }

    pub fn set_serializer(&self, probe: SerializerProbe) {
        lock(&self.state).serializer = Some(probe);
    }

    /// Whether a case has ended.
    pub fn has(&self, number: usize) -> bool {
        let state = lock(&self.state);
        state.results.get(number).is_some_and(Option::is_some)
    }

    /// The cases that have ended and are not in `seen`, which they are added to. The results may still change.
    pub fn newly_ended(&self, seen: &mut BTreeSet<usize>) -> Vec<(String, Outcome)> {
        let state = lock(&self.state);
        let ended = state.results.iter().enumerate();
        let ended = ended.filter_map(|(number, result)| Some((number, result.as_ref()?)));
        let new = ended.filter(|(number, _)| seen.insert(*number));
        new.map(|(_, result)| (result.id.to_string(), result.outcome)).collect()
    }

    /// How many cases have ended.
    pub fn done(&self) -> usize {
        lock(&self.state).results.iter().flatten().count()
    }

    /// Stores the result of a case; returns whether it makes the run fail.
    pub fn put(&self, number: usize, run: CaseRun) -> bool {
        let Some(case) = self.plan.cases.get(number) else {
            return false;
        };
        self.observe(Some(number), &run);
        let mut state = lock(&self.state);
        // The deliveries of a contract are of all kinds, and not those that the summary is about.
        if case.category != contract::CATEGORY {
            state.latency = state.latency.or(run.latency);
        }
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
        let first = &mut lock(&self.state).leak;
        if first.as_ref().is_none_or(|(first, ..)| *first > number) {
            *first = Some((number, leak, run.clone()));
        }
    }

    /// Remembers why the run ends here; the first reason stays.
    pub fn stop(&self, stopped: Stopped) {
        lock(&self.state).stopped.get_or_insert(stopped);
    }

    /// All results; a case that was not run is skipped, with the reason.
    pub fn finish(&self) -> Run {
        let plan = &self.plan;
        let mut state = lock(&self.state);
        if state.stopped.is_none() {
            state.stopped = self.stopped_by_limit(&state.limited);
        }
        let numbered = plan.cases.iter().enumerate();
        let cases: Vec<_> =
            numbered.map(|(number, case)| self.final_result(&state, number, case)).collect();
        let mut summary = Summary {
            url: plan.endpoint.shown_url(),
            provider: plan.provider.name.clone(),
            strict: plan.strict,
            verdict: Outcome::Skipped,
            passed: 0,
            warned: 0,
            failed: 0,
            failed_recommended: 0,
            tolerated: 0,
            skipped: 0,
            left_out: plan.left_out,
            runs: 1,
            findings: Vec::new(),
            framework: None,
            latency: state.latency,
            stopped: state.stopped.clone(),
            started_at: self.started_at,
            duration: self.started.elapsed(),
        };
        summary.judge(&cases);
        Run { cases, summary }
    }

    /// The result of a case at the end of the run.
    fn final_result(&self, state: &State, number: usize, case: &Case) -> CaseResult {
        let result = state.results.get(number).cloned().flatten();
        let has_failed = result.as_ref().is_some_and(|r| r.outcome == Outcome::Failed);
        // A leak is one mistake, reported by one case, whichever case the response belongs to.
        if case.step == Step::Leak
            && !has_failed
            && let Some((first, leak, leaking)) = &state.leak
        {
            let mut run = leaking.clone();
            run.check = leaked(*leak);
            let first = first.and_then(|first| self.plan.cases.get(first));
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
                    && number + 1 == self.plan.cases.len()
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
    fn stopped_by_limit(&self, numbers: &BTreeSet<usize>) -> Option<Stopped> {
        let plan = &self.plan;
        let cases = numbers.iter().filter_map(|number| plan.cases.get(*number));
        let is_open = |case: &&Case| {
            case.severity == Severity::Required && !matches_any(&plan.tolerate, &case.id)
        };
        let what = match cases.filter(is_open).count() {
            0 => return None,
            1 => "1 required case".to_owned(),
            n => format!("{n} required cases"),
        };
        let advice = match plan.concurrency {
            0 | 1 => "",
            _ => "use --concurrency 1, or ",
        };
        Some(Stopped {
            kind: StoppedBy::Limited,
            message: format!(
                "{what} proved nothing: the endpoint limits the rate of requests \
                 ({TOO_MANY_REQUESTS})"
            ),
            hint: format!("{advice}raise that limit for tests"),
        })
    }

    fn result(&self, case: &Case, run: CaseRun) -> CaseResult {
        let failed = run.check.outcome == Outcome::Failed;
        let (request, response) = match run.exchange {
            Some(exchange) => (Some(self.plan.builder.shown(exchange.request)), exchange.response),
            None => (None, None),
        };
        let source = match case.step {
            Step::Contract(number) => {
                self.plan.contract.get(number).map(|step| step.source.clone())
            }
            _ => None,
        };
        CaseResult {
            source,
            latency: run.latency,
            id: case.id.clone(),
            category: case.category,
            severity: case.severity,
            title: case.title.clone(),
            why: case.why,
            fix: case.fix,
            outcome: run.check.outcome,
            tolerated: failed && matches_any(&self.plan.tolerate, &case.id),
            warned: run.check.warned,
            reason: run.check.reason,
            request,
            sent: run.sent,
            response: response.map(|response| response.map_err(|why| why.message)),
            duration: match run.sent {
                0 => Duration::ZERO,
                _ => run.duration,
            },
            serializer: run.serializer.map(|serializer| serializer.formula("body")),
        }
    }
}
