//! The known providers with their samples and schemas: those under `fixtures/`, which are built into the binary, and
//! the user's own.

use std::borrow::Cow;
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use serde_json::json;

use super::fingerprint::Fingerprint;
use super::{EventSpec, Provider, Root};
use crate::webhook::payload::json::FieldIndex;

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
    fingerprint: Fingerprint,
    provider: Provider,
    files: Files,
}

/// A provider's files, by name.
pub(super) type Files = Vec<(String, Cow<'static, [u8]>)>;

/// A provider's sample: an event of a provider, on one of its channels if it has any.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'c> {
    /// The provider of the event.
    pub provider: &'c Provider,
    /// The event.
    pub event: &'c EventSpec,
    /// The channel, for events that have channels.
    pub channel: Option<&'c str>,
    /// The sample: JSON formatted for people, or the exact bytes of a form.
    pub body: &'c [u8],
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
            all.sort_by_cached_key(|(provider, _)| key(provider));
            let mut catalog = Self::default();
            for (provider, files) in all {
                catalog.add(provider, files);
            }
            catalog
        })
    }

    pub(super) fn add(&mut self, provider: Provider, files: Files) {
        let fingerprint = Fingerprint::new(&provider);
        fingerprint.add_fields(&mut self.fields);
        self.entries.push(Entry { fingerprint, provider, files });
    }

    /// Whether a provider is built in.
    pub fn is_built_in(name: &str) -> bool {
        Self::builtin().provider(name).is_some()
    }

    /// Every provider, the default one first.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.entries.iter().map(|e| &e.provider)
    }

    /// What the providers are recognised by, with each provider.
    pub(super) fn fingerprints(&self) -> impl Iterator<Item = (&Fingerprint, &Provider)> {
        self.entries.iter().map(|entry| (&entry.fingerprint, &entry.provider))
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
            Some(channel) => format!("{}.{channel}", event.file_stem()),
            None => event.file_stem(),
        };
        let extension = if provider.envelope.form { "form" } else { "json" };
        Some(Sample {
            provider,
            event,
            channel,
            body: self.file(provider, &format!("{stem}.{extension}"))?,
        })
    }

    /// The text of an event's JSON Schema. An event without one has one that asks for the envelope's keys.
    pub fn schema(&self, provider: &Provider, event: &EventSpec) -> Cow<'_, [u8]> {
        let own = self.file(provider, &format!("{}.schema.json", event.file_stem()));
        own.map_or_else(|| envelope_only(provider).into(), Cow::Borrowed)
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

fn envelope_only(provider: &Provider) -> Vec<u8> {
    let mut object = json!({ "type": "object", "required": provider.envelope.keys });
    if provider.envelope.root == Root::Array {
        object = json!({ "type": "array", "minItems": 1, "items": object });
    }
    object["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    object["description"] = "Only the envelope: this event has no schema of its own.".into();
    object.to_string().into_bytes()
}

#[allow(clippy::expect_used, reason = "built-in files, every one read by a test")]
fn built_in(folder: &'static Dir<'static>) -> (Provider, Files) {
    let text = folder
        .get_file(folder.path().join("provider.toml"))
        .and_then(|f| f.contents_utf8())
        .expect("a folder of fixtures/ has a provider.toml");
    let files = folder.files().filter_map(|file| {
        let name = file.path().file_name()?.to_str()?;
        Some((name.to_owned(), file.contents().into()))
    });
    let provider = toml::from_str(text).expect("a built-in provider.toml is well formed");
    (provider, files.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::provider::Payload;

    #[test]
    fn every_event_has_its_samples_and_no_schema_of_a_documented_payload_calls_it_illustrative() {
        let catalog = Catalog::builtin();
        let mut samples = 0;
        for provider in catalog.providers() {
            for event in &provider.events {
                let shown = format!("{} {}", provider.name, event.name);
                let schema = catalog.schema(provider, event);
                let schema = String::from_utf8_lossy(&schema);
                let is_documented = event.payload == Payload::Documented;
                assert!(!(is_documented && schema.contains("not published")), "{shown}");
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
            .filter(|path| path.ends_with(".json") || path.ends_with(".form"))
            .filter(|path| !path.ends_with(".schema.json"))
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
