//! Runs the cases of a plan: the preflight request, then the cases that can run at once, then the exclusive ones.
//! When the endpoint stops responding it finds out which case caused that.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::error::Error;
use crate::http::{SendErrorKind, Transport};

use super::case::{Case, Change, Expect, Step};
use super::case_result::{Stopped, StoppedBy};
use super::client::{Client, join};
use super::contract;
use super::exchange::{Exchange, NoResponse};
use super::expect::{CheckResult, Outcome, check};
use super::preflight::{self, Preflight};
use super::results::{Plan, Results, Run};
use super::steps::{self, CaseRun};

/// How long an endpoint that stopped serving may take to come back: a supervisor may restart it.
const MAX_RESTART: Duration = Duration::from_secs(3);
/// An endpoint that serves another request within this time while one hangs is not stuck itself.
const PROMPT: Duration = Duration::from_secs(1);
/// This many connections at once fit into the accept queue of every known server.
const SAFE_CONCURRENCY: usize = 4;
/// The step of the preflight request.
const FIRST_STEP: Step = Step::Send(Change::Sample(0), Expect::Accepted);

/// A run of a plan.
pub struct Runner<'r> {
    client: Client,
    results: Results<'r>,
    /// The last case that ran exclusively.
    last: RefCell<Option<(usize, CaseRun)>>,
    progress: Box<dyn Fn(usize) + 'r>,
}

impl<'r> Runner<'r> {
    /// Calls `progress` with the number of cases that have ended.
    pub fn new(
        plan: Plan<'r>,
        transport: &Transport,
        progress: impl Fn(usize) + 'r,
    ) -> Result<Self, Error> {
        Ok(Self {
            client: Client::new(
                plan.endpoint.clone(),
                transport,
                plan.builder.clone(),
                plan.provider.response.clone(),
                &plan.cases,
                &plan.contract,
                plan.concurrency,
            )?,
            results: Results::new(plan),
            last: RefCell::default(),
            progress: Box::new(progress),
        })
    }

    /// Runs the cases. The future may be dropped at any time; [`Runner::finish`] returns the results so far. An
    /// error says that the endpoint is not reachable, or that nothing can be sent.
    pub async fn run(&self) -> Result<(), Error> {
        if let Some(limit) = self.plan().wait
            && let Err(why) = self.client.wait(limit).await
        {
            let seconds = limit.as_secs_f64();
            let message =
                format!("the endpoint did not accept connections within {seconds} s: {why}");
            let hint = "check that it starts, and see its log; a longer --wait gives it more time";
            return Err(self.unreachable(message, hint.to_owned()));
        }
        let is_of_contract = |case: &Case| case.category == contract::CATEGORY;
        let cases = &self.plan().cases;
        if cases.iter().any(is_of_contract) {
            if let Some(why) = self.client.unreachable().await {
                return Err(self.not_reachable(&why));
            }
            if let Err(stopped) = self.run_contract().await {
                self.results.stop(stopped);
                return Ok(());
            }
            if cases.iter().all(is_of_contract) {
                return Ok(());
            }
        }
        let first = preflight::run(&self.client, self.plan()).await;
        match first.map_err(|why| Error::usage(format!("nothing can be sent: {why}"), ""))? {
            Preflight::Accepted(exchange) => self.put_first(*exchange, ""),
            Preflight::OthersAccepted(exchange) => self.put_first(
                *exchange,
                "; deliveries with other signatures are accepted: see accept/signature-digits",
            ),
            Preflight::Reserialized(probe) => self.results.set_serializer(probe),
            Preflight::Unreachable(why) => return Err(self.not_reachable(&why)),
            Preflight::Failed(exchange, stopped) => {
                self.run_without_acceptance(&exchange, &stopped).await;
                self.results.stop(stopped);
                return Ok(());
            }
        }
        if let Err(stopped) = self.run_cases().await {
            self.results.stop(stopped);
        }
        Ok(())
    }

    fn not_reachable(&self, why: &NoResponse) -> Error {
        let message = format!("the endpoint is not reachable: {}", why.message);
        self.unreachable(message, format!("{} (nothing was tested)", why.hint))
    }

    /// Records that the endpoint is not reachable, and returns that as an error.
    fn unreachable(&self, message: String, hint: String) -> Error {
        let kind = StoppedBy::Unreachable;
        self.results.stop(Stopped { kind, message: message.clone(), hint: hint.clone() });
        Error::io(message, hint)
    }

    /// Records that the user interrupted the run.
    pub fn interrupted(&self) {
        self.results.stop(Stopped {
            kind: StoppedBy::Interrupt,
            message: "interrupted".to_owned(),
            hint: String::new(),
        });
    }

    /// The cases that have ended and are not in `seen`, which they are added to. The results may still change.
    pub fn newly_ended(&self, seen: &mut BTreeSet<usize>) -> Vec<(String, Outcome)> {
        self.results.newly_ended(seen)
    }

    /// The results so far.
    pub fn finish(&self) -> Run {
        self.results.finish()
    }

    fn plan(&self) -> &Plan<'r> {
        &self.results.plan
    }

    /// Stores the preflight exchange as the result of the case that sends the same: sent again, it would be a
    /// repetition.
    fn put_first(&self, exchange: Exchange, remark: &str) {
        let mut check = check(Expect::Accepted, &exchange, self.client.documented());
        check.reason.push_str(remark);
        let run = CaseRun::single(check, exchange);
        let mut cases = self.plan().cases.iter();
        match cases.position(|case| case.step == FIRST_STEP) {
            Some(number) => {
                self.put(number, run);
            }
            None => self.results.observe(None, &run),
        }
    }

    /// Runs what still makes sense when a genuine delivery is not accepted: an accepted forgery is a mistake all
    /// the same, while a refused one proves nothing.
    async fn run_without_acceptance(&self, exchange: &Exchange, stopped: &Stopped) {
        let first_run = |check| CaseRun::single(check, exchange.clone());
        self.results.observe(None, &first_run(CheckResult::skipped("")));
        let is_redirect = exchange.status().is_some_and(|status| status / 100 == 3);
        let has_response = exchange.received().is_some();
        let mut is_first = true;
        for (number, case) in self.plan().cases.iter().enumerate() {
            match case.step {
                FIRST_STEP if is_first => {
                    is_first = false;
                    let reason = format!("{}: {}", stopped.message, stopped.hint);
                    self.put(number, first_run(CheckResult::failed(reason)));
                }
                Step::Send(_, Expect::NoRedirect) if is_redirect => {
                    let check = CheckResult::failed(stopped.message.clone());
                    self.put(number, first_run(check));
                }
                // It does not depend on deliveries.
                Step::Handshake(..) if has_response => {
                    let run = steps::run(&self.client, case, None).await;
                    self.put(number, run);
                }
                _ if has_response && !is_redirect && case.category == "refuse" => {
                    let run = steps::run(&self.client, case, None).await;
                    let has_failed = run.check.outcome == Outcome::Failed;
                    self.results.observe(Some(number), &run);
                    if run.no_response().is_some() && has_failed {
                        return;
                    }
                    if has_failed && run.status().is_some_and(|status| status / 100 == 2) {
                        self.put(number, run);
                    }
                }
                _ => {}
            }
        }
    }

    /// Runs the cases of a contract in their order, before all others, which could use up a rate limit.
    async fn run_contract(&self) -> Result<(), Stopped> {
        let numbered = self.plan().cases.iter().enumerate();
        for (number, _) in numbered.filter(|(_, case)| case.category == contract::CATEGORY) {
            self.run_exclusive(number).await?;
        }
        Ok(())
    }

    async fn run_cases(&self) -> Result<(), Stopped> {
        let all = self.plan().cases.iter().enumerate();
        let all = all.filter(|(number, _)| !self.results.has(*number));
        let (exclusive, concurrent): (Vec<_>, Vec<_>) =
            all.partition(|(_, case)| case.exclusive || self.plan().fail_fast);
        // One category after the other: forged deliveries must not affect the responses to genuine ones.
        for group in concurrent.chunk_by(|(_, a), (_, b)| a.category == b.category) {
            let numbers = group.iter().map(|(number, _)| *number);
            self.run_group(numbers.collect()).await?;
        }
        let mut exclusive: Vec<(Risk, usize)> = exclusive
            .into_iter()
            .map(|(number, case)| match self.plan().fail_fast {
                true => (Risk::Low, number),
                false => (Risk::of(case), number),
            })
            .collect();
        exclusive.sort_unstable();
        for (_, number) in exclusive {
            self.run_exclusive(number).await?;
        }
        Ok(())
    }

    /// Runs several cases at once. A case without a response, which another case may have caused, runs again
    /// exclusively.
    async fn run_group(&self, mut waiting: VecDeque<usize>) -> Result<(), Stopped> {
        while !waiting.is_empty() {
            let mut doubtful = self.run_concurrent(&mut waiting).await;
            doubtful.sort_unstable_by_key(|(number, _)| *number);
            if !doubtful.is_empty() && !self.comes_back().await {
                return Err(self.attribute(doubtful));
            }
            for (number, _) in doubtful {
                self.run_exclusive(number).await?;
            }
        }
        Ok(())
    }

    /// Runs cases until all have run, or one gets no response and another may have caused that. Returns those.
    async fn run_concurrent(&self, waiting: &mut VecDeque<usize>) -> Vec<(usize, CaseRun)> {
        let concurrency = self.plan().concurrency.max(1);
        let mut running = JoinSet::new();
        let mut doubtful = Vec::new();
        loop {
            while doubtful.is_empty()
                && running.len() < concurrency
                && let Some(number) = waiting.pop_front()
                && let Some(case) = self.plan().cases.get(number).cloned()
            {
                let client = self.client.clone();
                let known = self.results.serializer();
                // Forged deliveries may all hang, and running each again would take minutes. Genuine ones, and
                // many at once, may have been lost in a short accept queue: those run again.
                let may_hang = concurrency <= SAFE_CONCURRENCY && case.category == "refuse";
                running.spawn(async move {
                    let run = steps::run(&client, &case, known).await;
                    let is_certain = match run.no_response() {
                        None => true,
                        Some(SendErrorKind::TimedOut) => {
                            may_hang && client.is_serving(Some(PROMPT)).await
                        }
                        Some(_) => false,
                    };
                    (number, run, is_certain)
                });
            }
            match running.join_next().await.map(join) {
                Some((number, run, true)) => {
                    self.put(number, run);
                }
                Some((number, run, false)) => doubtful.push((number, run)),
                None => return doubtful,
            }
        }
    }

    /// Runs one case alone, and checks that the endpoint survives it.
    async fn run_exclusive(&self, number: usize) -> Result<(), Stopped> {
        let Some(case) = self.plan().cases.get(number) else {
            return Ok(());
        };
        let mut run = steps::run(&self.client, case, self.results.serializer()).await;
        let status = run.status();
        let no_response = run.no_response();
        // A response without a server error is trusted: the next case would notice.
        let is_risky = match status {
            Some(status) => {
                matches!(Risk::of(case), Risk::High | Risk::Unreadable) && status >= 500
            }
            None => no_response.is_some() || case.step == Step::CutOff,
        };
        let mut gone = None;
        if is_risky && self.client.is_serving(None).await {
            // Without a response of its own, the verdict depends on that.
            if status.is_none() && run.check.outcome == Outcome::Passed {
                run.check.reason.push_str(", and serves on");
            }
        } else if is_risky {
            let is_back = self.comes_back().await;
            let what = match is_back {
                true => "and for a while the endpoint did not serve",
                false => "and the endpoint no longer serves",
            };
            run.check = CheckResult::failed(format!("{}, {what}", run.check.reason));
            if !is_back {
                gone = Some(stopped_serving(&case.id));
            }
            // The endpoint was gone before this case ran: the case before it was the cause.
            if !is_back
                && no_response == Some(SendErrorKind::Unreachable)
                && let Some((number, mut before)) = self.last.take()
            {
                let reason = &before.check.reason;
                before.check = CheckResult::failed(format!(
                    "{reason}, and then the endpoint no longer serves"
                ));
                self.put(number, before);
                return Err(stopped_serving(self.id(number)));
            }
        }
        self.last.replace(Some((number, run.clone())));
        let counts = self.put(number, run);
        match gone {
            Some(stopped) => Err(stopped),
            None if counts && self.plan().fail_fast => Err(Stopped {
                kind: StoppedBy::FailFast,
                message: format!("{} failed, and --fail-fast was given", case.id),
                hint: String::new(),
            }),
            None => Ok(()),
        }
    }

    /// Names the case after which the endpoint stopped serving, out of several that ran at once. Most endpoints
    /// take requests in the order in which they come, so it is the first; the reason names the others.
    fn attribute(&self, runs: Vec<(usize, CaseRun)>) -> Stopped {
        let ids: Vec<&str> = runs.iter().map(|(number, _)| self.id(*number)).collect();
        let first = ids.first().copied().unwrap_or_default();
        let others = ids.get(1..).unwrap_or_default().join(", ");
        for (index, (number, mut run)) in runs.into_iter().enumerate() {
            let reason = format!("{}, and the endpoint no longer serves", run.check.reason);
            run.check = match (index, others.as_str()) {
                (0, "") => CheckResult::failed(reason),
                (0, others) => CheckResult::failed(format!(
                    "{reason}; or the cause is a case that ran at the same time: {others}"
                )),
                _ => CheckResult::skipped(format!(
                    "no response, but {first} ran before it and got none either"
                )),
            };
            self.put(number, run);
        }
        stopped_serving(first)
    }

    async fn comes_back(&self) -> bool {
        let started = Instant::now();
        loop {
            if self.client.is_serving(None).await {
                return true;
            }
            if started.elapsed() > MAX_RESTART {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Stores the result of a case; returns whether it makes the run fail.
    fn put(&self, number: usize, run: CaseRun) -> bool {
        let counts = self.results.put(number, run);
        (self.progress)(self.results.done());
        counts
    }

    fn id(&self, number: usize) -> &str {
        let case = self.plan().cases.get(number);
        case.map_or("", |case| &case.id)
    }
}

fn stopped_serving(after: &str) -> Stopped {
    Stopped {
        kind: StoppedBy::Gone,
        message: format!("the endpoint no longer serves after {after}"),
        hint: "see its log, start it again, and run that case alone with --only".to_owned(),
    }
}

/// How likely an exclusive case is to end the endpoint. Low risks run first; the last case checks that the endpoint
/// still serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Risk {
    Low,
    High,
    /// A body that the parser may refuse: cases about that alone come first.
    Unreadable,
    Last,
}

impl Risk {
    fn of(case: &Case) -> Self {
        match case.step {
            Step::Send(Change::Fresh, Expect::Accepted) => Self::Last,
            Step::Send(_, Expect::AcceptedOrUnreadable) => Self::Unreadable,
            _ if case.category == "behaviour" => Self::Low,
            _ => Self::High,
        }
    }
}
