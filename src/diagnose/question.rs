//! The question, a delivery whose signature is not valid, and the answer: a proof, or what was ruled out.

use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::secret::Secret;

use super::claims::{claims, sender};
use super::clue::{absent, clues};
use super::difference::{Difference, difference};
use super::explanation::Explanation;
use super::form::forms;
use super::key::keys;
use super::search::{Hit, Limits, Outcome, Space, search};
use super::texts::Texts;

/// The largest body whose signature is explained, in bytes.
pub const LARGEST_BODY: usize = 8 << 20;

/// How far to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// What takes no longer than a person notices: within 50 ms for a body of 4 KiB.
    #[default]
    Brief,
    /// Every combination of up to four causes.
    Deep,
}

impl Effort {
    fn limits(self, body: usize) -> Limits {
        match self {
            Self::Brief => Limits {
                causes: 3,
                // Enough to try every single cause on all but the largest bodies.
                work: (48 << 20) + body.min(1 << 20).saturating_mul(1650),
            },
            Self::Deep => Limits {
                causes: 4,
                work: 8 << 30,
            },
        }
    }
}

/// A delivery whose signature is not valid, and what there is to explain it with.
#[derive(Debug)]
pub struct Question<'q> {
    /// The delivery.
    pub delivery: &'q Delivery,
    /// Whose it is, if that is known.
    pub provider: Option<&'q Provider>,
    /// The providers whose schemes may have been used instead.
    pub catalog: &'q Catalog,
    /// The secrets that it was checked with.
    pub secrets: &'q [Secret],
    /// Secrets that are known and were not asked for.
    pub others: &'q [Secret],
    /// How far to search.
    pub effort: Effort,
}

/// What was found out.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// What reproduces the signature, if anything does.
    pub proof: Option<Proof>,
    /// How many combinations were tried.
    pub tried: u64,
    /// Whether the search came to its end: nothing within its reach was left untried.
    pub is_complete: bool,
    /// What was tried and what the value tells by itself, a sentence each, when there is no proof.
    pub clues: Vec<String>,
}

impl Diagnosis {
    /// Whether there is nothing to say: no signature was there to be explained.
    pub fn is_empty(&self) -> bool {
        self.proof.is_none() && self.clues.is_empty()
    }
}

/// What reproduces the received signature.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The explanation.
    pub explanation: Explanation,
    /// Others that give the same bytes.
    pub same: Vec<Explanation>,
    /// Where the body and what was hashed in its place part.
    pub difference: Option<Difference>,
    /// The document that says what should have been signed.
    pub document: Option<String>,
}

impl Question<'_> {
    /// Searches for what was hashed.
    pub fn answer(&self) -> Diagnosis {
        let body = &self.delivery.body;
        if body.len() > LARGEST_BODY {
            return nothing(vec![format!(
                "The body is over {} MiB: no explanation was looked for.",
                LARGEST_BODY >> 20
            )]);
        }
        let readings = claims(self.delivery, self.provider, self.catalog);
        if readings.is_empty() {
            return nothing(self.clues(None));
        }
        let texts = Texts::of(body);
        let documents = texts.documents();
        let sources = documents.sources(body);
        let keys = keys(self.secrets, self.others);
        let space = Space {
            readings,
            keys,
            forms: forms(&sources, self.effort == Effort::Deep),
            body,
            sender: sender(self.delivery),
        };
        let outcome = search(&space, self.effort.limits(body.len()));
        let proof = outcome.hit.as_ref().and_then(|hit| self.proof(hit));
        Diagnosis {
            clues: match proof {
                Some(_) => vec![],
                None => self.clues(Some((&space, &outcome))),
            },
            proof,
            tried: outcome.tried,
            is_complete: outcome.is_complete,
        }
    }

    fn proof(&self, hit: &Hit) -> Option<Proof> {
        let (explanation, same) = hit.explanations.split_first()?;
        Some(Proof {
            difference: difference(&self.delivery.body, &hit.hashed),
            document: self
                .provider
                .map(|p| document_says(p, &explanation.codes())),
            explanation: explanation.clone(),
            same: same.to_vec(),
        })
    }

    fn clues(&self, searched: Option<(&Space<'_>, &Outcome)>) -> Vec<String> {
        let mut said = clues(self.delivery, self.provider, self.catalog);
        let Some((space, outcome)) = searched else {
            return said;
        };
        let constructions = space.readings.iter().map(|(_, all)| all.len());
        let tried = format!(
            "{} forms of the secret, {} forms of the body and {} constructions ({} combinations).",
            space.keys.len(),
            space.forms.len(),
            constructions.max().unwrap_or_default(),
            outcome.tried
        );
        let most = self.effort.limits(self.delivery.body.len()).causes;
        said.push(match outcome.is_complete {
            true => format!("Ruled out, alone and up to {most} at once: {tried}"),
            false => format!("Tried, the likeliest first, and not all together: {tried}"),
        });
        let scheme = self.provider.and_then(|p| p.signature.as_ref());
        if let Some(name) = scheme.and_then(|scheme| absent(self.delivery, scheme)) {
            said.push(format!(
                "The header `{name}` is not there, and the scheme signs it: without it the signature cannot be made again."
            ));
        } else if space.readings.iter().any(|(one, _)| !one.is_cut_off()) {
            said.push(
                "Most likely: a different secret, or a body that is not the one that was signed."
                    .to_owned(),
            );
        }
        said
    }
}

/// The provider's document, with what it says of one of the causes.
fn document_says(provider: &Provider, codes: &[&str]) -> String {
    let remark = codes.iter().find_map(|code| provider.remark(code));
    match remark {
        Some(remark) => format!("{}: {remark}", provider.document),
        None => provider.document.clone(),
    }
}

fn nothing(clues: Vec<String>) -> Diagnosis {
    Diagnosis {
        proof: None,
        tried: 0,
        is_complete: false,
        clues,
    }
}
