//! The effective settings as `config` lists them: each with its value and its source. Values of secrets, passwords
//! and headers are never shown.

use std::path::Path;

use crate::http::Endpoint;
use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};

use super::file::{CommandLine, ConfigFile, Profile, split_route};
use super::find::FileOrigin;
use super::profile::ProfileOrigin;
use super::{Settings, profile as profiles, secrets};

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key.
    pub name: &'static str,
    /// Its value; `None` when there is none.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag of this command line.
    Flag(&'static str),
    /// A variable.
    Environment(&'static str),
    /// The chosen profile, in this file.
    Profile(String, String),
    /// A file, for every profile.
    File(String),
    /// The default.
    Default,
}

impl Source {
    /// The kind, as `--json` prints it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Environment(_) => "environment",
            Self::Profile(..) => "profile",
            Self::File(_) => "file",
            Self::Default => "default",
        }
    }

    /// The text that people read.
    pub fn text(&self) -> String {
        match self {
            Self::Flag(name) | Self::Environment(name) => (*name).to_owned(),
            Self::Profile(name, file) => format!("profile \"{name}\" in {file}"),
            Self::File(file) => file.clone(),
            Self::Default => "default".to_owned(),
        }
    }
}

/// A path where a file was searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchedFile {
    /// The path.
    pub path: String,
    /// The result: `named`, `project`, `user` or `absent`.
    pub state: &'static str,
}

/// Every setting.
pub fn settings(settings: &Settings) -> Vec<Setting> {
    let of = |name: &'static str, pick: fn(&Profile) -> Option<String>| {
        let found = settings.value(pick);
        Setting {
            name,
            source: found
                .as_ref()
                .map_or(Source::Default, |(_, l)| profile_source(settings, l)),
            value: found.map(|(value, _)| value),
        }
    };
    let mut provider = of("provider", |p| p.provider.clone());
    provider
        .value
        .get_or_insert_with(|| DEFAULT_PROVIDER.to_owned());
    let mut all = vec![profile(settings), provider];
    all.push(of("url", |p| p.url.as_deref().map(Endpoint::shown)));
    all.push(secret(settings));
    all.push(of("forward_to", |p| {
        let each = p.forward_to.as_ref()?.0.iter();
        let each: Vec<_> = each
            .map(|text| match split_route(text) {
                (Some(event), url) => format!("{event}={}", Endpoint::shown(url)),
                (None, url) => Endpoint::shown(url),
            })
            .collect();
        Some(each.join(", "))
    }));
    all.push(of("headers", |p| {
        let names = p.headers.as_ref()?.0.iter();
        let names: Vec<_> = names.map(|(name, _)| format!("{name}: (set)")).collect();
        Some(names.join(", "))
    }));
    all.push(folder(settings, "fixtures", settings.fixtures_folder()));
    all.push(folder(settings, "providers", settings.providers_folder()));
    all
}

/// Every path that was searched, the nearest first.
pub fn files(settings: &Settings) -> Vec<SearchedFile> {
    let read = settings.files.iter().map(|file| SearchedFile {
        path: path_of(file),
        state: match file.origin {
            FileOrigin::Named => "named",
            FileOrigin::Project => "project",
            FileOrigin::User => "user",
        },
    });
    let absent = settings.absent.iter().map(|path| SearchedFile {
        path: path.display().to_string(),
        state: "absent",
    });
    read.chain(absent).collect()
}

/// The names of the user's custom providers.
pub fn custom_providers(settings: &Settings) -> Vec<&'static str> {
    let names = settings.catalog.providers().map(|p| p.name.as_str());
    names.filter(|name| !Catalog::is_built_in(name)).collect()
}

fn path_of(file: &ConfigFile) -> String {
    file.path.display().to_string()
}

fn profile_source(settings: &Settings, file: &ConfigFile) -> Source {
    let name = settings.chosen.as_ref().map(|chosen| chosen.name.clone());
    Source::Profile(name.unwrap_or_default(), path_of(file))
}

fn profile(settings: &Settings) -> Setting {
    let chosen = settings.chosen.as_ref();
    Setting {
        name: "profile",
        value: chosen.map(|chosen| chosen.name.clone()),
        source: match chosen.map(|chosen| &chosen.origin) {
            Some(ProfileOrigin::Flag) => Source::Flag(profiles::FLAG),
            Some(ProfileOrigin::Variable) => Source::Environment(profiles::VARIABLE),
            Some(ProfileOrigin::File(path)) => Source::File(path.display().to_string()),
            Some(ProfileOrigin::Default) | None => Source::Default,
        },
    }
}

fn secret(settings: &Settings) -> Setting {
    if std::env::var_os(secrets::VARIABLE).is_some() {
        return Setting {
            name: "secret",
            value: Some(format!("(set, from env {})", secrets::VARIABLE)),
            source: Source::Environment(secrets::VARIABLE),
        };
    }
    let found = settings.secret_profile();
    let found = found.and_then(|(profile, file)| Some((secret_origin(profile)?, file)));
    Setting {
        name: "secret",
        source: found
            .as_ref()
            .map_or(Source::Default, |(_, l)| profile_source(settings, l)),
        value: found.map(|(value, _)| value),
    }
}

/// Where a profile's secret comes from, and whether it is set, if that can be told without reading it.
fn secret_origin(profile: &Profile) -> Option<String> {
    if profile.secret.is_some() {
        return Some("(set, written in the file)".to_owned());
    }
    if let Some(names) = &profile.secret_env {
        let each = names.0.iter().map(|name| match secrets::variable(name) {
            Some(_) => format!("(set, from env {name})"),
            None => format!("(not set: env {name})"),
        });
        return Some(each.collect::<Vec<_>>().join(", "));
    }
    if let Some(paths) = &profile.secret_file {
        return Some(format!("(in file {})", paths.0.join(", ")));
    }
    profile.secret_command.as_ref().map(|line| match line {
        // The arguments may hold a secret.
        CommandLine::Program(words) => {
            format!(
                "(from command {})",
                words.first().map_or("", String::as_str)
            )
        }
        CommandLine::Shell(_) => "(from a shell command)".to_owned(),
    })
}

fn folder(settings: &Settings, name: &'static str, found: Option<(&Path, &ConfigFile)>) -> Setting {
    let Some((path, file)) = found else {
        return Setting {
            name,
            value: None,
            source: Source::Default,
        };
    };
    let is_the_profiles = settings.chosen.as_ref().is_some_and(|chosen| {
        let profile = file.contents.profiles.get(&chosen.name);
        profile.is_some_and(|profile| match name {
            "fixtures" => profile.fixtures.is_some(),
            _ => profile.providers.is_some(),
        })
    });
    Setting {
        name,
        value: Some(file.folder().join(path).display().to_string()),
        source: match is_the_profiles {
            true => profile_source(settings, file),
            false => Source::File(path_of(file)),
        },
    }
}
