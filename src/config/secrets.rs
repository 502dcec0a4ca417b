//! Where secrets come from: flags, else the environment, else the profile. A profile's are looked up no
//! sooner than one is needed, and only their places are ever shown.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::escape;
use crate::output::console::Console;
use crate::webhook::signature::secret::Secret;

use super::bounded;
use super::file::Profile;
use super::find::{self, Trust};
use super::profile::{Chosen, Layer};
use super::secret_command;
use super::shape::Texts;

/// The variable that holds the secret when no flag does.
pub const VARIABLE: &str = "CZ_HOOK_SECRET";
/// The longest secret, in bytes.
pub const LONGEST: usize = 1 << 20;

/// Secrets that were given for one run.
#[derive(Debug, Default)]
pub struct SecretOptions {
    /// The secrets themselves.
    pub values: Vec<OsString>,
    /// Files that hold one secret each.
    pub files: Vec<PathBuf>,
}

/// The secrets of flags and files, or else that of the environment.
///
/// # Errors
/// When one is empty or cannot be read.
pub fn given(
    flags: &[OsString],
    files: &[impl AsRef<Path>],
    console: &Console,
) -> Result<Vec<Secret>, Error> {
    let mut secrets = Vec::new();
    for (i, value) in flags.iter().enumerate() {
        let origin = match flags.len() {
            1 => "--secret".to_owned(),
            _ => format!("--secret number {}", i + 1),
        };
        secrets.push(checked(bytes_of(value), origin, console)?);
    }
    for path in files {
        let path = path.as_ref();
        secrets.push(in_file(path, path.display().to_string(), console)?);
    }
    if secrets.is_empty()
        && let Some(value) = std::env::var_os(VARIABLE)
    {
        secrets.push(checked(bytes_of(&value), VARIABLE.to_owned(), console)?);
    }
    Ok(secrets)
}

fn checked(bytes: Vec<u8>, origin: String, console: &Console) -> Result<Secret, Error> {
    if bytes.is_empty() {
        return Err(Error::usage(
            format!("the secret from {origin} is empty"),
            "is the variable set that it comes from? Anybody can sign with an empty secret",
        ));
    }
    if bytes.ends_with(b"\n") {
        console.warn(
            &format!("the secret from {origin} ends with a newline, which is part of the key"),
            "most secrets have none: check how it was read (`echo` adds one, `printf %s` does not)",
        );
    }
    Ok(Secret::new(bytes, origin))
}

fn in_file(path: &Path, origin: String, console: &Console) -> Result<Secret, Error> {
    let mut bytes = read(path)?;
    if without_line_end(&mut bytes) {
        console.note(&format!(
            "the final newline of {} is not part of the secret",
            path.display()
        ));
    }
    checked(bytes, origin, console)
}

/// A pipe is as good as a file here: `--secret-file <(…)`.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = File::open(path).and_then(|file| bounded::all(file, LONGEST));
    bytes
        .map_err(|e| Error::reading(path, &e))?
        .ok_or_else(|| bounded::too_long(&format!("the secret in {}", path.display()), LONGEST))
}

/// Takes one line end away; says whether there was one.
fn without_line_end(bytes: &mut Vec<u8>) -> bool {
    let is_there = bytes.pop_if(|b| *b == b'\n').is_some();
    if is_there {
        bytes.pop_if(|b| *b == b'\r');
    }
    is_there
}

#[cfg(unix)]
fn bytes_of(value: &OsStr) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    value.as_bytes().to_vec()
}

#[cfg(not(unix))]
fn bytes_of(value: &OsStr) -> Vec<u8> {
    value.to_string_lossy().into_owned().into_bytes()
}

/// The secrets of a profile, in their order; only the first one when there is no use for more.
///
/// # Errors
/// When there is none where it says, or it must not be fetched from there.
pub fn of_profile(
    profile: &Profile,
    layer: &Layer,
    chosen: &Chosen,
    is_one_enough: bool,
    console: &Console,
) -> Result<Vec<Secret>, Error> {
    let most = if is_one_enough { 1 } else { usize::MAX };
    let named = format!("profile \"{}\"", escape::line(chosen.name.as_bytes()));
    if let Some(literals) = &profile.secret {
        warn_of_readers(layer, &named, console);
        return literals
            .0
            .iter()
            .take(most)
            .map(|literal| checked(literal.as_bytes().to_vec(), in_text(&named, layer), console))
            .collect();
    }
    if let Some(names) = &profile.secret_env {
        return from_variables(names, &named, most, console);
    }
    if let Some(paths) = &profile.secret_file {
        return paths
            .0
            .iter()
            .take(most)
            .map(|path| {
                let path = place(path, layer);
                let origin = format!("{named} (file {})", find::shown(&path));
                in_file(&path, origin, console)
            })
            .collect();
    }
    let Some(line) = &profile.secret_command else {
        return Ok(Vec::new());
    };
    if layer.source.trust == Trust::Found {
        return Err(untrusted(layer, &named));
    }
    let origin = format!("{named} (secret_command)");
    let patience = profile.secret_command_timeout.map(|patience| patience.0);
    let mut bytes = secret_command::run(line, layer.source.folder(), patience, &origin)?;
    without_line_end(&mut bytes);
    Ok(vec![checked(bytes, origin, console)?])
}

fn from_variables(
    names: &Texts,
    named: &str,
    most: usize,
    console: &Console,
) -> Result<Vec<Secret>, Error> {
    let mut secrets = Vec::new();
    let mut unset = Vec::new();
    for name in &names.0 {
        let shown = escape::line(name.as_bytes());
        match variable(name) {
            Some(value) if secrets.len() < most => {
                let origin = format!("{named} (env {shown})");
                secrets.push(checked(bytes_of(&value), origin, console)?);
            }
            Some(_) => {}
            None => unset.push(shown),
        }
    }
    if secrets.is_empty() {
        return Err(Error::usage(
            format!(
                "{named} takes its secret from {}, which is not set",
                unset.join(" or ")
            ),
            "set the variable, or give --secret or --secret-file",
        ));
    }
    if most > 1 && !unset.is_empty() {
        console.note(&format!(
            "{named}: {} is not set and left out",
            unset.join(" and ")
        ));
    }
    Ok(secrets)
}

/// A name that no variable can have is asked for without a panic.
fn variable(name: &str) -> Option<OsString> {
    match name.is_empty() || name.contains(['=', '\0']) {
        true => None,
        false => std::env::var_os(name),
    }
}

fn in_text(named: &str, layer: &Layer) -> String {
    format!("{named} (written in {})", find::shown(&layer.source.path))
}

fn place(path: &str, layer: &Layer) -> PathBuf {
    layer.source.folder().join(path)
}

fn warn_of_readers(layer: &Layer, named: &str, console: &Console) {
    if layer.source.is_readable_by_others {
        let path = find::shown(&layer.source.path);
        console.warn(
            &format!("the secret of {named} stands in {path}, which other users can read"),
            &format!("chmod 600 {path}, or name where it is with secret_env, secret_file or secret_command"),
        );
    }
}

fn untrusted(layer: &Layer, named: &str) -> Error {
    let path = find::shown(&layer.source.path);
    Error::usage(
        format!(
            "{named} has a secret_command in {path}, which is not run: the file was merely found, and may be somebody else's"
        ),
        format!(
            "if you trust it, name it: --config {path} (or CZ_HOOK_CONFIG); or write the secret_command into a profile of the same name in your own file (`cz-hook config` says where)"
        ),
    )
}

/// Every secret that a profile names and that can be had without running anything or saying anything.
pub fn known(layers: &[Layer]) -> Vec<Secret> {
    let mut known = Vec::new();
    if let Some(value) = std::env::var_os(VARIABLE) {
        known.push(Secret::new(bytes_of(&value), VARIABLE));
    }
    for layer in layers {
        for (name, profile) in &layer.file.profiles {
            let named = format!("profile \"{}\"", escape::line(name.as_bytes()));
            let literals = profile.secret.iter().flat_map(|literals| &literals.0);
            known.extend(
                literals.map(|literal| {
                    Secret::new(literal.as_bytes().to_vec(), in_text(&named, layer))
                }),
            );
            let variables = profile.secret_env.iter().flat_map(|names| &names.0);
            known.extend(variables.filter_map(|name| {
                let origin = format!("{named} (env {})", escape::line(name.as_bytes()));
                Some(Secret::new(bytes_of(&variable(name)?), origin))
            }));
            let files = profile.secret_file.iter().flat_map(|paths| &paths.0);
            known.extend(files.filter_map(|path| {
                let path = place(path, layer);
                // Nothing that could wait for a writer: nobody asked for this file.
                let mut bytes = bounded::file(&path, LONGEST).ok()??;
                without_line_end(&mut bytes);
                let origin = format!("{named} (file {})", find::shown(&path));
                Some(Secret::new(bytes, origin))
            }));
        }
    }
    known.retain(|secret| !secret.expose().is_empty());
    known
}
