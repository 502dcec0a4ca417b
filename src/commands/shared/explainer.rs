//! Explains why the signatures of a capture are not valid: a limited number of them with a brief search.

use std::cell::{Cell, OnceCell};

use crate::config::{Settings, other_secrets};
use crate::diagnose::{Diagnosis, DiagnosisInput, Effort};
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::signature::Secret;
use crate::webhook::signature::verify::Verdict;

/// How many deliveries of a capture are explained briefly: of a thousand that fail alike, a few are enough.
pub(crate) const MAX_EXPLAINED: u32 = 20;

/// Explains verdicts.
pub(crate) struct Explainer<'s> {
    settings: &'s Settings,
    /// Other known secrets; looked up when there is something to explain.
    others: OnceCell<Vec<Secret>>,
    effort: Option<Effort>,
    left: Cell<u32>,
    skipped: Cell<u64>,
}

impl<'s> Explainer<'s> {
    /// An explainer with this effort for each; `None` explains nothing.
    pub(crate) fn new(settings: &'s Settings, effort: Option<Effort>) -> Self {
        Self {
            settings,
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
    matches!(
        verdict,
        Verdict::Invalid | Verdict::Malformed | Verdict::Missing
    )
}
