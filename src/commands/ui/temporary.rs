//! The journal of an inspector whose deliveries are not recorded otherwise. It is private, and gone when the program
//! ends; if the program is killed, the next one that makes such a journal removes it.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::error::{self, Error};

const PREFIX: &str = "cz-hook-ui-";

/// The file that is locked as long as its program runs.
const LOCK: &str = "lock";

#[derive(Debug)]
pub(in crate::commands) struct TemporaryJournal {
    path: PathBuf,
    // In the order in which they are given up: the folder is removed while it is locked.
    _folder: TempDir,
    _lock: File,
}

impl TemporaryJournal {
    /// A path for a new journal, in a folder that only its owner can enter.
    pub(in crate::commands) fn create() -> Result<Self, Error> {
        let create = || -> std::io::Result<Self> {
            let mut builder = tempfile::Builder::new();
            builder.prefix(PREFIX);
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
            let folder = builder.tempdir()?;
            let lock = File::create_new(folder.path().join(LOCK))?;
            lock.lock()?;
            folder.path().parent().into_iter().for_each(remove_abandoned);
            Ok(Self { path: folder.path().join("journal.db"), _folder: folder, _lock: lock })
        };
        create().map_err(|why| {
            Error::io(
                format!("cannot keep the deliveries for the inspector: {}", error::reason(&why)),
                "check the folder for temporary files, or give --record FILE",
            )
        })
    }

    /// Removes the names of the files, where a system allows that while they are open. No program can open them from
    /// then on, and nothing is left of them when this one ends, however it ends.
    pub(in crate::commands) fn unlink(&self) -> Result<(), Error> {
        if !cfg!(unix) {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(&self.path);
        fs::remove_dir_all(folder).map_err(|why| {
            Error::io(
                format!("cannot hide the journal of the inspector: {}", error::reason(&why)),
                "check the folder for temporary files, or give --record FILE",
            )
        })
    }

    pub(in crate::commands) fn path(&self) -> &Path {
        &self.path
    }
}

/// Removes the folders of programs that were killed: those that no program holds the lock of.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let path = entry.path();
        // A link could lead anywhere.
        let about = fs::symlink_metadata(&path).ok().filter(Metadata::is_dir);
        if is_named && about.is_some_and(|about| is_own(&about) && is_abandoned(&path, &about)) {
            // Another program may be faster.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn is_abandoned(folder: &Path, about: &Metadata) -> bool {
    /// Longer than a program takes from making the folder to locking it.
    const BEGINNING: Duration = Duration::from_secs(60);
    match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => {
            let age = about.modified().ok().and_then(|at| at.elapsed().ok());
            age.is_some_and(|age| age > BEGINNING)
        }
    }
}

#[cfg(unix)]
fn is_own(about: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(about) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}
