//! What has been found so far: one place for every case of a run, filled in whichever order cases end in,
//! so that a run that is cut short can still tell.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::lock::lock;

use super::acts::Ran;
use super::case::{Act, Case};
use super::expect::{Judged, LIMITED};
use super::leak::{Leak, leaked};
use super::outcome::{
    CaseResult, Latency, Outcome, Request, Run, Severity, Stopped, StoppedBy, Summary,
};
use super::probes::Probe;
use super::select;

/// The findings of a run.
#[derive(Debug)]
pub struct Record {
    cases: Vec<Case>,
    tolerate: Vec<String>,
    started: Instant,
    started_at: Timestamp,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    results: Vec<Option<CaseResult>>,
    /// The cases that proved nothing because the endpoint limits how often it is asked.
    limited: BTreeSet<usize>,
    latency: Option<Latency>,
    stopped: Option<Stopped>,
    serialiser: Option<&'static Probe>,
    /// The first case whose answer gave something away, with that answer; `None` for the first question.
    leak: Option<(Option<usize>, Leak, Ran)>,
}

/// What a run's record cannot know by itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The endpoint.
    pub url: String,
    /// Whose deliveries are sent.
    pub provider: String,
    /// Whether bytes are required.
    pub strict: bool,
    /// How many cases the user left out.
    pub left_out: usize,
    /// How many cases are asked at once.
    pub concurrency: usize,
}

impl Record {
    /// An empty record of these cases.
    pub fn new(cases: Vec<Case>, tolerate: Vec<String>) -> Self {
        let results = cases.iter().map(|_| None).collect();
        Self {
            cases,
            tolerate,
            started: Instant::now(),
            started_at: Timestamp::now(),
            found: Mutex::new(Found {
                results,
                ..Found::default()
            }),
        }
    }

    /// The cases, in the order of the list.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The serialiser that the endpoint hashes, if that was found out.
    pub fn serialiser(&self) -> Option<&'static Probe> {
        lock(&self.found).serialiser
    }

    /// Remembers a serialiser.
    pub fn hashes(&self, probe: &'static Probe) {
        lock(&self.found).serialiser = Some(probe);
    }

    /// Whether a case has ended.
    pub fn has(&self, number: usize) -> bool {
        let found = lock(&self.found);
        found.results.get(number).is_some_and(Option::is_some)
    }

    /// How many cases have ended.
    pub fn done(&self) -> usize {
        lock(&self.found).results.iter().flatten().count()
    }

    /// Puts down what became of a case; says whether it makes the run fail.
    pub fn put(&self, number: usize, ran: Ran) -> bool {
        let Some(case) = self.cases.get(number) else {
            return false;
        };
        self.heed(Some(number), &ran);
        let mut found = lock(&self.found);
        found.latency = found.latency.or(ran.latency);
        found.serialiser = found.serialiser.or(ran.serialiser);
        match ran.judged.limited {
            true => found.limited.insert(number),
            false => found.limited.remove(&number),
        };
        let result = self.result(case, ran);
        let counts = result.counts();
        if let Some(slot) = found.results.get_mut(number) {
            *slot = Some(result);
        }
        counts
    }

    /// Remembers what an answer gave away, be it to a case, whose number it is, or to the first question.
    pub fn heed(&self, number: Option<usize>, ran: &Ran) {
        let Some(leak) = ran.asked().and_then(|asked| asked.leak) else {
            return;
        };
        let found = &mut lock(&self.found).leak;
        if found.as_ref().is_none_or(|(first, ..)| *first > number) {
            *found = Some((number, leak, ran.clone()));
        }
    }

    /// Remembers why the run ends here; the first reason stays.
    pub fn stop(&self, stopped: Stopped) {
        lock(&self.found).stopped.get_or_insert(stopped);
    }

    /// Everything found; what has not been asked is skipped, and says so.
    pub fn finish(&self, about: About) -> Run {
        let mut found = lock(&self.found);
        if found.stopped.is_none() {
            found.stopped = self.limited(&found.limited, about.concurrency);
        }
        let why = match &found.stopped {
            Some(stopped) => format!("not run: {}", stopped.message),
            None => "not run".to_owned(),
        };
        let is_gone = found
            .stopped
            .as_ref()
            .is_some_and(|stopped| stopped.kind == StoppedBy::Gone);
        let ended = |(number, case): (usize, &Case)| {
            let result = found.results.get(number).cloned().flatten();
            // Whichever case's answer it was: giving away is one mistake, and one case's.
            if case.act == Act::Leak
                && result.as_ref().is_none_or(|r| r.outcome != Outcome::Failed)
                && let Some((first, leak, other)) = &found.leak
            {
                let mut ran = other.clone();
                ran.judged = leaked(*leak);
                let first = first.and_then(|first| self.cases.get(first));
                let place = first.map_or("the first delivery", |first| &first.id);
                ran.judged.reason.push_str(&format!(" (in {place})"));
                return self.result(case, ran);
            }
            let is_last = number + 1 == self.cases.len() && case.id == "behaviour/keeps-serving";
            result.unwrap_or_else(|| {
                let mut ran = Ran::skipped(why.clone());
                if is_gone && is_last {
                    ran.judged = Judged::failed(why.trim_start_matches("not run: "));
                }
                self.result(case, ran)
            })
        };
        let cases: Vec<_> = self.cases.iter().enumerate().map(ended).collect();
        let count = |of: &dyn Fn(&CaseResult) -> bool| cases.iter().filter(|case| of(case)).count();
        let failed = |case: &CaseResult| case.outcome == Outcome::Failed;
        let summary = Summary {
            url: about.url,
            provider: about.provider,
            strict: about.strict,
            passed: count(&|case| case.outcome == Outcome::Passed),
            warned: count(&|case| case.warned),
            failed: count(&CaseResult::counts),
            failed_recommended: count(&|case| failed(case) && !case.tolerated && !case.counts()),
            tolerated: count(&|case| case.tolerated),
            skipped: count(&|case| case.outcome == Outcome::Skipped),
            left_out: about.left_out,
            latency: found.latency,
            stopped: found.stopped.clone(),
            started_at: self.started_at,
            duration: self.started.elapsed(),
        };
        Run { cases, summary }
    }

    /// What is left open by these cases: a required one that nobody tolerates is not to be taken for passed.
    fn limited(&self, numbers: &BTreeSet<usize>, concurrency: usize) -> Option<Stopped> {
        let cases = numbers.iter().filter_map(|number| self.cases.get(*number));
        let is_open = |case: &&Case| {
            case.severity == Severity::Required && !select::any(&self.tolerate, &case.id)
        };
        let what = match cases.filter(is_open).count() {
            0 => return None,
            1 => "1 required case".to_owned(),
            n => format!("{n} required cases"),
        };
        let gentler = match concurrency {
            1 => "",
            _ => "--concurrency 1 is gentler; or ",
        };
        Some(Stopped {
            kind: StoppedBy::Limited,
            message: format!(
                "nothing is proved by {what}: the endpoint limits how often it is asked ({LIMITED})"
            ),
            hint: format!("{gentler}raise that limit where the endpoint is tested"),
        })
    }

    fn result(&self, case: &Case, ran: Ran) -> CaseResult {
        let failed = ran.judged.outcome == Outcome::Failed;
        let (request, asked): (Option<Request>, _) = match ran.exchange {
            Some((request, asked)) => (Some(request), asked),
            None => (None, None),
        };
        CaseResult {
            id: case.id.clone(),
            category: case.category,
            severity: case.severity,
            title: case.title.clone(),
            why: case.why.to_owned(),
            fix: case.fix.to_owned(),
            outcome: ran.judged.outcome,
            tolerated: failed && select::any(&self.tolerate, &case.id),
            warned: ran.judged.warned,
            reason: ran.judged.reason,
            request,
            sent: ran.sent,
            answer: asked.map(|asked| asked.answer.map_err(|silence| silence.message)),
            duration: match ran.sent {
                0 => Duration::ZERO,
                _ => ran.duration,
            },
        }
    }
}
