//! The known providers with their samples and schemas: those under `fixtures/`, which are built into the binary, and
//! the user's own. Which of them a delivery is from is detected by the name and format of the signature header, then by
//! the keys of the body's envelope. Where the two disagree, that is reported.

use std::borrow::Cow;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use super::{EventSpec, Provider};
use crate::webhook::delivery::Headers;
use crate::webhook::payload::json::{Document, FieldIndex, Kind, Node, escape_step};

static FIXTURES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/fixtures");

/// The provider that `sign` and `send` take when none is named.
pub const DEFAULT_PROVIDER: &str = "chatzuri";

/// The providers and their files.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    entries: Vec<Entry>,
    fields: FieldIndex,
}

#[derive(Clone, Debug)]
struct Entry {
    provider: Provider,
    /// By name.
    files: Vec<(String, Cow<'static, [u8]>)>,
}

/// A provider's sample: an event of a provider, on one of its channels if it has any.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'c> {
    /// The provider of the event.
    pub provider: &'c Provider,
    /// The event.
    pub event: &'c EventSpec,
    /// The channel, for events that have channels.
    pub channel: Option<&'c str>,
    /// The sample's JSON text, formatted for people.
    pub json: &'c [u8],
}

impl Catalog {
    /// The built-in catalog. The default provider comes first, the others by name.
    ///
    /// # Panics
    /// Never in a build that passed its tests: they read every built-in file.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Catalog> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let mut all: Vec<_> = FIXTURES.dirs().map(built_in).collect();
            let key = |p: &Provider| (p.name != DEFAULT_PROVIDER, p.name.clone());
            all.sort_by_cached_key(|entry| key(&entry.provider));
            let mut catalog = Self::default();
            for Entry { provider, files } in all {
                catalog.add(provider, files);
            }
            catalog
        })
    }

    pub(super) fn add(&mut self, provider: Provider, files: Vec<(String, Cow<'static, [u8]>)>) {
        self.fields.add(&provider.envelope.event);
        for key in &provider.envelope.keys {
            self.fields.add(&format!("/{}", escape_step(key)));
        }
        self.entries.push(Entry { provider, files });
    }

    /// Whether a provider is built in.
    pub fn is_built_in(name: &str) -> bool {
        Self::builtin().provider(name).is_some()
    }

    /// Every provider, the default one first.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.entries.iter().map(|e| &e.provider)
    }

    /// The fields of a body that detection looks at.
    pub fn fields(&self) -> &FieldIndex {
        &self.fields
    }

    /// The provider of this name.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers().find(|p| p.name == name)
    }

    /// Every sample of a provider, in the order of its `provider.toml`.
    pub fn samples<'c>(&'c self, provider: &'c Provider) -> Vec<Sample<'c>> {
        provider
            .events
            .iter()
            .flat_map(|event| {
                let without = event.channels.is_empty().then_some(None);
                let channels = event.channels.iter().map(|c| Some(c.as_str()));
                let all = channels.chain(without);
                all.filter_map(move |channel| self.sample(provider, event, channel))
            })
            .collect()
    }

    /// The sample of one event on one channel.
    pub fn sample<'c>(
        &'c self,
        provider: &'c Provider,
        event: &'c EventSpec,
        channel: Option<&'c str>,
    ) -> Option<Sample<'c>> {
        let stem = match channel {
            Some(channel) => format!("{}.{channel}", event.name),
            None => event.name.clone(),
        };
        Some(Sample {
            provider,
            event,
            channel,
            json: self.file(provider, &format!("{stem}.json"))?,
        })
    }

    /// The text of an event's JSON Schema.
    pub fn schema(&self, provider: &Provider, event: &EventSpec) -> Option<&[u8]> {
        self.file(provider, &format!("{}.schema.json", event.name))
    }

    /// The providers that document an event of this name.
    pub fn documenting<'c>(&'c self, event: &str) -> Vec<&'c Provider> {
        let all = self.providers();
        all.filter(|p| p.event(event).is_some()).collect()
    }

    fn file(&self, provider: &Provider, name: &str) -> Option<&[u8]> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|e| e.provider.name == provider.name)?;
        let found = entry.files.iter().find(|(own, _)| own == name);
        found.map(|(_, bytes)| &**bytes)
    }
}

#[allow(clippy::expect_used, reason = "built-in files, every one read by a test")]
fn built_in(folder: &'static Dir<'static>) -> Entry {
    let text = folder
        .get_file(folder.path().join("provider.toml"))
        .and_then(|f| f.contents_utf8())
        .expect("a folder of fixtures/ has a provider.toml");
    let files = folder.files().filter_map(|file| {
        let name = file.path().file_name()?.to_str()?;
        Some((name.to_owned(), file.contents().into()))
    });
    Entry {
        provider: toml::from_str(text).expect("a built-in provider.toml is well formed"),
        files: files.collect(),
    }
}

/// What is known about a delivery's provider.
#[derive(Clone, Debug, Default)]
pub struct Detection<'c> {
    /// The provider, when there is one answer.
    pub provider: Option<&'c Provider>,
    /// Set when header and body belong to different providers; `provider` is then the body's.
    pub conflict: Option<Conflict>,
    /// The providers that remain possible when there is no one answer.
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

/// Detects the provider of a delivery by its headers and its body (`None` when it is not JSON), of which the catalog's
/// [`fields`](Catalog::fields) suffice.
pub fn detect<'c>(
    catalog: &'c Catalog,
    headers: &Headers,
    body: Option<&Document<'_>>,
) -> Detection<'c> {
    let by_header = by_header(catalog, |p| {
        let scheme = p.signature.as_ref()?;
        let value = headers.get(&scheme.header)?;
        Some(scheme.matches_format(value.trim_ascii()))
    });
    decide(by_header, by_body(catalog, body))
}

/// Detects the provider of a body with a signature whose header is not known.
pub fn detect_by_value<'c>(
    catalog: &'c Catalog,
    value: &[u8],
    body: Option<&Document<'_>>,
) -> Detection<'c> {
    let body = by_body(catalog, body);
    let fits = by_header(catalog, |p| p.signature.as_ref()?.matches_format(value).then_some(true));
    // Several providers use one format: it can confirm or contradict a body, not replace it.
    if body.found.is_empty() {
        return Detection { candidates: fits, ..Detection::default() };
    }
    decide(fits, body)
}

/// The providers for which `matches` is `Some(true)` (header and format), or else those for which it is
/// `Some(false)` (only the header).
fn by_header(catalog: &Catalog, matches: impl Fn(&Provider) -> Option<bool>) -> Vec<&Provider> {
    let matching = catalog.providers().filter_map(|p| Some((p, matches(p)?)));
    let mut matching: Vec<_> = matching.collect();
    let has_format = matching.iter().any(|(_, format)| *format);
    matching.retain(|(_, format)| *format == has_format);
    matching.into_iter().map(|(p, _)| p).collect()
}

#[derive(Default)]
struct ByBody<'c> {
    /// The providers whose envelope fits best.
    found: Vec<&'c Provider>,
    /// Those of them that document the event named in the body; all of them when none does.
    likely: Vec<&'c Provider>,
    /// Whether the whole envelope fits.
    full: bool,
}

fn by_body<'c>(catalog: &'c Catalog, body: Option<&Document<'_>>) -> ByBody<'c> {
    let Some(body) = body.map(Document::root).filter(|body| body.kind() == Kind::Object) else {
        return ByBody::default();
    };
    let knows_event = |p: &Provider| {
        let name = body.at_pointer(&p.envelope.event).and_then(Node::text);
        name.is_some_and(|name| p.event(&name).is_some())
    };
    let mut best = (false, 0);
    let mut found = Vec::new();
    for p in catalog.providers() {
        let keys = &p.envelope.keys;
        let present = keys.iter().filter(|key| body.get(key).is_some()).count();
        let full = present == keys.len();
        // One key alone, such as `message`, says nothing; two keys, or a documented event's name, make it
        // likely. A delivery of a provider that does not sign is never checked: that takes all keys.
        let is_likely =
            full || (p.signature.is_some() && (present >= 2 || (present == 1 && knows_event(p))));
        if !is_likely || (full, present) < best {
            continue;
        }
        if (full, present) > best {
            best = (full, present);
            found.clear();
        }
        found.push((p, knows_event(p)));
    }
    let knows_any = found.iter().any(|(_, knows)| *knows);
    let likely = found.iter().filter(|(_, knows)| *knows == knows_any);
    ByBody {
        likely: likely.map(|(p, _)| *p).collect(),
        found: found.into_iter().map(|(p, _)| p).collect(),
        full: best.0,
    }
}

fn decide<'c>(by_header: Vec<&'c Provider>, body: ByBody<'c>) -> Detection<'c> {
    if by_header.is_empty() {
        return one_of(body.likely);
    }
    for by_body in [&body.likely, &body.found] {
        let has_header = |p: &&&Provider| by_header.iter().any(|h| h.name == p.name);
        let both: Vec<_> = by_body.iter().filter(has_header).copied().collect();
        if !both.is_empty() {
            return one_of(both);
        }
    }
    if !body.full {
        return one_of(by_header);
    }
    let first = body.likely.first().copied();
    let mut detection = one_of(body.likely);
    detection.provider = detection.provider.or(first);
    detection.conflict = detection.provider.map(|p| conflict(&by_header, p));
    detection
}

fn conflict(by_header: &[&Provider], body: &Provider) -> Conflict {
    let scheme = by_header.first().and_then(|p| p.signature.as_ref());
    Conflict {
        header: scheme.map(|s| s.header.clone()).unwrap_or_default(),
        header_of: by_header.iter().map(|p| p.name.clone()).collect(),
        body_of: body.name.clone(),
    }
}

/// One provider, when all candidates sign in the same way.
fn one_of(candidates: Vec<&Provider>) -> Detection<'_> {
    let first = candidates.first().copied();
    let mut detection = Detection::default();
    if candidates.iter().all(|p| Some(&p.signature) == first.map(|f| &f.signature)) {
        detection.provider = first;
    } else {
        detection.candidates = candidates;
    }
    detection
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::payload::json::{parse, parse_fields};
    use crate::webhook::provider::Payload;
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
        let found = detect(catalog, &headers, Some(&whole));
        assert_eq!(name(&found), name(&detect(catalog, &headers, Some(&fields))));
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
    fn every_event_has_its_samples_and_its_schema_which_says_when_the_payload_is_illustrative() {
        let catalog = Catalog::builtin();
        let mut samples = 0;
        for provider in catalog.providers() {
            for event in &provider.events {
                let shown = format!("{} {}", provider.name, event.name);
                let schema = String::from_utf8_lossy(catalog.schema(provider, event).unwrap());
                let is_illustrative = event.payload == Payload::Illustrative;
                assert_eq!(schema.contains("not published"), is_illustrative, "{shown}");
                let all = catalog.samples(provider);
                let found = all.iter().filter(|s| s.event.name == event.name).count();
                assert_eq!(found, event.channels.len().max(1), "{shown}");
                samples += found;
            }
        }
        let files: usize = FIXTURES
            .dirs()
            .flat_map(Dir::files)
            .map(|f| f.path().to_string_lossy())
            .filter(|path| path.ends_with(".json") && !path.ends_with(".schema.json"))
            .count();
        assert_eq!(samples, files, "a sample that no provider.toml mentions");
    }

    #[test]
    fn folders_are_named_after_their_provider_and_the_default_is_first() {
        let catalog = Catalog::builtin();
        for folder in FIXTURES.dirs() {
            assert!(catalog.provider(folder.path().to_str().unwrap()).is_some());
        }
        assert_eq!(catalog.providers().next().unwrap().name, DEFAULT_PROVIDER);
    }
}
