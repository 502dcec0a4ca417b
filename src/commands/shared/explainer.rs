//! Explains why signatures are not valid: those of a capture, a limited number of them with a brief search, and those
//! of a running listener, at a limited rate.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::config::{Settings, other_secrets};
use crate::diagnose::{Diagnosis, DiagnosisInput, Effort};
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::verify::Verdict;
use crate::webhook::signature::{Secret, SignatureContext};

/// How many deliveries of a capture are explained briefly: of a thousand that fail alike, a few are enough.
pub(crate) const MAX_EXPLAINED: u32 = 20;

/// Explains the signatures of a capture.
pub(crate) struct Explainer<'s> {
    settings: &'s Settings,
    context: SignatureContext,
    /// Other known secrets; looked up when there is something to explain.
    others: OnceCell<Vec<Secret>>,
    effort: Option<Effort>,
    left: Cell<u32>,
    skipped: Cell<u64>,
}

impl<'s> Explainer<'s> {
    /// An explainer with this effort for each; `None` explains nothing.
    pub(crate) fn new(
        settings: &'s Settings,
        context: SignatureContext,
        effort: Option<Effort>,
    ) -> Self {
        Self {
            settings,
            context,
            others: OnceCell::new(),
            effort,
            left: Cell::new(MAX_EXPLAINED),
            skipped: Cell::new(0),
        }
    }

    /// Why the signature is not valid; `None` when it is valid, when no cause was found, or when it was not looked for.
    pub(crate) fn explain(
        &self,
        verdict: Verdict,
        delivery: &Delivery,
        provider: Option<&Provider>,
        secrets: &[Secret],
    ) -> Option<Diagnosis> {
        let is_wanted = is_explained(verdict) && !secrets.is_empty();
        let effort = self.effort.filter(|_| is_wanted)?;
        if effort == Effort::Brief {
            let Some(left) = self.left.get().checked_sub(1) else {
                self.skip(1);
                return None;
            };
            self.left.set(left);
        }
        let input = DiagnosisInput {
            delivery,
            provider,
            catalog: self.settings.catalog,
            secrets,
            others: self.others.get_or_init(|| other_secrets(self.settings)),
            context: &self.context,
            effort,
        };
        Some(input.diagnose()).filter(|diagnosis| !diagnosis.is_empty())
    }

    /// Counts more deliveries that are not explained.
    pub(crate) fn skip(&self, more: u64) {
        self.skipped.set(self.skipped.get() + more);
    }

    /// How many deliveries were not explained because there were too many.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped.get()
    }
}

/// Whether a signature with this verdict can be explained.
pub(crate) fn is_explained(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Invalid | Verdict::Malformed | Verdict::Missing)
}

/// How many signatures of a listener may be explained at once after a pause.
const BURST: f64 = 20.0;

/// How many more each second.
const RATE: f64 = 2.0;

/// How often the backlog is checked during a search.
const POLL: Duration = Duration::from_millis(1);

/// What an explanation depends on besides the delivery.
#[derive(Debug)]
pub(crate) struct ExplainContext {
    pub catalog: &'static Catalog,
    /// The secrets that deliveries are checked with; at least one.
    pub secrets: Vec<Secret>,
    pub others: Vec<Secret>,
    pub signature: SignatureContext,
    pub effort: Effort,
}

/// Why a signature is not valid.
#[derive(Debug)]
pub(crate) enum Explanation {
    /// There is nothing to explain, or no cause was found.
    None,
    Found(Box<Diagnosis>),
    /// There was no time to search.
    Skipped,
}

/// Explains invalid signatures while a listener runs, in a thread of its own and at a limited rate: senders decide how
/// many there are to explain, and none may wait for it.
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
                    context: &context.signature,
                    effort: context.effort,
                };
                if found.send(input.diagnose()).is_err() {
                    break;
                }
            }
        });
        Self { jobs, results, is_busy: false, allowance: BURST, since: Instant::now() }
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
        let job = (record.delivery.clone(), found.provider.clone());
        if self.jobs.send(job).is_err() {
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
