//! Explains signatures while a listener listens, in a thread of its own: a stranger decides how many there are
//! to explain, and no sender may wait for it.

use std::borrow::Cow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::diagnose::{Diagnosis, Effort, Question};
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::secret::Secret;

use super::explain::is_explained;

/// How many may be explained at once after a while of quiet.
const BURST: f64 = 20.0;

/// How many more each second.
const RATE: f64 = 2.0;

/// How often whoever waits looks after what else has come.
const LOOK: Duration = Duration::from_millis(1);

/// What explanations are made with.
#[derive(Debug)]
pub struct Means {
    /// The providers that are known.
    pub catalog: &'static Catalog,
    /// The secrets that deliveries are checked with: at least one, or there is nothing to explain.
    pub secrets: Vec<Secret>,
    /// Secrets that are known besides.
    pub others: Vec<Secret>,
    /// How far to search.
    pub effort: Effort,
}

/// What is said of a signature.
#[derive(Debug)]
pub enum Said {
    /// Nothing: there is nothing to explain.
    Nothing,
    /// Why it is not valid.
    Why(Box<Diagnosis>),
    /// That there is no time for it.
    TooMany,
}

/// The thread at work.
#[derive(Debug)]
pub struct Explaining {
    jobs: SyncSender<(Delivery, Option<Cow<'static, str>>)>,
    answers: Receiver<Diagnosis>,
    is_busy: bool,
    allowance: f64,
    since: Instant,
}

impl Explaining {
    /// Starts the thread; it ends when this is dropped and its last search is over.
    pub fn start(means: Means) -> Self {
        let (jobs, asked) = sync_channel::<(Delivery, Option<Cow<'static, str>>)>(1);
        let (found, answers) = sync_channel(1);
        std::thread::spawn(move || {
            while let Ok((delivery, provider)) = asked.recv() {
                let question = Question {
                    delivery: &delivery,
                    provider: provider.and_then(|name| means.catalog.provider(&name)),
                    catalog: means.catalog,
                    secrets: &means.secrets,
                    others: &means.others,
                    effort: means.effort,
                };
                if found.send(question.answer()).is_err() {
                    break;
                }
            }
        });
        Self {
            jobs,
            answers,
            is_busy: false,
            allowance: BURST,
            since: Instant::now(),
        }
    }

    /// Why a delivery's signature is not valid. `is_crowded` is asked while the search goes on, and ends the
    /// waiting for it when it says so.
    pub fn ask(&mut self, received: &DeliveryRecord, mut is_crowded: impl FnMut() -> bool) -> Said {
        let Some(found) = received.analysis.as_ref() else {
            return Said::Nothing;
        };
        if !is_explained(found.signature.verdict) {
            return Said::Nothing;
        }
        if self.is_busy && self.answers.try_recv().is_ok() {
            self.is_busy = false;
        }
        if self.is_busy || is_crowded() || !self.allow() {
            return Said::TooMany;
        }
        if self
            .jobs
            .send((received.delivery.clone(), found.provider.clone()))
            .is_err()
        {
            return Said::Nothing;
        }
        loop {
            match self.answers.recv_timeout(LOOK) {
                Ok(diagnosis) if diagnosis.is_empty() => return Said::Nothing,
                Ok(diagnosis) => return Said::Why(Box::new(diagnosis)),
                Err(RecvTimeoutError::Disconnected) => return Said::Nothing,
                Err(RecvTimeoutError::Timeout) if is_crowded() => {
                    self.is_busy = true;
                    return Said::TooMany;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Takes one from the allowance, if there is one left.
    fn allow(&mut self) -> bool {
        let passed = self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
        self.allowance = (self.allowance + passed * RATE).min(BURST);
        let is_left = self.allowance >= 1.0;
        if is_left {
            self.allowance -= 1.0;
        }
        is_left
    }
}
