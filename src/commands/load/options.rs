//! The options of bulk sending, and what follows from them.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::Error;
use crate::http::Endpoint;
use crate::load::condition::{Condition, Counted};
use crate::load::engine::Pace;
use crate::load::plan::{Order, Plan, Shares};
use crate::load::schedule::Schedule;
use crate::output::console::Console;

/// How long a run is when nothing bounds it.
const DEFAULT_LENGTH: Duration = Duration::from_secs(10);

/// How many requests may be in flight by default.
const DEFAULT_IN_FLIGHT: usize = 256;

/// The highest rate to another machine without `--yes-load`.
const MAX_FOREIGN_RATE: f64 = 50.0;

/// How many requests, how fast.
#[derive(Clone, Debug, Default)]
pub struct Pacing {
    pub count: Option<u64>,
    pub duration: Option<Duration>,
    pub rate: Option<f64>,
    pub ramp: Option<Schedule>,
    pub concurrency: Option<usize>,
    pub max_in_flight: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct BulkOptions {
    pub pacing: Pacing,
    /// What differs from one body to the next; `None` chooses, and none at all leaves the bodies equal.
    pub unique: Option<Vec<String>>,
    pub shares: Shares,
    pub seed: Option<u64>,
    pub fail_if: Vec<Condition>,
    /// The file for the summary as JSON.
    pub summary: Option<PathBuf>,
    /// The file for the times as an HdrHistogram log.
    pub hdr: Option<PathBuf>,
    /// The file for the report as a page.
    pub report: Option<PathBuf>,
    pub yes_load: bool,
    pub export: Option<Export>,
}

/// Another load tool that can send the same requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    K6,
    K6Operator,
    Locust,
    Vegeta,
}

impl BulkOptions {
    /// The plan of a run; its seed is random when none was given.
    pub fn plan(&self, order: Order) -> Plan {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        Plan { seed, order, shares: self.shares.clone() }
    }

    /// The conditions that make the run a failure: those given, and any unexpected response unless one is about them.
    pub fn conditions(&self) -> Vec<Condition> {
        let mut all = self.fail_if.clone();
        if !all.iter().any(|condition| condition.is_about(Counted::Unexpected)) {
            all.insert(0, Condition::unexpected());
        }
        all
    }

    /// The pace, and the number of requests if it is bounded. `all` is how many there are to send once.
    pub fn pace(&self, all: Option<u64>, console: &Console) -> (Pace, Option<u64>) {
        let pacing = &self.pacing;
        let is_bounded =
            pacing.count.is_some() || pacing.duration.is_some() || pacing.ramp.is_some();
        let count = pacing.count.or(all.filter(|_| !is_bounded));
        let duration = pacing.duration.or_else(|| {
            (!is_bounded && count.is_none()).then(|| {
                console.note("sending for 10 s; --duration or --count sets another end");
                DEFAULT_LENGTH
            })
        });
        let max_in_flight = pacing.max_in_flight.unwrap_or(DEFAULT_IN_FLIGHT);
        let schedule = match (&pacing.ramp, pacing.rate) {
            (Some(ramp), _) => match duration {
                Some(limit) => ramp.clone().within(limit),
                None => ramp.clone(),
            },
            (None, Some(rate)) => {
                let needed =
                    count.and_then(|count| Duration::try_from_secs_f64(count as f64 / rate).ok());
                let length = match (needed, duration) {
                    (Some(needed), Some(limit)) => needed.min(limit),
                    (needed, limit) => needed.or(limit).unwrap_or(DEFAULT_LENGTH),
                };
                Schedule::steady(rate, length)
            }
            (None, None) => {
                let concurrency = pacing.concurrency.unwrap_or(1);
                return (Pace::Closed { concurrency, duration }, count);
            }
        };
        (Pace::Open { schedule, max_in_flight }, count)
    }

    /// Refuses to send much to another machine unless the user has said so.
    pub fn check_target(
        &self,
        endpoint: &Endpoint,
        pace: &Pace,
        count: Option<u64>,
    ) -> Result<(), Error> {
        let is_much = match pace {
            Pace::Open { schedule, .. } => schedule.peak() > MAX_FOREIGN_RATE,
            Pace::Closed { .. } => count.is_none_or(|count| count as f64 > MAX_FOREIGN_RATE),
        };
        if endpoint.is_loopback() || self.yes_load || !is_much {
            return Ok(());
        }
        Err(Error::usage(
            format!(
                "{} is not on this machine, and more than {MAX_FOREIGN_RATE} requests a second may be sent to it",
                endpoint.host()
            ),
            "if you may load it, add --yes-load; or limit it with --rate 50",
        ))
    }
}
