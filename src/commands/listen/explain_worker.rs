//! Explains invalid signatures while a listener runs, in a thread of its own and at a limited rate: senders decide how
//! many there are to explain, and none may wait for it.

use std::borrow::Cow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::commands::shared::explainer::is_explained;
use crate::diagnose::{Diagnosis, DiagnosisInput, Effort};
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::Secret;

/// How many signatures may be explained at once after a pause.
const BURST: f64 = 20.0;

/// How many more each second.
const RATE: f64 = 2.0;

/// How often the backlog is checked during a search.
const POLL: Duration = Duration::from_millis(1);

/// What an explanation depends on besides the delivery.
#[derive(Debug)]
pub(crate) struct ExplainContext {
    /// The known providers.
    pub catalog: &'static Catalog,
    /// The secrets that deliveries are checked with; at least one.
    pub secrets: Vec<Secret>,
    /// Other known secrets.
    pub others: Vec<Secret>,
    /// How far to search.
    pub effort: Effort,
}

/// Why a signature is not valid.
#[derive(Debug)]
pub(crate) enum Explanation {
    /// There is nothing to explain, or no cause was found.
    None,
    /// The cause.
    Found(Box<Diagnosis>),
    /// There was no time to search.
    Skipped,
}

/// The thread.
#[derive(Debug)]
pub(crate) struct ExplainWorker {
    jobs: SyncSender<(Delivery, Option<Cow<'static, str>>)>,
    results: Receiver<Diagnosis>,
    is_busy: bool,
    allowance: f64,
    since: Instant,
}

impl ExplainWorker {
    /// Starts the thread; it ends when this is dropped and its last search is over.
    pub(crate) fn start(context: ExplainContext) -> Self {
        let (jobs, requests) = sync_channel::<(Delivery, Option<Cow<'static, str>>)>(1);
        let (found, results) = sync_channel(1);
        std::thread::spawn(move || {
            while let Ok((delivery, provider)) = requests.recv() {
                let input = DiagnosisInput {
                    delivery: &delivery,
                    provider: provider.and_then(|name| context.catalog.provider(&name)),
                    catalog: context.catalog,
                    secrets: &context.secrets,
                    others: &context.others,
                    effort: context.effort,
                };
                if found.send(input.diagnose()).is_err() {
                    break;
                }
            }
        });
        Self {
            jobs,
            results,
            is_busy: false,
            allowance: BURST,
            since: Instant::now(),
        }
    }

    /// Why a delivery's signature is not valid. Once `is_backlog_long`, which is called during the search, the result
    /// is no longer waited for.
    pub(crate) fn explain(
        &mut self,
        record: &DeliveryRecord,
        mut is_backlog_long: impl FnMut() -> bool,
    ) -> Explanation {
        let found = record.analysis.as_ref();
        let Some(found) = found.filter(|found| is_explained(found.signature.verdict)) else {
            return Explanation::None;
        };
        if self.is_busy && self.results.try_recv().is_ok() {
            self.is_busy = false;
        }
        if self.is_busy || is_backlog_long() || !self.allow() {
            return Explanation::Skipped;
        }
        if self
            .jobs
            .send((record.delivery.clone(), found.provider.clone()))
            .is_err()
        {
            return Explanation::None;
        }
        loop {
            match self.results.recv_timeout(POLL) {
                Ok(diagnosis) if diagnosis.is_empty() => return Explanation::None,
                Ok(diagnosis) => return Explanation::Found(Box::new(diagnosis)),
                Err(RecvTimeoutError::Disconnected) => return Explanation::None,
                Err(RecvTimeoutError::Timeout) if is_backlog_long() => {
                    self.is_busy = true;
                    return Explanation::Skipped;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Takes one from the allowance, if any is left.
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
