//! The libraries that verify deliveries of a provider: data, from `examples/libraries.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use super::code::Refusal;
use super::stacks::Stack;

/// The verification of one provider's deliveries in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Library {
    provider: String,
    language: String,
    /// The package, as its package manager names it.
    pub package: String,
    /// The environment variables that it needs in addition to the secret.
    #[serde(default)]
    pub settings: Vec<String>,
    pub imports: String,
    pub verify: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    library: Vec<Library>,
}

fn all() -> &'static [Library] {
    static ALL: OnceLock<Vec<Library>> = OnceLock::new();
    ALL.get_or_init(|| {
        let text = include_str!("../../examples/libraries.toml");
        toml::from_str::<File>(text).map(|file| file.library).unwrap_or_default()
    })
}

/// The library for a provider on a stack.
///
/// # Errors
/// When there is none.
pub(super) fn find(stack: &Stack, provider: &str) -> Result<&'static Library, Refusal> {
    let language = stack.language.name();
    let of_language: Vec<_> =
        all().iter().filter(|one| stack.has_packages && one.language == language).collect();
    if let Some(found) = of_language.iter().find(|one| one.provider == provider) {
        return Ok(found);
    }
    let known: Vec<_> = of_language.iter().map(|one| one.provider.as_str()).collect();
    Err(Refusal::new(
        format!("no library for `{provider}` is known for `{}`", stack.name),
        match known.is_empty() {
            true => {
                "omit --library; express, fastify, nextjs, flask, fastapi and django have libraries"
                    .to_owned()
            }
            false => format!("omit --library, or take one of: {}", known.join(", ")),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::provider::catalog::Catalog;

    #[test]
    fn every_library_is_of_a_provider_and_a_language() {
        assert!(all().len() > 15);
        for library in all() {
            assert!(Catalog::builtin().provider(&library.provider).is_some(), "{library:?}");
            assert!(["JavaScript", "Python"].contains(&library.language.as_str()), "{library:?}");
        }
    }
}
