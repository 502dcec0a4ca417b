//! `cz-hook config`: the effective settings and the source of each, without the values of secrets. `cz-hook init`: a
//! commented `cz-hook.toml` to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use bytes::Bytes;
use serde::Serialize;

use crate::config::file::{FILE_NAME, printable};
use crate::config::listing::{self, SearchedFile, Setting, Source};
use crate::config::{self, ConfigOptions, SecretOptions, Settings, UntrustedFile};
use crate::error::{self, Error, Exit};
use crate::escape;
use crate::http::Endpoint;
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::Event;
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::validate::{Validity, validate};
use crate::webhook::provider::{Content, Provider};

use super::listen::parse_endpoints;

#[derive(Debug)]
pub struct ShowConfigOptions {
    pub check: bool,
    pub json: bool,
}

pub fn run(
    options: &ShowConfigOptions,
    config: &ConfigOptions,
    console: &Console,
) -> Result<Exit, Error> {
    let settings = &Settings::load_as(config, UntrustedFile::Show)?;
    if let Some(note) = settings.security_note() {
        console.security_note(&note);
    }
    let all = listing::settings(settings);
    let files = listing::files(settings);
    if options.json {
        let mut lines: Vec<u8> = all.iter().flat_map(|one| json_line::line(&line(one))).collect();
        lines.extend(files.iter().flat_map(|file| {
            json_line::line(&FileLine {
                path: &file.path,
                state: file.state,
                trusted: file.trusted,
            })
        }));
        console.print(&lines)?;
    } else {
        console.print(human(&all, &files, settings, console).as_bytes())?;
    }
    if options.check {
        check(&Settings::load_as(config, UntrustedFile::Check)?, console)?;
    }
    Ok(Exit::Success)
}

fn human(
    all: &[Setting],
    files: &[SearchedFile],
    settings: &Settings,
    console: &Console,
) -> String {
    let rows = all.iter().map(|one| {
        let mut value = one.value.clone().unwrap_or_else(|| "-".to_owned());
        if one.name == "provider" && one.source == Source::Default {
            value.push_str(" (auto when receiving)");
        }
        [one.name, &value, &one.source.text()].map(Cell::from)
    });
    let rows: Vec<_> = rows.collect();
    let mut text = table::text(["SETTING", "VALUE", "FROM"], &rows, console.out);
    let custom = listing::custom_providers(settings);
    if !custom.is_empty() {
        text.push_str(&format!("\ncustom providers: {}\n", custom.join(", ")));
    }
    if !files.is_empty() {
        let rows = files.iter();
        let rows = rows.map(|file| {
            let state = match file.trusted {
                Some(false) => format!("{}, not trusted", file.state),
                _ => file.state.to_owned(),
            };
            [file.path.as_str(), &state].map(Cell::from)
        });
        text.push('\n');
        text.push_str(&table::text(["FILE", "STATE"], &rows.collect::<Vec<_>>(), console.out));
    }
    text
}

/// Reads and checks everything that the settings name.
fn check(settings: &Settings, console: &Console) -> Result<(), Error> {
    settings.producing(None)?;
    if let Some(url) = settings.url_if_any(None) {
        Endpoint::parse(url)?;
    }
    if let Some((texts, path)) = settings.forward_to_of_profile() {
        let option = format!("`forward_to` in {}", path.display());
        parse_endpoints(texts, &option, settings.catalog)?;
    }
    if let [first, others @ ..] = settings.unusable.as_slice() {
        others.iter().for_each(|error| console.error(error));
        return Err(Error::usage(first.message.as_str(), first.hint.as_str()));
    }
    let secrets = settings.verifying_secrets(&SecretOptions::default())?;
    let secrets = console.show_notes(secrets);
    for secret in &secrets {
        console.note(&format!("found a secret from {}", secret.origin()));
    }
    let fixtures = settings.fixtures()?;
    let custom = listing::custom_providers(settings);
    for name in &custom {
        check_samples(settings.producing(Some(name))?, settings)?;
    }
    let count = |count: usize, name: &str| match count {
        1 => format!("1 {name}"),
        n => format!("{n} {name}s"),
    };
    console.note(&format!(
        "loaded {}, {} and {}",
        count(custom.len(), "custom provider"),
        count(fixtures.len(), "fixture"),
        count(secrets.len(), "secret")
    ));
    Ok(())
}

/// Checks a custom provider's samples against its own schemas.
fn check_samples(provider: &'static Provider, settings: &Settings) -> Result<(), Error> {
    for sample in settings.catalog.samples(provider) {
        let name = &sample.event.name;
        let invalid = |why: String| {
            let provider = &provider.name;
            let message = format!("the sample of {name} of {provider} is invalid: {why}");
            let hint = format!("correct it, or {name}.schema.json");
            Error::usage(escape::line(message.as_bytes()), hint)
        };
        let delivery = Delivery::post("/", Bytes::copy_from_slice(sample.body));
        let parsed = match provider.envelope.form {
            true => None,
            false => {
                let parsed = parse_body(&delivery.body);
                Some(parsed.map_err(|why| invalid(format!("it is not JSON: {why}")))?)
            }
        };
        let content = Content::new(&delivery, &delivery.body, parsed.as_ref());
        let event = Event { name: Some(name.clone()), ..Event::default() };
        let found = validate(settings.catalog, provider, &event, &content);
        if found.verdict != Validity::Valid {
            let first = found.errors.first();
            let first = first.map(|error| format!("{} {}", error.path, error.message));
            return Err(invalid(first.unwrap_or_default()));
        }
    }
    Ok(())
}

fn line(setting: &Setting) -> SettingLine<'_> {
    let (profile, file, name) = match &setting.source {
        Source::Profile(profile, file) => (Some(profile.as_str()), Some(file.as_str()), None),
        Source::File(file) => (None, Some(file.as_str()), None),
        Source::Flag(name) | Source::Environment(name) => (None, None, Some(*name)),
        Source::Default => (None, None, None),
    };
    SettingLine {
        name: setting.name,
        value: setting.value.as_deref(),
        from: setting.source.kind(),
        by: name,
        profile,
        file,
    }
}

/// A line of `config --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "setting")]
struct SettingLine<'s> {
    name: &'s str,
    value: Option<&'s str>,
    from: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'s str>,
}

/// A line of `config --json` for a path that was searched.
#[derive(Serialize)]
#[serde(tag = "type", rename = "file")]
struct FileLine<'s> {
    path: &'s str,
    state: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted: Option<bool>,
}

/// The file that `init` writes. It sets nothing until a line is uncommented.
const TEMPLATE: &str = include_str!("../config/template.toml");

/// Writes the template into the folder, and trusts it. Never overwrites a file.
pub(super) fn init(folder: &Path, console: &Console) -> Result<Exit, Error> {
    let path = folder.join(FILE_NAME);
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).open(&path);
    let mut file = opened.map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => Error::usage(
            format!("{} already exists and is not changed", path.display()),
            "edit it, or give another folder with --dir",
        ),
        ErrorKind::NotFound => Error::usage(
            format!("there is no folder {}", folder.display()),
            "create it first, or give another with --dir",
        ),
        _ => unwritable(&path, &why),
    })?;
    file.write_all(TEMPLATE.as_bytes()).map_err(|why| unwritable(&path, &why))?;
    console.report(&format!("wrote {}\n", printable(&path)))?;
    let mut next = "";
    if config::needs_trust(&path) {
        next = ", then run `cz-hook trust`";
        if let Err(why) = config::trust_file(&path) {
            console.warn(&format!("it is not trusted yet: {}", why.message), &why.hint);
        }
    }
    console.hint(&format!(
        "uncomment what you need{next}; `cz-hook config` shows the effective settings"
    ));
    Ok(Exit::Success)
}

fn unwritable(path: &Path, why: &std::io::Error) -> Error {
    Error::io(
        format!("cannot write {}: {}", path.display(), error::reason(why)),
        "check the folder's permissions, or give another with --dir",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::file::Contents;

    #[test]
    fn the_template_sets_nothing_until_it_is_uncommented_and_is_valid_then() {
        assert!(Contents::parse(TEMPLATE).unwrap().profiles.is_empty());
        // A setting is commented out with `#` alone, prose with `# `.
        let settings: Vec<_> = TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')))
            .collect();
        let (alternatives, settings): (Vec<_>, Vec<_>) = settings
            .into_iter()
            .partition(|line| line.starts_with("secret_file") || line.starts_with("secret_com"));
        let file = Contents::parse(&settings.join("\n")).unwrap();
        assert!(file.profiles.len() > 1);
        assert!(alternatives.len() > 1);
        for line in alternatives {
            Contents::parse(&format!("[profile.a]\n{line}")).unwrap();
        }
    }
}
