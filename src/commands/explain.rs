//! Asks why a delivery's signature is not valid, as often as that is worth the time.

use std::cell::{Cell, OnceCell};

use crate::config::{Settings, other_secrets};
use crate::diagnose::{Diagnosis, DiagnosisInput, Effort};
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::verify::Verdict;

/// How many deliveries of a capture are explained briefly: a thousand that fail alike need it once.
pub const MOST: u32 = 20;

/// Explains verdicts.
#[derive(Debug)]
pub struct Explainer<'s> {
    settings: &'s Settings,
    /// Secrets that are known and were not asked for; looked up when there is something to explain.
    others: OnceCell<Vec<Secret>>,
    effort: Option<Effort>,
    left: Cell<u32>,
    skipped: Cell<u64>,
}

impl<'s> Explainer<'s> {
    /// One that takes this effort for each; `None` never explains anything.
    pub fn new(settings: &'s Settings, effort: Option<Effort>) -> Self {
        Self {
            settings,
            others: OnceCell::new(),
            effort,
            left: Cell::new(MOST),
            skipped: Cell::new(0),
        }
    }

    /// Why the signature is not valid; `None` when it is, or when nobody asked.
    pub fn explain(
        &self,
        verdict: Verdict,
        delivery: &Delivery,
        provider: Option<&Provider>,
        secrets: &[Secret],
    ) -> Option<Diagnosis> {
        let is_asked = is_explained(verdict) && !secrets.is_empty();
        let effort = self.effort.filter(|_| is_asked)?;
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
            effort,
        };
        Some(input.diagnose()).filter(|found| !found.is_empty())
    }

    /// So many more are left unexplained.
    pub fn skip(&self, more: u64) {
        self.skipped.set(self.skipped.get() + more);
    }

    /// How many deliveries were left unexplained, because there were too many.
    pub fn skipped(&self) -> u64 {
        self.skipped.get()
    }
}

/// Whether there is anything to explain.
pub fn is_explained(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Invalid | Verdict::Malformed | Verdict::Missing
    )
}
