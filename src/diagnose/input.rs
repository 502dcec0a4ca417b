//! The entry point: from a delivery whose signature is not valid to a proof of what was signed instead, or to what
//! was ruled out.

use std::ops::Range;

use data_encoding::{BASE64, HEXLOWER};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::mac::Hash;
use crate::webhook::signature::request::SignedRequest;
use crate::webhook::signature::scheme::{Part, Scheme};
use crate::webhook::signature::{Secret, SignatureContext};
use crate::webhook::suggest::some_of;

use super::candidate::{Extent, PREFIXES, SignatureCandidate, candidates, read_value, scheme_in};
use super::cause::{COMMON, Cause, Explanation, RARE};
use super::difference::{Difference, difference};
use super::evidence;
use super::key::{Key, keys};
use super::recipe::{RecipeInput, SigningRecipe, of_nothing, recipes};
use super::runtimes::Runtime;
use super::search::{Combination, HashedBody, Limits, SearchInput, SearchResult, search};
use super::transform_table::{escapes, transforms};
use super::variant::{BodyVariant, MAX_BODY, variants};
use super::view::BodyTexts;

/// How far to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// Within 50 ms for a body of 4 KiB.
    #[default]
    Brief,
    /// More combinations, of up to four causes.
    Deep,
}

impl Effort {
    fn limits(self, body: usize) -> Limits {
        match self {
            Self::Brief => Limits {
                causes: 3,
                weight: 7,
                // Enough to try every single cause on all but the largest bodies.
                work: (48 << 20) + body.min(1 << 20).saturating_mul(1650),
            },
            Self::Deep => Limits {
                causes: 4,
                weight: 10,
                work: (2 << 30) + body.min(1 << 20).saturating_mul(6600),
            },
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
    /// What shows that the body is not the one that was sent: certainly, or, without a proof, probably.
    pub evidence: Vec<Cause>,
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
        self.proof.is_none() && self.hints.is_empty() && self.evidence.is_empty()
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

/// A header that holds a secret itself instead of a signature.
struct SentSecret {
    /// The header, by its place among all headers.
    header: usize,
    /// Where the secret is in the header's value.
    place: Range<usize>,
    form: SecretForm,
    /// The formula and the causes of the key that it is.
    formula: String,
    causes: Vec<Cause>,
}

impl SentSecret {
    fn explanation(&self) -> Explanation {
        let causes = [&[Cause::plain("header.secret")], &self.causes[..]].concat();
        let formula = match self.form {
            SecretForm::Plain => self.formula.clone(),
            SecretForm::Base64 => format!("base64({})", self.formula),
            SecretForm::Hex => format!("hex({})", self.formula),
        };
        Explanation { causes, formula }
    }
}

/// How a secret is written into a header.
#[derive(Clone, Copy)]
enum SecretForm {
    Plain,
    Base64,
    Hex,
}

impl SecretForm {
    fn written(self, secret: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => secret.to_vec(),
            Self::Base64 => BASE64.encode(secret).into_bytes(),
            Self::Hex => HEXLOWER.encode(secret).into_bytes(),
        }
    }
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
    /// What the provider's document says about one of the causes.
    pub document: Option<String>,
    /// What to change.
    pub fix: String,
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
        self.with_search(|scheme, input| {
            let sent = scheme.and_then(|scheme| self.sent_secret(scheme, &input.keys));
            if let Some(sent) = sent {
                let proof = self.proof(&[sent.explanation()], &self.delivery.body, None);
                return Diagnosis { proof, ..Diagnosis::default() };
            }
            if input.candidates.is_empty() {
                let hints = self.hints(scheme, None);
                return Diagnosis { hints, ..Diagnosis::default() };
            }
            let result = search(input, self.effort.limits(body.len()));
            let certain = evidence::proof(self.delivery);
            let proof = result
                .found
                .as_ref()
                .and_then(|found| self.proof(&found.explanations, &found.hashed, certain.as_ref()));
            let evidence = match &proof {
                Some(_) => certain.into_iter().collect(),
                None if evidence::announced_length(self.delivery) == Some(body.len()) => {
                    certain.into_iter().collect()
                }
                None => certain.into_iter().chain(evidence::signs(self.delivery)).collect(),
            };
            Diagnosis {
                evidence,
                hints: match proof {
                    Some(_) => vec![],
                    None => self.hints(scheme, Some((input, &result))),
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
        let (scheme, keys) = self.scheme_and_keys();
        if let Some(sent) = scheme.and_then(|scheme| self.sent_secret(scheme, &keys)) {
            return Self::transfer_secret(&sent, &other.scheme_and_keys().1);
        }
        let limits = self.effort.limits(self.delivery.body.len());
        let (combination, formula, causes, variant) = self.with_search(|_, input| {
            let found = search(input, limits).found?;
            let key = input.keys.get(found.combination.key)?;
            let variant = match found.combination.body {
                HashedBody::Variant(index) => {
                    let variant = input.variants.get(index)?;
                    Some((variant.formula(), variant.causes()))
                }
                _ => None,
            };
            Some((found.combination, key.formula.clone(), key.causes.clone(), variant))
        })?;
        other.with_search(|_, input| {
            let is_key = |one: &&Key| one.formula == formula && one.causes == causes;
            let same = input.keys.get(combination.key).filter(is_key);
            let key = same.or_else(|| input.keys.iter().find(is_key))?;
            // Which variants there are depends on the body.
            let body = match &variant {
                Some(wanted) => {
                    let is_same = |one: &BodyVariant<'_>| (one.formula(), one.causes()) == *wanted;
                    HashedBody::Variant(input.variants.iter().position(is_same)?)
                }
                None => combination.body,
            };
            let digest = Combination { body, ..combination }.digest(input, key)?;
            let (candidate, _) = input.candidates.get(combination.candidate)?;
            let (_, value) = other.delivery.headers.iter().nth(candidate.header)?;
            Some(WrongSignature {
                header: candidate.header,
                place: candidate.place(value),
                text: candidate.written(&digest, &other.delivery.body)?,
                other_secret: causes.iter().any(|cause| cause.code == "secret.other"),
            })
        })
    }

    /// The secret that stands for this one, sent in the same form; `keys` are those of the other delivery.
    fn transfer_secret(sent: &SentSecret, keys: &[Key]) -> Option<WrongSignature> {
        let is_key = |one: &&Key| one.formula == sent.formula && one.causes == sent.causes;
        let key = keys.iter().find(is_key)?;
        Some(WrongSignature {
            header: sent.header,
            place: sent.place.clone(),
            text: String::from_utf8(sent.form.written(&key.bytes)).ok()?,
            other_secret: sent.causes.iter().any(|cause| cause.code == "secret.other"),
        })
    }

    /// The scheme of the delivery, and the keys to try.
    fn scheme_and_keys(&self) -> (Option<&Scheme>, Vec<Key>) {
        let scheme = self.provider.and_then(|own| scheme_in(own, self.delivery));
        (scheme, keys(self.secrets, scheme, self.others))
    }

    /// Hands the scheme of the delivery and what is searched to `use_it`.
    fn with_search<T>(&self, use_it: impl FnOnce(Option<&Scheme>, &SearchInput<'_>) -> T) -> T {
        let body = &self.delivery.body;
        let candidates = self.candidates();
        let (scheme, keys) = self.scheme_and_keys();
        if candidates.is_empty() {
            let input = SearchInput { candidates, keys, variants: vec![], body, sender: None };
            return use_it(scheme, &input);
        }
        let texts = BodyTexts::of(self.delivery);
        let documents = texts.parse();
        let views = documents.views();
        let transforms = transforms(body, &self.delivery.target);
        let json = documents.json().map(str::as_bytes);
        let escapes = escapes(json.unwrap_or(body));
        let input = SearchInput {
            candidates,
            keys,
            variants: variants(&views, &transforms, &escapes, self.effort == Effort::Deep),
            body,
            sender: sender(self.delivery),
        };
        use_it(scheme, &input)
    }

    /// Every way to read the delivery's signature, each with the recipes to try.
    fn candidates(&self) -> Vec<(SignatureCandidate<'_>, Vec<SigningRecipe>)> {
        let request = SignedRequest::new(self.delivery, self.context);
        let schemes = self.catalog.providers().flat_map(|provider| &provider.signatures);
        let ids = schemes.filter_map(|scheme| scheme.id.as_ref()).map(|id| id.header.as_str());
        let ids: Vec<_> = ids.collect();
        let recipes_of = |candidate: &SignatureCandidate<'_>| match candidate.extent {
            Extent::Appended => of_nothing(),
            _ => recipes(&RecipeInput {
                scheme: candidate.scheme,
                request: &request,
                items: &candidate.items,
                ids: &ids,
            }),
        };
        let all = candidates(self.delivery, self.provider, self.catalog).into_iter();
        let with_recipes = all.map(|candidate| {
            let recipes = recipes_of(&candidate);
            (candidate, recipes)
        });
        with_recipes.collect()
    }

    /// The secret that the header holds itself instead of a signature, if it does.
    fn sent_secret(&self, scheme: &Scheme, keys: &[Key]) -> Option<SentSecret> {
        const MIN: usize = 4;
        let name = scheme.header()?;
        let mut headers = self.delivery.headers.iter().enumerate();
        let (header, (_, value)) = headers.find(|(_, (own, _))| own.eq_ignore_ascii_case(name))?;
        let start = value.len() - value.trim_ascii_start().len();
        let end = value.trim_ascii_end().len().max(start);
        let text = value.get(start..end)?;
        let prefixes = PREFIXES.iter().copied().chain([scheme.format.layout.prefix()]);
        let mut starts = vec![start];
        let prefixes = prefixes.filter(|prefix| text.starts_with(prefix.as_bytes()));
        starts.extend(prefixes.map(|prefix| start + prefix.len()));
        let is_tried = |key: &&Key| {
            let is_unset = key.causes.iter().any(|cause| cause.code == "secret.empty");
            key.causes.len() <= 1 && key.bytes.len() >= MIN && !is_unset
        };
        for key in keys.iter().filter(is_tried).filter(|key| key.weight() <= RARE) {
            for form in [SecretForm::Plain, SecretForm::Base64, SecretForm::Hex] {
                let text = Zeroizing::new(form.written(&key.bytes));
                let is_held = |start: &usize| {
                    bool::from(text.ct_eq(value.get(*start..end).unwrap_or_default()))
                };
                if let Some(start) = starts.iter().copied().find(is_held) {
                    let (formula, causes) = (key.formula.clone(), key.causes.clone());
                    return Some(SentSecret { header, place: start..end, form, formula, causes });
                }
            }
        }
        None
    }

    /// The proof that some explanations, one at least, are for the bytes that were hashed.
    fn proof(
        &self,
        explanations: &[Explanation],
        hashed: &[u8],
        certain: Option<&Cause>,
    ) -> Option<Proof> {
        let (explanation, same) = explanations.split_first()?;
        // Where what was hashed has the length of what was sent, the file was changed, and no handler is to blame.
        let length = evidence::announced_length(self.delivery);
        let is_sent = length == Some(hashed.len());
        let fix = match certain.filter(|_| is_sent) {
            Some(cause) => {
                format!("What was hashed has the length of what was sent. {}", cause.fix())
            }
            None => explanation.fix(),
        };
        Some(Proof {
            difference: difference(&self.delivery.body, hashed),
            document: self.provider.and_then(|provider| says(provider, &explanation.codes())),
            explanation: explanation.clone(),
            same: same.to_vec(),
            fix,
        })
    }

    /// What can be said of a signature that nothing explains, a sentence each.
    fn hints(
        &self,
        scheme: Option<&Scheme>,
        searched: Option<(&SearchInput<'_>, &SearchResult)>,
    ) -> Vec<String> {
        let mut said = Vec::new();
        let value = scheme.and_then(Scheme::header);
        let value = value.and_then(|name| self.delivery.headers.get(name));
        if let (Some(own), Some(scheme), Some(value)) = (self.provider, scheme, value) {
            said.push(describe(value, scheme));
            if let Some(other) = provider_of_format(self.delivery, value, own, self.catalog) {
                said.push(format!(
                    "It has the form of {}; it was checked as {}'s.",
                    other.name, own.name
                ));
            }
        }
        let is_there =
            self.provider.is_some_and(|own| own.signatures.iter().any(|s| s.is_in(self.delivery)));
        let others = self.catalog.signing_with(&self.delivery.headers);
        let others: Vec<_> = others.map(|other| other.name.as_str()).collect();
        if let (false, false, Some(own)) = (is_there, others.is_empty(), self.provider) {
            said.push(format!(
                "It has the signature header of {}; it was checked as {}'s.",
                some_of(&others),
                own.name
            ));
        }
        if let Some((input, result)) = searched {
            self.left(scheme, input, result, &mut said);
        }
        said
    }

    /// What was ruled out, and what is left.
    fn left(
        &self,
        scheme: Option<&Scheme>,
        input: &SearchInput<'_>,
        result: &SearchResult,
        said: &mut Vec<String>,
    ) {
        let recipes = input.candidates.iter().map(|(_, recipes)| recipes.len());
        let tried = format!(
            "{} variants of the secret, {} variants of the body and {} ways to sign ({} combinations).",
            input.keys.len(),
            input.variants.len(),
            recipes.max().unwrap_or_default(),
            result.tried
        );
        const TWO_RARE: usize = 2 * RARE;
        const BOTH: usize = COMMON + RARE;
        const TWO: usize = 2 * COMMON;
        said.push(match result.completed {
            _ if result.is_complete => format!("Ruled out, alone and combined: {tried}"),
            TWO_RARE.. => format!("Ruled out, alone and two at once: {tried}"),
            BOTH => format!("Ruled out, alone and with a frequent one: {tried}"),
            TWO => format!("Ruled out, alone, and two frequent ones at once: {tried}"),
            _ => format!("Tried the likeliest first, not everything: {tried}"),
        });
        if let Some(name) = scheme.and_then(|scheme| missing_header(self.delivery, scheme)) {
            said.push(format!(
                "The scheme signs the header `{name}`, which is missing: without it the signature cannot be computed."
            ));
            return;
        }
        let is_whole = |(one, _): &(SignatureCandidate<'_>, _)| one.extent == Extent::Whole;
        if !input.candidates.iter().any(is_whole) {
            return;
        }
        let mut left = vec![
            "a different secret: one of another endpoint, another account or another mode (test or live), or one from before a rotation",
            "a body that is not the one that was signed: the file was written after a parser, a proxy or a log changed it",
        ];
        let signs_more = scheme.is_some_and(|scheme| {
            scheme.signs.iter().any(|part| !matches!(part, Part::Body | Part::Text(_)))
        });
        if signs_more {
            left.push("another URL, time or id than those of this request");
        }
        let numbered = left.iter().enumerate().map(|(at, one)| format!("({}) {one}", at + 1));
        let numbered: Vec<_> = numbered.collect();
        said.push(format!("What is left, most likely first: {}.", numbered.join("; ")));
    }
}

/// A header that the scheme signs and that is missing.
fn missing_header<'s>(delivery: &Delivery, scheme: &'s Scheme) -> Option<&'s str> {
    scheme.signs.iter().find_map(|part| match part {
        Part::Header(name) if delivery.headers.get(name).is_none() => Some(name.as_str()),
        _ => None,
    })
}

/// What programs send in the place of a value that they do not have.
fn unset(value: &[u8]) -> Option<&'static str> {
    let texts = [
        "undefined",
        "null",
        "None",
        "nil",
        "[object Object]",
        "[object Promise]",
        "NaN",
        "false",
        "true",
    ];
    let value = value.trim_ascii();
    texts.into_iter().find(|text| value.ends_with(text.as_bytes()) && value.len() < text.len() + 12)
}

/// What length and alphabet say.
fn describe(value: &[u8], scheme: &Scheme) -> String {
    if value.trim_ascii().is_empty() {
        return "The header is there and holds nothing.".to_owned();
    }
    let all = read_value(value, scheme, b"");
    let Some(candidate) = all.iter().find(|candidate| candidate.extent == Extent::Whole) else {
        if let Some(text) = unset(value) {
            return format!(
                "It is the text `{text}`: the signature was not computed before it was sent."
            );
        }
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

/// What the provider's document says about one of the causes.
fn says(provider: &Provider, codes: &[&str]) -> Option<String> {
    // What a page says about the whole body is about parsing and writing it, not about every change of it.
    let is_about = |code: &str| {
        let written =
            ["body.reserialized.", "body.pretty", "body.minified", "body.spaced", "body.escaped"];
        let parsed = [
            "body.empty",
            "body.object_object",
            "body.placeholder",
            "body.values_changed",
            "body.form",
            "body.subtree",
        ];
        !code.starts_with("body.")
            || written.iter().chain(&parsed).any(|start| code.starts_with(start))
            || provider.remarks.contains_key(code)
    };
    let mut codes = codes.iter().filter(|code| is_about(code));
    let remark = codes.find_map(|code| provider.remark(code))?;
    Some(format!("{}: {remark}", provider.document))
}
