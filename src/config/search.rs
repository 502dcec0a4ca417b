//! Where a `cz-hook.toml` is searched, and whether what is found is trusted. A file in the working directory or above it may
//! come from another person.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::read_limited;

use super::file::{
    ConfigFile, Contents, FILE_NAME, FileOrigin, Untrusted, keys_that_need_trust, printable,
};
use super::trust::{self, user_folder};

#[derive(Default)]
pub struct Search {
    pub files: Vec<ConfigFile>,
    pub absent: Vec<PathBuf>,
}

/// Reads the one file that was named, or else the project's and the user's. An existing file that cannot be used is
/// an error, and so is a named file that does not exist.
pub fn search(named: Option<&Path>) -> Result<Search, Error> {
    let mut search = Search::default();
    if let Some(path) = named {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let text = Text::read(&path)?;
        search.files.push(text.parse(path, FileOrigin::Named)?);
        return Ok(search);
    }
    for path in project_paths() {
        if search.try_path(path, FileOrigin::Project)? {
            break;
        }
    }
    if let Some(path) = user_path() {
        search.try_path(path, FileOrigin::User)?;
    }
    Ok(search)
}

impl Search {
    /// Reads the file if it exists; returns whether it does.
    fn try_path(&mut self, path: PathBuf, origin: FileOrigin) -> Result<bool, Error> {
        // A dangling link is a mistake, not an absent file.
        if fs::symlink_metadata(&path).is_err() {
            self.absent.push(path);
            return Ok(false);
        }
        let text = Text::found(&path, origin)?;
        self.files.push(text.parse(path, origin)?);
        Ok(true)
    }
}

/// The nearest file in the working directory or above it, without reading it.
pub fn nearest() -> Option<PathBuf> {
    project_paths().into_iter().find(|path| fs::symlink_metadata(path).is_ok())
}

/// The path of a file or folder that the user trusts by name.
pub fn trustable(path: &Path) -> Result<PathBuf, Error> {
    let mut path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if path.is_dir() && path.file_name().is_none_or(|name| name != FILE_NAME) {
        path.push(FILE_NAME);
    }
    match path.file_name() {
        Some(name) if name == FILE_NAME => Ok(path),
        _ => Err(Error::usage(
            format!("only a file named {FILE_NAME} is found by searching and needs trust"),
            format!("use this file with --config {}", printable(&path)),
        )),
    }
}

/// Records that the user trusts this file as it is now; returns the keys that this puts into effect.
pub fn trust_file(path: &Path) -> Result<Vec<String>, Error> {
    let text = Text::found(path, FileOrigin::Project)?;
    // A file that cannot be used is not worth trust.
    Contents::read(text.text(path)?, path)?;
    trust::add(path, &text.bytes)?;
    Ok(keys_that_need_trust(text.text(path)?).0.into_iter().collect())
}

/// Whether this file takes effect only when it is trusted: any that is found, but the user's own.
pub fn needs_trust(path: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let folder = path.parent().and_then(real);
    folder.is_none() || folder != user_folder().as_deref().and_then(real)
}

/// Whether other users can change the file.
pub fn is_writable_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| trust::has_mode(&metadata, 0o002))
}

/// Where a project's file may be: from the working directory up to the repository's root, or home, or as far as it goes.
fn project_paths() -> Vec<PathBuf> {
    let Ok(here) = std::env::current_dir() else {
        return Vec::new();
    };
    let real = |path: PathBuf| fs::canonicalize(&path).unwrap_or(path);
    let home = trust::home().map(real);
    let user = user_folder().map(real);
    let mut paths = Vec::new();
    for folder in here.ancestors() {
        if user.as_deref() != Some(folder) {
            paths.push(folder.join(FILE_NAME));
        }
        if home.as_deref() == Some(folder) || fs::symlink_metadata(folder.join(".git")).is_ok() {
            break;
        }
    }
    paths
}

/// The path of the user's own file.
fn user_path() -> Option<PathBuf> {
    Some(user_folder()?.join(FILE_NAME))
}

/// The bytes of a file, read once: what is compared with the trusted hash is what is parsed.
struct Text {
    /// It may hold a secret.
    bytes: Zeroizing<Vec<u8>>,
    metadata: Metadata,
}

impl Text {
    fn read(path: &Path) -> Result<Self, Error> {
        let bytes = Zeroizing::new(read_limited::setting(path, &printable(path))?);
        let metadata = fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
        Ok(Self { bytes, metadata })
    }

    /// The same for a file that was found, not named.
    fn found(path: &Path, origin: FileOrigin) -> Result<Self, Error> {
        // Checked before it is opened: opening a pipe would wait for a writer.
        let metadata = fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
        if !metadata.is_file() {
            return Err(Error::usage(
                format!("{} is not a file", printable(path)),
                "rename it, name another file with --config, or ignore it with --no-config",
            ));
        }
        let text = Self::read(path)?;
        if trust::belongs_to_another_user(&text.metadata) {
            return Err(Error::usage(
                format!("{} belongs to another user", printable(path)),
                "--config FILE uses it anyway, --no-config ignores it",
            ));
        }
        // Of a project's file, the hash is compared.
        if origin == FileOrigin::User && trust::has_mode(&text.metadata, 0o002) {
            let path = printable(path);
            return Err(Error::usage(
                format!("{path} is your own configuration, and other users can write it"),
                format!("read it, then run chmod go-w {path}; --no-config ignores it"),
            ));
        }
        Ok(text)
    }

    fn text(&self, path: &Path) -> Result<&str, Error> {
        std::str::from_utf8(&self.bytes).map_err(|_| {
            Error::usage(format!("{} is not UTF-8", printable(path)), "save it as UTF-8")
        })
    }

    fn parse(&self, path: PathBuf, origin: FileOrigin) -> Result<ConfigFile, Error> {
        let mut file = ConfigFile {
            is_readable_by_others: self.metadata.is_file()
                && trust::has_mode(&self.metadata, 0o044),
            contents: Contents::default(),
            path,
            origin,
            untrusted: None,
            is_limited: false,
        };
        let reason = match origin {
            FileOrigin::Project => trust::reason_against(&file.path, &self.bytes),
            FileOrigin::Named | FileOrigin::User => None,
        };
        if let Some(mut reason) = reason {
            let is_outside = file.inside(&file.path).is_err();
            let mut keys = Default::default();
            match is_outside {
                // Its contents are not the project's, so that no message may repeat a word of them.
                true => reason.push_str(" and links to a file outside of its folder"),
                false => keys = keys_that_need_trust(self.text(&file.path)?),
            }
            let (ignored, limited) = keys;
            file.untrusted = Some(Untrusted { reason, ignored, limited, is_outside });
            if is_outside {
                return Ok(file);
            }
        }
        file.contents = Contents::read(self.text(&file.path)?, &file.path)?;
        Ok(file)
    }
}
