//! Detects which provider sent a delivery: by the name and format of the signature header, then by the headers and the keys of the
//! envelope. Where the two disagree, that is reported.

use super::catalog::{Catalog, Entry};
use super::fingerprint::Fit;
use super::{Content, Provider};
use crate::webhook::delivery::Headers;
use crate::webhook::payload::json::FieldIndex;

/// What is known about a delivery's provider.
#[derive(Clone, Debug, Default)]
pub struct Detection<'c> {
    /// The provider, when it is unambiguous.
    pub provider: Option<&'c Provider>,
    /// Set when header and body belong to different providers; `provider` is then the body's.
    pub conflict: Option<Conflict>,
    /// The providers that remain possible when it is ambiguous.
    pub candidates: Vec<&'c Provider>,
}

impl<'c> Detection<'c> {
    /// The detection of a delivery whose provider was named.
    pub fn new(provider: &'c Provider) -> Self {
        Self { provider: Some(provider), ..Self::default() }
    }
}

/// A signature in one provider's format with another provider's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The header, in lower case.
    pub header: String,
    /// The providers with this header and format, or else with this header.
    pub header_of: Vec<String>,
    /// The provider whose envelope the body has.
    pub body_of: String,
}

/// A provider that may be the sender's, and how well its envelope fits.
#[derive(Clone, Copy)]
struct Candidate<'c> {
    entry: &'c Entry,
    fit: Fit,
}

/// Detects the provider of a delivery by its headers and its body, of which the catalog's
/// [`fields`](Catalog::fields) suffice.
pub fn detect<'c>(catalog: &'c Catalog, headers: &Headers, content: &Content<'_>) -> Detection<'c> {
    let present = present(catalog.fields(), content);
    let candidate = |entry: &'c Entry| Candidate {
        entry,
        fit: entry.fingerprint.fit(headers, content, &present),
    };
    let signing: Vec<_> = catalog.signing_entries(headers).map(candidate).collect();
    let by_header = best(&signing, |one| one.entry.fingerprint.signature_fit(headers));
    // How well the others fit is seldom needed.
    decide(by_header, || catalog.entries().map(candidate).collect())
}

/// Detects the provider of a body with a signature whose header is not known.
pub fn detect_by_value<'c>(
    catalog: &'c Catalog,
    value: &[u8],
    content: &Content<'_>,
) -> Detection<'c> {
    let headers = Headers::default();
    let present = present(catalog.fields(), content);
    let fit = |entry: &Entry| entry.fingerprint.fit(&headers, content, &present);
    let all: Vec<_> = catalog.entries().map(|entry| Candidate { entry, fit: fit(entry) }).collect();
    let fits = best(&all, |one| one.entry.fingerprint.fits_value(value).then_some(true));
    // Several providers use one format: it can confirm or contradict a body, not replace it.
    if all.iter().all(|one| !one.fit.is_likely()) {
        let candidates = fits.iter().map(|one| one.entry.provider()).collect();
        return Detection { candidates, ..Detection::default() };
    }
    decide(fits, || all)
}

/// The known keys that a body has at the top, in the first object of a list, or in a form; sorted.
fn present<'f>(fields: &'f FieldIndex, content: &Content<'_>) -> Vec<&'f str> {
    let mut names: Vec<_> = match content {
        Content::Json(node) => {
            let object = node.items().next().unwrap_or(*node);
            object.entries().filter_map(|(key, _)| fields.known(&key.text()?)).collect()
        }
        Content::Form(all) => all.iter().filter_map(|(name, _)| fields.known(name)).collect(),
        Content::Other => Vec::new(),
    };
    names.sort_unstable();
    names.dedup();
    names
}

/// The candidates with the highest score, without those that have none.
fn best<'c, S: Ord + Copy>(
    all: &[Candidate<'c>],
    score: impl Fn(&Candidate<'c>) -> Option<S>,
) -> Vec<Candidate<'c>> {
    let scored: Vec<_> = all.iter().filter_map(|one| Some((score(one)?, *one))).collect();
    let greatest = scored.iter().map(|(score, _)| *score).max();
    let best = scored.into_iter().filter(|(score, _)| Some(*score) == greatest);
    best.map(|(_, one)| one).collect()
}

fn decide<'c>(
    by_header: Vec<Candidate<'c>>,
    all: impl FnOnce() -> Vec<Candidate<'c>>,
) -> Detection<'c> {
    if by_header.is_empty() {
        let all = all();
        let by_envelope = best(&all, |one| one.fit.has_headers().then_some(one.fit.headers));
        let among = if by_envelope.is_empty() { &all } else { &by_envelope };
        let likely = best(among, |one| one.fit.is_likely().then(|| one.fit.rank()));
        return one_of(&likely);
    }
    // Of providers with one header, those whose other headers are there; without them, those that have none.
    let with_headers = best(&by_header, |one| Some(one.fit.headers));
    let fitting = best(&with_headers, |one| one.fit.is_possible().then(|| one.fit.rank()));
    if !fitting.is_empty() {
        return one_of(&fitting);
    }
    let others = best(&all(), |one| one.fit.is_certain().then(|| one.fit.rank()));
    let Some(first) = others.first() else {
        return one_of(&with_headers);
    };
    let mut detection = one_of(&others);
    detection.provider = detection.provider.or(Some(first.entry.provider()));
    detection.conflict = detection.provider.map(|body| Conflict {
        header: by_header
            .first()
            .and_then(|one| one.entry.fingerprint.signatures.first())
            .map(|mark| mark.header.to_string())
            .unwrap_or_default(),
        header_of: by_header.iter().map(|one| one.entry.fingerprint.name.to_string()).collect(),
        body_of: body.name.clone(),
    });
    detection
}

/// One provider, when all candidates sign in the same way.
fn one_of<'c>(candidates: &[Candidate<'c>]) -> Detection<'c> {
    let providers = || candidates.iter().map(|one| one.entry.provider());
    match providers().next() {
        None => Detection::default(),
        Some(first) if providers().all(|other| other.signatures == first.signatures) => {
            Detection::new(first)
        }
        Some(_) => Detection { candidates: providers().collect(), ..Detection::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::delivery::Delivery;
    use crate::webhook::payload::json::{parse, parse_body, parse_fields};
    use crate::webhook::payload::stringify::stringify;
    use crate::webhook::provider::outgoing::add_headers;
    use crate::webhook::signature::sign::Stamp;
    use serde_json::{Value, json};

    const SHA1: &str = "8cb4b6e5052a4c1b7d87f39d21424803d15c0a18";

    fn guide_value() -> String {
        format!("sha256={}", "ab".repeat(32))
    }

    fn of(header: Option<(&str, &str)>, body: &Value) -> Detection<'static> {
        let headers: Headers = header.into_iter().collect();
        let catalog = Catalog::builtin();
        let text = body.to_string();
        let whole = parse(&text).unwrap();
        let fields = parse_fields(text.as_bytes(), catalog.fields()).unwrap();
        let found = detect(catalog, &headers, &Content::Json(whole.root()));
        assert_eq!(name(&found), name(&detect(catalog, &headers, &Content::Json(fields.root()))));
        found
    }

    fn name(detection: &Detection<'_>) -> Option<String> {
        detection.provider.map(|p| p.name.clone())
    }

    #[test]
    fn header_and_envelope_together_tell_the_providers_apart() {
        let api = json!({"eventType": "lead.submit", "agentId": "a", "payload": {}});
        let older = json!({"eventType": "lead.submit", "chatbotId": "a", "payload": {}});
        let guide = json!({"event": "lead.submit", "timestamp": "", "agent_id": "", "data": {}});
        let route = json!({"event": "newMessage", "message": {}, "conversation": {}});
        let chatzuri = Some(("X-Chatzuri-Signature", SHA1));
        let chatbase = Some(("x-chatbase-signature", SHA1));
        let value = guide_value();
        for (header, body, expected) in [
            (chatzuri, &api, "chatzuri"),
            (chatzuri, &older, "chatzuri-legacy"),
            (chatbase, &older, "chatbase"),
            (Some(("X-Chatzuri-Signature", value.as_str())), &guide, "chatzuri-guide"),
            (None, &api, "chatzuri"),
            (None, &older, "chatzuri-legacy"),
            (None, &guide, "chatzuri-guide"),
            (None, &route, "oneroute"),
            (chatzuri, &json!("no envelope"), "chatzuri"),
            (None, &json!({"eventType": "lead.submit", "payload": {}}), "chatzuri"),
        ] {
            let found = of(header, body);
            assert_eq!(name(&found).as_deref(), Some(expected), "{header:?} {body}");
            assert_eq!(found.conflict, None);
        }
    }

    #[test]
    fn a_guides_signature_on_an_api_body_is_a_conflict() {
        let api = json!({"eventType": "lead.submit", "agentId": "a", "payload": {}});
        let found = of(Some(("x-chatzuri-signature", &guide_value())), &api);
        assert_eq!(name(&found).as_deref(), Some("chatzuri"));
        let said = found.conflict.unwrap();
        assert_eq!(said.header_of, ["chatzuri-guide"]);
        assert_eq!(said.body_of, "chatzuri");
    }

    #[test]
    fn what_fits_nobody_or_two_is_not_guessed() {
        let unknown = json!({"eventType": "x", "chatbotId": "a", "payload": {}});
        let found = of(None, &unknown);
        assert_eq!(name(&found), None);
        assert_eq!(found.candidates.len(), 2);
        let none = of(None, &json!({"message": "hi"}));
        assert!(none.provider.is_none() && none.candidates.is_empty());
    }

    #[test]
    fn every_sample_of_every_provider_is_detected() {
        let catalog = Catalog::builtin();
        let (at, uuid) = (jiff::Timestamp::UNIX_EPOCH, "u".to_owned());
        let stamp = Stamp { at, id: None, uuid, renew: false };
        let mut wrong = Vec::new();
        for provider in catalog.providers() {
            for sample in catalog.samples(provider) {
                let body = match provider.envelope.form {
                    true => sample.body.to_vec(),
                    false => stringify(&parse_body(sample.body).unwrap()).into(),
                };
                let mut delivery = Delivery::post("/", body.into());
                let json = parse_body(&delivery.body).ok();
                let content = Content::new(&delivery, &delivery.body, json.as_ref());
                let mut headers = Headers::default();
                add_headers(provider, Some(&sample.event.name), &content, &stamp, &mut headers);
                if let Some(scheme) = provider.scheme() {
                    scheme.headers_beside().for_each(|name| headers.set(name, "1"));
                    if let Some(name) = scheme.header() {
                        let length = (*scheme.algorithm.lengths().start()).max(8);
                        headers.set(name, scheme.write(&vec![b'a'; length]));
                    }
                }
                delivery.headers = headers;
                let fields = parse_fields(&delivery.body, catalog.fields()).ok();
                for json in [parse_body(&delivery.body).ok(), fields] {
                    let content = Content::new(&delivery, &delivery.body, json.as_ref());
                    let found = detect(catalog, &delivery.headers, &content);
                    let name = found.provider.map(|p| p.name.as_str()).unwrap_or("nobody");
                    let event = provider.envelope.event.name(&delivery.headers, &content);
                    let is_event = event.as_deref() == Some(&sample.event.name);
                    if name != provider.name || found.conflict.is_some() || !is_event {
                        let names: Vec<_> = found.candidates.iter().map(|p| &p.name).collect();
                        wrong.push(format!(
                            "{} {}: {name} {names:?} {:?} {event:?}",
                            provider.name, sample.event.name, found.conflict
                        ));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
