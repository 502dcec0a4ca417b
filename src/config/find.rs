//! Which `cz-hook.toml` files count, and how far each is trusted. One that is merely found may have come
//! with somebody's repository, so it is told apart from one that the user named or keeps at home.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::escape;

use super::bounded;

/// What the file is called.
pub const NAME: &str = "cz-hook.toml";
/// The variable that names a file.
pub const VARIABLE: &str = "CZ_HOOK_CONFIG";

/// Why a file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It was named, with a flag or a variable.
    Named,
    /// It was found upward from the working directory.
    Found,
    /// It is in the user's own configuration.
    Own,
}

/// A file that was read.
#[derive(Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Why it counts.
    pub trust: Trust,
    /// What it says.
    pub text: Zeroizing<String>,
    /// Whether others than its owner may read it.
    pub is_readable_by_others: bool,
}

impl Source {
    /// The folder that the file's relative paths start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }
}

/// What was looked for and what was there.
#[derive(Debug, Default)]
pub struct Search {
    /// What was read, the nearest first.
    pub sources: Vec<Source>,
    /// Where nothing was.
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
        search.sources.push(read(path, &metadata, Trust::Named)?);
        return Ok(search);
    }
    let home = std::env::home_dir();
    let own = own_path(home.as_deref());
    if let Ok(here) = std::env::current_dir() {
        search.upward(&here, home.as_deref(), own.as_deref())?;
    }
    if let Some(path) = own {
        search.look(path, Trust::Own)?;
    }
    Ok(search)
}

impl Search {
    /// From `here` up to the repository's root, or home, or as far as it goes.
    fn upward(
        &mut self,
        here: &Path,
        home: Option<&Path>,
        own: Option<&Path>,
    ) -> Result<(), Error> {
        for folder in here.ancestors() {
            let path = folder.join(NAME);
            if own != Some(path.as_path()) && self.look(path, Trust::Found)? {
                return Ok(());
            }
            if Some(folder) == home || fs::symlink_metadata(folder.join(".git")).is_ok() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads the file if it is there; says whether it is.
    fn look(&mut self, path: PathBuf, trust: Trust) -> Result<bool, Error> {
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            // A link that leads nowhere is there, and not as it was meant.
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
                format!("{} is no file", shown(&path)),
                "rename it, name another with --config, or go without with --no-config",
            ));
        }
        if trust == Trust::Found && is_strangers(&metadata) {
            return Err(Error::usage(
                format!("{} belongs to another user", shown(&path)),
                "--config FILE uses it all the same, --no-config goes without",
            ));
        }
        self.sources.push(read(path, &metadata, trust)?);
        Ok(true)
    }
}

fn read(path: PathBuf, metadata: &Metadata, trust: Trust) -> Result<Source, Error> {
    const LONGEST: usize = 1 << 20;
    let bytes = File::open(&path).and_then(|file| bounded::all(file, LONGEST));
    let bytes = bytes
        .map_err(|e| Error::reading(&path, &e))?
        .ok_or_else(|| bounded::too_long(&shown(&path), LONGEST))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::usage(format!("{} is not UTF-8", shown(&path)), "save it as UTF-8"))?;
    Ok(Source {
        is_readable_by_others: is_readable_by_others(metadata),
        path,
        trust,
        text: Zeroizing::new(text),
    })
}

/// A path to print: a project's folders may have been named by a stranger.
pub fn shown(path: &Path) -> String {
    escape::line(path.display().to_string().as_bytes())
}

/// Where the user's own file is: in the same place on every Unix, macOS too.
fn own_path(home: Option<&Path>) -> Option<PathBuf> {
    let given = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let base = given("XDG_CONFIG_HOME").or_else(|| match cfg!(windows) {
        true => given("APPDATA"),
        false => home.map(|home| home.join(".config")),
    })?;
    Some(base.join("cz-hook").join(NAME))
}

#[cfg(unix)]
fn is_strangers(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    is_anothers(metadata.uid(), rustix::process::geteuid().as_raw())
}

/// The system's administrator could do anything anyway.
#[cfg(unix)]
fn is_anothers(owner: u32, user: u32) -> bool {
    owner != 0 && owner != user
}

#[cfg(not(unix))]
fn is_strangers(_metadata: &Metadata) -> bool {
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
    use super::is_anothers;

    #[test]
    fn a_file_is_a_strangers_unless_it_is_ones_own_or_the_systems() {
        assert!(is_anothers(1000, 1001));
        assert!(is_anothers(1000, 0));
        assert!(!is_anothers(1000, 1000));
        assert!(!is_anothers(0, 1000));
    }
}
