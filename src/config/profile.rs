//! Which profile is in force, and what it says: a project's file first, then the user's own, which may
//! add what does not belong into a repository.

use std::path::PathBuf;

use crate::error::Error;
use crate::escape;
use crate::webhook::suggest;

use super::file::{File, Profile};
use super::find::{self, Source};

/// The flag that names a profile.
pub const FLAG: &str = "--profile";
/// The variable that names a profile.
pub const VARIABLE: &str = "CZ_HOOK_PROFILE";
/// The profile that is in force when nothing names one.
const DEFAULT: &str = "default";

/// A file with what it says.
#[derive(Debug)]
pub struct Layer {
    /// The file.
    pub source: Source,
    /// What it says.
    pub file: File,
}

/// The profile in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// Who named it.
    pub by: NamedBy,
}

/// Who named the profile in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// The flag.
    Flag,
    /// The variable.
    Variable,
    /// `default_profile` in this file.
    File(PathBuf),
    /// Nobody: it is the one called `default`.
    ItsName,
}

/// Reads a source.
///
/// # Errors
/// When it does not say what can be used.
pub fn layer(mut source: Source) -> Result<Layer, Error> {
    // It may hold a secret, and is not needed any more.
    let text = std::mem::take(&mut source.text);
    match File::parse(&text) {
        Ok(file) => Ok(Layer { source, file }),
        Err(misread) => Err(Error::usage(
            format!(
                "{}, line {}: {}",
                find::shown(&source.path),
                misread.line,
                escape::line(misread.message.as_bytes())
            ),
            escape::line(misread.hint.as_bytes()),
        )),
    }
}

/// The profile in force, if there is one: the flag's, the variable's, `default_profile`, or `default`.
///
/// # Errors
/// When the profile that is named is in none of the files.
pub fn choose(flag: Option<&str>, layers: &[Layer]) -> Result<Option<Chosen>, Error> {
    let by = |name: &str, by: NamedBy| Chosen {
        name: name.to_owned(),
        by,
    };
    let named = match (flag, variable(VARIABLE)?) {
        (Some(name), _) => Some(by(name, NamedBy::Flag)),
        (None, Some(name)) => Some(by(&name, NamedBy::Variable)),
        (None, None) => layers.iter().find_map(|layer| {
            let name = layer.file.default_profile.as_deref()?;
            Some(by(name, NamedBy::File(layer.source.path.clone())))
        }),
    };
    let is_there = |name: &str| layers.iter().any(|l| l.file.profiles.contains_key(name));
    match named {
        Some(chosen) if is_there(&chosen.name) => Ok(Some(chosen)),
        Some(chosen) => Err(unknown(&chosen, layers)),
        None => Ok(is_there(DEFAULT).then(|| by(DEFAULT, NamedBy::ItsName))),
    }
}

/// A variable's value; set but empty is a mistake, as in CI when what it comes from is not there.
///
/// # Errors
/// When it is empty or no text.
pub fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var_os(name).map(std::ffi::OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) if !value.is_empty() => Ok(Some(value)),
        Some(_) => Err(Error::usage(
            format!("the variable {name} is set, but to nothing that is a name"),
            match name {
                find::VARIABLE => "unset it, or give --no-config to go without a file",
                _ => "unset it, or name a profile",
            },
        )),
    }
}

fn unknown(chosen: &Chosen, layers: &[Layer]) -> Error {
    let mut names: Vec<&str> = layers
        .iter()
        .flat_map(|layer| layer.file.profiles.keys().map(String::as_str))
        .collect();
    names.sort_unstable();
    names.dedup();
    let all = names.join(", ");
    let hint = match suggest::nearest(&chosen.name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? There are: {all}"),
        None if !names.is_empty() => format!("there are: {all}"),
        None if layers.is_empty() => {
            "no cz-hook.toml was found: `cz-hook init` writes one, `cz-hook config` says where it \
             is looked for"
                .to_owned()
        }
        None => "the file has no profile: one begins with [profile.NAME]".to_owned(),
    };
    let name = escape::line(chosen.name.as_bytes());
    let by = match &chosen.by {
        NamedBy::File(path) => format!(" (default_profile in {})", find::shown(path)),
        _ => String::new(),
    };
    Error::usage(
        format!("there is no profile `{name}`{by}"),
        escape::line(hint.as_bytes()),
    )
}

/// The first layer whose profile of this name has what `pick` looks for.
pub fn value<'l, T: 'l>(
    layers: &'l [Layer],
    chosen: Option<&Chosen>,
    pick: impl Fn(&'l Profile) -> Option<T>,
) -> Option<(T, &'l Layer)> {
    let name = &chosen?.name;
    layers.iter().find_map(|layer| {
        let profile = layer.file.profiles.get(name)?;
        Some((pick(profile)?, layer))
    })
}
