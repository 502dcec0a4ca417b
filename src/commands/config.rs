//! `cz-hook config`: the effective settings and the source of each. Values of secrets are never shown.

use serde::Serialize;

use crate::config::effective::{self, SearchedFile, Setting, Source};
use crate::config::{SecretOptions, Settings};
use crate::error::{Error, Exit};
use crate::escape;
use crate::http::Endpoint;
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::validate::{Validity, validate};
use crate::webhook::provider::Provider;

use super::listen::parse_endpoints;

/// What to show.
#[derive(Debug)]
pub struct ShowConfigOptions {
    /// Also check that the settings can be used.
    pub check: bool,
    pub json: bool,
}

pub fn run(
    options: &ShowConfigOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let all = effective::settings(settings);
    let files = effective::files(settings);
    if options.json {
        let mut lines: Vec<u8> = all
            .iter()
            .flat_map(|one| json_line::line(&line(one)))
            .collect();
        lines.extend(files.iter().flat_map(|file| {
            json_line::line(&FileLine {
                path: &file.path,
                state: file.state,
            })
        }));
        console.print(&lines)?;
    } else {
        console.print(human(&all, &files, settings, console).as_bytes())?;
    }
    if options.check {
        check(settings, console)?;
    }
    Ok(Exit::Success)
}

fn human(
    all: &[Setting],
    files: &[SearchedFile],
    settings: &Settings,
    console: &Console,
) -> String {
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let mut value = one.value.clone().unwrap_or_else(|| "-".to_owned());
            if one.name == "provider" && one.source == Source::Default {
                value.push_str(" (auto when receiving)");
            }
            [one.name, &value, &one.source.text()].map(Cell::from)
        })
        .collect();
    let mut text = table::text(["SETTING", "VALUE", "FROM"], &rows, console.out);
    let custom = effective::custom_providers(settings);
    if !custom.is_empty() {
        text.push_str(&format!("\ncustom providers: {}\n", custom.join(", ")));
    }
    if !files.is_empty() {
        let rows: Vec<_> = files
            .iter()
            .map(|file| [file.path.as_str(), file.state].map(Cell::from))
            .collect();
        text.push('\n');
        text.push_str(&table::text(["FILE", "STATE"], &rows, console.out));
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
    let secrets = settings.verifying_secrets(&SecretOptions::default())?;
    let secrets = console.show_notes(secrets);
    for secret in &secrets {
        console.note(&format!("found a secret from {}", secret.origin()));
    }
    let fixtures = settings.fixtures()?;
    let custom = effective::custom_providers(settings);
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
            Error::usage(
                escape::line(
                    format!(
                        "the sample of {name} of {} is invalid: {why}",
                        provider.name
                    )
                    .as_bytes(),
                ),
                format!("correct it, or {name}.schema.json"),
            )
        };
        let body =
            parse_body(sample.json).map_err(|why| invalid(format!("it is not JSON: {why}")))?;
        let found = validate(settings.catalog, provider, body.root());
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
}
