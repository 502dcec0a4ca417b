//! The search for a scheme: every place, key and template, the likeliest first, within a limit of work. What it finds
//! reproduces the signature of every delivery.

use std::borrow::Cow;
use std::ops::ControlFlow;

use data_encoding::BASE64;
use jiff::Timestamp;

use crate::diagnose::secret_reading::unprefixed;
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::Secret;
use crate::webhook::signature::format::{Encoding, Layout, SignatureFormat, item_text};
use crate::webhook::signature::key::{KeyForm, KeyRule, VerifyingKey};
use crate::webhook::signature::mac::PreparedMac;
use crate::webhook::signature::request::{SignatureContext, SignedRequest, is_form};
use crate::webhook::signature::scheme::{Algorithm, Location, Part, Scheme};
use crate::webhook::signature::verify::{Verdict, check};

use super::fields::scalars;
use super::place::{Place, common_headers, layouts};
use super::template::{Reach, Sources, templates, versions};
use crate::webhook::privacy::is_mark;

/// The most work, in bytes that could be hashed in the same time: about a second, and more for a large body, which makes
/// each try longer.
const WORK: usize = 512 << 20;
const TRIES_OF_LARGE_BODY: usize = 128;
const MAX_WORK: usize = 2 << 30;

/// The cost of one try in addition to the bytes that it hashes, and that of checking a signature with a public key, in bytes.
const TRY: usize = 1024;
const PUBLIC_TRY: usize = 32 << 10;

/// The shortest secret that is recognised in any header. A shorter one may be there by accident.
const MIN_TOKEN: usize = 8;

/// What is searched.
pub struct SearchInput<'s> {
    pub deliveries: &'s [&'s Delivery],
    pub secret: &'s Secret,
    pub context: &'s SignatureContext,
    pub catalog: &'s Catalog,
    pub places: &'s [Place],
}

/// How a search ended.
#[derive(Debug, Default)]
pub struct SearchResult {
    pub scheme: Option<Scheme>,
    /// Without a scheme for all: how many deliveries the best one reproduces.
    pub partial: usize,
    pub tried: u64,
    /// Whether everything was tried.
    pub is_complete: bool,
}

/// Searches for a scheme that reproduces the signature of every delivery.
pub fn search(input: &SearchInput<'_>) -> SearchResult {
    let shortest = input.deliveries.iter().map(|one| one.body.len()).min().unwrap_or_default();
    let left = shortest.saturating_mul(TRIES_OF_LARGE_BODY).clamp(WORK, MAX_WORK);
    let fields = scalars(input.deliveries);
    let mut search = Search { input, fields, left, result: SearchResult::default() };
    let _ = search.run();
    search.result.is_complete = search.left > 0;
    search.result
}

/// Whether a scheme, without regard to times, reproduces the signature of a delivery.
pub fn reproduces(
    schemes: &[Scheme],
    delivery: &Delivery,
    secret: &Secret,
    context: &SignatureContext,
) -> bool {
    let secrets = std::slice::from_ref(secret);
    let report = check(schemes, delivery, secrets, context, Timestamp::UNIX_EPOCH);
    matches!(report.verdict, Verdict::Valid | Verdict::Stale)
}

struct Search<'s> {
    input: &'s SearchInput<'s>,
    /// The fields of the bodies, by pointer: to find them takes a look at every body.
    fields: Vec<(String, String)>,
    left: usize,
    result: SearchResult,
}

/// A key that may have been used.
struct Key {
    rule: KeyRule,
    key: VerifyingKey,
    /// The same, where it is that of an HMAC.
    mac: Option<PreparedMac>,
}

/// The bytes of the parts of one delivery that were looked up.
type Known = Vec<(Part, Option<Vec<u8>>)>;

impl Search<'_> {
    fn run(&mut self) -> ControlFlow<()> {
        self.places(Reach::Likely)?;
        self.tokens()?;
        self.places(Reach::Rest)
    }

    /// Tries every place with every key.
    fn places(&mut self, reach: Reach) -> ControlFlow<()> {
        let input = self.input;
        // The shortest body takes the least work; the others are checked when it matches.
        let Some(delivery) = input.deliveries.iter().min_by_key(|one| one.body.len()) else {
            return ControlFlow::Break(());
        };
        let request = SignedRequest::new(delivery, input.context);
        for place in input.places {
            let value = match &place.location {
                Location::Header(name) => delivery.headers.get(name).map(Cow::Borrowed),
                Location::Body(pointer) => request.field(pointer),
            };
            let Some(value) = value else {
                continue;
            };
            let sources = sources(input, &self.fields, place);
            for key in keys(place.algorithm, input.secret) {
                let mut known = Known::new();
                let catalog = input.catalog;
                templates(&sources, place.algorithm, catalog, reach, &mut |parts| {
                    self.attempt((place, value.trim_ascii()), &key, parts, &request, &mut known)
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Tries one template. Ends the search when it reproduces every signature, or when there is no work left.
    fn attempt(
        &mut self,
        (place, value): (&Place, &[u8]),
        key: &Key,
        parts: &[Part],
        request: &SignedRequest<'_>,
        known: &mut Known,
    ) -> ControlFlow<()> {
        let cost = if place.algorithm.has_public_key() { PUBLIC_TRY } else { TRY };
        self.spend(cost)?;
        if let Location::Body(pointer) = &place.location {
            // The body holds the signature, which therefore does not cover all of it.
            let is_whole = |part: &Part| {
                matches!(part, Part::Body | Part::FormSorted | Part::Hash(_))
                    || *part == Part::Field(pointer.clone())
            };
            if parts.iter().any(is_whole) {
                return ControlFlow::Continue(());
            }
        }
        for part in parts {
            if known.iter().all(|(own, _)| own != part) {
                // A look-up goes through the whole body.
                self.spend(request.delivery.body.len())?;
                let bytes = bytes(part, place, value, key, request);
                known.push((part.clone(), bytes));
            }
        }
        let find = |part: &Part| {
            let found = known.iter().find(|(own, _)| own == part);
            found.and_then(|(_, bytes)| bytes.as_deref())
        };
        let Some(pieces) = parts.iter().map(find).collect::<Option<Vec<&[u8]>>>() else {
            return ControlFlow::Continue(());
        };
        self.result.tried += 1;
        self.spend(pieces.iter().map(|piece| piece.len()).sum())?;
        let received = place.format.read(value, &place.algorithm.lengths()).unwrap_or_default();
        let is_made = match &key.mac {
            Some(mac) => {
                let mut mac = mac.clone();
                pieces.iter().for_each(|piece| mac.update(piece));
                received.iter().any(|one| mac.is(one))
            }
            None => received.iter().any(|one| key.key.verifies(place.algorithm, &pieces, one)),
        };
        match is_made {
            true => self.accept(scheme(place, key.rule.clone(), parts.to_vec())),
            false => ControlFlow::Continue(()),
        }
    }

    /// Ends the search when there is no work left.
    fn spend(&mut self, work: usize) -> ControlFlow<()> {
        self.left = self.left.saturating_sub(work);
        match self.left {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }

    /// Takes a scheme if it reproduces every signature.
    fn accept(&mut self, scheme: Scheme) -> ControlFlow<()> {
        let SearchInput { deliveries, secret, context, .. } = self.input;
        let schemes = std::slice::from_ref(&scheme);
        let made = |one: &&&Delivery| reproduces(schemes, one, secret, context);
        let count = deliveries.iter().filter(made).count();
        self.result.partial = self.result.partial.max(count);
        if count == deliveries.len() {
            self.result.scheme = Some(scheme);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// Tries headers and fields that hold the secret itself.
    fn tokens(&mut self) -> ControlFlow<()> {
        let SearchInput { deliveries, secret, .. } = self.input;
        let Some(first) = deliveries.first() else {
            return ControlFlow::Continue(());
        };
        let headers = common_headers(deliveries).into_iter().filter_map(|name| {
            let value = String::from_utf8(first.headers.get(&name)?.trim_ascii().to_vec()).ok()?;
            Some((Location::Header(name), value))
        });
        let fields = self.fields.iter().cloned();
        let fields = fields.map(|(pointer, value)| (Location::Body(pointer), value));
        for (location, value) in headers.chain(fields).collect::<Vec<_>>() {
            let name = match &location {
                Location::Header(name) | Location::Body(name) => name,
            };
            let words = ["token", "secret", "auth", "key", "hash", "sig", "password"];
            let is_named_so = words.iter().any(|word| name.to_ascii_lowercase().contains(word));
            if secret.expose().len() < MIN_TOKEN && !is_named_so {
                continue;
            }
            for (encoding, text) in [
                (Encoding::Text, secret.expose().to_vec()),
                (Encoding::Base64, BASE64.encode(secret.expose()).into_bytes()),
            ] {
                if text.is_empty() || memchr::memmem::find(value.as_bytes(), &text).is_none() {
                    continue;
                }
                for layout in layouts(value.as_bytes()) {
                    let format = SignatureFormat { encoding, layout };
                    let algorithm = Algorithm::Token;
                    let place = Place { location: location.clone(), format, algorithm };
                    self.accept(scheme(&place, KeyRule::default(), Vec::new()))?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn scheme(place: &Place, key: KeyRule, signs: Vec<Part>) -> Scheme {
    Scheme {
        name: None,
        location: place.location.clone(),
        algorithm: place.algorithm,
        format: place.format.clone(),
        key,
        signs,
        timestamp: None,
        id: None,
        optional: false,
    }
}

/// The bytes of a part; `None` where the delivery has no such part.
fn bytes(
    part: &Part,
    place: &Place,
    value: &[u8],
    key: &Key,
    request: &SignedRequest<'_>,
) -> Option<Vec<u8>> {
    let items: Vec<_> = place.format.layout.items(value).collect();
    let found = request.part(part, key.key.bytes(), |name| item_text(&items, name)).ok()?;
    Some(found.into_owned())
}

/// What every delivery has that may be signed in addition to the body.
fn sources(input: &SearchInput<'_>, fields: &[(String, String)], place: &Place) -> Sources {
    let deliveries = input.deliveries;
    let headers = common_headers(deliveries)
        .into_iter()
        .filter(|name| !matches!(&place.location, Location::Header(own) if own == name));
    let headers = headers.map(|name| {
        let values = deliveries.iter().filter_map(|one| one.headers.get(&name).map(<[u8]>::to_vec));
        let values = values.collect();
        (name, values)
    });
    let mut items: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
    if let (Location::Header(name), Layout::Items(list)) = (&place.location, &place.format.layout) {
        for delivery in deliveries {
            let value = delivery.headers.get(name).unwrap_or_default().trim_ascii();
            for item in place.format.layout.items(value) {
                let name = String::from_utf8_lossy(item.name).into_owned();
                let text = item.text.to_vec();
                match items.iter_mut().find(|(own, _)| *own == name) {
                    Some((_, texts)) => texts.push(text),
                    None => items.push((name, vec![text])),
                }
            }
        }
        items.retain(|(name, texts)| *name != list.signature && texts.len() == deliveries.len());
    }
    let mut fields = fields.to_vec();
    fields.retain(|(pointer, _)| !matches!(&place.location, Location::Body(own) if own == pointer));
    Sources {
        headers: headers.collect(),
        items,
        fields,
        is_form: deliveries.iter().all(|one| is_form(one)),
        knows_url: input.context.public_url.is_some() || input.context.trust_forwarded,
        settings: input.context.settings.keys().cloned().collect(),
        versions: versions(&place.format.layout),
    }
}

/// The keys that a secret may become.
fn keys(algorithm: Algorithm, secret: &Secret) -> Vec<Key> {
    let rule = |form, prefix: &str| KeyRule { form, prefix: prefix.to_owned() };
    let mut rules = Vec::new();
    if algorithm.has_public_key() {
        rules.extend(
            [KeyForm::Pem, KeyForm::Hex, KeyForm::Spki, KeyForm::Base64].map(|f| rule(f, "")),
        );
    } else {
        rules.push(rule(KeyForm::Raw, ""));
    }
    for (prefix, _) in unprefixed(secret.expose()).filter(|(prefix, rest)| is_public(prefix, rest))
    {
        rules.push(rule(KeyForm::Base64, prefix));
    }
    if !algorithm.has_public_key() && algorithm != Algorithm::Sha256 {
        rules.extend([KeyForm::Hex, KeyForm::Base64].map(|form| rule(form, "")));
    }
    let mut keys: Vec<Key> = Vec::new();
    for rule in rules {
        let is_pem = secret.expose().trim_ascii_start().starts_with(b"-----");
        if algorithm.has_public_key() && (rule.form == KeyForm::Pem) != is_pem {
            continue;
        }
        let Ok(key) = rule.verifying(algorithm, secret) else {
            continue;
        };
        // A bare public key is no SubjectPublicKeyInfo.
        if rule.form == KeyForm::Spki && !matches!(key, VerifyingKey::Spki(_)) {
            continue;
        }
        let is_known =
            |other: &Key| !algorithm.has_public_key() && other.key.bytes() == key.bytes();
        if keys.iter().any(is_known) {
            continue;
        }
        let mac = algorithm.hmac().map(|hash| hash.keyed(key.bytes()));
        keys.push(Key { rule, key, mac });
    }
    keys
}

/// Whether the beginning of a secret is a mark that all secrets of a provider have, and no part of what is secret.
fn is_public(prefix: &str, rest: &[u8]) -> bool {
    prefix.ends_with('_') && is_mark(prefix.trim_end_matches('_')) && rest.len() >= 16
}
