//! The entry point: from a delivery whose signature is not valid to a proof of what was signed instead, or to what
//! was ruled out.

use std::ops::Range;

use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::mac::Hash;
use crate::webhook::signature::request::SignedRequest;
use crate::webhook::signature::scheme::{Part, Scheme};
use crate::webhook::signature::{Secret, SignatureContext};
use crate::webhook::suggest::some_of;

use super::candidate::{candidates, read_value, scheme_in};
use super::cause::Explanation;
use super::difference::{Difference, difference};
use super::key::{Key, keys};
use super::recipe::recipes;
use super::runtimes::Runtime;
use super::search::{Limits, Match, SearchInput, SearchResult, search};
use super::variant::{BodyTexts, MAX_BODY, variants};

/// How far to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// Within 50 ms for a body of 4 KiB.
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
            Self::Deep => Limits { causes: 4, work: 8 << 30 },
        }
    }
}

/// A delivery whose signature is not valid, and what there is to explain it with.
#[derive(Debug)]
pub struct DiagnosisInput<'q> {
    /// The delivery.
    pub delivery: &'q Delivery,
    /// Its provider, if known.
    pub provider: Option<&'q Provider>,
    /// The providers whose schemes may have been used instead.
    pub catalog: &'q Catalog,
    /// The secrets that it was checked with.
    pub secrets: &'q [Secret],
    /// Other known secrets.
    pub others: &'q [Secret],
    /// What signatures depend on besides requests and secrets.
    pub context: &'q SignatureContext,
    /// How far to search.
    pub effort: Effort,
}

/// The result of a diagnosis.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// What reproduces the signature, if anything does.
    pub proof: Option<Proof>,
    /// How many combinations were tried.
    pub tried: u64,
    /// Whether every combination within the limits was tried.
    pub is_complete: bool,
    /// Without a proof: what was tried and what the value tells by itself, a sentence each.
    pub hints: Vec<String>,
}

impl Diagnosis {
    /// Whether there is nothing to say: there was no signature to explain.
    pub fn is_empty(&self) -> bool {
        self.proof.is_none() && self.hints.is_empty()
    }
}

/// A signature that is wrong in the way in which another one is.
#[derive(Clone, Debug)]
pub struct WrongSignature {
    /// The header that it is in, by its place among all headers.
    pub header: usize,
    /// Where it is in the header's value.
    pub place: Range<usize>,
    /// The signature, encoded.
    pub text: String,
    /// Whether it is made with one of the other secrets.
    pub other_secret: bool,
}

/// What reproduces the received signature.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The explanation.
    pub explanation: Explanation,
    /// Other explanations that give the same bytes.
    pub same: Vec<Explanation>,
    /// Where the body and what was hashed instead differ.
    pub difference: Option<Difference>,
    /// The document that says what should have been signed.
    pub document: Option<String>,
}

impl DiagnosisInput<'_> {
    /// Searches for what was hashed.
    pub fn diagnose(&self) -> Diagnosis {
        let body = &self.delivery.body;
        if body.len() > MAX_BODY {
            let limit = MAX_BODY >> 20;
            let hints = vec![format!("The body is over {limit} MiB and is not diagnosed.")];
            return Diagnosis { hints, ..Diagnosis::default() };
        }
        self.with_search(|input| {
            if input.candidates.is_empty() {
                let hints = self.hints(None);
                return Diagnosis { hints, ..Diagnosis::default() };
            }
            let result = search(input, self.effort.limits(body.len()));
            let proof = result.found.as_ref().and_then(|found| self.proof(found));
            Diagnosis {
                hints: match proof {
                    Some(_) => vec![],
                    None => self.hints(Some((input, &result))),
                },
                proof,
                tried: result.tried,
                is_complete: result.is_complete,
            }
        })
    }

    /// The signature of `other` that is wrong in the way in which that of this delivery is; `None` when nothing explains
    /// it. `other` is a delivery of the same structure, which still has the signature of this one, and its secrets stand
    /// for those here, in the same order.
    pub fn transfer(&self, other: &DiagnosisInput<'_>) -> Option<WrongSignature> {
        if self.delivery.body.len().max(other.delivery.body.len()) > MAX_BODY {
            return None;
        }
        let limits = self.effort.limits(self.delivery.body.len());
        let (combination, formula, causes) = self.with_search(|input| {
            let found = search(input, limits).found?;
            let key = input.keys.get(found.combination.key)?;
            Some((found.combination, key.formula.clone(), key.causes.clone()))
        })?;
        other.with_search(|input| {
            let is_key = |one: &&Key| one.formula == formula && one.causes == causes;
            let same = input.keys.get(combination.key).filter(is_key);
            let key = same.or_else(|| input.keys.iter().find(is_key))?;
            let digest = combination.digest(input, key)?;
            let (candidate, _) = input.candidates.get(combination.candidate)?;
            let (_, value) = other.delivery.headers.iter().nth(candidate.header)?;
            Some(WrongSignature {
                header: candidate.header,
                place: candidate.place(value),
                text: candidate.written(&digest)?,
                other_secret: causes.iter().any(|cause| cause.code == "secret.other"),
            })
        })
    }

    /// Hands what is searched to `use_it`.
    fn with_search<T>(&self, use_it: impl FnOnce(&SearchInput<'_>) -> T) -> T {
        let body = &self.delivery.body;
        let request = SignedRequest::new(self.delivery, self.context);
        let candidates = candidates(self.delivery, self.provider, self.catalog).into_iter();
        let with_recipes = candidates.map(|candidate| {
            let recipes = recipes(candidate.scheme, &request, &candidate.items);
            (candidate, recipes)
        });
        let candidates: Vec<_> = with_recipes.collect();
        if candidates.is_empty() {
            let (keys, variants) = (vec![], vec![]);
            return use_it(&SearchInput { candidates, keys, variants, body, sender: None });
        }
        let texts = BodyTexts::new(body);
        let documents = texts.parse();
        use_it(&SearchInput {
            candidates,
            keys: keys(&self.key_texts(), self.others),
            variants: variants(&documents.views(body), self.effort == Effort::Deep),
            body,
            sender: sender(self.delivery),
        })
    }

    /// The secrets as the keys that the provider's scheme makes of them.
    fn key_texts(&self) -> Vec<Secret> {
        let scheme = self.provider.and_then(|own| scheme_in(own, self.delivery));
        let Some(scheme) = scheme.filter(|scheme| scheme.expected_key().is_some()) else {
            return self.secrets.to_vec();
        };
        let key = |secret: &Secret| match scheme.key.signing(scheme.algorithm, secret) {
            Ok(key) => Secret::new(key.bytes().to_vec(), secret.origin()),
            Err(_) => secret.clone(),
        };
        self.secrets.iter().map(key).collect()
    }

    fn proof(&self, found: &Match) -> Option<Proof> {
        let (explanation, same) = found.explanations.split_first()?;
        Some(Proof {
            difference: difference(&self.delivery.body, &found.hashed),
            document: self.provider.map(|p| document_says(p, &explanation.codes())),
            explanation: explanation.clone(),
            same: same.to_vec(),
        })
    }

    /// What can be said of a signature that nothing explains, a sentence each.
    fn hints(&self, searched: Option<(&SearchInput<'_>, &SearchResult)>) -> Vec<String> {
        let mut said = Vec::new();
        let scheme = self.provider.and_then(|own| scheme_in(own, self.delivery));
        let header = scheme.and_then(Scheme::header);
        let value = header.and_then(|header| self.delivery.headers.get(header));
        if let (Some(own), Some(scheme), Some(value)) = (self.provider, scheme, value) {
            said.push(describe(value, scheme));
            if let Some(other) = provider_of_format(self.delivery, value, own, self.catalog) {
                said.push(format!(
                    "It has the form of {}; it was checked as {}'s.",
                    other.name, own.name
                ));
            }
        }
        let header =
            self.provider.is_some_and(|own| own.signatures.iter().any(|s| s.is_in(self.delivery)));
        let others = self.catalog.signing_with(&self.delivery.headers);
        let others: Vec<_> = others.map(|other| other.name.as_str()).collect();
        if let (false, false, Some(own)) = (header, others.is_empty(), self.provider) {
            said.push(format!(
                "It has the signature header of {}; it was checked as {}'s.",
                some_of(&others),
                own.name
            ));
        }
        let Some((input, result)) = searched else {
            return said;
        };
        let recipes = input.candidates.iter().map(|(_, recipes)| recipes.len());
        let tried = format!(
            "{} variants of the secret, {} variants of the body and {} ways to sign ({} combinations).",
            input.keys.len(),
            input.variants.len(),
            recipes.max().unwrap_or_default(),
            result.tried
        );
        let max = self.effort.limits(self.delivery.body.len()).causes;
        said.push(match result.is_complete {
            true => format!("Ruled out, alone and up to {max} at once: {tried}"),
            false => format!("Tried the likeliest first, not everything: {tried}"),
        });
        if let Some(name) = scheme.and_then(|scheme| missing_header(self.delivery, scheme)) {
            said.push(format!(
                "The scheme signs the header `{name}`, which is missing: without it the signature cannot be computed."
            ));
        } else if input.candidates.iter().any(|(one, _)| !one.is_cut_off) {
            said.push(
                "Most likely: a different secret, or a body that is not the one that was signed."
                    .to_owned(),
            );
        }
        said
    }
}

/// A header that the scheme signs and that is missing.
fn missing_header<'s>(delivery: &Delivery, scheme: &'s Scheme) -> Option<&'s str> {
    scheme.signs.iter().find_map(|part| match part {
        Part::Header(name) if delivery.headers.get(name).is_none() => Some(name.as_str()),
        _ => None,
    })
}

/// What length and alphabet say.
fn describe(value: &[u8], scheme: &Scheme) -> String {
    if value.trim_ascii().is_empty() {
        return "The header is there and holds nothing.".to_owned();
    }
    let all = read_value(value, scheme);
    let Some(candidate) = all.iter().find(|candidate| !candidate.is_cut_off) else {
        let length = value.trim_ascii().len();
        return format!(
            "It is {length} characters long and no digest in any encoding known here; the scheme's form is {}.",
            scheme.describe_format()
        );
    };
    let article = if candidate.hash == Hash::Md5 { "an" } else { "a" };
    let seems = format!(
        "It has the length of {article} {} digest in {}",
        candidate.hash.title(),
        candidate.encoding.names().0
    );
    if candidate.causes.is_empty() {
        format!("{seems}, as it should.")
    } else if Some(candidate.hash) == scheme.algorithm.hmac() {
        format!("{seems}; the scheme's form is {}.", scheme.describe_format())
    } else {
        format!("{seems}, the scheme's is {}.", scheme.algorithm)
    }
}

/// Another provider with the same header, in whose format the value is.
fn provider_of_format<'c>(
    delivery: &Delivery,
    value: &[u8],
    own: &Provider,
    catalog: &'c Catalog,
) -> Option<&'c Provider> {
    let reads = |p: &Provider| {
        let mut schemes = p.signatures.iter();
        schemes.any(|scheme| {
            scheme.algorithm.hmac().is_some() && scheme.matches_format(value.trim_ascii())
        })
    };
    let mut others = catalog.signing_with(&delivery.headers).filter(|p| p.name != own.name);
    (!reads(own)).then(|| others.find(|p| reads(p)))?
}

/// The runtime that the sender's program names in its `User-Agent`.
fn sender(delivery: &Delivery) -> Option<Runtime> {
    const AGENTS: &[(&str, Runtime)] = &[
        ("python", Runtime::PYTHON),
        ("aiohttp", Runtime::PYTHON),
        ("httpx", Runtime::PYTHON),
        ("guzzle", Runtime::PHP),
        ("php", Runtime::PHP),
        ("ruby", Runtime::RUBY),
        ("faraday", Runtime::RUBY),
        ("rails", Runtime::RAILS),
        ("go-http-client", Runtime::GO),
        ("go-resty", Runtime::GO),
        ("java", Runtime::JACKSON),
        ("okhttp", Runtime::JACKSON),
        ("restsharp", Runtime::DOTNET),
        (".net", Runtime::DOTNET),
        ("node", Runtime::NODE),
        ("axios", Runtime::NODE),
        ("undici", Runtime::NODE),
    ];
    let agent = String::from_utf8_lossy(delivery.headers.get("user-agent")?).to_ascii_lowercase();
    let found = AGENTS.iter().find(|(word, _)| agent.contains(word));
    found.map(|(_, runtime)| *runtime)
}

/// The provider's document, with what it says of one of the causes.
fn document_says(provider: &Provider, codes: &[&str]) -> String {
    match codes.iter().find_map(|code| provider.remark(code)) {
        Some(remark) => format!("{}: {remark}", provider.document),
        None => provider.document.clone(),
    }
}
