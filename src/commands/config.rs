//! `cz-hook config`: what is in force and who says so. Secrets are named, never shown.

use serde::Serialize;

use crate::cli::config::ConfigArgs;
use crate::config::SecretOptions;
use crate::config::Settings;
use crate::config::in_force::{self, Looked, Origin, Setting};
use crate::error::Error;
use crate::error::Exit;
use crate::escape;
use crate::http::Endpoint;
use crate::output::console::Console;
use crate::output::json;
use crate::output::table::{self, Cell};
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::validate::{Validity, validate};
use crate::webhook::provider::Provider;

use super::listen::parse_endpoints;

pub fn run(args: &ConfigArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let all = in_force::settings(settings);
    let files = in_force::files(settings);
    if args.json {
        let mut lines: Vec<u8> = all.iter().flat_map(|one| json::line(&line(one))).collect();
        lines.extend(files.iter().flat_map(|file| {
            json::line(&FileLine {
                path: &file.path,
                state: file.state,
            })
        }));
        console.print(&lines)?;
    } else {
        console.print(human(&all, &files, settings, console).as_bytes())?;
    }
    if args.check {
        check(settings, console)?;
    }
    Ok(Exit::Success)
}

fn human(all: &[Setting], files: &[Looked], settings: &Settings, console: &Console) -> String {
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let mut value = one.value.clone().unwrap_or_else(|| "-".to_owned());
            if one.name == "provider" && one.from == Origin::Default {
                value.push_str(" (auto when receiving)");
            }
            [one.name, &value, &one.from.words()].map(Cell::from)
        })
        .collect();
    let mut text = table::text(["SETTING", "VALUE", "FROM"], &rows, console.out);
    let own = in_force::own_providers(settings);
    if !own.is_empty() {
        text.push_str(&format!("\nown providers: {}\n", own.join(", ")));
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

/// Does what a command would do with the settings, short of using them.
fn check(settings: &Settings, console: &Console) -> Result<(), Error> {
    settings.producing(None)?;
    if let Some(url) = settings.url_if_any(None) {
        Endpoint::parse(url)?;
    }
    if let Some((texts, path)) = settings.forward_to_of_profile() {
        let said = format!("`forward_to` in {}", path.display());
        parse_endpoints(texts, &said, settings.catalog)?;
    }
    let secrets = settings.verifying_secrets(&SecretOptions::default(), console)?;
    for secret in &secrets {
        console.note(&format!("there is a secret from {}", secret.origin()));
    }
    let fixtures = settings.fixtures()?;
    let own = in_force::own_providers(settings);
    for name in &own {
        check_samples(settings.producing(Some(name))?, settings)?;
    }
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    };
    console.note(&format!(
        "{}, {} and {} of your own can be used",
        counted(secrets.len(), "secret"),
        counted(fixtures.len(), "fixture"),
        counted(own.len(), "provider")
    ));
    Ok(())
}

/// An own provider's samples are what its own schemas ask for.
fn check_samples(provider: &'static Provider, settings: &Settings) -> Result<(), Error> {
    for sample in settings.catalog.samples(provider) {
        let name = &sample.event.name;
        let wrong = |why: String| {
            Error::usage(
                escape::line(
                    format!(
                        "the sample of {name} of {} is not right: {why}",
                        provider.name
                    )
                    .as_bytes(),
                ),
                format!("correct it, or {name}.schema.json"),
            )
        };
        let body =
            parse_body(sample.json).map_err(|why| wrong(format!("it is not JSON: {why}")))?;
        let found = validate(settings.catalog, provider, body.root());
        if found.verdict != Validity::Valid {
            let first = found.errors.first();
            let first = first.map(|error| format!("{} {}", error.path, error.message));
            return Err(wrong(first.unwrap_or_default()));
        }
    }
    Ok(())
}

fn line(setting: &Setting) -> SettingLine<'_> {
    let (profile, file, name) = match &setting.from {
        Origin::Profile(profile, file) => (Some(profile.as_str()), Some(file.as_str()), None),
        Origin::File(file) => (None, Some(file.as_str()), None),
        Origin::Flag(name) | Origin::Environment(name) => (None, None, Some(*name)),
        Origin::Default => (None, None, None),
    };
    SettingLine {
        name: setting.name,
        value: setting.value.as_deref(),
        from: setting.from.kind(),
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

/// A line of `config --json` for a file that was looked for.
#[derive(Serialize)]
#[serde(tag = "type", rename = "file")]
struct FileLine<'s> {
    path: &'s str,
    state: &'s str,
}
