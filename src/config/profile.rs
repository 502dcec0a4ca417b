//! Chooses the profile and looks up its values: the project's file first, then the user's own.

use std::path::PathBuf;

use crate::error::Error;
use crate::escape;
use crate::webhook::suggest;

use super::file::{ConfigFile, Profile};
use super::find::{self, printable};

/// The flag that names a profile.
pub const FLAG: &str = "--profile";
/// The variable that names a profile.
pub const VARIABLE: &str = "CZ_HOOK_PROFILE";
/// The profile that is used when none is named.
const DEFAULT: &str = "default";

/// The profile that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenProfile {
    /// Its name.
    pub name: String,
    /// What named it.
    pub origin: ProfileOrigin,
}

/// What named the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileOrigin {
    /// The flag.
    Flag,
    /// The variable.
    Variable,
    /// `default_profile` in this file.
    File(PathBuf),
    /// Nothing: it is the one called `default`.
    Default,
}

/// The profile to use, if there is one: the one that the flag, the variable or `default_profile` names, or the
/// one called `default`.
///
/// # Errors
/// When the profile that is named is in none of the files.
pub fn choose(flag: Option<&str>, files: &[ConfigFile]) -> Result<Option<ChosenProfile>, Error> {
    let chosen = |name: &str, origin: ProfileOrigin| ChosenProfile {
        name: name.to_owned(),
        origin,
    };
    let named = match (flag, variable(VARIABLE)?) {
        (Some(name), _) => Some(chosen(name, ProfileOrigin::Flag)),
        (None, Some(name)) => Some(chosen(&name, ProfileOrigin::Variable)),
        (None, None) => files.iter().find_map(|file| {
            let name = file.contents.default_profile.as_deref()?;
            Some(chosen(name, ProfileOrigin::File(file.path.clone())))
        }),
    };
    let is_there = |name: &str| {
        files
            .iter()
            .any(|file| file.contents.profiles.contains_key(name))
    };
    match named {
        Some(chosen) if is_there(&chosen.name) => Ok(Some(chosen)),
        Some(chosen) => Err(unknown(&chosen, files)),
        None => Ok(is_there(DEFAULT).then(|| chosen(DEFAULT, ProfileOrigin::Default))),
    }
}

/// A variable's value. Set but empty is a mistake: in CI the secret behind it may be missing.
///
/// # Errors
/// When it is empty or not UTF-8.
pub fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var_os(name).map(std::ffi::OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) if !value.is_empty() => Ok(Some(value)),
        Some(_) => Err(Error::usage(
            format!("the variable {name} is set, but it is empty or not UTF-8"),
            match name {
                find::VARIABLE => "unset it, or use --no-config to ignore every file",
                _ => "unset it, or name a profile",
            },
        )),
    }
}

fn unknown(chosen: &ChosenProfile, files: &[ConfigFile]) -> Error {
    let mut names: Vec<&str> = files
        .iter()
        .flat_map(|file| file.contents.profiles.keys().map(String::as_str))
        .collect();
    names.sort_unstable();
    names.dedup();
    let all = names.join(", ");
    let hint = match suggest::nearest(&chosen.name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Available: {all}"),
        None if !names.is_empty() => format!("available: {all}"),
        None if files.is_empty() => {
            "no cz-hook.toml was found: `cz-hook init` writes one, `cz-hook config` lists the paths that \
             were searched"
                .to_owned()
        }
        None => "the file has no profile: a profile begins with [profile.NAME]".to_owned(),
    };
    let name = escape::line(chosen.name.as_bytes());
    let by = match &chosen.origin {
        ProfileOrigin::File(path) => format!(" (default_profile in {})", printable(path)),
        _ => String::new(),
    };
    Error::usage(
        format!("there is no profile `{name}`{by}"),
        escape::line(hint.as_bytes()),
    )
}

/// The first value that `pick` finds in the chosen profile, and the file that it is in.
pub fn value<'l, T: 'l>(
    files: &'l [ConfigFile],
    chosen: Option<&ChosenProfile>,
    pick: impl Fn(&'l Profile) -> Option<T>,
) -> Option<(T, &'l ConfigFile)> {
    let name = &chosen?.name;
    files.iter().find_map(|file| {
        let profile = file.contents.profiles.get(name)?;
        Some((pick(profile)?, file))
    })
}
