//! Asks why a delivery's signature is not valid, as often as that is worth the time.

use std::cell::Cell;

use crate::diagnose::{Diagnosis, Effort, Question};
use crate::webhook::catalog::Catalog;
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::secret::Secret;
use crate::webhook::verify::Verdict;

/// How many deliveries of a capture are explained briefly: a thousand that fail alike need it once.
const MOST: u32 = 20;

/// Explains verdicts.
#[derive(Debug)]
pub struct Explainer {
    /// The providers that are known.
    pub catalog: &'static Catalog,
    /// Secrets that are known and were not asked for.
    pub others: Vec<Secret>,
    effort: Option<Effort>,
    left: Cell<u32>,
    skipped: Cell<u64>,
}

impl Explainer {
    /// One that takes this effort for each; `None` never explains anything.
    pub fn new(catalog: &'static Catalog, others: Vec<Secret>, effort: Option<Effort>) -> Self {
        Self {
            catalog,
            others,
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
                self.skipped.set(self.skipped.get() + 1);
                return None;
            };
            self.left.set(left);
        }
        let question = Question {
            delivery,
            provider,
            catalog: self.catalog,
            secrets,
            others: &self.others,
            effort,
        };
        Some(question.answer())
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
