//! The question, a delivery whose signature is not valid, and the answer: a proof, or what was ruled out.

use crate::webhook::catalog::Catalog;
use crate::webhook::delivery::Delivery;
use crate::webhook::examine::without_bom;
use crate::webhook::provider::Provider;
use crate::webhook::secret::Secret;

use super::cause::Cause;
use super::claims::{claims, sender};
use super::clue::clues;
use super::construction::Construction;
use super::difference::{Difference, difference};
use super::edit::EDITS;
use super::form::{Source, forms};
use super::json;
use super::key::keys;
use super::received::Reading;
use super::search::{Hit, Limits, Outcome, Space, search};

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

/// One explanation, in codes and in words.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The causes, which all came together.
    pub causes: Vec<Cause>,
    /// How the received value comes from secret and body.
    pub formula: String,
}

impl Explanation {
    /// The stable codes.
    pub fn codes(&self) -> Vec<&'static str> {
        self.causes.iter().map(|cause| cause.code).collect()
    }

    /// What happened, in words.
    pub fn says(&self) -> String {
        sentences(self.causes.iter().map(Cause::says))
    }

    /// What to change, in words.
    pub fn fix(&self) -> String {
        sentences(self.causes.iter().map(Cause::fix))
    }
}

fn sentences(all: impl Iterator<Item = String>) -> String {
    let mut unique: Vec<String> = Vec::new();
    for sentence in all {
        if !unique.contains(&sentence) {
            unique.push(sentence);
        }
    }
    unique.join(" ")
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
            return nothing(self.clues(&readings, None));
        }
        let text = String::from_utf8_lossy(without_bom(body));
        let latin: Option<String> =
            (!body.is_ascii()).then(|| without_bom(body).iter().map(|b| char::from(*b)).collect());
        let plain = plain(body);
        let plain_text = plain
            .as_deref()
            .map(|p| String::from_utf8_lossy(without_bom(p)));
        let parsed = json::parse(&text).ok();
        let latin_parsed = latin.as_deref().and_then(|text| json::parse(text).ok());
        let plain_parsed = plain_text
            .as_deref()
            .and_then(|text| json::parse(text).ok());
        let mut sources = vec![Source::bytes(body, "body", vec![])];
        if let Some(document) = &parsed {
            sources.push(Source::value(document.root(), "body", vec![]));
        }
        if let Some(document) = &latin_parsed {
            let says = "read as Latin-1 and written as UTF-8";
            let cause = Cause::with("body.latin1", says);
            sources.push(Source::value(
                document.root(),
                "latin1_decode(body)",
                vec![cause],
            ));
        }
        if let Some(document) = &plain_parsed {
            let cause = Cause::plain("body.gzip");
            sources.push(Source::value(document.root(), "gunzip(body)", vec![cause]));
        }
        let keys = keys(self.secrets, self.others);
        let space = Space {
            readings,
            keys,
            forms: forms(&sources, self.effort == Effort::Deep),
            body,
            sender: sender(self.delivery),
        };
        let outcome = search(&space, self.effort.limits(body.len()));
        match outcome.hit {
            Some(hit) => Diagnosis {
                proof: Some(self.proof(hit)),
                tried: outcome.tried,
                is_complete: outcome.is_complete,
                clues: vec![],
            },
            None => Diagnosis {
                proof: None,
                tried: outcome.tried,
                is_complete: outcome.is_complete,
                clues: self.clues(&space.readings, Some((&space, &outcome))),
            },
        }
    }

    fn proof(&self, hit: Hit) -> Proof {
        let hit_codes: Vec<_> = hit.causes.iter().map(|cause| cause.code).collect();
        Proof {
            difference: difference(&self.delivery.body, &hit.hashed),
            explanation: Explanation {
                causes: hit.causes,
                formula: hit.formula,
            },
            same: hit
                .same
                .into_iter()
                .map(|(causes, formula)| Explanation { causes, formula })
                .collect(),
            document: self.provider.map(|p| says(p, &hit_codes)),
        }
    }

    fn clues(
        &self,
        readings: &[(Reading<'_>, Vec<Construction>)],
        searched: Option<(&Space<'_>, &Outcome)>,
    ) -> Vec<String> {
        let header = self.provider.and_then(|p| p.signature.as_ref());
        let value = header.and_then(|scheme| self.delivery.headers.get(&scheme.header));
        let read: Vec<_> = readings.iter().map(|(reading, _)| reading).collect();
        let mut said = match value {
            Some(value) => clues(value, self.provider, self.catalog, &read),
            None => Vec::new(),
        };
        if let Some((space, outcome)) = searched {
            let tried = format!(
                "{} forms of the secret, {} forms of the body and {} constructions ({} combinations).",
                space.keys.len(),
                space.forms.len(),
                (space.readings.iter().map(|(_, all)| all.len()))
                    .max()
                    .unwrap_or_default(),
                outcome.tried
            );
            said.push(match outcome.is_complete {
                true => format!("Ruled out, alone and together: {tried}"),
                false => format!("Tried, the likeliest first, and not all together: {tried}"),
            });
            let is_whole = read.iter().any(|reading| !reading.is_cut_off());
            if is_whole {
                said.push("Most likely: a different secret, or a body that is not the one that was signed.".to_owned());
            }
        }
        said
    }
}

/// The provider's document, with what it says of one of the causes.
fn says(provider: &Provider, codes: &[&str]) -> String {
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

fn plain(body: &[u8]) -> Option<Vec<u8>> {
    let gunzip = EDITS.iter().find(|edit| edit.cause().code == "body.gzip")?;
    gunzip.apply(body)
}
