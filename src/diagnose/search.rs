//! The search: every candidate for the signature, every key, every recipe and every variant of the body, combined
//! in the order of how many mistakes they take. What it finds is a proof: it reproduces the received value. Where the
//! bytes that were hashed are known, only the variants of the body are searched.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::webhook::signature::mac::{Hash, PreparedMac};

use super::candidate::SignatureCandidate;
use super::cause::{Cause, Explanation, distinct};
use super::key::Key;
use super::recipe::{PASSES, SigningRecipe};
use super::runtimes::Runtime;
use super::variant::{
    BodyTexts, BodyVariant, MAX_BODY, VariantCache, equivalents, max_len, variants,
};

/// The cost of one try in addition to the bytes that it hashes, in bytes.
const TRY: usize = 256;

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most mistakes at once.
    pub causes: usize,
    /// The most bytes that are hashed and written. It stands for the time: a pure search has no clock.
    pub work: usize,
}

/// What is searched.
pub struct SearchInput<'s> {
    /// The candidates for the signature, each with the recipes under its scheme.
    pub candidates: Vec<(SignatureCandidate<'s>, Vec<SigningRecipe>)>,
    /// The keys to try, those that were given first.
    pub keys: Vec<Key>,
    pub variants: Vec<BodyVariant<'s, 's>>,
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
}

impl Combination {
    /// The digest that the combination gives, with a key and for another input of the same structure.
    pub fn digest(self, input: &SearchInput<'_>, key: &Key) -> Option<Vec<u8>> {
        let (candidate, recipes) = input.candidates.get(self.candidate)?;
        let hashed = match self.body {
            HashedBody::Beginning(length) => Cow::Borrowed(input.body.get(..length)?),
            HashedBody::Variant(index) => {
                input.variants.get(index)?.make(max_len(input.body.len()))?
            }
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
    /// Whether everything within the limit of causes was tried.
    pub is_complete: bool,
}

/// Searches, the combinations with the fewest causes first.
pub fn search(input: &SearchInput<'_>, limits: Limits) -> SearchResult {
    let mut search = Search {
        input,
        prepared: Vec::new(),
        cache: VariantCache::new(&input.variants, input.body.len()),
        tried: 0,
        left: limits.work,
    };
    let found = (1..=limits.causes).find_map(|total| {
        if search.left == 0 {
            return None;
        }
        (0..PASSES)
            .find_map(|pass| search.combinations(total, pass))
            .or_else(|| (total <= 2).then(|| search.truncated(total - 1))?)
    });
    SearchResult { is_complete: found.is_some() || search.left > 0, found, tried: search.tried }
}

struct Search<'s> {
    input: &'s SearchInput<'s>,
    prepared: Vec<(usize, Hash, PreparedMac)>,
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
    /// Tries all combinations of `total` mistakes, with the recipes of this pass.
    fn combinations(&mut self, total: usize, pass: usize) -> Option<Match> {
        let mut seen = HashSet::new();
        for index in 0..self.input.variants.len() {
            let variant = self.input.variants.get(index)?;
            if variant.cost() + usize::from(pass > 0) > total || self.left == 0 {
                break;
            }
            let Some(bytes) = self.cache.take(index, &mut seen, &mut self.left) else {
                continue;
            };
            let choice = self.over(&bytes, total - variant.cost(), pass);
            let found = choice.map(|choice| self.explained(choice, index, &bytes));
            self.cache.put_back(index, bytes);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Tries every candidate, recipe and key that together take `rest` mistakes.
    fn over(&mut self, bytes: &[u8], rest: usize, pass: usize) -> Option<Choice<'s>> {
        let input = self.input;
        for (place, (candidate, recipes)) in input.candidates.iter().enumerate() {
            let Some(rest) = rest.checked_sub(candidate.causes.len()) else {
                continue;
            };
            let of_pass = |(_, recipe): &(usize, &SigningRecipe)| recipe.pass() == pass;
            for (index, recipe) in recipes.iter().enumerate().filter(of_pass) {
                let Some(rest) = rest.checked_sub(recipe.causes.len()) else {
                    continue;
                };
                for (key, _) in
                    input.keys.iter().enumerate().filter(|(i, key)| {
                        key.causes.len() == rest && (*i == 0 || recipe.is_keyed())
                    })
                {
                    let places = (place, index);
                    let choice = Choice { candidate, recipe, key, places };
                    if self.is_match(choice, bytes) {
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

    /// Tries bodies that were cut off before they were hashed, under the keys that take `rest` mistakes. One MAC
    /// is continued from each beginning of the body to the next.
    fn truncated(&mut self, rest: usize) -> Option<Match> {
        let input = self.input;
        let body = input.body;
        for (place, (candidate, recipes)) in input.candidates.iter().enumerate() {
            let own = recipes.first()?;
            if !candidate.causes.is_empty() || !own.is_body_alone() {
                continue;
            }
            let keys = input.keys.iter().enumerate();
            for (index, _) in keys.filter(|(_, key)| key.causes.len() == rest) {
                let mut keyed = self.prepared(index, candidate.hash).clone();
                let mut from = 0;
                for to in beginnings(body.len()) {
                    keyed.update(body.get(from..to)?);
                    from = to;
                    self.tried += 1;
                    self.left = self.left.saturating_sub(TRY);
                    if keyed.begins_with(&[], &candidate.digest) {
                        let cause = Cause::with("body.truncated", to.to_string());
                        let (recipe, key) = (own, index);
                        let choice = Choice { candidate, recipe, key, places: (place, 0) };
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
        }
        None
    }

    fn is_match(&mut self, choice: Choice<'_>, bytes: &[u8]) -> bool {
        self.tried += 1;
        self.left = self.left.saturating_sub(TRY + bytes.len());
        let Some(key) = self.input.keys.get(choice.key) else {
            return false;
        };
        let hash = choice.candidate.hash;
        let keyed = self.prepared(choice.key, hash);
        let made = choice.recipe.matches(hash, key, keyed, bytes, &choice.candidate.digest);
        made && choice.candidate.is(&choice.recipe.digest(hash, key, keyed, bytes))
    }

    /// The MAC of a key, prepared once for all messages.
    fn prepared(&mut self, key: usize, hash: Hash) -> &PreparedMac {
        let mut known = self.prepared.iter().map(|(key, hash, _)| (*key, *hash));
        let index = match known.position(|one| one == (key, hash)) {
            Some(index) => index,
            None => {
                let bytes = self.input.keys.get(key).map_or(&[][..], |key| &key.bytes);
                self.prepared.push((key, hash, hash.keyed(bytes)));
                self.prepared.len() - 1
            }
        };
        &self.prepared[index].2
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
    let texts = BodyTexts::new(sent);
    let documents = texts.parse();
    let all = variants(&documents.views(sent), true);
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
