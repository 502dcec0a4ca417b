//! The known providers with their samples and schemas: those under `fixtures/`, which are built into the binary, and
//! the user's own.

use std::sync::OnceLock;

use include_dir::{Dir, include_dir};

use crate::webhook::payload::json::{FieldIndex, escape_step};
use crate::webhook::provider::{EventSpec, Provider};

static FIXTURES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/fixtures");

/// The provider that `sign` and `send` take when none is named.
pub const DEFAULT_PROVIDER: &str = "chatzuri";

/// The providers and their files.
#[derive(Clone, Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
    fields: FieldIndex,
}

#[derive(Clone, Debug)]
struct Entry {
    provider: Provider,
    files: Files,
}

#[derive(Clone, Debug)]
pub(super) enum Files {
    BuiltIn(&'static Dir<'static>),
    /// By name.
    Own(Vec<(String, Vec<u8>)>),
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
            all.sort_by(|(a, _), (b, _)| key(a).cmp(&key(b)));
            let mut catalog = Self {
                entries: Vec::new(),
                fields: FieldIndex::default(),
            };
            for (provider, files) in all {
                catalog.add(provider, files);
            }
            catalog
        })
    }

    pub(super) fn add(&mut self, provider: Provider, files: Files) {
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
                let channels: Vec<Option<&str>> = if event.channels.is_empty() {
                    vec![None]
                } else {
                    event.channels.iter().map(|c| Some(c.as_str())).collect()
                };
                channels
                    .into_iter()
                    .filter_map(move |channel| self.sample(provider, event, channel))
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
        let json = self.file(provider, &format!("{stem}.json"))?;
        Some(Sample {
            provider,
            event,
            channel,
            json,
        })
    }

    /// The text of an event's JSON Schema.
    pub fn schema(&self, provider: &Provider, event: &EventSpec) -> Option<&[u8]> {
        self.file(provider, &format!("{}.schema.json", event.name))
    }

    /// The providers that document an event of this name.
    pub fn documenting<'c>(&'c self, event: &str) -> Vec<&'c Provider> {
        self.providers()
            .filter(|p| p.event(event).is_some())
            .collect()
    }

    fn file(&self, provider: &Provider, name: &str) -> Option<&[u8]> {
        let entry = self
            .entries
            .iter()
            .find(|e| e.provider.name == provider.name)?;
        match &entry.files {
            Files::BuiltIn(folder) => {
                let path = format!("{}/{name}", provider.name);
                folder.get_file(path).map(|f| f.contents())
            }
            Files::Own(files) => {
                let found = files.iter().find(|(own, _)| own == name);
                found.map(|(_, bytes)| bytes.as_slice())
            }
        }
    }
}

fn key(provider: &Provider) -> (bool, &str) {
    (provider.name != DEFAULT_PROVIDER, &provider.name)
}

#[allow(
    clippy::expect_used,
    reason = "built-in files, every one read by a test"
)]
fn built_in(files: &'static Dir<'static>) -> (Provider, Files) {
    let text = files
        .get_file(files.path().join("provider.toml"))
        .and_then(|f| f.contents_utf8())
        .expect("a folder of fixtures/ has a provider.toml");
    let provider = toml::from_str(text).expect("a built-in provider.toml is well formed");
    (provider, Files::BuiltIn(files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::provider::Payload;

    #[test]
    fn every_documented_event_has_its_sample_and_its_schema() {
        let catalog = Catalog::builtin();
        let mut samples = 0;
        for provider in catalog.providers() {
            for event in &provider.events {
                assert!(
                    catalog.schema(provider, event).is_some(),
                    "{} {}",
                    provider.name,
                    event.name
                );
                let expected = event.channels.len().max(1);
                let found = catalog
                    .samples(provider)
                    .iter()
                    .filter(|s| s.event.name == event.name)
                    .count();
                assert_eq!(found, expected, "{} {}", provider.name, event.name);
                samples += found;
            }
        }
        let files: usize = FIXTURES
            .dirs()
            .flat_map(Dir::files)
            .filter(|f| f.path().to_string_lossy().ends_with(".json"))
            .filter(|f| !f.path().to_string_lossy().ends_with(".schema.json"))
            .count();
        assert_eq!(samples, files, "a sample that no provider.toml mentions");
    }

    #[test]
    fn folders_are_named_after_their_provider_and_the_default_is_first() {
        let catalog = Catalog::builtin();
        for entry in &catalog.entries {
            let Files::BuiltIn(folder) = &entry.files else {
                panic!("{entry:?}")
            };
            assert_eq!(folder.path().to_str(), Some(&*entry.provider.name));
        }
        assert_eq!(catalog.providers().next().unwrap().name, DEFAULT_PROVIDER);
    }

    #[test]
    fn an_illustrative_sample_says_so_in_its_schema() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            for event in &provider.events {
                let schema = String::from_utf8_lossy(catalog.schema(provider, event).unwrap());
                assert_eq!(
                    schema.contains("not published"),
                    event.payload == Payload::Illustrative,
                    "{} {}",
                    provider.name,
                    event.name
                );
            }
        }
    }
}
