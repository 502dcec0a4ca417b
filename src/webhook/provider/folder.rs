//! What a user adds: providers as folders of files, like the built-in ones, and samples. Mistakes in a description, and
//! files that are not JSON, are found when they are read, not when a delivery comes.

use std::fmt;

use http::{HeaderName, HeaderValue};

use super::catalog::Catalog;
use super::detect::detect;
use super::extends::{Base, Changes};
use super::{Content, EventSpec, Provider};
use crate::escape::is_dangerous;
use crate::webhook::analysis::undetected;
use crate::webhook::delivery::Headers;
use crate::webhook::payload::Event;
use crate::webhook::payload::budget::Budget;
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::validate::parsed;
use crate::webhook::signature::scheme::{Algorithm, Location, Part, Scheme, TimestampSource};
use crate::webhook::suggest;
use crate::webhook::toml_error::TomlError;

/// What every provider's folder holds.
pub const DESCRIPTION: &str = "provider.toml";
const SCHEMA: &str = ".schema.json";
const SAMPLE: &str = ".json";
const FORM: &str = ".form";

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

/// A provider, the files next to its description, and the built-in provider that it extends.
type Read = (Provider, Vec<(String, Vec<u8>)>, Option<String>);

impl Folder {
    /// The provider that the files describe.
    ///
    /// # Errors
    /// When they describe none, or files are there that belong to none of its events.
    pub fn read(self) -> Result<Read, FolderError> {
        let (provider, base) = self.description()?;
        self.check_names(&provider)?;
        self.check_json()?;
        self.check_schemas()?;
        Ok((provider, self.files, base))
    }

    /// The provider, and the name of the built-in one that it extends.
    fn description(&self) -> Result<(Provider, Option<String>), FolderError> {
        let wrong = |what, hint: &str| self.wrong(DESCRIPTION, what, hint);
        let text = self.files.iter().find(|(name, _)| name == DESCRIPTION);
        let (_, text) = text.ok_or_else(|| {
            wrong(
                "it is missing".to_owned(),
                "every folder of `providers` holds one; the built-in ones are examples",
            )
        })?;
        let text = std::str::from_utf8(text)
            .map_err(|_| wrong("it is not UTF-8".to_owned(), "save it as UTF-8"))?;
        let unreadable = |error: toml::de::Error| {
            let error = TomlError::new(text, &error);
            FolderError { line: Some(error.line), ..wrong(error.message, &error.hint) }
        };
        let base = toml::from_str(text).ok().and_then(|base: Base| base.extends);
        let provider = match &base {
            None => toml::from_str(text).map_err(unreadable)?,
            Some(name) => {
                let extended = Catalog::builtin().provider(name).ok_or_else(|| {
                    let hint = "`cz-hook providers` lists those that can be extended";
                    let name: String = name.chars().take(80).collect();
                    wrong(format!("`extends` names `{name}`, which is not built in"), hint)
                })?;
                let changes: Changes = toml::from_str(text).map_err(unreadable)?;
                changes.apply(extended)
            }
        };
        check(&provider, &self.name, base.as_deref()).map_err(|(what, hint)| wrong(what, hint))?;
        Ok((provider, base))
    }

    /// Every sample and schema belongs to an event.
    fn check_names(&self, provider: &Provider) -> Result<(), FolderError> {
        let is_sample = |name: &str| name.ends_with(SAMPLE) || name.ends_with(FORM);
        for (file, _) in self.files.iter().filter(|(name, _)| is_sample(name)) {
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

    /// A schema does not make more work of a body than is useful.
    fn check_schemas(&self) -> Result<(), FolderError> {
        for (file, bytes) in self.json_files().filter(|(file, _)| file.ends_with(SCHEMA)) {
            if let Ok(schema) = parsed(bytes)
                && let Err(why) = Budget::new(&schema)
            {
                let hint = "let each part of the schema apply once: see docs/provider-toml.md";
                return Err(self.wrong(file, format!("the schema cannot be used: {why}"), hint));
            }
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
    /// The built-in providers and these.
    ///
    /// # Errors
    /// When one of the folders cannot be used.
    pub fn with(folders: Vec<Folder>) -> Result<Self, FolderError> {
        let (catalog, unusable) = Self::with_usable(folders);
        unusable.into_iter().next().map_or(Ok(catalog), Err)
    }

    /// The built-in providers and these, and why the other folders cannot be used.
    pub fn with_usable(folders: Vec<Folder>) -> (Self, Vec<FolderError>) {
        let mut catalog = Self::builtin().clone();
        let mut unusable = Vec::new();
        for folder in folders {
            match folder.read() {
                Ok((provider, files, base)) => catalog.add(provider, files, base.as_deref()),
                Err(why) => unusable.push(why),
            }
        }
        (catalog, unusable)
    }
}

fn is_of(file: &str, event: &EventSpec) -> bool {
    let rest = file.strip_prefix(event.file_stem().as_str());
    match rest.and_then(|rest| rest.strip_suffix(SAMPLE).or_else(|| rest.strip_suffix(FORM))) {
        Some("") => event.channels.is_empty(),
        Some(".schema") => true,
        Some(rest) => event.channels.iter().any(|c| rest.strip_prefix('.') == Some(c.as_str())),
        None => false,
    }
}

/// What is wrong, and what to do about it.
type Mistake = (String, &'static str);

/// Checks what the types of a description do not express.
fn check(provider: &Provider, folder: &str, base: Option<&str>) -> Result<(), Mistake> {
    let name = &provider.name;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ensure(
        !name.is_empty() && name != "auto" && name.chars().all(is_plain),
        "`name` is no name for a provider",
        "use letters, digits, `-`, `_` and `.`",
    )?;
    ensure(
        name == folder,
        &format!("`name` is `{name}`, and the folder has another name"),
        "give both the same name",
    )?;
    ensure(
        !Catalog::is_built_in(name) || base == Some(name),
        &format!("`{name}` is a built-in provider"),
        "give the folder and `name` another name; to change the built-in one, add `extends` with its name",
    )?;
    for (role, pointer) in provider.envelope.roles() {
        ensure(
            pointer.starts_with('/'),
            &format!("`{role}` in [envelope] is no JSON Pointer"),
            "it starts with a slash, such as /eventType or /message/id",
        )?;
    }
    let envelope = &provider.envelope;
    let has_mark = !envelope.keys.is_empty() || !envelope.headers.is_empty();
    ensure(
        has_mark && !provider.events.is_empty(),
        "a provider needs at least one key in its envelope and one event",
        "a body is recognised by `keys`, and every [[event]] needs its name",
    )?;
    let events = provider.events.iter();
    let mut names = events.flat_map(|event| event.channels.iter().chain([&event.name]));
    ensure(
        !names.any(|name| name.contains(is_dangerous)),
        "the name of an event or a channel holds a control character",
        "names are shown on terminals and become names of files: use plain text",
    )?;
    check_handshakes(provider)?;
    let signatures = &provider.signatures;
    let has_own_name = |scheme: &Scheme| {
        let same = signatures.iter().filter(|other| other.name == scheme.name);
        scheme.name.is_some() && same.count() == 1
    };
    ensure(
        signatures.len() < 2 || signatures.iter().all(has_own_name),
        "several signatures, and one of them has no `name` of its own",
        "give each [[signature]] a name, such as name = \"v2\"",
    )?;
    let templates = provider.headers.iter();
    let fixed = provider.events.iter().flat_map(|event| &event.headers);
    ensure(
        templates.chain(fixed).all(|(name, value)| is_header(name, value)),
        "a header in `headers` cannot be sent",
        "it is a name and a text, such as \"x-acme-delivery\" = \"{uuid}\"",
    )?;
    signatures.iter().try_for_each(check_scheme)
}

fn is_header(name: &str, value: &str) -> bool {
    HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok()
}

fn check_handshakes(provider: &Provider) -> Result<(), Mistake> {
    for (number, handshake) in provider.handshakes.iter().enumerate() {
        handshake.mistake().map_or(Ok(()), Err)?;
        let mut before = provider.handshakes.iter().take(number);
        ensure(
            !before.any(|other| other.name == handshake.name),
            &format!("two [[handshake]] tables have the name `{}`", handshake.name),
            "give each a name of its own",
        )?;
        ensure(
            !handshake.signed || provider.signs(),
            &format!(
                "`{}` in [[handshake]] is signed, and the provider does not sign",
                handshake.name
            ),
            "add [signature], or leave `signed` out",
        )?;
    }
    Ok(())
}

fn check_scheme(scheme: &Scheme) -> Result<(), Mistake> {
    ensure(
        HeaderValue::from_str(scheme.format.layout.prefix()).is_ok(),
        "`prefix` in [signature] holds a character that no header can",
        "it is what stands before the MAC, such as sha256=",
    )?;
    let mut headers = Vec::from_iter(scheme.header());
    let mut pointers = Vec::new();
    for part in &scheme.signs {
        match part {
            Part::Header(name) => headers.push(name),
            Part::Field(pointer) => pointers.push(pointer.as_str()),
            _ => {}
        }
    }
    match &scheme.location {
        Location::Header(_) => {}
        Location::Body(own) => {
            ensure(
                !scheme.covers_body() && !pointers.contains(&own.as_str()),
                "the signature is in the body, and `signs` holds the whole body",
                "name the fields that are signed, such as { body = \"/id\" }",
            )?;
            pointers.push(own);
        }
    }
    let stamp = scheme.timestamp.as_ref().map(|rule| &rule.source);
    match stamp {
        Some(TimestampSource::Header(name)) => headers.push(name),
        Some(TimestampSource::Body(pointer)) => pointers.push(pointer),
        Some(TimestampSource::Item(_)) | None => {}
    }
    headers.extend(scheme.id.as_ref().map(|rule| rule.header.as_str()));
    ensure(
        headers.iter().all(|name| HeaderName::from_bytes(name.as_bytes()).is_ok()),
        "a header in [signature] is no header name",
        "letters, digits and hyphens, such as x-acme-signature",
    )?;
    ensure(
        pointers.iter().all(|pointer| pointer.starts_with('/')),
        "a field of the body in [signature] is no JSON Pointer",
        "it starts with a slash, such as /signature/timestamp",
    )?;
    let is_part_of_body = |part: &Part| matches!(part, Part::Field(_));
    ensure(
        scheme.algorithm == Algorithm::Token
            || scheme.covers_body()
            || scheme.signs.iter().any(is_part_of_body),
        "`signs` in [signature] is without the body, so that any body would be valid",
        "add \"body\" to it, or leave `signs` out where nothing else is signed",
    )?;
    ensure(
        (scheme.algorithm == Algorithm::Sha256) == scheme.signs.contains(&Part::Secret),
        "`signs` in [signature] holds \"secret\" exactly where the algorithm is sha256",
        "a hash without the secret proves nothing, and the other algorithms already use it as the key",
    )?;
    let is_signed = match stamp {
        None => return Ok(()),
        Some(TimestampSource::Header(stamp)) => scheme
            .signs
            .iter()
            .any(|part| matches!(part, Part::Header(name) if name.eq_ignore_ascii_case(stamp))),
        Some(TimestampSource::Item(stamp)) => scheme.signs.contains(&Part::Item(stamp.clone())),
        Some(TimestampSource::Body(stamp)) => {
            scheme.covers_body() || scheme.signs.contains(&Part::Field(stamp.clone()))
        }
    };
    let stamp = match stamp {
        Some(
            TimestampSource::Header(name)
            | TimestampSource::Item(name)
            | TimestampSource::Body(name),
        ) => name,
        None => "",
    };
    ensure(
        is_signed,
        &format!(
            "`timestamp` in [signature] names {stamp}, which `signs` does not: anyone could change it"
        ),
        "put { header = \"…\" } with its name into `signs`, or leave `timestamp` out",
    )
}

fn ensure(is_right: bool, what: &str, hint: &'static str) -> Result<(), Mistake> {
    is_right.then_some(()).ok_or_else(|| (what.to_owned(), hint))
}

/// A user's own sample: a body in some provider's envelope, named after its file. Unlike a provider's samples it
/// documents nothing, so nothing is validated against it.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Its name: that of its file without `.json`.
    pub name: String,
    /// The provider whose envelope its body has.
    pub provider: &'static Provider,
    /// What its body says of itself.
    pub event: Event,
    /// The file's content.
    pub json: Vec<u8>,
    /// The file, to name it.
    pub path: String,
}

impl Fixture {
    /// Reads a body. It belongs to the detected provider, or to `otherwise` when none or more than one is possible.
    ///
    /// # Errors
    /// When it is not JSON, or no provider is detected.
    pub fn read(
        catalog: &'static Catalog,
        name: &str,
        path: String,
        json: Vec<u8>,
        otherwise: Option<&'static Provider>,
    ) -> Result<Self, String> {
        let body = parse_body(&json).map_err(|why| format!("it is not JSON: {why}"))?;
        let content = Content::Json(body.root());
        let found = detect(catalog, &Headers::default(), &content);
        let provider = found
            .provider
            .or(otherwise)
            .ok_or_else(|| format!("the provider cannot be recognised: {}", undetected(&found)))?;
        Ok(Self {
            name: name.to_owned(),
            provider,
            event: Event::read(provider, &Headers::default(), &content),
            json,
            path,
        })
    }

    /// The one of this name.
    pub fn named<'f>(all: &'f [Self], name: &str) -> Option<&'f Self> {
        all.iter().find(|fixture| fixture.name == name)
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
        let others = others.iter().map(|name| (*name, "{}"));
        let files = others.chain([(DESCRIPTION, text)]);
        let files = files.map(|(name, text)| (name.to_owned(), text.into()));
        let (name, files) = ("acme".to_owned(), files.collect());
        Folder { name, files }.read()
    }

    #[test]
    fn a_folder_is_a_provider_with_its_files() {
        let (provider, files, _) = read(ACME, &["paid.json"]).unwrap();
        assert_eq!(provider.scheme().unwrap().header(), Some("x-acme"));
        assert!(files.iter().any(|(name, _)| name == "paid.json"));
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
            (with("title", "titel"), "line 2: there is no key `titel` here did you mean `title`?"),
            (with("'acme'", "'acne'"), "another name"),
            (with("'acme'", "'a/b'"), "no name"),
            (with("'/kind'", "'kind'"), "JSON Pointer"),
            (with("'X-Acme'", "'X Acme'"), "header name"),
            (with("'paid'", "\"paid\\u001b[2J\""), "control character"),
            (with("summary", "channels = [\"web\\u202e\"]\nsummary"), "control character"),
            (with("['kind']", "[]"), "at least one key"),
            (with("[envelope]", "signs = []\n[envelope]"), "without the body"),
            (with("[envelope]", "signs = [{header = 'x-t'}]\n[envelope]"), "without the body"),
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
            (said(ACME, &["paid.web.json"]), "paid.web.json it belongs to no event"),
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
        assert!(error.to_string().contains("not JSON: trailing comma"), "{error}");
        let built_in = Folder {
            name: "chatbase".into(),
            files: vec![(DESCRIPTION.into(), ACME.replace("acme", "chatbase").into())],
        };
        assert!(built_in.read().unwrap_err().message.contains("built-in"));
    }

    #[test]
    fn a_fixture_belongs_to_the_provider_that_its_body_fits() {
        let catalog = Catalog::builtin();
        let read = |json: &str, otherwise| {
            Fixture::read(catalog, "vip", "vip.json".into(), json.into(), otherwise)
        };
        let found = read(r#"{"eventType":"lead.submit","agentId":"a","payload":{}}"#, None);
        let found = found.unwrap();
        assert_eq!(found.provider.name, "chatzuri");
        assert_eq!(found.event.name.as_deref(), Some("lead.submit"));
        let first = catalog.providers().next();
        assert_eq!(read("{}", first).unwrap().provider.name, "chatzuri");
        assert!(read("{}", None).is_err());
        assert!(read("{", first).unwrap_err().contains("not JSON"));
    }
}
