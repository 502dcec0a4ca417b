//! A user's own provider as files: `provider.toml`, samples and schemas, like the built-in ones. Mistakes in a
//! description, and files that are not JSON, are found when the folder is read, not when a delivery comes.

use std::fmt;

use http::{HeaderName, HeaderValue};
use serde_json::json;

use super::catalog::{Catalog, Files};
use crate::escape::is_dangerous;
use crate::webhook::payload::json::parse_body;
use crate::webhook::provider::{EventSpec, Provider};
use crate::webhook::signature::scheme::{Part, Scheme};
use crate::webhook::suggest;
use crate::webhook::toml_error::TomlError;

/// What every provider's folder holds.
pub const DESCRIPTION: &str = "provider.toml";
const SCHEMA: &str = ".schema.json";
const SAMPLE: &str = ".json";

/// Why a folder describes no provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderError {
    /// The folder's name.
    pub folder: String,
    /// The file in it.
    pub file: String,
    /// The line, if it is one line's fault.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// The files of one folder.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder's own name.
    pub name: String,
    /// Its files, by name.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A provider and the files beside its description.
type Read = (Provider, Vec<(String, Vec<u8>)>);

impl Folder {
    /// The provider that the files describe. An event without a schema gets one that asks for the
    /// envelope's keys.
    ///
    /// # Errors
    /// When they describe none, or files are there that belong to none of its events.
    pub fn read(self) -> Result<Read, FolderError> {
        let provider = self.description()?;
        self.check_names(&provider)?;
        self.check_json()?;
        let mut files = self.files;
        for event in &provider.events {
            let name = format!("{}{SCHEMA}", event.name);
            if !files.iter().any(|(file, _)| *file == name) {
                files.push((name, envelope_only(&provider)));
            }
        }
        Ok((provider, files))
    }

    fn description(&self) -> Result<Provider, FolderError> {
        let wrong = |what, hint: &str| self.wrong(DESCRIPTION, what, hint);
        let text = self.files.iter().find(|(name, _)| name == DESCRIPTION);
        let (_, text) = text.ok_or_else(|| {
            wrong(
                "it is not there".to_owned(),
                "every folder of `providers` holds one; the built-in ones are examples",
            )
        })?;
        let text = std::str::from_utf8(text)
            .map_err(|_| wrong("it is not UTF-8".to_owned(), "save it as UTF-8"))?;
        let mut provider: Provider = toml::from_str(text).map_err(|error| {
            let misread = TomlError::new(text, &error);
            FolderError {
                line: Some(misread.line),
                ..wrong(misread.message, &misread.hint)
            }
        })?;
        check(&mut provider, &self.name).map_err(|(what, hint)| wrong(what, &hint))?;
        Ok(provider)
    }

    /// Every sample and schema belongs to an event.
    fn check_names(&self, provider: &Provider) -> Result<(), FolderError> {
        for (file, _) in self.json_files() {
            if !provider.events.iter().any(|event| is_of(file, event)) {
                let names = provider.events.iter().map(|e| e.name.as_str());
                let hint = match suggest::nearest(file.trim_end_matches(SAMPLE), names) {
                    Some(near) => format!("is it meant for `{near}`?"),
                    None => format!("{DESCRIPTION} has to name its event, and its channel"),
                };
                return Err(self.wrong(file, "it belongs to no event".to_owned(), &hint));
            }
        }
        Ok(())
    }

    fn check_json(&self) -> Result<(), FolderError> {
        for (file, bytes) in self.json_files() {
            parse_body(bytes).map_err(|error| {
                let hint = "samples and schemas are JSON: correct the line";
                FolderError {
                    line: Some(error.line),
                    ..self.wrong(file, format!("it is not JSON: {}", error.reason), hint)
                }
            })?;
        }
        Ok(())
    }

    fn json_files(&self) -> impl Iterator<Item = &(String, Vec<u8>)> {
        let files = self.files.iter();
        files.filter(|(name, _)| name.ends_with(SAMPLE))
    }

    fn wrong(&self, file: &str, what: String, hint: &str) -> FolderError {
        FolderError {
            folder: self.name.clone(),
            file: file.to_owned(),
            line: None,
            message: what,
            hint: hint.to_owned(),
        }
    }
}

impl Catalog {
    /// The built-in providers and these beside them.
    ///
    /// # Errors
    /// When one of the folders describes no provider, or one that exists already.
    pub fn with(folders: Vec<Folder>) -> Result<Self, FolderError> {
        let mut catalog = Self::builtin().clone();
        for folder in folders {
            let (provider, files) = folder.read()?;
            catalog.add(provider, Files::Own(files));
        }
        Ok(catalog)
    }
}

fn is_of(file: &str, event: &EventSpec) -> bool {
    let Some(rest) = file.strip_prefix(event.name.as_str()) else {
        return false;
    };
    match rest.strip_suffix(SAMPLE) {
        Some("") => event.channels.is_empty(),
        Some(".schema") => true,
        Some(rest) => rest
            .strip_prefix('.')
            .is_some_and(|channel| event.channels.iter().any(|c| c == channel)),
        None => false,
    }
}

fn envelope_only(provider: &Provider) -> Vec<u8> {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "Only the envelope: this event has no schema of its own.",
        "type": "object",
        "required": provider.envelope.keys,
    });
    schema.to_string().into_bytes()
}

/// Checks what the types of a description do not express, and lowers the case of its signature's header: `(what,
/// hint)` of a mistake.
fn check(provider: &mut Provider, folder: &str) -> Result<(), (String, String)> {
    let name = &provider.name;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name == "auto" || !name.chars().all(is_plain) {
        return Err((
            "`name` is no name for a provider".to_owned(),
            "use letters, digits, `-`, `_` and `.`".to_owned(),
        ));
    }
    if name != folder {
        return Err((
            format!("`name` is `{name}`, and the folder has another name"),
            "give both the same name".to_owned(),
        ));
    }
    if Catalog::is_built_in(name) {
        return Err((
            format!("`{name}` is a built-in provider, which cannot be replaced"),
            "give the folder and `name` another name".to_owned(),
        ));
    }
    for (role, pointer) in provider.envelope.roles() {
        if !pointer.starts_with('/') {
            return Err((
                format!("`{role}` in [envelope] is no JSON Pointer"),
                "it starts with a slash, such as /eventType or /message/id".to_owned(),
            ));
        }
    }
    if provider.envelope.keys.is_empty() || provider.events.is_empty() {
        return Err((
            "a provider needs at least one key in its envelope and one event".to_owned(),
            "a body is recognised by `keys`, and every [[event]] needs its name".to_owned(),
        ));
    }
    for event in &provider.events {
        if event
            .channels
            .iter()
            .chain([&event.name])
            .any(|n| n.contains(is_dangerous))
        {
            return Err((
                "the name of an event or a channel holds a control character".to_owned(),
                "names are shown on terminals and become names of files: use plain text".to_owned(),
            ));
        }
    }
    match &mut provider.signature {
        Some(scheme) => check_headers(scheme).and_then(|()| check_signed(scheme)),
        None => Ok(()),
    }
}

fn check_headers(scheme: &mut Scheme) -> Result<(), (String, String)> {
    if HeaderValue::from_str(scheme.format.layout.prefix()).is_err() {
        return Err((
            "`prefix` in [signature] holds a character that no header can".to_owned(),
            "it is what stands before the MAC, such as sha256=".to_owned(),
        ));
    }
    scheme.header.make_ascii_lowercase();
    let signed = scheme.signs.iter().filter_map(|part| match part {
        Part::Header(name) => Some(name),
        Part::Body | Part::Text(_) => None,
    });
    let stamped = scheme.timestamp.iter().map(|rule| &rule.header);
    for name in signed.chain(stamped).chain([&scheme.header]) {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err((
                "a header in [signature] is no header name".to_owned(),
                "letters, digits and hyphens, such as x-acme-signature".to_owned(),
            ));
        }
    }
    Ok(())
}

/// A signature has to cover the body, and the time that is checked.
fn check_signed(scheme: &Scheme) -> Result<(), (String, String)> {
    if !scheme.signs.contains(&Part::Body) {
        return Err((
            "`signs` in [signature] is without the body, so that any body would be valid"
                .to_owned(),
            "add \"body\" to it, or leave `signs` out where nothing else is signed".to_owned(),
        ));
    }
    let is_signed = |header: &String| {
        let mut parts = scheme.signs.iter();
        parts.any(|part| matches!(part, Part::Header(name) if name.eq_ignore_ascii_case(header)))
    };
    match &scheme.timestamp {
        Some(rule) if !is_signed(&rule.header) => Err((
            format!(
                "`timestamp` in [signature] names {}, which `signs` does not: anybody could change it",
                rule.header
            ),
            "put { header = \"…\" } with its name into `signs`, or leave `timestamp` out"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: &str = "name = 'acme'\ntitle = 'Acme'\ndocument = 'a page'\n\
        [signature]\nheader = 'X-Acme'\nalgorithm = 'hmac-sha256'\nencoding = 'hex'\n\
        [envelope]\nkeys = ['kind']\nevent = '/kind'\nagent = '/agent'\ndata = '/data'\n\
        [[event]]\nname = 'paid'\nsummary = 's'\npayload = 'documented'\n";

    fn read(text: &str, others: &[&str]) -> Result<Read, FolderError> {
        let mut files = vec![(DESCRIPTION.to_owned(), text.as_bytes().to_vec())];
        files.extend(
            others
                .iter()
                .map(|name| ((*name).to_owned(), b"{}".to_vec())),
        );
        let name = "acme".to_owned();
        Folder { name, files }.read()
    }

    #[test]
    fn a_folder_is_a_provider_with_a_schema_for_each_event() {
        let (provider, files) = read(ACME, &["paid.json"]).unwrap();
        assert_eq!(provider.signature.unwrap().header, "x-acme");
        assert!(files.iter().any(|(name, _)| name == "paid.schema.json"));
    }

    #[test]
    fn a_signed_timestamp_may_be_written_in_any_case() {
        let rules = "signs = [{header = 'X-T'}, 'body']\n\
            timestamp = {header = 'x-t', tolerance_seconds = 1}\n[envelope]";
        read(&ACME.replacen("[envelope]", rules, 1), &[]).unwrap();
    }

    #[test]
    fn what_is_wrong_is_named() {
        let said = |text: &str, others: &[&str]| {
            let error = read(text, others).unwrap_err();
            format!("{} {error} {}", error.file, error.hint)
        };
        let with = |from: &str, to: &str| said(&ACME.replacen(from, to, 1), &[]);
        for (found, expected) in [
            (
                with("title", "titel"),
                "line 2: there is no key `titel` here did you mean `title`?",
            ),
            (with("'acme'", "'acne'"), "another name"),
            (with("'acme'", "'a/b'"), "no name"),
            (with("'/kind'", "'kind'"), "JSON Pointer"),
            (with("'X-Acme'", "'X Acme'"), "header name"),
            (with("'paid'", "\"paid\\u001b[2J\""), "control character"),
            (
                with("summary", "channels = [\"web\\u202e\"]\nsummary"),
                "control character",
            ),
            (with("['kind']", "[]"), "at least one key"),
            (
                with("[envelope]", "signs = []\n[envelope]"),
                "without the body",
            ),
            (
                with("[envelope]", "signs = [{header = 'x-t'}]\n[envelope]"),
                "without the body",
            ),
            (
                with(
                    "[envelope]",
                    "timestamp = {header = 'x-t', tolerance_seconds = 1}\n[envelope]",
                ),
                "names x-t, which `signs` does not",
            ),
            (
                said(ACME, &["payed.json"]),
                "payed.json it belongs to no event is it meant for `paid`?",
            ),
            (
                said(ACME, &["paid.web.json"]),
                "paid.web.json it belongs to no event",
            ),
        ] {
            assert!(found.contains(expected), "{found}");
        }
        let mut files = vec![(DESCRIPTION.to_owned(), ACME.as_bytes().to_vec())];
        for (name, bytes) in [
            ("paid.json", &b"\xef\xbb\xbf{}"[..]),
            ("paid.schema.json", b"{\n  \"type\": \"object\",\n}"),
        ] {
            files.push((name.to_owned(), bytes.to_vec()));
        }
        let name = "acme".to_owned();
        let error = Folder { name, files }.read().unwrap_err();
        assert_eq!((&*error.file, error.line), ("paid.schema.json", Some(3)));
        assert!(
            error.to_string().contains("not JSON: trailing comma"),
            "{error}"
        );
        let built_in = Folder {
            name: "chatbase".into(),
            files: vec![(DESCRIPTION.into(), ACME.replace("acme", "chatbase").into())],
        };
        assert!(built_in.read().unwrap_err().message.contains("built-in"));
    }
}
