//! The search: every way to read the signature, every key, every construction and every form of the body, in
//! the order of how many things have to have gone wrong. What it finds is a proof: it gives the received value.

mod cut_off;

use std::collections::HashSet;

use super::cause::Cause;
use super::construction::Construction;
use super::digest::{Hash, Keyed};
use super::explanation::{Explanation, distinct};
use super::form::{Form, akin, room};
use super::key::Key;
use super::received::Reading;
use super::runtimes::Stack;
use super::shelf::Shelf;

/// What one try costs beside the bytes that it hashes, in bytes.
const TRY: usize = 256;

/// How many rounds of constructions there are.
const ROUNDS: usize = 3;

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most things that have gone wrong at once.
    pub causes: usize,
    /// The most bytes that are hashed and made; it stands for the time, which a pure search does not know.
    pub work: usize,
}

/// What is searched.
pub struct Space<'s> {
    /// The ways to read the signature, each with the constructions under its scheme.
    pub readings: Vec<(Reading<'s>, Vec<Construction>)>,
    /// The keys, those that were given first.
    pub keys: Vec<Key>,
    /// The forms of the body.
    pub forms: Vec<Form<'s, 's>>,
    /// The body's own bytes.
    pub body: &'s [u8],
    /// The stack that a request says it comes from.
    pub sender: Option<Stack>,
}

/// What reproduces the received signature.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The explanations that nothing tells apart; one at least.
    pub explanations: Vec<Explanation>,
    /// What was hashed in the body's place.
    pub hashed: Vec<u8>,
}

/// How a search ended.
#[derive(Debug)]
pub struct Outcome {
    /// What was found.
    pub hit: Option<Hit>,
    /// How many combinations were tried.
    pub tried: u64,
    /// Whether everything within the limit of causes was tried.
    pub is_complete: bool,
}

/// Searches, the combinations with the fewest causes first.
pub fn search(space: &Space<'_>, limits: Limits) -> Outcome {
    let mut search = Search {
        space,
        keyed: Vec::new(),
        shelf: Shelf::new(&space.forms, space.body.len()),
        tried: 0,
        left: limits.work,
    };
    let mut hit = None;
    for total in 1..=limits.causes {
        hit = (0..ROUNDS).find_map(|round| search.with(total, round));
        if hit.is_none() && total <= 2 {
            hit = search.cut_off(total - 1);
        }
        if hit.is_some() || search.left == 0 {
            break;
        }
    }
    Outcome {
        is_complete: hit.is_some() || search.left > 0,
        hit,
        tried: search.tried,
    }
}

struct Search<'s> {
    space: &'s Space<'s>,
    keyed: Vec<(usize, Hash, Keyed)>,
    shelf: Shelf<'s>,
    tried: u64,
    left: usize,
}

/// A combination: reading, construction, key.
#[derive(Clone, Copy)]
struct Choice<'s> {
    reading: &'s Reading<'s>,
    construction: &'s Construction,
    key: usize,
}

impl<'s> Search<'s> {
    /// Tries all that takes `total` things to have gone wrong, with the constructions of this round.
    fn with(&mut self, total: usize, round: usize) -> Option<Hit> {
        let mut seen = HashSet::new();
        for index in 0..self.space.forms.len() {
            let form = self.space.forms.get(index)?;
            if form.cost() + usize::from(round > 0) > total || self.left == 0 {
                break;
            }
            let Some(bytes) = self.shelf.take(index, &mut seen, &mut self.left) else {
                continue;
            };
            let choice = self.over(&bytes, total - form.cost(), round);
            let hit = choice.map(|choice| self.hit(choice, index, &bytes));
            self.shelf.put_back(index, bytes);
            if hit.is_some() {
                return hit;
            }
        }
        None
    }

    /// Tries every reading, construction and key that together take `rest` things.
    fn over(&mut self, bytes: &[u8], rest: usize, round: usize) -> Option<Choice<'s>> {
        let space = self.space;
        for (reading, constructions) in &space.readings {
            let Some(rest) = rest.checked_sub(reading.causes.len()) else {
                continue;
            };
            for construction in constructions.iter().filter(|c| c.round() == round) {
                let Some(rest) = rest.checked_sub(construction.causes.len()) else {
                    continue;
                };
                for (key, _) in space.keys.iter().enumerate().filter(|(i, key)| {
                    key.causes.len() == rest && (*i == 0 || construction.is_keyed())
                }) {
                    let choice = Choice {
                        reading,
                        construction,
                        key,
                    };
                    if self.fits(choice, bytes) {
                        return Some(choice);
                    }
                    if self.left == 0 {
                        return None;
                    }
                }
            }
        }
        None
    }

    fn fits(&mut self, choice: Choice<'_>, bytes: &[u8]) -> bool {
        self.tried += 1;
        self.left = self.left.saturating_sub(TRY + bytes.len());
        let Some(key) = self.space.keys.get(choice.key) else {
            return false;
        };
        let hash = choice.reading.hash;
        let keyed = self.keyed(choice.key, hash);
        let made = choice
            .construction
            .makes(hash, key, &keyed, bytes, &choice.reading.digest);
        made && choice
            .reading
            .is(&choice.construction.digest(hash, key, &keyed, bytes))
    }

    fn keyed(&mut self, index: usize, hash: Hash) -> Keyed {
        let known = self
            .keyed
            .iter()
            .find(|(i, h, _)| (*i, *h) == (index, hash));
        if let Some((_, _, keyed)) = known {
            return keyed.clone();
        }
        let bytes = self.space.keys.get(index).map_or(&[][..], |key| &key.bytes);
        let keyed = hash.keyed(bytes);
        self.keyed.push((index, hash, keyed.clone()));
        keyed
    }

    fn hit(&self, choice: Choice<'_>, index: usize, bytes: &[u8]) -> Hit {
        let limit = room(self.space.body.len());
        let mut same = akin(&self.space.forms, index, bytes, limit);
        // Of explanations that nothing tells apart, the one in the sender's own language comes first, and
        // one that blames no program comes last.
        let sender = self.space.sender;
        same.sort_by_key(|form| {
            let stack = form.stack();
            (
                sender.is_some() && stack != sender,
                stack == Some(Stack::Any),
            )
        });
        let same = same.into_iter();
        let all = same.map(|form| self.explain(choice, &form.causes(), &form.formula()));
        Hit {
            explanations: distinct(all),
            hashed: bytes.to_vec(),
        }
    }

    fn explain(&self, choice: Choice<'_>, body: &[Cause], formula: &str) -> Explanation {
        let key = self.space.keys.get(choice.key);
        let causes = [
            choice.reading.causes.as_slice(),
            choice.construction.causes.as_slice(),
            key.map_or(&[], |key| key.causes.as_slice()),
            body,
        ]
        .concat();
        let name = key.map_or("secret", |key| key.formula.as_str());
        let inner = choice
            .construction
            .formula(choice.reading.hash, name, formula);
        Explanation {
            causes,
            formula: choice.reading.formula(&inner),
        }
    }
}
