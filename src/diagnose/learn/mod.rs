//! Learns a provider from captured deliveries and their secret: the scheme that reproduces the signature of every one,
//! and a folder that describes it. What is not proved is not described.
//!
//! - `place` finds where a signature may be, `template` what may be signed, and `search` combines them with the keys.
//! - `rules` adds the time and the id, and says what stays open. `envelope` guesses the rest of the description,
//!   `fixture` and `schema` make the other files, `text` writes it. `form` is what is known
//!   without a secret.

mod envelope;
mod fields;
mod fixture;
mod form;
mod place;
mod rules;
mod schema;
mod search;
mod template;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{escape_step, parse_body};
use crate::webhook::privacy::{Redactor, Rules, reveals};
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::detect::detect;
use crate::webhook::provider::folder::{DESCRIPTION, Folder, FolderError};
use crate::webhook::provider::{Content, EventSource, EventSpec, Payload, Provider};
use crate::webhook::signature::Secret;
use crate::webhook::signature::request::{SignatureContext, SignedRequest};
use crate::webhook::signature::scheme::{Location, Part, Scheme};

use super::input::{DiagnosisInput, Effort};
use envelope::EnvelopeGuess;
use place::{Place, places};
use search::{SearchInput, SearchResult, reproduces, search};
use text::{list, quoted};

pub use fixture::files as fixture_files;
pub use form::FormCandidate;
pub use rules::OpenQuestion;

/// The name of the event of deliveries that name none.
const UNNAMED_EVENT: &str = "delivery";

/// How many places of a signature are explained when no scheme was found.
const MAX_EXPLAINED: usize = 3;

/// The longest body whose signature is explained: each hypothesis hashes it once more.
const MAX_EXPLAINED_BODY: usize = 256 << 10;

/// What a provider is learned from.
#[derive(Debug)]
pub struct LearnInput<'l> {
    /// The deliveries, one at least.
    pub deliveries: &'l [&'l Delivery],
    /// The secret; without one nothing can be proved.
    pub secret: Option<&'l Secret>,
    /// What signatures depend on besides requests and secrets.
    pub context: &'l SignatureContext,
    /// The known providers.
    pub catalog: &'l Catalog,
    /// The name of the new provider; `None` takes one from the signature's header.
    pub name: Option<&'l str>,
    /// What replaces private values depends on it: it must be random.
    pub key: &'l [u8],
}

/// What was learned.
#[derive(Debug, Default)]
pub struct LearnResult {
    /// The provider, when a scheme reproduces the signature of every delivery.
    pub learned: Option<Learned>,
    /// What may be a signature, by the form of its value.
    pub candidates: Vec<FormCandidate>,
    /// What may be the time of signing, in words.
    pub times: Vec<String>,
    /// Without a provider: what the search found out, a sentence each.
    pub hints: Vec<String>,
    /// Whether everything was tried.
    pub is_complete: bool,
}

/// A provider that was learned.
#[derive(Debug)]
pub struct Learned {
    /// Its name.
    pub name: String,
    /// How it signs.
    pub scheme: Scheme,
    /// The keys of `[[signature]]`, with their values as TOML.
    pub signature: Vec<(&'static str, String)>,
    /// The files of its folder, `provider.toml` first.
    pub files: Vec<(String, Vec<u8>)>,
    /// The known providers as which the deliveries are valid.
    pub known: Vec<String>,
    /// Whether the deliveries are recognised as those of the first of them.
    pub is_recognised: bool,
    /// What the deliveries leave open.
    pub open: Vec<OpenQuestion>,
}

impl LearnInput<'_> {
    /// Learns what the deliveries tell.
    ///
    /// # Errors
    /// When the name cannot be that of a provider.
    pub fn learn(&self) -> Result<LearnResult, FolderError> {
        let requests: Vec<_> =
            self.deliveries.iter().map(|one| SignedRequest::new(one, self.context)).collect();
        let places = places(self.deliveries, &requests);
        let mut result = LearnResult {
            candidates: [form::candidates(&places), form::tokens(self.deliveries, &places)]
                .concat(),
            times: form::times(self.deliveries, &places),
            ..LearnResult::default()
        };
        let Some(secret) = self.secret else {
            return Ok(result);
        };
        let known = self.known_providers(secret);
        let scheme = known.first().and_then(|provider| self.known_scheme(provider, secret));
        let (scheme, searched) = match scheme {
            Some(scheme) => (Some(scheme), SearchResult::default()),
            None => {
                let mut found = search(&SearchInput {
                    deliveries: self.deliveries,
                    secret,
                    context: self.context,
                    catalog: self.catalog,
                    places: &places,
                });
                let scheme = found.scheme.take().map(|mut scheme| {
                    rules::complete(&mut scheme, self.deliveries, self.context);
                    scheme
                });
                (scheme, found)
            }
        };
        let Some(scheme) = scheme else {
            result.is_complete = searched.is_complete;
            result.hints = self.hints(secret, &places, &searched);
            return Ok(result);
        };
        let learned = self.described(scheme, secret, &known)?;
        match learned {
            Some(learned) => result.learned = Some(learned),
            None => result.hints.push(
                "A scheme was found, but its provider.toml would contain the secret, or would not verify the deliveries.".to_owned(),
            ),
        }
        Ok(result)
    }

    /// The known providers as which all deliveries are valid, those that are recognised first.
    fn known_providers(&self, secret: &Secret) -> Vec<&Provider> {
        let is_valid = |provider: &&Provider| {
            let schemes = &provider.signatures;
            self.deliveries.iter().all(|one| reproduces(schemes, one, secret, self.context))
        };
        let mut all: Vec<_> = self.catalog.providers().filter(is_valid).collect();
        all.sort_by_cached_key(|provider| !self.is_recognised(provider));
        all
    }

    /// Whether all deliveries are detected as those of a provider.
    fn is_recognised(&self, provider: &Provider) -> bool {
        self.deliveries.iter().all(|one| {
            let document = parse_body(&one.body).ok();
            let content = Content::new(one, &one.body, document.as_ref());
            let found = detect(self.catalog, &one.headers, &content);
            found.provider.is_some_and(|found| found.name == provider.name)
        })
    }

    /// The one scheme of a provider that all deliveries are signed under.
    fn known_scheme(&self, provider: &Provider, secret: &Secret) -> Option<Scheme> {
        let all = |scheme: &&Scheme| {
            let schemes = std::slice::from_ref(*scheme);
            self.deliveries.iter().all(|one| reproduces(schemes, one, secret, self.context))
        };
        let scheme = provider.signatures.iter().find(all)?;
        Some(Scheme { name: None, optional: false, ..scheme.clone() })
    }

    /// The folder of a provider with this scheme; `None` when it does not say the same when it is read.
    fn described(
        &self,
        scheme: Scheme,
        secret: &Secret,
        known: &[&Provider],
    ) -> Result<Option<Learned>, FolderError> {
        let name = match self.name {
            Some(name) => name.to_owned(),
            None => own_name(&scheme, self.catalog),
        };
        let mut own = rules::signed_headers(&scheme);
        own.extend(scheme.headers_beside().map(str::to_owned));
        let exposed = secret.expose();
        let envelope = envelope::guess(self.deliveries, &own, exposed);
        let open = rules::open_questions(&scheme, self.deliveries, self.context);
        let events = events(&envelope);
        let mut files = vec![(
            DESCRIPTION.to_owned(),
            self.description(&name, &scheme, &envelope, &events, &open, exposed).into_bytes(),
        )];
        files.extend(self.samples(&name, &envelope, &events, secret));
        let folder = Folder { name: name.clone(), files: files.clone() };
        let (provider, ..) = folder.read()?;
        let is_same = self
            .deliveries
            .iter()
            .all(|one| reproduces(&provider.signatures, one, secret, self.context));
        let is_secret = files
            .iter()
            .any(|(name, bytes)| reveals(name.as_bytes(), exposed) || reveals(bytes, exposed));
        let signature = text::signature(&scheme);
        let is_recognised = known.first().is_some_and(|provider| self.is_recognised(provider));
        let known = known.iter().map(|provider| provider.name.clone()).collect();
        let learned = Learned { name, scheme, signature, files, known, is_recognised, open };
        Ok((is_same && !is_secret).then_some(learned))
    }

    /// The text of `provider.toml`.
    fn description(
        &self,
        name: &str,
        scheme: &Scheme,
        envelope: &EnvelopeGuess,
        events: &[(String, Vec<usize>)],
        open: &[OpenQuestion],
        secret: &[u8],
    ) -> String {
        let mut title = name.to_owned();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let count = match self.deliveries.len() {
            1 => "one captured delivery, whose signature".to_owned(),
            many => format!("{many} captured deliveries, all of whose signatures"),
        };
        let mut out = format!(
            "# Learned from {count} it reproduces.\n\
             name = {}\ntitle = {}\n# Name the page that describes the webhooks here.\ndocument = \"captured deliveries\"\n",
            quoted(name),
            quoted(&title),
        );
        out.push_str("\n[[signature]]\n");
        for question in open {
            out.push_str(&comment(&format!(
                "Not known: {}. It takes {}.",
                question.what, question.settle
            )));
        }
        for (key, value) in text::signature(scheme) {
            out.push_str(&format!("{key} = {value}\n"));
        }
        let headers = self.other_headers(scheme, secret);
        if !headers.is_empty() {
            out.push_str("\n[headers]\n");
            for (name, value) in headers {
                out.push_str(&format!("{} = {}\n", quoted(&name), quoted(&value)));
            }
        }
        out.push_str("\n[envelope]\n");
        out.push_str(&format!("keys = {}\n", list(&envelope.keys)));
        let mut headers = envelope.headers.clone();
        if let EventSource::Header { header, .. } = &envelope.event
            && !headers.contains(header)
        {
            headers.push(header.clone());
        }
        if envelope.keys.is_empty() && headers.is_empty() {
            headers.extend(scheme.header().map(str::to_owned));
        }
        if !headers.is_empty() {
            out.push_str(&format!("headers = {}\n", list(&headers)));
        }
        if envelope.is_array {
            out.push_str("root = \"array\"\n");
        }
        if envelope.is_form {
            out.push_str("form = true\n");
        }
        out.push_str(&format!("event = {}\n", text::event(&envelope.event)));
        for (role, pointer) in [
            ("agent", &envelope.agent),
            ("data", &envelope.data),
            ("timestamp", &envelope.timestamp),
        ] {
            if let Some(pointer) = pointer {
                out.push_str(&format!("{role} = {}\n", quoted(pointer)));
            }
        }
        for (event, _) in events {
            let EventSpec { name, summary, payload, .. } = spec(event);
            let (name, summary, payload) =
                (quoted(&name), quoted(&summary), quoted(payload.word()));
            out.push_str(&format!(
                "\n[[event]]\nname = {name}\nsummary = {summary}\npayload = {payload}\n"
            ));
        }
        out
    }

    /// Headers that are signed and are neither the time nor the id, as templates.
    fn other_headers(&self, scheme: &Scheme, secret: &[u8]) -> Vec<(String, String)> {
        let id = scheme.id.as_ref().map(|rule| &rule.header);
        let names = rules::signed_headers(scheme).into_iter().filter(|name| Some(name) != id);
        names
            .filter_map(|name| {
                let values =
                    self.deliveries.iter().map(|one| one.headers.get(&name).map(<[u8]>::to_vec));
                let values: Vec<Vec<u8>> = values.collect::<Option<_>>()?;
                let first = values.first()?;
                let value = match rules::is_constant(&values) {
                    true => String::from_utf8(first.clone()).ok()?,
                    false => rules::template(first),
                };
                (!reveals(value.as_bytes(), secret)).then_some((name, value))
            })
            .collect()
    }

    /// A sample and a schema for each event.
    fn samples(
        &self,
        name: &str,
        envelope: &EnvelopeGuess,
        events: &[(String, Vec<usize>)],
        secret: &Secret,
    ) -> Vec<(String, Vec<u8>)> {
        let kept = match &envelope.event {
            EventSource::Form(field) => vec![format!("/{}", escape_step(field))],
            other => other.pointers().map(str::to_owned).collect(),
        };
        let rules = Rules {
            events: kept,
            secrets: vec![secret.clone()],
            fixes_times: true,
            ..Rules::default()
        };
        let mut redactor = Redactor::new(self.key, rules);
        let mut files = Vec::new();
        let mut stems = Vec::new();
        for (event, members) in events {
            let stem = spec(event).file_stem();
            // Files of one name in any case are one file on some systems.
            let folded = stem.to_lowercase();
            if stems.contains(&folded) {
                continue;
            }
            stems.push(folded);
            let bodies = members.iter().filter_map(|index| self.deliveries.get(*index));
            let bodies: Vec<&[u8]> = bodies.map(|one| &*one.body).collect();
            let title = format!("{name} {event}");
            files.extend(fixture_files(&stem, &title, &bodies, envelope.is_form, &mut redactor));
        }
        files
    }

    /// What a search without a result tells.
    fn hints(&self, secret: &Secret, places: &[Place], searched: &SearchResult) -> Vec<String> {
        let mut hints = Vec::new();
        let count = self.deliveries.len();
        if searched.partial > 0 {
            hints.push(format!(
                "The best scheme reproduces the signatures of {} of the {count} deliveries; the others were signed in \
                 another way, under another secret, or changed.",
                searched.partial
            ));
        }
        if let Some(delivery) = self.deliveries.first() {
            let explained = places
                .iter()
                .filter(|place| place.algorithm.hmac().is_some())
                .take(MAX_EXPLAINED)
                .find_map(|place| self.explained(place, delivery, secret));
            hints.extend(
                explained
                    .map(|says| format!("Delivery 1: {says} provider.toml cannot describe this.")),
            );
        }
        hints.push(match searched.is_complete {
            true => format!(
                "{} combinations of place, key and signed parts were tried.",
                searched.tried
            ),
            false => format!(
                "The likeliest {} combinations of place, key and signed parts were tried, not all.",
                searched.tried
            ),
        });
        hints
    }

    /// Why a signature is what it is, where the diagnosis can prove it.
    fn explained(&self, place: &Place, delivery: &Delivery, secret: &Secret) -> Option<String> {
        let is_in_header = matches!(place.location, Location::Header(_));
        if !is_in_header || delivery.body.len() > MAX_EXPLAINED_BODY {
            return None;
        }
        let scheme = Scheme {
            name: None,
            location: place.location.clone(),
            algorithm: place.algorithm,
            format: place.format.clone(),
            key: Default::default(),
            signs: vec![Part::Body],
            timestamp: None,
            id: None,
            optional: false,
        };
        let keys = text::signature(&scheme);
        let table: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let text = format!(
            "name = \"unknown\"\ntitle = \"\"\ndocument = \"\"\n[signature]\n{table}\
             [envelope]\nkeys = []\nevent = \"/type\"\n[[event]]\nname = \"e\"\nsummary = \"\"\npayload = \"illustrative\"\n"
        );
        let provider: Provider = toml::from_str(&text).ok()?;
        let diagnosis = DiagnosisInput {
            delivery,
            provider: Some(&provider),
            catalog: &Catalog::default(),
            secrets: std::slice::from_ref(secret),
            others: &[],
            context: self.context,
            effort: Effort::Brief,
        }
        .diagnose();
        Some(diagnosis.proof?.explanation.says())
    }
}

/// A comment of TOML, of a text that may hold what was captured.
fn comment(text: &str) -> String {
    format!("# {}\n", crate::escape::line(text.as_bytes()))
}

/// The event of this name.
fn spec(name: &str) -> EventSpec {
    EventSpec {
        name: name.to_owned(),
        summary: format!("captured as {name}"),
        payload: Payload::Illustrative,
        channels: Vec::new(),
        headers: BTreeMap::new(),
    }
}

/// The events by name, each with its deliveries.
fn events(envelope: &EnvelopeGuess) -> Vec<(String, Vec<usize>)> {
    let mut all: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, name) in envelope.events.iter().enumerate() {
        let name = name.clone().unwrap_or_else(|| UNNAMED_EVENT.to_owned());
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, members)) => members.push(index),
            None => all.push((name, vec![index])),
        }
    }
    all
}

/// A name for a provider: the first word of its headers that is not a common one.
fn own_name(scheme: &Scheme, catalog: &Catalog) -> String {
    const COMMON: &[&str] = &[
        "x",
        "http",
        "authorization",
        "auth",
        "content",
        "custom",
        "digest",
        "hash",
        "hmac",
        "hook",
        "hub",
        "id",
        "key",
        "message",
        "request",
        "secret",
        "sha1",
        "sha256",
        "sha512",
        "sig",
        "sign",
        "signature",
        "signing",
        "time",
        "timestamp",
        "token",
        "verification",
        "verify",
        "webhook",
        "webhooks",
        "event",
        "api",
        "ed25519",
        "1",
        "256",
    ];
    let headers = scheme.header().into_iter().chain(scheme.headers_beside());
    let words = headers.flat_map(|name| name.split(['-', '_']));
    let found = words.map(str::to_ascii_lowercase).find(|word| {
        !COMMON.contains(&word.as_str())
            && word.bytes().all(|b| b.is_ascii_alphanumeric())
            && !word.is_empty()
    });
    let mut name = found.unwrap_or_else(|| "vendor".to_owned());
    if catalog.provider(&name).is_some() || Catalog::is_built_in(&name) || name == "auto" {
        name.push_str("-learned");
    }
    name
}
