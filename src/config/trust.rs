//! The list of the files that the user trusts, in the user's own configuration: each path with the hash of its contents.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::error::{Error, reason};
use crate::read_limited::{self, MAX_SETTING};

use super::file::printable;

const LIST_NAME: &str = "trusted.json";
const LOCK_NAME: &str = "trusted.lock";

/// How long to wait for another process that changes the list.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Paths and hashes.
type TrustedFiles = BTreeMap<String, String>;

/// Why a file with these contents is not trusted; `None` when it is. The text continues a sentence that begins with the
/// path.
pub fn reason_against(path: &Path, bytes: &[u8]) -> Option<String> {
    let files = match user_folder().map(|folder| read(&folder.join(LIST_NAME))) {
        Some(Ok(files)) => files,
        Some(Err(why)) => return Some(format!("is not trusted, because {why}")),
        None => TrustedFiles::new(),
    };
    match key(path).and_then(|key| files.get(&key).cloned()) {
        Some(known) if known == hash(bytes) => None,
        Some(_) => Some("has changed since it was trusted".to_owned()),
        None => Some("is not trusted".to_owned()),
    }
}

/// Trusts a file with these contents.
pub fn add(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let key = key(path).ok_or_else(|| {
        Error::usage(
            format!("the path {} is not UTF-8 or does not exist", printable(path)),
            "rename it, or name the file with --config, which needs no trust",
        )
    })?;
    change(|files| files.insert(key, hash(bytes)))?;
    Ok(())
}

/// Removes a file from the list; returns whether it was trusted.
pub fn remove(path: &Path) -> Result<bool, Error> {
    let given = path.to_str().map(str::to_owned);
    let keys = key(path).into_iter().chain(given);
    change(|files| keys.filter(|key| files.remove(key).is_some()).count() > 0)
}

/// Every trusted path and the state of the file: `trusted`, `changed` or `missing`.
pub fn list() -> Result<Vec<(String, &'static str)>, Error> {
    let files = read(&own_folder()?.join(LIST_NAME)).map_err(unusable)?;
    let state = |(path, known): (String, String)| {
        let state = match read_limited::file(Path::new(&path), MAX_SETTING) {
            Ok(Some(bytes)) if hash(&bytes) == known => "trusted",
            Err(why) if why.kind() == io::ErrorKind::NotFound => "missing",
            _ => "changed",
        };
        (path, state)
    };
    Ok(files.into_iter().map(state).collect())
}

/// The folder of the user's own configuration: the same on every Unix, macOS included.
pub fn user_folder() -> Option<PathBuf> {
    let given =
        |name: &str| Some(PathBuf::from(std::env::var_os(name)?)).filter(|p| p.is_absolute());
    let base = given("XDG_CONFIG_HOME").or_else(|| match cfg!(windows) {
        true => given("APPDATA"),
        false => home().map(|home| home.join(".config")),
    })?;
    Some(base.join("cz-hook"))
}

/// The user's home. One that is empty or relative would be a folder of the project.
pub fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

#[cfg(unix)]
pub fn belongs_to_another_user(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    is_another_user(metadata.uid(), rustix::process::geteuid().as_raw())
}

/// Root is trusted: it could do anything anyway.
#[cfg(unix)]
fn is_another_user(owner: u32, user: u32) -> bool {
    owner != 0 && owner != user
}

/// Whether the file has one of these permissions.
#[cfg(unix)]
pub fn has_mode(metadata: &Metadata, mode: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & mode != 0
}

#[cfg(not(unix))]
pub fn belongs_to_another_user(_metadata: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub fn has_mode(_metadata: &Metadata, _mode: u32) -> bool {
    false
}

/// A file's place in the list. The folder's links are followed, not the file's own: its relative paths start where it was
/// found.
fn key(path: &Path) -> Option<String> {
    let folder = fs::canonicalize(path.parent()?).ok()?;
    folder.join(path.file_name()?).to_str().map(str::to_owned)
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Reads the list; the error is a sentence about it. With a list that other users can write, no file is trusted.
fn read(path: &Path) -> Result<TrustedFiles, String> {
    let about = |what: &str| format!("{} {what}", printable(path));
    let unreadable = |why: &io::Error| about(&format!("cannot be read: {}", reason(why)));
    match fs::symlink_metadata(path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(TrustedFiles::new()),
        _ => {}
    }
    let bytes = read_limited::file(path, MAX_SETTING).map_err(|why| unreadable(&why))?;
    let metadata = fs::metadata(path).map_err(|why| unreadable(&why))?;
    if belongs_to_another_user(&metadata) || has_mode(&metadata, 0o022) {
        return Err(about("can be written by other users"));
    }
    let bytes = bytes.ok_or_else(|| about("is longer than 1 MiB"))?;
    serde_json::from_slice(&bytes).map_err(|_| about("is damaged"))
}

/// Changes the list: one process at a time, and a reader sees the old list or the new one.
fn change<T>(how: impl FnOnce(&mut TrustedFiles) -> T) -> Result<T, Error> {
    let folder = own_folder()?;
    let writing = |why: &io::Error| {
        Error::io(
            format!(
                "the list of trusted files in {} cannot be written: {}",
                printable(&folder),
                reason(why)
            ),
            "check the folder's permissions, or name the configuration file with --config, which needs no trust",
        )
    };
    let _lock = create(&folder).and_then(|()| lock(&folder)).map_err(|why| writing(&why))?;
    // The list may be a link into a folder of dotfiles.
    let path = folder.join(LIST_NAME);
    let path = fs::canonicalize(&path).unwrap_or(path);
    let before = read(&path).map_err(unusable)?;
    let mut files = before.clone();
    let result = how(&mut files);
    if files == before {
        return Ok(result);
    }
    let bytes = serde_json::to_vec_pretty(&files).map_err(|why| writing(&why.into()))?;
    if bytes.len() > MAX_SETTING {
        return Err(read_limited::too_long(&printable(&path), MAX_SETTING));
    }
    let written = || -> io::Result<()> {
        // Only the user can read it.
        let mut new = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(&folder))?;
        new.write_all(&bytes)?;
        new.as_file().sync_all()?;
        new.persist(&path)?;
        Ok(())
    };
    written().map_err(|why| writing(&why))?;
    Ok(result)
}

fn own_folder() -> Result<PathBuf, Error> {
    user_folder().ok_or_else(|| {
        Error::usage(
            "there is no folder for your own configuration, which lists the files that you trust",
            "set HOME or XDG_CONFIG_HOME, or name the configuration file with --config, which needs no trust",
        )
    })
}

fn unusable(why: String) -> Error {
    Error::usage(why, "correct or remove it; without it no file is trusted until `cz-hook trust`")
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The lock is released when the file is closed, also after a crash.
fn lock(folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join(LOCK_NAME))?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another process holds its lock"));
            }
            Err(TryLockError::Error(why)) => return Err(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_of_another_user_is_told_apart_from_own_and_root_files() {
        assert!(is_another_user(1000, 1001));
        assert!(is_another_user(1000, 0));
        assert!(!is_another_user(1000, 1000));
        assert!(!is_another_user(0, 1000));
    }
}
