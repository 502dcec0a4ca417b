//! The built-in providers: the description of each, its samples and its schemas, which are compressed in the binary.

use std::sync::OnceLock;

use super::Provider;
use crate::webhook::packed::unpack;

/// A provider under `fixtures/`, which is read when it is needed.
#[derive(Debug)]
pub(super) struct BuiltIn {
    name: &'static str,
    /// `provider.toml`, packed.
    description: &'static [u8],
    /// The samples and schemas, packed.
    packed: &'static [u8],
    files: OnceLock<Vec<(String, Vec<u8>)>>,
    provider: OnceLock<Box<Provider>>,
}

// The static `ALL`, made by build.rs.
include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

impl BuiltIn {
    const fn new(name: &'static str, description: &'static [u8], packed: &'static [u8]) -> Self {
        Self { name, description, packed, files: OnceLock::new(), provider: OnceLock::new() }
    }

    /// The provider of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|one| one.name == name)
    }

    #[allow(clippy::expect_used, reason = "built-in files, every one read by a test")]
    pub fn provider(&self) -> &Provider {
        self.provider.get_or_init(|| {
            let files = unpack(self.description);
            let (_, description) = files.first().expect("every provider has one");
            toml::from_slice(description).expect("a built-in provider.toml is well formed")
        })
    }

    /// A sample or a schema.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        let files = self.files.get_or_init(|| unpack(self.packed));
        let found = files.iter().find(|(own, _)| own == name);
        found.map(|(_, contents)| contents.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_fixtures_is_packed_unchanged() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut count = 0;
        for folder in std::fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path()) {
            let Some(one) = BuiltIn::named(folder.file_name().unwrap().to_str().unwrap()) else {
                assert!(folder.is_file(), "{} is not built in", folder.display());
                continue;
            };
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let contents = std::fs::read(&path).unwrap();
                let name = path.file_name().unwrap().to_str().unwrap();
                let description = unpack(one.description).remove(0);
                let packed = match name == description.0 {
                    true => Some(&description.1[..]),
                    false => one.file(name),
                };
                assert_eq!(packed, Some(&contents[..]), "{}", path.display());
                count += 1;
            }
        }
        let packed: usize = ALL.iter().map(|one| 1 + unpack(one.packed).len()).sum();
        assert_eq!(count, packed);
    }
}
