//! The search: every candidate for the signature, every key, every recipe and every variant of the body, combined
//! in the order of how likely their mistakes are. What it finds is a proof: it reproduces the received value. Where the
//! bytes that were hashed are known, only the variants of the body are searched.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::webhook::signature::mac::{Hash, PreparedMac};

use super::candidate::SignatureCandidate;
use super::cause::{COMMON, Cause, Explanation, RARE, distinct};
use super::key::Key;
use super::recipe::SigningRecipe;
use super::runtimes::Runtime;
use super::text_encoding::{REPLACEMENT, splits};
use super::transform_table::{escapes, transforms};
use super::variant::{BodyVariant, MAX_BODY, VariantCache, equivalents, max_len, variants};
use super::view::BodyTexts;

/// The most places at which a character may have been split that are tried.
const MAX_SPLITS: usize = 1024;

/// The cost of one try in addition to the bytes that it hashes, in bytes.
const TRY: usize = 256;

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most mistakes at once.
    pub causes: usize,
    /// The most that their weights come to.
    pub weight: usize,
    /// The most bytes that are hashed and written. It stands for the time: a pure search has no clock.
    pub work: usize,
}

/// What is searched.
pub struct SearchInput<'s> {
    /// The candidates for the signature, each with the recipes under its scheme.
    pub candidates: Vec<(SignatureCandidate<'s>, Vec<SigningRecipe>)>,
    /// The keys to try, those that were given first.
    pub keys: Vec<Key>,
    pub variants: Vec<BodyVariant<'s>>,
    pub body: &'s [u8],
    /// The runtime that the sender names in the request.
    pub sender: Option<Runtime>,
}

/// What reproduces the received signature.
#[derive(Clone, Debug)]
pub struct Match {
    /// The explanations that give the same bytes, one at least.
    pub explanations: Vec<Explanation>,
    /// What was hashed in the body's place.
    pub hashed: Vec<u8>,
    /// The combination that reproduces it.
    pub combination: Combination,
}

/// A combination, by the places of its parts in what is searched.
#[derive(Clone, Copy, Debug)]
pub struct Combination {
    pub candidate: usize,
    pub recipe: usize,
    pub key: usize,
    pub body: HashedBody,
}

/// What is hashed in the body's place.
#[derive(Clone, Copy, Debug)]
pub enum HashedBody {
    /// The variant at this index.
    Variant(usize),
    /// The first bytes of the body, so many.
    Beginning(usize),
    /// The body with U+FFFD, `count` times, in place of the `length` bytes at `at`.
    Split { at: usize, length: usize, count: usize },
}

impl Combination {
    /// The digest that the combination gives, with a key and for another input of the same structure.
    pub fn digest(self, input: &SearchInput<'_>, key: &Key) -> Option<Vec<u8>> {
        let (candidate, recipes) = input.candidates.get(self.candidate)?;
        let body = input.body;
        let hashed = match self.body {
            HashedBody::Beginning(length) => Cow::Borrowed(body.get(..length)?),
            HashedBody::Split { at, length, count } => {
                let middle = REPLACEMENT.repeat(count);
                Cow::Owned([body.get(..at)?, &middle, body.get(at + length..)?].concat())
            }
            HashedBody::Variant(index) => input.variants.get(index)?.make(max_len(body.len()))?,
        };
        let keyed = candidate.hash.keyed(&key.bytes);
        Some(recipes.get(self.recipe)?.digest(candidate.hash, key, &keyed, &hashed))
    }
}

/// How a search ended.
#[derive(Debug)]
pub struct SearchResult {
    pub found: Option<Match>,
    pub tried: u64,
    /// The largest sum of weights of which everything was tried.
    pub completed: usize,
    /// Whether everything within the limits was tried.
    pub is_complete: bool,
}

/// Searches, the likeliest combinations first: by the sum of the weights of their causes.
pub fn search(input: &SearchInput<'_>, limits: Limits) -> SearchResult {
    let mut search = Search {
        input,
        limits,
        keys: by_weight(&input.keys, Key::weight),
        recipes: input
            .candidates
            .iter()
            .map(|(_, all)| by_weight(all, SigningRecipe::weight))
            .collect(),
        prepared: HashMap::new(),
        cache: VariantCache::new(&input.variants, input.body.len()),
        tried: 0,
        left: limits.work,
    };
    let mut completed = 0;
    let found = (COMMON..=limits.weight).find_map(|total| {
        if search.left == 0 {
            return None;
        }
        completed = total - 1;
        let found = search.combinations(total);
        // Each of these tries a body many times.
        let many = |rest: Option<usize>| rest.filter(|rest| *rest <= COMMON);
        found
            .or_else(|| search.truncated(many(total.checked_sub(COMMON))?))
            .or_else(|| search.split(many(total.checked_sub(RARE))?))
    });
    if search.left > 0 {
        completed = limits.weight;
    }
    let is_complete = found.is_some() || search.left > 0;
    SearchResult { is_complete, found, completed, tried: search.tried }
}

/// The places of items by their weight.
fn by_weight<T>(all: &[T], weight: impl Fn(&T) -> usize) -> Vec<Vec<usize>> {
    let mut by: Vec<Vec<usize>> = Vec::new();
    for (place, one) in all.iter().enumerate() {
        let weight = weight(one);
        if by.len() <= weight {
            by.resize(weight + 1, Vec::new());
        }
        if let Some(places) = by.get_mut(weight) {
            places.push(place);
        }
    }
    by
}

struct Search<'s> {
    input: &'s SearchInput<'s>,
    limits: Limits,
    /// The places of keys and of each candidate's recipes, by weight.
    keys: Vec<Vec<usize>>,
    recipes: Vec<Vec<Vec<usize>>>,
    prepared: HashMap<(usize, Hash), PreparedMac>,
    cache: VariantCache<'s>,
    tried: u64,
    left: usize,
}

/// A combination: candidate, recipe, key.
#[derive(Clone, Copy)]
struct Choice<'s> {
    candidate: &'s SignatureCandidate<'s>,
    recipe: &'s SigningRecipe,
    key: usize,
    /// The places of candidate and recipe.
    places: (usize, usize),
}

impl Choice<'_> {
    fn combination(self, body: HashedBody) -> Combination {
        let (candidate, recipe) = self.places;
        Combination { candidate, recipe, key: self.key, body }
    }
}

impl<'s> Search<'s> {
    /// Tries all combinations whose weights come to `total`.
    fn combinations(&mut self, total: usize) -> Option<Match> {
        let mut seen = HashSet::new();
        for index in 0..self.input.variants.len() {
            let variant = self.input.variants.get(index)?;
            let Some(rest) = total.checked_sub(variant.weight()).filter(|_| self.left > 0) else {
                break;
            };
            if variant.cost() > self.limits.causes {
                continue;
            }
            let Some(bytes) = self.cache.take(index, &mut seen, &mut self.left) else {
                continue;
            };
            let choice = self.over(&bytes, variant.cost(), rest);
            let found = choice.map(|choice| self.explained(choice, index, &bytes));
            self.cache.put_back(index, bytes);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Tries every candidate, recipe and key whose weights come to `rest`, with the body's `cost` so far.
    fn over(&mut self, bytes: &[u8], cost: usize, rest: usize) -> Option<Choice<'s>> {
        let input = self.input;
        // To go through them takes time even where none has this weight.
        self.left = self.left.saturating_sub(TRY);
        for (place, (candidate, recipes)) in input.candidates.iter().enumerate() {
            let Some(rest) = rest.checked_sub(candidate.weight()) else {
                continue;
            };
            for recipe_weight in 0..=rest {
                let count = self.recipes.get(place).and_then(|by| by.get(recipe_weight));
                for nth in 0..count.map_or(0, Vec::len) {
                    let by = self.recipes.get(place).and_then(|by| by.get(recipe_weight));
                    let at = *by.and_then(|by| by.get(nth))?;
                    let recipe = recipes.get(at)?;
                    // What is not over the body is the same for all of them.
                    if !recipe.has_body() && cost > 0 {
                        continue;
                    }
                    let causes = cost + candidate.causes.len() + recipe.causes.len();
                    let choice = |key| Choice { candidate, recipe, key, places: (place, at) };
                    let key_weight = rest - recipe_weight;
                    if !recipe.is_keyed() {
                        let is_tried = key_weight == 0 && causes <= self.limits.causes;
                        if is_tried && self.is_match(choice(0), bytes) {
                            return Some(choice(0));
                        }
                        continue;
                    }
                    for nth in 0..self.keys.get(key_weight).map_or(0, Vec::len) {
                        let key = *self.keys.get(key_weight)?.get(nth)?;
                        let of_key = input.keys.get(key)?.causes.len();
                        if causes + of_key > self.limits.causes {
                            continue;
                        }
                        if self.is_match(choice(key), bytes) {
                            return Some(choice(key));
                        }
                        if self.left == 0 {
                            return None;
                        }
                    }
                }
            }
        }
        None
    }

    /// The own recipes over the body alone with the keys of this weight.
    fn own(&self, key_weight: usize) -> Vec<Choice<'s>> {
        let keys = self.keys.get(key_weight).cloned().unwrap_or_default();
        let candidates = self.input.candidates.iter().enumerate();
        let own = candidates.filter_map(|(place, (candidate, recipes))| {
            let recipe =
                recipes.first().filter(|recipe| recipe.causes.is_empty() && recipe.has_body())?;
            candidate.causes.is_empty().then_some((place, candidate, recipe))
        });
        own.flat_map(|(place, candidate, recipe)| {
            let choice =
                move |key: &usize| Choice { candidate, recipe, key: *key, places: (place, 0) };
            keys.iter().map(choice)
        })
        .collect()
    }

    /// Tries bodies that were cut off before they were hashed, under the keys of this weight. One MAC is continued
    /// from each beginning of the body to the next.
    fn truncated(&mut self, key_weight: usize) -> Option<Match> {
        let body = self.input.body;
        for choice in self.own(key_weight) {
            let [before, after] = choice.recipe.fixed();
            let candidate = choice.candidate;
            if !choice.recipe.is_of_body() {
                continue;
            }
            let mut keyed = self.prepared(choice.key, candidate.hash).clone();
            keyed.update(&before);
            let mut from = 0;
            for to in beginnings(body.len()) {
                keyed.update(body.get(from..to)?);
                from = to;
                self.tried += 1;
                self.left = self.left.saturating_sub(TRY);
                if keyed.begins_with(&[&after], &candidate.digest) {
                    let cause = Cause::with("body.truncated", to.to_string());
                    let formula = format!("body[..{to}]");
                    return Some(Match {
                        explanations: vec![self.explain(choice, &[cause], &formula)],
                        hashed: body.get(..to)?.to_vec(),
                        combination: choice.combination(HashedBody::Beginning(to)),
                    });
                }
                if self.left == 0 {
                    return None;
                }
            }
        }
        None
    }

    /// Tries bodies one of whose characters was split between two pieces and is U+FFFD, several times perhaps.
    fn split(&mut self, key_weight: usize) -> Option<Match> {
        let body = self.input.body;
        for choice in self.own(key_weight) {
            if !choice.recipe.is_of_body() {
                continue;
            }
            let [before, after] = choice.recipe.fixed();
            let candidate = choice.candidate;
            let mut keyed = self.prepared(choice.key, candidate.hash).clone();
            keyed.update(&before);
            let mut from = 0;
            for (at, length, count) in splits(body).take(MAX_SPLITS) {
                keyed.update(body.get(from..at)?);
                from = at;
                let rest = body.get(at + length..)?;
                self.tried += 1;
                self.left = self.left.saturating_sub(TRY + rest.len());
                let middle = REPLACEMENT.repeat(count);
                if keyed.begins_with(&[&middle, rest, &after], &candidate.digest) {
                    let says = format!("in pieces that split the character at byte {at}");
                    let cause = Cause::with("body.split_character", says);
                    let formula =
                        format!("body[..{at}] + {count} × U+FFFD + body[{}..]", at + length);
                    return Some(Match {
                        explanations: vec![self.explain(choice, &[cause], &formula)],
                        hashed: [body.get(..at)?, &middle, rest].concat(),
                        combination: choice.combination(HashedBody::Split { at, length, count }),
                    });
                }
                if self.left == 0 {
                    return None;
                }
            }
        }
        None
    }

    fn is_match(&mut self, choice: Choice<'_>, bytes: &[u8]) -> bool {
        self.tried += 1;
        let length = bytes.len() + choice.recipe.fixed_length();
        self.left = self.left.saturating_sub(TRY + length);
        let Some(key) = self.input.keys.get(choice.key) else {
            return false;
        };
        let Choice { candidate, recipe, .. } = choice;
        let hash = candidate.hash;
        let keyed = self.prepared(choice.key, hash);
        let is_start_known = !candidate.digest.is_empty();
        (!is_start_known || recipe.matches(hash, key, keyed, bytes, &candidate.digest))
            && candidate.is(&recipe.digest(hash, key, keyed, bytes))
    }

    /// The MAC of a key, prepared once for all messages.
    fn prepared(&mut self, key: usize, hash: Hash) -> &PreparedMac {
        let keys = &self.input.keys;
        self.prepared.entry((key, hash)).or_insert_with(|| {
            let bytes = keys.get(key).map_or(&[][..], |key| &key.bytes);
            hash.keyed(bytes)
        })
    }

    fn explained(&self, choice: Choice<'_>, index: usize, bytes: &[u8]) -> Match {
        let limit = max_len(self.input.body.len());
        let mut same = equivalents(&self.input.variants, index, bytes, limit);
        // Of explanations that give the same bytes, the one in the sender's own language comes first, and one
        // that names no program comes last.
        let sender = self.input.sender;
        same.sort_by_key(|variant| {
            let runtime = variant.runtime();
            let is_other = sender.is_some() && runtime != sender;
            (is_other, runtime == Some(Runtime::ANY))
        });
        let all = same.iter().map(|one| self.explain(choice, &one.causes(), &one.formula()));
        Match {
            explanations: distinct(all),
            hashed: bytes.to_vec(),
            combination: choice.combination(HashedBody::Variant(index)),
        }
    }

    fn explain(&self, choice: Choice<'_>, body: &[Cause], formula: &str) -> Explanation {
        let key = self.input.keys.get(choice.key);
        let Choice { candidate, recipe, .. } = choice;
        let key_causes = key.map_or(&[][..], |key| &key.causes);
        let name = key.map_or("secret", |key| key.formula.as_str());
        let inner = recipe.formula(candidate.hash, name, formula);
        Explanation {
            causes: [&candidate.causes, &recipe.causes, key_causes, body].concat(),
            formula: candidate.formula(&inner),
        }
    }
}

/// Where a body may have been cut off: anywhere when it is small, else at round numbers and near its end.
fn beginnings(length: usize) -> impl Iterator<Item = usize> {
    const SMALL: usize = 8 << 10;
    const NEAR: usize = 64;
    (1..length).filter(move |at| {
        length <= SMALL || at % 512 == 0 || at % 1000 == 0 || at % 512 == 511 || length - at <= NEAR
    })
}

/// The most work, in bytes that could be hashed in the same time: a second or two.
const MAX_COMPARE_WORK: usize = 2 << 30;

/// What turns one body into another.
#[derive(Clone, Debug)]
pub struct Transformations {
    /// The simplest explanations, all of which give the same bytes.
    pub found: Vec<Explanation>,
    /// Whether everything known was tried, where nothing was found. On large bodies it is not.
    pub is_complete: bool,
}

/// What turns `sent` into `hashed`, the simplest explanations; none when nothing known does.
pub fn transformations(sent: &[u8], hashed: &[u8]) -> Transformations {
    let (mut found, is_complete) = match sent.len() > MAX_BODY {
        true => (Vec::new(), false),
        false => compared(sent, hashed),
    };
    if found.is_empty() && sent != hashed && sent.starts_with(hashed) {
        let to = hashed.len();
        found.push(Explanation {
            causes: vec![Cause::with("body.truncated", to.to_string())],
            formula: format!("body[..{to}]"),
        });
    }
    Transformations { found, is_complete }
}

fn compared(sent: &[u8], hashed: &[u8]) -> (Vec<Explanation>, bool) {
    let limit = max_len(sent.len());
    if sent == hashed || hashed.len() > limit {
        return (Vec::new(), true);
    }
    let texts = BodyTexts::new(sent, None);
    let documents = texts.parse();
    let views = documents.views();
    let transforms = transforms(sent, "/");
    let escapes = escapes(documents.json().unwrap_or_default().as_bytes());
    let all = variants(&views, &transforms, &escapes, true);
    let mut cache = VariantCache::new(&all, sent.len());
    let mut seen = HashSet::new();
    let mut left = MAX_COMPARE_WORK;
    for index in 0..all.len() {
        if left == 0 {
            break;
        }
        let Some(made) = cache.take(index, &mut seen, &mut left) else {
            continue;
        };
        let is_made = *made == *hashed;
        cache.put_back(index, made);
        if is_made {
            let same = equivalents(&all, index, hashed, limit).into_iter();
            let found = distinct(same.map(|variant| Explanation {
                causes: variant.causes(),
                formula: variant.formula(),
            }));
            return (found, true);
        }
    }
    (Vec::new(), left > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(sent: &[u8], hashed: &str) -> Vec<Vec<&'static str>> {
        let all = transformations(sent, hashed.as_bytes());
        assert!(all.is_complete);
        all.found.iter().map(Explanation::codes).collect()
    }

    #[test]
    fn everything_is_tried_that_a_signature_search_tries() {
        let latin = b"{\"a\": \"\xe9\", \"b\": 1.0}";
        let found = codes(latin, "{\"a\":\"\u{e9}\",\"b\":1}");
        assert_eq!(found[0], ["body.latin1", "body.reserialized.node"]);
        assert_eq!(codes(b"{\"a\": 1}", "[object Object]"), [["body.object_object"]]);
        assert_eq!(codes(b"{}", "{}"), [[""; 0]; 0]);
        assert_eq!(codes(b"{}", "something else"), [[""; 0]; 0]);
    }

    #[test]
    fn nothing_is_claimed_of_too_large_bodies() {
        let large = vec![b'x'; MAX_BODY + 1];
        let all = transformations(&large, b"y");
        assert!(all.found.is_empty() && !all.is_complete);
        let all = transformations(&large, b"xx");
        assert_eq!(all.found[0].codes(), ["body.truncated"]);
        assert_eq!(all.found[0].formula, "body[..2]");
    }
}
