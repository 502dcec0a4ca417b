//! The list of the effective settings that `config` prints: each with its value and its source. Values of secrets, passwords
//! and headers are never shown.

use std::path::Path;

use crate::http::Endpoint;
use crate::webhook::provider::catalog::DEFAULT_PROVIDER;

use super::file::{CommandLine, ConfigFile, FileOrigin, Profile, split_route};
use super::{PROFILE_VARIABLE, ProfileOrigin, Settings, secrets};

/// One setting: its key, its value if there is one, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: &'static str,
    pub value: Option<String>,
    pub source: Source,
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Flag(&'static str),
    Environment(&'static str),
    /// The chosen profile, in this file.
    Profile(String, String),
    /// A file, for every profile.
    File(String),
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

    /// The human-readable text.
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
    pub path: String,
    /// The result: `named`, `project`, `user` or `absent`.
    pub state: &'static str,
    /// Whether all of it is used; `None` without a file.
    pub trusted: Option<bool>,
}

/// Every setting.
pub fn settings(settings: &Settings) -> Vec<Setting> {
    let of = |name: &'static str, pick: fn(&Profile) -> Option<String>| {
        let found = settings.value(pick);
        setting(name, found.map(|(value, file)| (value, profile_source(settings, file))))
    };
    let mut provider = of("provider", |p| p.provider.clone());
    provider.value.get_or_insert_with(|| DEFAULT_PROVIDER.to_owned());
    let forward_to = of("forward_to", |p| {
        let each = p.forward_to.as_ref()?.0.iter().map(|text| match split_route(text) {
            (Some(event), url) => format!("{event}={}", Endpoint::shown(url)),
            (None, url) => Endpoint::shown(url),
        });
        Some(each.collect::<Vec<_>>().join(", "))
    });
    let headers = of("headers", |p| {
        let names = p.headers.as_ref()?.0.iter().map(|(name, _)| format!("{name}: (set)"));
        Some(names.collect::<Vec<_>>().join(", "))
    });
    vec![
        setting("profile", profile(settings)),
        provider,
        of("url", |p| p.url.as_deref().map(Endpoint::shown)),
        setting("secret", secret(settings)),
        setting("verify_token", verify_token(settings)),
        forward_to,
        headers,
        of("public_url", |p| p.public_url.as_deref().map(Endpoint::shown)),
        of("settings", |p| {
            let names = p.settings.as_ref()?.keys().map(|name| format!("{name}: (set)"));
            Some(names.collect::<Vec<_>>().join(", "))
        }),
        setting("fixtures", folder(settings, settings.fixtures_folder(), |p| p.fixtures.is_some())),
        setting(
            "providers",
            folder(settings, settings.providers_folder(), |p| p.providers.is_some()),
        ),
    ]
}

fn setting(name: &'static str, found: Option<(String, Source)>) -> Setting {
    let (value, source) = found.map_or((None, Source::Default), |(v, source)| (Some(v), source));
    Setting { name, value, source }
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
        trusted: Some(file.untrusted.is_none()),
    });
    let absent = settings.absent.iter().map(|path| SearchedFile {
        path: path.display().to_string(),
        state: "absent",
        trusted: None,
    });
    read.chain(absent).collect()
}

/// The names of the user's custom providers.
pub fn custom_providers(settings: &Settings) -> Vec<&'static str> {
    let catalog = settings.catalog;
    catalog.names().filter(|name| catalog.is_of_user(name)).collect()
}

fn path_of(file: &ConfigFile) -> String {
    file.path.display().to_string()
}

fn profile_source(settings: &Settings, file: &ConfigFile) -> Source {
    let name = settings.chosen.as_ref().map(|chosen| chosen.name.clone());
    Source::Profile(name.unwrap_or_default(), path_of(file))
}

fn profile(settings: &Settings) -> Option<(String, Source)> {
    let chosen = settings.chosen.as_ref()?;
    let source = match &chosen.origin {
        ProfileOrigin::Flag => Source::Flag("--profile"),
        ProfileOrigin::Variable => Source::Environment(PROFILE_VARIABLE),
        ProfileOrigin::File(path) => Source::File(path.display().to_string()),
        ProfileOrigin::Default => Source::Default,
    };
    Some((chosen.name.clone(), source))
}

fn secret(settings: &Settings) -> Option<(String, Source)> {
    if std::env::var_os(secrets::VARIABLE).is_some() {
        let origin = format!("(set, from env {})", secrets::VARIABLE);
        return Some((origin, Source::Environment(secrets::VARIABLE)));
    }
    let (profile, file) = settings.secret_profile()?;
    Some((secret_origin(profile)?, profile_source(settings, file)))
}

fn verify_token(settings: &Settings) -> Option<(String, Source)> {
    if std::env::var_os(secrets::VERIFY_TOKEN).is_some() {
        let origin = format!("(set, from env {})", secrets::VERIFY_TOKEN);
        return Some((origin, Source::Environment(secrets::VERIFY_TOKEN)));
    }
    let (_, file) = settings.value(|profile| profile.verify_token.as_ref())?;
    Some(("(set, written in the file)".to_owned(), profile_source(settings, file)))
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
            format!("(from command {})", words.first().map_or("", String::as_str))
        }
        CommandLine::Shell(_) => "(from a shell command)".to_owned(),
    })
}

/// A folder that was found; `is_in` says whether a profile names one itself.
fn folder(
    settings: &Settings,
    found: Option<(&Path, &ConfigFile)>,
    is_in: fn(&Profile) -> bool,
) -> Option<(String, Source)> {
    let (path, file) = found?;
    let source = match settings.value(|profile| is_in(profile).then_some(())) {
        Some(_) => profile_source(settings, file),
        None => Source::File(path_of(file)),
    };
    Some((file.folder().join(path).display().to_string(), source))
}
