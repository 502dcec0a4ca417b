//! What is in force, to look at: each setting, its value and who says so. Secrets, passwords and headers
//! are named, never shown.

use std::path::Path;

use crate::http::Endpoint;
use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};

use super::file::Profile;
use super::find::Trust;
use super::profile::{Layer, NamedBy};
use super::shape::CommandLine;
use super::{Settings, forward_to, secrets};

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key.
    pub name: &'static str,
    /// Its value; `None` when there is none.
    pub value: Option<String>,
    /// Who says so.
    pub from: Origin,
}

/// Who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of this command line.
    Flag(&'static str),
    /// A variable.
    Environment(&'static str),
    /// The profile in force, in this file.
    Profile(String, String),
    /// A file, for every profile.
    File(String),
    /// Nobody.
    Default,
}

impl Origin {
    /// The kind in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Environment(_) => "environment",
            Self::Profile(..) => "profile",
            Self::File(_) => "file",
            Self::Default => "default",
        }
    }

    /// The same for people.
    pub fn words(&self) -> String {
        match self {
            Self::Flag(name) | Self::Environment(name) => (*name).to_owned(),
            Self::Profile(name, file) => format!("profile \"{name}\" in {file}"),
            Self::File(file) => file.clone(),
            Self::Default => "default".to_owned(),
        }
    }
}

/// A file that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Where.
    pub path: String,
    /// What came of it: `named`, `project`, `user` or `absent`.
    pub state: &'static str,
}

/// Every setting, in the order that people think of them.
pub fn settings(settings: &Settings) -> Vec<Setting> {
    let of = |name: &'static str, pick: fn(&Profile) -> Option<String>| {
        let found = settings.value(pick);
        Setting {
            name,
            from: found
                .as_ref()
                .map_or(Origin::Default, |(_, l)| by(settings, l)),
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
            .map(|text| match forward_to::split(text) {
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

/// Every file that was looked for, the nearest first.
pub fn files(settings: &Settings) -> Vec<Looked> {
    let read = settings.layers.iter().map(|layer| Looked {
        path: path_of(layer),
        state: match layer.source.trust {
            Trust::Named => "named",
            Trust::Found => "project",
            Trust::Own => "user",
        },
    });
    let absent = settings.absent.iter().map(|path| Looked {
        path: path.display().to_string(),
        state: "absent",
    });
    read.chain(absent).collect()
}

/// The names of the user's own providers.
pub fn own_providers(settings: &Settings) -> Vec<&'static str> {
    let names = settings.catalog.providers().map(|p| p.name.as_str());
    names.filter(|name| !Catalog::is_built_in(name)).collect()
}

fn path_of(layer: &Layer) -> String {
    layer.source.path.display().to_string()
}

fn by(settings: &Settings, layer: &Layer) -> Origin {
    let name = settings.chosen.as_ref().map(|chosen| chosen.name.clone());
    Origin::Profile(name.unwrap_or_default(), path_of(layer))
}

fn profile(settings: &Settings) -> Setting {
    let chosen = settings.chosen.as_ref();
    Setting {
        name: "profile",
        value: chosen.map(|chosen| chosen.name.clone()),
        from: match chosen.map(|chosen| &chosen.by) {
            Some(NamedBy::Flag) => Origin::Flag(super::profile::FLAG),
            Some(NamedBy::Variable) => Origin::Environment(super::profile::VARIABLE),
            Some(NamedBy::File(path)) => Origin::File(path.display().to_string()),
            Some(NamedBy::ItsName) | None => Origin::Default,
        },
    }
}

fn secret(settings: &Settings) -> Setting {
    if std::env::var_os(secrets::VARIABLE).is_some() {
        return Setting {
            name: "secret",
            value: Some(format!("(set, from env {})", secrets::VARIABLE)),
            from: Origin::Environment(secrets::VARIABLE),
        };
    }
    let found = settings.secret_profile();
    let found = found.and_then(|(profile, layer)| Some((place(profile)?, layer)));
    Setting {
        name: "secret",
        from: found
            .as_ref()
            .map_or(Origin::Default, |(_, l)| by(settings, l)),
        value: found.map(|(value, _)| value),
    }
}

/// Where a profile's secret is, and as far as that can be seen from here, whether it is there.
fn place(profile: &Profile) -> Option<String> {
    if profile.secret.is_some() {
        return Some("(set, written in the file)".to_owned());
    }
    if let Some(names) = &profile.secret_env {
        let each = names.0.iter().map(|name| {
            let is_set =
                !name.is_empty() && !name.contains(['=', '\0']) && std::env::var_os(name).is_some();
            match is_set {
                true => format!("(set, from env {name})"),
                false => format!("(not set: env {name})"),
            }
        });
        return Some(each.collect::<Vec<_>>().join(", "));
    }
    if let Some(paths) = &profile.secret_file {
        return Some(format!("(in file {})", paths.0.join(", ")));
    }
    profile.secret_command.as_ref().map(|line| match line {
        // The arguments are the user's business, and may be telling.
        CommandLine::Program(words) => {
            format!(
                "(from command {})",
                words.first().map_or("", String::as_str)
            )
        }
        CommandLine::Shell(_) => "(from a shell command)".to_owned(),
    })
}

fn folder(settings: &Settings, name: &'static str, found: Option<(&Path, &Layer)>) -> Setting {
    let Some((path, layer)) = found else {
        return Setting {
            name,
            value: None,
            from: Origin::Default,
        };
    };
    let is_the_profiles = settings.chosen.as_ref().is_some_and(|chosen| {
        let profile = layer.file.profiles.get(&chosen.name);
        profile.is_some_and(|profile| match name {
            "fixtures" => profile.fixtures.is_some(),
            _ => profile.providers.is_some(),
        })
    });
    Setting {
        name,
        value: Some(layer.source.folder().join(path).display().to_string()),
        from: match is_the_profiles {
            true => by(settings, layer),
            false => Origin::File(path_of(layer)),
        },
    }
}
