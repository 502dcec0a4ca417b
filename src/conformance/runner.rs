//! The one runner: asks the first question, then what can be asked at once, then what has to be asked
//! alone, and finds out which case it was when an endpoint falls silent.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::http::{Endpoint, SendErrorKind as Kind, Transport};
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;

use super::acts::{self, Ran};
use super::asker::{Asked, Asker};
use super::blame::silence;
use super::case::{Act, Case, Change, Expect};
use super::expect::Judged;
use super::outcome::{Outcome, Request, Run, Stopped, StoppedBy};
use super::plan::Plan;
use super::preflight::{self, Preflight};
use super::record::{About, Record};

/// How long an endpoint that went away may take to come back: something may start it again.
const RESTART: Duration = Duration::from_secs(3);

/// What the first question is.
const FIRST: Act = Act::Send(Change::Sample(0), Expect::Accepted);
/// The rank of cases after which an endpoint is asked whether it still serves.
const RISKY: u8 = 1;

/// A run.
pub struct Runner<'r> {
    catalog: &'r Catalog,
    provider: &'r Provider,
    endpoint: &'r Endpoint,
    pub(super) concurrency: usize,
    fail_fast: bool,
    pub(super) asker: Asker,
    pub(super) record: Record,
    /// The last case that was asked alone.
    last: RefCell<Option<(usize, Ran)>>,
    about: About,
    progress: Box<dyn Fn(usize) + 'r>,
}

impl<'r> Runner<'r> {
    /// A run of a plan. `progress` is told how many cases have ended.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        plan: Plan<'r>,
        transport: &Transport,
        progress: impl Fn(usize) + 'r,
    ) -> Result<Self, Error> {
        let response = plan.provider.response.clone();
        Ok(Self {
            catalog: plan.catalog,
            provider: plan.provider,
            endpoint: plan.endpoint,
            concurrency: plan.concurrency.max(1),
            fail_fast: plan.fail_fast,
            asker: Asker::new(plan.endpoint.clone(), transport, plan.maker, response)?,
            about: About {
                url: plan.endpoint.url().to_owned(),
                provider: plan.provider.name.clone(),
                strict: plan.strict,
                left_out: plan.left_out,
                concurrency: plan.concurrency.max(1),
            },
            record: Record::new(plan.cases, plan.tolerate),
            last: RefCell::default(),
            progress: Box::new(progress),
        })
    }

    /// Asks the endpoint. It may be dropped at any time; [`Runner::finish`] tells what was found by then.
    ///
    /// # Errors
    /// When nobody is there, or nothing can be asked.
    pub async fn run(&self) -> Result<(), Error> {
        let first = preflight::ask(&self.asker, self.catalog, self.provider, self.endpoint).await;
        match first.map_err(|why| Error::usage(format!("nothing can be sent: {why}"), ""))? {
            Preflight::Fine(first) => self.first(*first),
            Preflight::Reserialised(probe) => self.record.hashes(probe),
            Preflight::Unreachable(silence) => {
                let what = format!("the endpoint is not reachable: {}", silence.message);
                let hint = format!("{} (nothing was tested)", silence.hint);
                self.record.stop(Stopped {
                    kind: StoppedBy::Unreachable,
                    message: what.clone(),
                    hint: hint.clone(),
                });
                return Err(Error::io(what, hint));
            }
            Preflight::Stopped(stop) => {
                self.not_accepted(&stop).await;
                self.record.stop(stop.stopped);
                return Ok(());
            }
        }
        if let Err(stopped) = self.cases().await {
            self.record.stop(stopped);
        }
        Ok(())
    }

    /// Somebody interrupted.
    pub fn interrupted(&self) {
        self.record.stop(Stopped {
            kind: StoppedBy::Interrupt,
            message: "interrupted".to_owned(),
            hint: String::new(),
        });
    }

    /// What was found.
    pub fn finish(&self) -> Run {
        self.record.finish(self.about.clone())
    }

    /// The first question was a case already: sent again, it would be a repetition.
    fn first(&self, (request, asked): (Request, Asked)) {
        let is_it = |case: &Case| case.act == FIRST;
        let ran = Ran::judged(Expect::Accepted, &self.asker, request, asked);
        match self.record.cases().iter().position(is_it) {
            Some(number) => {
                self.put(number, ran);
            }
            None => self.record.heed(None, &ran),
        }
    }

    async fn cases(&self) -> Result<(), Stopped> {
        let all = self.record.cases().iter().enumerate();
        let all = all.filter(|(number, _)| !self.record.has(*number));
        let (alone, together): (Vec<_>, Vec<_>) =
            all.partition(|(_, case)| case.alone || self.fail_fast);
        // By category: what genuine deliveries get is not to suffer from forged ones.
        for group in together.chunk_by(|(_, a), (_, b)| a.category == b.category) {
            let numbers = group.iter().map(|(number, _)| *number);
            self.group(numbers.collect()).await?;
        }
        let mut alone: Vec<(u8, usize)> = alone
            .into_iter()
            .map(|(number, case)| match self.fail_fast {
                true => (0, number),
                false => (danger(case), number),
            })
            .collect();
        alone.sort_unstable();
        for (_, number) in alone {
            self.alone(number).await?;
        }
        Ok(())
    }

    /// Asks one with nothing beside it, and whether the endpoint has survived it.
    pub(super) async fn alone(&self, number: usize) -> Result<(), Stopped> {
        let Some(case) = self.record.cases().get(number) else {
            return Ok(());
        };
        let mut ran = acts::run(&self.asker, case, self.record.serialiser()).await;
        let silence = silence(&ran);
        // An answer that says that nothing went wrong is believed: the next case would notice.
        let is_risky = match ran.asked().map(Asked::status) {
            None => case.act == Act::CutOff,
            Some(status) => danger(case) == RISKY && status.is_none_or(|status| status >= 500),
        };
        let mut gone = None;
        let is_asked = is_risky || silence.is_some();
        let serves_on = !is_asked || self.asker.is_serving(None).await;
        // Without an answer of its own, that is what the verdict rests on.
        let has_no_answer = ran.asked().and_then(Asked::status).is_none();
        if is_asked && serves_on && has_no_answer && ran.judged.outcome == Outcome::Passed {
            ran.judged.reason.push_str(", and serves on");
        }
        if !serves_on {
            let is_back = self.comes_back().await;
            let what = match is_back {
                true => "and for a while the endpoint did not serve",
                false => "and the endpoint no longer serves",
            };
            ran.judged = Judged::failed(format!("{}, {what}", ran.judged.reason));
            if !is_back {
                gone = Some(self.gone(&case.id));
            }
            let before = self.last.take();
            if let (true, Some(Kind::Unreachable), Some((number, mut before))) =
                (!is_back, silence, before)
            {
                // Nobody was there any more when it came: it was the one before.
                let reason = &before.judged.reason;
                before.judged =
                    Judged::failed(format!("{reason}, and then the endpoint no longer serves"));
                self.put(number, before);
                let id = self.record.cases().get(number).map(|case| case.id.as_str());
                return Err(self.gone(id.unwrap_or_default()));
            }
        }
        self.last.replace(Some((number, ran.clone())));
        let counts = self.put(number, ran);
        match gone {
            Some(stopped) => Err(stopped),
            None if counts && self.fail_fast => Err(Stopped {
                kind: StoppedBy::FailFast,
                message: format!("{} failed, and --fail-fast was given", case.id),
                hint: String::new(),
            }),
            None => Ok(()),
        }
    }

    pub(super) async fn comes_back(&self) -> bool {
        let started = Instant::now();
        loop {
            if self.asker.is_serving(None).await {
                return true;
            }
            if started.elapsed() > RESTART {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Puts down what became of a case; says whether it makes the run fail.
    pub(super) fn put(&self, number: usize, ran: Ran) -> bool {
        let counts = self.record.put(number, ran);
        (self.progress)(self.record.done());
        counts
    }
}

/// How early a case is asked that is asked alone: what could end the endpoint comes late, and last comes the
/// question whether it did.
fn danger(case: &Case) -> u8 {
    match case.act {
        Act::Send(Change::Fresh, Expect::Accepted) => RISKY + 1,
        _ if case.category == "behaviour" => 0,
        _ => RISKY,
    }
}
