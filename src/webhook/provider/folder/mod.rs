//! A user's own provider, as files: `provider.toml`, samples and schemas, in the shape of the built-in
//! ones. What is wrong with a description, and what is no JSON, is found when it is read, not when a delivery
//! comes.

mod check;
mod error;

use serde_json::{Value, json};

use crate::webhook::payload::bom::without_bom;
use crate::webhook::provider::{EventSpec, Provider};
use crate::webhook::suggest;
use crate::webhook::toml_error::TomlError;
use check::check;

pub use error::FolderError;

/// What every provider's folder holds.
pub const DESCRIPTION: &str = "provider.toml";
const SCHEMA: &str = ".schema.json";
const SAMPLE: &str = ".json";

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
            serde_json::from_slice::<Value>(without_bom(bytes)).map_err(|error| {
                let text = error.to_string();
                let what = text.split(" at line ").next().unwrap_or_default();
                let hint = "samples and schemas are JSON: correct the line";
                FolderError {
                    line: Some(error.line()),
                    ..self.wrong(file, format!("it is not JSON: {what}"), hint)
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
