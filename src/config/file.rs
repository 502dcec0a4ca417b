//! `cz-hook.toml`: its profiles and the types of their values, or the line that is wrong. No error repeats a value, which
//! may be a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::escape;
use crate::webhook::toml_error::TomlError;

pub const FILE_NAME: &str = "cz-hook.toml";
/// The variable that names a file.
pub const VARIABLE: &str = "CZ_HOOK_CONFIG";

/// Why a file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// The user named it, with a flag or a variable.
    Named,
    /// It was found in the working directory or above it.
    Project,
    /// It is in the user's own configuration.
    User,
}

/// A path, escaped: the names in a cloned project are untrusted.
pub fn printable(path: &Path) -> String {
    escape::line(path.display().to_string().as_bytes())
}

/// A `cz-hook.toml` that was found and read.
pub struct ConfigFile {
    pub path: PathBuf,
    pub origin: FileOrigin,
    pub is_readable_by_others: bool,
    pub contents: Contents,
    /// Set for a found file that the user has not trusted.
    pub untrusted: Option<Untrusted>,
    /// Only the choice of built-in providers remains in `contents`.
    pub is_limited: bool,
}

/// The effects on a file that is not trusted.
pub struct Untrusted {
    /// Continues a sentence that begins with the path: `is not trusted`.
    pub reason: String,
    /// The keys that are ignored.
    pub ignored: BTreeSet<String>,
    /// The profiles that have such a key.
    pub limited: BTreeSet<String>,
    /// It links to a file outside of its folder, which is not read.
    pub is_outside: bool,
}

impl ConfigFile {
    /// The folder that the file's relative paths start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The path to read for a file or folder that this file names. One that a project's file names must be inside the
    /// project, links followed, and is read at its real path.
    pub fn inside(&self, path: &Path) -> Result<PathBuf, Error> {
        if self.origin != FileOrigin::Project {
            return Ok(path.to_owned());
        }
        let real = |path: &Path| fs::canonicalize(path).map_err(|e| Error::reading(path, &e));
        let found = real(path)?;
        if found.starts_with(real(self.folder())?) {
            return Ok(found);
        }
        let file = printable(&self.path);
        Err(Error::usage(
            format!("{file} names {}, which is outside of its project", printable(path)),
            format!("move it into the project, or name the file yourself: --config {file}"),
        ))
    }

    /// The one line that says what is ignored, if anything is.
    pub fn security_note(&self) -> Option<String> {
        let untrusted = self.untrusted.as_ref()?;
        let keys: Vec<&str> = untrusted.ignored.iter().map(String::as_str).collect();
        let what = match &keys[..] {
            [] if untrusted.is_outside => "it is ignored".to_owned(),
            [] => return None,
            [one] => format!("its {one} is ignored"),
            [all @ .., last] => format!("its {} and {last} are ignored", all.join(", ")),
        };
        let path = printable(&self.path);
        Some(format!("{path} {}, so {what}: read it, then run `cz-hook trust`", untrusted.reason))
    }

    /// Ignores everything but the choice of providers, unless the file is trusted.
    pub fn limit(&mut self) {
        self.is_limited = self.untrusted.is_some();
        if !self.is_limited {
            return;
        }
        let contents = std::mem::take(&mut self.contents);
        let profiles = contents.profiles.into_iter();
        let limited =
            |profile: Profile| Profile { provider: profile.provider, ..Profile::default() };
        self.contents.profiles = profiles.map(|(name, profile)| (name, limited(profile))).collect();
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Contents {
    /// The profile to use when none is named.
    pub default_profile: Option<String>,
    /// The folder of custom fixtures, for every profile without its own.
    pub fixtures: Option<PathBuf>,
    /// The folder of custom providers, for every profile without its own.
    pub providers: Option<PathBuf>,
    #[serde(rename = "profile")]
    pub profiles: BTreeMap<String, Profile>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// The provider to produce for and to expect.
    pub provider: Option<String>,
    pub url: Option<String>,
    /// Secrets, literally.
    pub secret: Option<SecretList>,
    /// Variables that hold secrets.
    pub secret_env: Option<OneOrMany>,
    /// Files that hold secrets.
    pub secret_file: Option<OneOrMany>,
    /// A command that prints a secret.
    pub secret_command: Option<CommandLine>,
    /// How long that command may take.
    #[serde(deserialize_with = "duration_value")]
    pub secret_command_timeout: Option<Duration>,
    /// What the verify token of a handshake is.
    pub verify_token: Option<SecretText>,
    /// Where `listen` forwards deliveries to.
    pub forward_to: Option<OneOrMany>,
    pub headers: Option<Headers>,
    /// The URL that providers send to, where they sign it.
    pub public_url: Option<String>,
    /// Values that providers sign in addition to the request, by name.
    pub settings: Option<BTreeMap<String, String>>,
    pub fixtures: Option<PathBuf>,
    pub providers: Option<PathBuf>,
}

const PROFILE_KEYS: [&str; 12] = [
    "provider",
    "url",
    "secret",
    "secret_env",
    "secret_file",
    "secret_command",
    "secret_command_timeout",
    "verify_token",
    "forward_to",
    "headers",
    "public_url",
    "settings",
];

impl Contents {
    pub fn read(text: &str, path: &Path) -> Result<Self, Error> {
        Self::parse(text).map_err(|error| {
            let (path, line) = (printable(path), error.line);
            let message = escape::line(error.message.as_bytes());
            Error::usage(
                format!("{path}, line {line}: {message}"),
                escape::line(error.hint.as_bytes()),
            )
        })
    }

    pub fn parse(text: &str) -> Result<Self, TomlError> {
        let contents: Self =
            toml::from_str(text).map_err(|e| with_place(TomlError::new(text, &e)))?;
        for (name, profile) in &contents.profiles {
            let keys = profile.secret_keys();
            if keys.len() > 1 {
                return Err(TomlError {
                    line: line_of_profile(text, name),
                    message: format!("profile \"{name}\" has {}", keys.join(" and ")),
                    hint:
                        "leave one; all of them except secret_command take a list for key rotation"
                            .to_owned(),
                    unknown_key: None,
                });
            }
        }
        Ok(contents)
    }
}

/// The keys of a file that need trust, and the profiles that have one.
pub fn keys_that_need_trust(text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    type Keys = BTreeMap<String, IgnoredAny>;
    #[derive(Default, serde::Deserialize)]
    struct Profiles {
        #[serde(default)]
        profile: BTreeMap<String, Keys>,
    }
    // Read as names alone, so that new keys are among them, and no value is kept.
    let top: Keys = toml::from_str(text).unwrap_or_default();
    let profiles: Profiles = toml::from_str(text).unwrap_or_default();
    let mut keys: BTreeSet<String> = top.into_keys().filter(|key| key != "profile").collect();
    let mut limited = BTreeSet::new();
    for (name, mut profile) in profiles.profile {
        profile.remove("provider");
        if !profile.is_empty() {
            limited.insert(name);
        }
        keys.extend(profile.into_keys());
    }
    (keys, limited)
}

impl Profile {
    /// The keys that say where a secret comes from; at most one of them is allowed.
    pub fn secret_keys(&self) -> Vec<&'static str> {
        let keys = [
            ("secret", self.secret.is_some()),
            ("secret_env", self.secret_env.is_some()),
            ("secret_file", self.secret_file.is_some()),
            ("secret_command", self.secret_command.is_some()),
        ];
        keys.into_iter().filter_map(|(key, is_given)| is_given.then_some(key)).collect()
    }
}

/// Adds to an unknown key's error where that key belongs.
fn with_place(mut error: TomlError) -> TomlError {
    let is_top = error.hint.contains("default_profile");
    if let (Some(key), true) = (&error.unknown_key, is_top) {
        if PROFILE_KEYS.contains(&key.as_str()) {
            error.hint =
                format!("`{key}` belongs to a profile: write it below a line [profile.default]");
        } else if !error.hint.starts_with("did you mean") {
            error.hint.push_str("; a profile begins with [profile.NAME]");
        }
    }
    error
}

fn line_of_profile(text: &str, name: &str) -> usize {
    let heads = [
        format!("[profile.{name}]"),
        format!("[profile.\"{name}\"]"),
        format!("[profile.'{name}']"),
    ];
    let found =
        text.lines().position(|line| heads.iter().any(|head| line.trim().starts_with(head)));
    found.map_or(1, |at| at + 1)
}

/// A string, or a list of at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOrMany(pub Vec<String>);

/// A secret, or a list of at least one. Without `Debug`, so that no output shows them.
pub struct SecretList(pub Vec<Zeroizing<String>>);

/// A secret text. Without `Debug`, so that no output shows it.
#[derive(serde::Deserialize)]
#[serde(from = "String")]
pub struct SecretText(pub Zeroizing<String>);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

/// A program with its arguments, or a line for the system's shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    Shell(String),
    Program(Vec<String>),
}

/// Header lines by name. Without `Debug`, as values may be secrets.
#[derive(serde::Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Headers(pub Vec<(String, Vec<u8>)>);

/// Reads a duration: `30s`, `500ms`, `1m30s`, or seconds without a unit.
///
/// # Errors
/// When it is no duration, or not greater than zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let invalid = || "expected a time such as 30s, 500ms or 2m".to_owned();
    let duration = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| invalid())?,
        Err(_) => {
            let signed: jiff::SignedDuration = text.parse().map_err(|_| invalid())?;
            signed.try_into().map_err(|_| invalid())?
        }
    };
    if duration.is_zero() {
        return Err("expected a time greater than zero".to_owned());
    }
    // Clocks add it to now, which must not overflow; nothing waits for a century.
    Ok(duration.min(Duration::from_secs(100 * 365 * 86_400)))
}

/// Reads a header line, `Name: value`. The value may be empty.
///
/// # Errors
/// When the name or the value cannot be sent.
pub fn header(text: &str) -> Result<(String, Vec<u8>), String> {
    let (name, value) =
        text.split_once(':').ok_or("there is no colon; write it as 'Name: value'")?;
    http::HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| "the text before the colon is not a header name; write it as 'Name: value'")?;
    let value = value.trim();
    http::HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| "the value contains a character that a header cannot have".to_owned())?;
    Ok((name.to_owned(), value.as_bytes().to_vec()))
}

/// Splits an entry of `forward_to` into the event, if it names one, and the URL: `EVENT=URL` or `URL`.
pub fn split_route(text: &str) -> (Option<&str>, &str) {
    match text.split_once('=') {
        // A URL may have `=` in its query.
        Some((event, url)) if !event.contains("://") => (Some(event), url),
        _ => (None, text),
    }
}

impl TryFrom<BTreeMap<String, String>> for Headers {
    type Error = String;

    fn try_from(map: BTreeMap<String, String>) -> Result<Self, String> {
        let read = map.into_iter().map(|(name, value)| {
            header(&format!("{name}: {value}"))
                .ok()
                .filter(|(read, _)| *read == name)
                .ok_or_else(|| "a header's name or value cannot be sent".to_owned())
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(from.deserialize_any(OneOrManyVisitor)?.0))
    }
}

impl<'de> Deserialize<'de> for SecretList {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (texts, _) = from.deserialize_any(OneOrManyVisitor)?;
        Ok(Self(texts.into_iter().map(Zeroizing::new).collect()))
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match from.deserialize_any(OneOrManyVisitor)? {
            (mut texts, false) => Self::Shell(texts.pop().unwrap_or_default()),
            (texts, true) => Self::Program(texts),
        })
    }
}

fn duration_value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    duration(&text).map(Some).map_err(de::Error::custom)
}

/// Reads a string or a list of strings, and whether it was a list.
struct OneOrManyVisitor;

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = (Vec<String>, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string in quotes, or a list of them")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "" => Err(E::custom("an empty string is not allowed")),
            text => Ok((vec![text.to_owned()], false)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut texts: Vec<String> = Vec::new();
        while let Some(text) = seq.next_element::<String>()? {
            if text.is_empty() && texts.is_empty() {
                return Err(de::Error::custom("an empty string is not allowed"));
            }
            texts.push(text);
        }
        if texts.is_empty() {
            return Err(de::Error::custom("an empty list is not allowed"));
        }
        Ok((texts, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read() {
        let file = Contents::parse(
            "default_profile = 'a'\n[profile.a]\nurl = 'http://h/'\nsecret_env = ['A', 'B']\n\
             headers = { X-A = 'b' }\n[profile.b]\nsecret_command = 'x | y'\nforward_to = 'http://f'\n",
        )
        .unwrap();
        let a = file.profiles.get("a").unwrap();
        assert_eq!(a.secret_env, Some(OneOrMany(vec!["A".into(), "B".into()])));
        assert_eq!(a.headers.as_ref().unwrap().0, [("X-A".into(), b"b".to_vec())]);
        let b = file.profiles.get("b").unwrap();
        assert_eq!(b.secret_command, Some(CommandLine::Shell("x | y".into())));
        assert!(Contents::parse("").unwrap().profiles.is_empty());
    }

    #[test]
    fn every_error_names_its_line_and_a_fix_and_repeats_no_value() {
        for (text, line, hint) in [
            ("[profile.a]\nprovder = 'hunter2'", 2, "did you mean `provider`?"),
            ("url = 'hunter2'", 1, "[profile.default]"),
            ("[profiles.a]\nurl = 'hunter2'", 1, "did you mean `profile`?"),
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
            ("\n\n[profile.a]\nsecret = 'hunter2'\nsecret_env = 'X'", 3, "leave one"),
            ("profile = 'hunter2'", 1, ""),
        ] {
            let found = Contents::parse(text).err().unwrap();
            assert_eq!(found.line, line, "{text}: {found:?}");
            assert!(found.hint.contains(hint), "{text}: {found:?}");
            let said = format!("{found:?}");
            assert!(!said.contains("hunter2") && !said.contains("4711"), "{said}");
        }
    }

    #[test]
    fn durations_have_units_or_are_seconds() {
        for (text, ms) in
            [("30s", 30_000), ("500ms", 500), ("2m", 120_000), ("1m30s", 90_000), ("1.5", 1_500)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "0", "-1", "-5s", "soon", "NaN", "1e400"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(duration("1e300").is_err());
        assert!(duration("999999999999s").is_ok());
    }

    #[test]
    fn headers_need_a_colon_and_a_name() {
        assert_eq!(header("X-A:  b:c "), Ok(("X-A".into(), b"b:c".to_vec())));
        for text in ["X-A", ": b", "X A: b", "X-A: b\nc"] {
            assert!(header(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_equals_sign_in_a_query_names_no_event() {
        assert_eq!(split_route("http://h/?a=b"), (None, "http://h/?a=b"));
        assert_eq!(
            split_route("lead.submit=http://h/?a=b"),
            (Some("lead.submit"), "http://h/?a=b")
        );
    }

    #[test]
    fn everything_but_a_provider_needs_trust() {
        let of = |text: &str| {
            let (keys, limited) = keys_that_need_trust(text);
            (Vec::from_iter(keys).join(" "), Vec::from_iter(limited).join(" "))
        };
        assert_eq!(
            of("[profile.a]\nprovider = 'p'\n[profile.b]\n"),
            (String::new(), String::new())
        );
        let (keys, limited) =
            of("default_profile = 'a'\nfixtures = 'f'\n[profile.a]\nprovider = 'p'\n\
             [profile.b]\nurl = 'u'\n[profile.b.headers]\nX = 'y'\n");
        assert_eq!(
            (keys.as_str(), limited.as_str()),
            ("default_profile fixtures headers url", "b")
        );
    }
}
