//! `cz-hook.toml` as it is written: from text to profiles, or to the line that is wrong. Nothing is
//! looked up here, and no value is ever repeated in an error: it may be a secret.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::webhook::toml_error::TomlError;

use super::shape::{CommandLine, Headers, Literals, Patience, Texts};

/// What a file says.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// The profile in force when none is named.
    pub default_profile: Option<String>,
    /// Own fixtures for every profile that does not say otherwise.
    pub fixtures: Option<PathBuf>,
    /// Own providers for every profile that does not say otherwise.
    pub providers: Option<PathBuf>,
    /// The profiles by name.
    #[serde(rename = "profile")]
    pub profiles: BTreeMap<String, Profile>,
}

/// What a profile says.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// The provider to produce for and to expect.
    pub provider: Option<String>,
    /// The endpoint to send to.
    pub url: Option<String>,
    /// Secrets as they are.
    pub secret: Option<Literals>,
    /// Variables that hold secrets.
    pub secret_env: Option<Texts>,
    /// Files that hold secrets.
    pub secret_file: Option<Texts>,
    /// A command that prints a secret.
    pub secret_command: Option<CommandLine>,
    /// How long that command may take.
    pub secret_command_timeout: Option<Patience>,
    /// Where `listen` passes deliveries on to.
    pub forward_to: Option<Texts>,
    /// Headers that `send` adds.
    pub headers: Option<Headers>,
    /// The folder of own fixtures.
    pub fixtures: Option<PathBuf>,
    /// The folder of own providers.
    pub providers: Option<PathBuf>,
}

/// The keys that say where a secret comes from; a profile has one of them.
pub const SECRET_KEYS: [&str; 4] = ["secret", "secret_env", "secret_file", "secret_command"];

impl File {
    /// Reads a file's text.
    ///
    /// # Errors
    /// When it is no TOML, or says something that is not known.
    pub fn parse(text: &str) -> Result<Self, TomlError> {
        let file: Self = toml::from_str(text).map_err(|e| told(TomlError::new(text, &e)))?;
        for (name, profile) in &file.profiles {
            let given = profile.secret_keys();
            if given.len() > 1 {
                return Err(TomlError {
                    line: line_of_profile(text, name),
                    message: format!("profile \"{name}\" has {}", given.join(" and ")),
                    hint: "leave one: each of them takes a list while keys are rotated, but \
                        secret_command"
                        .to_owned(),
                    unknown_key: None,
                });
            }
        }
        Ok(file)
    }
}

impl Profile {
    /// Which of [`SECRET_KEYS`] it has.
    pub fn secret_keys(&self) -> Vec<&'static str> {
        let given = [
            self.secret.is_some(),
            self.secret_env.is_some(),
            self.secret_file.is_some(),
            self.secret_command.is_some(),
        ];
        let keys = SECRET_KEYS.into_iter().zip(given);
        keys.filter_map(|(key, is_given)| is_given.then_some(key))
            .collect()
    }
}

/// A key that is right in another place is told its place.
fn told(mut misread: TomlError) -> TomlError {
    let is_top = misread.hint.contains("default_profile");
    if let (Some(key), true) = (&misread.unknown_key, is_top) {
        if PROFILE_KEYS.contains(&key.as_str()) {
            misread.hint =
                format!("`{key}` belongs to a profile: write it below a line [profile.default]");
        } else if !misread.hint.starts_with("did you mean") {
            misread
                .hint
                .push_str("; a profile begins with [profile.NAME]");
        }
    }
    misread
}

const PROFILE_KEYS: [&str; 9] = [
    "provider",
    "url",
    "secret",
    "secret_env",
    "secret_file",
    "secret_command",
    "secret_command_timeout",
    "forward_to",
    "headers",
];

fn line_of_profile(text: &str, name: &str) -> usize {
    let heads = [
        format!("[profile.{name}]"),
        format!("[profile.\"{name}\"]"),
        format!("[profile.'{name}']"),
    ];
    let found = text
        .lines()
        .position(|line| heads.iter().any(|head| line.trim().starts_with(head)));
    found.map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read() {
        let file = File::parse(
            "default_profile = 'a'\n[profile.a]\nurl = 'http://h/'\nsecret_env = ['A', 'B']\n\
             headers = { X-A = 'b' }\n[profile.b]\nsecret_command = 'x | y'\nforward_to = 'http://f'\n",
        )
        .unwrap();
        let a = file.profiles.get("a").unwrap();
        assert_eq!(a.secret_env, Some(Texts(vec!["A".into(), "B".into()])));
        assert_eq!(
            a.headers,
            Some(Headers(vec![("X-A".into(), b"b".to_vec())]))
        );
        let b = file.profiles.get("b").unwrap();
        assert_eq!(b.secret_command, Some(CommandLine::Shell("x | y".into())));
        assert!(File::parse("").unwrap().profiles.is_empty());
    }

    #[test]
    fn every_mistake_has_its_line_and_its_cure_and_no_value() {
        for (text, line, hint) in [
            (
                "[profile.a]\nprovder = 'hunter2'",
                2,
                "did you mean `provider`?",
            ),
            ("url = 'hunter2'", 1, "[profile.default]"),
            (
                "[profiles.a]\nurl = 'hunter2'",
                1,
                "did you mean `profile`?",
            ),
            ("[staging]\nurl = 'hunter2'", 1, "[profile.NAME]"),
            ("[profile.a]\nsecret = 4711", 2, ""),
            ("[profile.a]\nsecret = ['hunter2', 4711]", 2, ""),
            ("[profile.a]\nsecret = ''", 2, ""),
            ("[profile.a]\nsecret_env = []", 2, ""),
            ("[profile.a]\nheaders = 'hunter2'", 2, ""),
            ("[profile.a.headers]\nX-A = \"hunter2\\u0000\"", 1, ""),
            ("[profile.a.headers]\n\"X A\" = 'hunter2'", 1, ""),
            ("[profile.a]\nsecret = 'hunter2\n", 2, ""),
            ("[profile.a]\nsecret = hunter2", 2, ""),
            ("[profile.a]\nsecret_command_timeout = 'hunter2'", 2, ""),
            (
                "\n\n[profile.a]\nsecret = 'hunter2'\nsecret_env = 'X'",
                3,
                "leave one",
            ),
            ("profile = 'hunter2'", 1, ""),
        ] {
            let found = File::parse(text).unwrap_err();
            assert_eq!(found.line, line, "{text}: {found:?}");
            assert!(found.hint.contains(hint), "{text}: {found:?}");
            let said = format!("{found:?}");
            assert!(
                !said.contains("hunter2") && !said.contains("4711"),
                "{said}"
            );
        }
    }
}
