//! What was asked for, resolved once: flags first, then the environment.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::cli::{SecretArg, SecretsArg, Shared};
use crate::error::Error;
use crate::report::console::Console;
use crate::webhook::catalog::{Catalog, DEFAULT_PROVIDER};
use crate::webhook::provider::Provider;
use crate::webhook::secret::Secret;
use crate::webhook::suggest;

/// The variable that holds the secret when no flag does.
const SECRET_VARIABLE: &str = "CZ_HOOK_SECRET";

/// The word that asks for each delivery's provider to be recognised.
const AUTO: &str = "auto";

/// What is in force for this run, besides the flags of its command.
#[derive(Debug)]
pub struct Settings {
    /// The providers that are known.
    pub catalog: &'static Catalog,
}

impl Settings {
    /// Looks the settings up.
    ///
    /// # Errors
    /// When they cannot be used as they are.
    pub fn load(_shared: &Shared, _console: &Console) -> Result<Self, Error> {
        Ok(Self {
            catalog: Catalog::builtin(),
        })
    }

    /// The one secret to sign with, if there is one. A profile's is only looked up when it `is_needed`.
    ///
    /// # Errors
    /// When a secret is empty or its file cannot be read.
    pub fn signing_secret(
        &self,
        args: &SecretArg,
        _is_needed: bool,
        console: &Console,
    ) -> Result<Option<Secret>, Error> {
        let flags = args.secret.as_slice();
        let files = args.secret_file.as_slice();
        Ok(collect(flags, files, console)?.into_iter().next())
    }

    /// The secrets to verify with, in the order flags, files; those of the environment when there is
    /// none.
    ///
    /// # Errors
    /// As [`Settings::signing_secret`].
    pub fn verifying_secrets(
        &self,
        args: &SecretsArg,
        console: &Console,
    ) -> Result<Vec<Secret>, Error> {
        collect(&args.secret, &args.secret_file, console)
    }

    /// The provider to make deliveries of: the one named, else the default one.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn producing(&self, flag: Option<&str>) -> Result<&'static Provider, Error> {
        find(self.catalog, flag.unwrap_or(DEFAULT_PROVIDER), "")
    }

    /// The provider to expect; `None` for `auto`.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn receiving(&self, flag: Option<&str>) -> Result<Option<&'static Provider>, Error> {
        match flag {
            None | Some(AUTO) => Ok(None),
            Some(name) => find(self.catalog, name, ", auto").map(Some),
        }
    }

    /// The endpoint to send to.
    ///
    /// # Errors
    /// When none is given anywhere.
    pub fn url<'s>(&'s self, flag: Option<&'s str>) -> Result<&'s str, Error> {
        flag.ok_or_else(|| {
            Error::usage(
                "there is no endpoint to send to",
                "give it with --url, or write `url` into a profile of cz-hook.toml",
            )
        })
    }
}

fn collect(
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
        secrets.push(secret(bytes_of(value), origin, console)?);
    }
    for path in files {
        secrets.push(secret_in(path.as_ref(), console)?);
    }
    if secrets.is_empty()
        && let Some(value) = std::env::var_os(SECRET_VARIABLE)
    {
        secrets.push(secret(
            bytes_of(&value),
            SECRET_VARIABLE.to_owned(),
            console,
        )?);
    }
    Ok(secrets)
}

fn secret(bytes: Vec<u8>, origin: String, console: &Console) -> Result<Secret, Error> {
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

fn secret_in(path: &Path, console: &Console) -> Result<Secret, Error> {
    const LONGEST: u64 = 1 << 20;
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        .map_err(|e| Error::reading(path, &e))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Error::usage(
            format!("the secret in {} is over 1 MiB long", path.display()),
            "is this the right file?",
        ));
    }
    if bytes.ends_with(b"\n") {
        bytes.pop();
        bytes.pop_if(|b| *b == b'\r');
        console.note(&format!(
            "the final newline of {} is not part of the secret",
            path.display()
        ));
    }
    secret(bytes, path.display().to_string(), console)
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

/// The error of a command that cannot do without a secret.
pub fn no_secret(doing: &str) -> Error {
    Error::usage(
        format!("there is no secret to {doing} with"),
        "give --secret, --secret-file, or set CZ_HOOK_SECRET",
    )
}

fn find(catalog: &'static Catalog, name: &str, or: &str) -> Result<&'static Provider, Error> {
    catalog.provider(name).ok_or_else(|| {
        let names: Vec<_> = catalog.providers().map(|p| p.name.as_str()).collect();
        let hint = match suggest::nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? There are: {}{or}", names.join(", ")),
            None => format!("there are: {}{or}", names.join(", ")),
        };
        Error::usage(format!("there is no provider `{name}`"), hint)
    })
}
