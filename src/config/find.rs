//! Finds the `cz-hook.toml` files. A project's file may come from a cloned repository, so it is trusted less
//! than one that the user named or keeps at home.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::{escape, read_limited};

use super::file::{ConfigFile, Contents};

/// The name of the file.
pub const FILE_NAME: &str = "cz-hook.toml";
/// The variable that names a file.
pub const VARIABLE: &str = "CZ_HOOK_CONFIG";

/// Why a file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOrigin {
    /// The user named it, with a flag or a variable.
    Named,
    /// It was found in the working directory or above it.
    Project,
    /// It is in the user's own configuration.
    User,
}

/// The files that were found, and the paths where there was none.
#[derive(Debug, Default)]
pub struct Search {
    /// The files, the nearest first.
    pub files: Vec<ConfigFile>,
    /// The paths without a file.
    pub absent: Vec<PathBuf>,
}

/// Reads the one file that was named, or else the project's and the user's.
///
/// # Errors
/// When a file is there and cannot be used, or a named one is not there.
pub fn search(named: Option<&Path>) -> Result<Search, Error> {
    let mut search = Search::default();
    if let Some(path) = named {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let metadata = fs::metadata(&path).map_err(|e| Error::reading(&path, &e))?;
        search.files.push(read(path, &metadata, FileOrigin::Named)?);
        return Ok(search);
    }
    let home = std::env::home_dir();
    let user = user_path(home.as_deref());
    if let Ok(here) = std::env::current_dir() {
        search.upward(&here, home.as_deref(), user.as_deref())?;
    }
    if let Some(path) = user {
        search.try_path(path, FileOrigin::User)?;
    }
    Ok(search)
}

impl Search {
    /// From `here` up to the repository's root, or home, or as far as it goes.
    fn upward(
        &mut self,
        here: &Path,
        home: Option<&Path>,
        user: Option<&Path>,
    ) -> Result<(), Error> {
        for folder in here.ancestors() {
            let path = folder.join(FILE_NAME);
            if user != Some(path.as_path()) && self.try_path(path, FileOrigin::Project)? {
                return Ok(());
            }
            if Some(folder) == home || fs::symlink_metadata(folder.join(".git")).is_ok() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads the file if it exists; returns whether it does.
    fn try_path(&mut self, path: PathBuf, origin: FileOrigin) -> Result<bool, Error> {
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            // A dangling link is a mistake, not an absent file.
            Err(why) if fs::symlink_metadata(&path).is_ok() => {
                return Err(Error::reading(&path, &why));
            }
            Err(_) => {
                self.absent.push(path);
                return Ok(false);
            }
        };
        if !metadata.is_file() {
            return Err(Error::usage(
                format!("{} is not a file", printable(&path)),
                "rename it, name another file with --config, or ignore it with --no-config",
            ));
        }
        if origin == FileOrigin::Project && belongs_to_another_user(&metadata) {
            return Err(Error::usage(
                format!("{} belongs to another user", printable(&path)),
                "--config FILE uses it anyway, --no-config ignores it",
            ));
        }
        self.files.push(read(path, &metadata, origin)?);
        Ok(true)
    }
}

fn read(path: PathBuf, metadata: &Metadata, origin: FileOrigin) -> Result<ConfigFile, Error> {
    const LIMIT: usize = 1 << 20;
    let bytes = File::open(&path).and_then(|file| read_limited::all(file, LIMIT));
    let bytes = bytes
        .map_err(|e| Error::reading(&path, &e))?
        .ok_or_else(|| read_limited::too_long(&printable(&path), LIMIT))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Error::usage(
            format!("{} is not UTF-8", printable(&path)),
            "save it as UTF-8",
        )
    })?;
    // It may hold a secret.
    let text = Zeroizing::new(text);
    Ok(ConfigFile {
        is_readable_by_others: is_readable_by_others(metadata),
        contents: Contents::read(&text, &path)?,
        path,
        origin,
    })
}

/// A path, escaped: the names in a cloned project are untrusted.
pub fn printable(path: &Path) -> String {
    escape::line(path.display().to_string().as_bytes())
}

/// The path of the user's own file: the same on every Unix, macOS included.
fn user_path(home: Option<&Path>) -> Option<PathBuf> {
    let given = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let base = given("XDG_CONFIG_HOME").or_else(|| match cfg!(windows) {
        true => given("APPDATA"),
        false => home.map(|home| home.join(".config")),
    })?;
    Some(base.join("cz-hook").join(FILE_NAME))
}

#[cfg(unix)]
fn belongs_to_another_user(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    is_another_user(metadata.uid(), rustix::process::geteuid().as_raw())
}

/// Root is trusted: it could do anything anyway.
#[cfg(unix)]
fn is_another_user(owner: u32, user: u32) -> bool {
    owner != 0 && owner != user
}

#[cfg(not(unix))]
fn belongs_to_another_user(_metadata: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_readable_by_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.is_file() && metadata.permissions().mode() & 0o044 != 0
}

#[cfg(not(unix))]
fn is_readable_by_others(_metadata: &Metadata) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::is_another_user;

    #[test]
    fn a_file_of_another_user_is_told_apart_from_own_and_root_files() {
        assert!(is_another_user(1000, 1001));
        assert!(is_another_user(1000, 0));
        assert!(!is_another_user(1000, 1000));
        assert!(!is_another_user(0, 1000));
    }
}
