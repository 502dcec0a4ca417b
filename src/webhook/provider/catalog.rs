//! The known providers with their samples and schemas: those under `fixtures/`, which are built into the binary, and
//! the user's own.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde_json::json;

use super::built_in::BuiltIn;
use super::fingerprint::{self, Fingerprint};
use super::{EventSpec, Provider, Root};
use crate::webhook::delivery::{Headers, is_same_name};
use crate::webhook::payload::json::FieldIndex;

/// The provider that `sign` and `send` take when none is named.
pub const DEFAULT_PROVIDER: &str = "chatzuri";

/// The providers and their files.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    entries: Vec<Entry>,
    /// The signature headers and the places of their entries, by the length of the header.
    signing: Vec<Vec<(Cow<'static, str>, usize)>>,
    /// Made when a provider is first detected by a body.
    fields: OnceLock<FieldIndex>,
}

/// A provider, which is read when it is needed.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub fingerprint: Fingerprint,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    BuiltIn(&'static BuiltIn),
    /// Of the user, with the files by name, and the built-in provider whose files it has, too.
    User(Box<Provider>, Vec<(String, Vec<u8>)>, Option<&'static BuiltIn>),
}

impl Entry {
    pub fn provider(&self) -> &Provider {
        match &self.source {
            Source::BuiltIn(one) => one.provider(),
            Source::User(provider, ..) => provider,
        }
    }

    fn file(&self, name: &str) -> Option<&[u8]> {
        match &self.source {
            Source::BuiltIn(one) => one.file(name),
            Source::User(_, files, base) => {
                let own = files.iter().find(|(own, _)| own == name);
                let own = own.map(|(_, bytes)| bytes.as_slice());
                own.or_else(|| base.as_ref()?.file(name))
            }
        }
    }

    fn is_of_user(&self) -> bool {
        matches!(self.source, Source::User(..))
    }
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
    /// The sample: formatted JSON, or the exact bytes of a form.
    pub body: &'c [u8],
}

impl Catalog {
    /// The built-in catalog. The providers that this tool is made for come first, the others by name.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Catalog> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let mut catalog = Self::default();
            for fingerprint in fingerprint::built_in() {
                if let Some(one) = BuiltIn::named(&fingerprint.name) {
                    catalog.push(Entry { fingerprint, source: Source::BuiltIn(one) });
                }
            }
            catalog
        })
    }

    fn push(&mut self, entry: Entry) {
        self.fields.take();
        for mark in &entry.fingerprint.signatures {
            let length = mark.header.len();
            if self.signing.len() <= length {
                self.signing.resize(length + 1, Vec::new());
            }
            if let Some(headers) = self.signing.get_mut(length) {
                headers.push((mark.header.clone(), self.entries.len()));
            }
        }
        self.entries.push(entry);
    }

    /// Adds a provider of the user. One of the same name is replaced.
    pub(super) fn add(
        &mut self,
        provider: Provider,
        files: Vec<(String, Vec<u8>)>,
        base: Option<&str>,
    ) {
        if self.entry(&provider.name).is_some() {
            let entries = std::mem::take(&mut self.entries).into_iter();
            self.signing.clear();
            entries
                .filter(|entry| entry.fingerprint.name != provider.name)
                .for_each(|entry| self.push(entry));
        }
        let fingerprint = Fingerprint::new(&provider);
        let base = base.and_then(BuiltIn::named);
        self.push(Entry { fingerprint, source: Source::User(Box::new(provider), files, base) });
    }

    /// Whether a provider is built in.
    pub fn is_built_in(name: &str) -> bool {
        Self::builtin().entry(name).is_some()
    }

    /// Whether a provider is the user's own.
    pub fn is_of_user(&self, name: &str) -> bool {
        self.entry(name).is_some_and(Entry::is_of_user)
    }

    /// The providers that this tool is made for.
    pub fn first_providers(&self) -> impl Iterator<Item = &Provider> {
        let first = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/first.txt"));
        first.lines().filter_map(|name| self.provider(name))
    }

    /// The names of all providers, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.fingerprint.name)
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.fingerprint.name == name)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Those whose signature header is among these.
    pub(super) fn signing_entries(&self, headers: &Headers) -> impl Iterator<Item = &Entry> {
        let of_length = |name: &[u8]| self.signing.get(name.len()).into_iter().flatten();
        let places = headers.names().flat_map(|name| {
            let signed = of_length(name).filter(|(own, _)| is_same_name(own.as_bytes(), name));
            signed.map(|(_, place)| *place)
        });
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.entries.get(place))
    }

    /// Every provider, the default one first.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.entries.iter().map(Entry::provider)
    }

    /// Those that check an endpoint before they send deliveries to it. The others are not read.
    pub fn providers_with_handshakes(&self) -> impl Iterator<Item = &Provider> {
        let with = self.entries.iter().filter(|entry| entry.fingerprint.has_handshakes);
        with.map(Entry::provider)
    }

    /// The fields of a body that detection looks at.
    pub fn fields(&self) -> &FieldIndex {
        self.fields.get_or_init(|| {
            let mut fields = FieldIndex::default();
            for entry in &self.entries {
                entry.fingerprint.add_fields(&mut fields);
            }
            fields
        })
    }

    /// The provider of this name.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.entry(name).map(Entry::provider)
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

    /// The providers that document an event of this name, the user's own first.
    pub fn documenting<'c>(&'c self, event: &str) -> Vec<&'c Provider> {
        let names = |entry: &&Entry| entry.fingerprint.events.iter().any(|name| name == event);
        let (own, built_in): (Vec<_>, Vec<_>) =
            self.entries.iter().filter(names).partition(|entry| entry.is_of_user());
        own.into_iter().chain(built_in).map(Entry::provider).collect()
    }

    /// The names of the events of all providers.
    pub fn event_names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().flat_map(|entry| entry.fingerprint.events.iter().map(|name| &**name))
    }

    /// The signature headers of all providers.
    pub(crate) fn signature_headers(&self) -> impl Iterator<Item = &str> {
        let marks = self.entries.iter().flat_map(|entry| &entry.fingerprint.signatures);
        marks.map(|mark| &*mark.header)
    }

    /// The providers whose signature header is among these.
    pub(crate) fn signing_with(&self, headers: &Headers) -> impl Iterator<Item = &Provider> {
        self.signing_entries(headers).map(Entry::provider)
    }

    fn file(&self, provider: &Provider, name: &str) -> Option<&[u8]> {
        self.entry(&provider.name)?.file(name)
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
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let folders = std::fs::read_dir(fixtures).unwrap().map(|folder| folder.unwrap().path());
        let files: usize = folders
            .filter(|path| path.is_dir())
            .flat_map(|folder| std::fs::read_dir(folder).unwrap())
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".json") || name.ends_with(".form"))
            .filter(|name| !name.ends_with(".schema.json"))
            .count();
        assert_eq!(samples, files, "a sample that no provider.toml mentions");
    }

    #[test]
    fn folders_are_named_after_their_provider_and_the_default_is_first() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            assert!(BuiltIn::named(&provider.name).is_some());
        }
        assert_eq!(catalog.providers().next().unwrap().name, DEFAULT_PROVIDER);
    }
}
