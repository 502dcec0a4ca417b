//! Files that are written and must not exist yet.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::error::{self, Error};

/// Creates a folder with the folders above it; with `is_new`, it must not exist.
pub(crate) fn create_folder(folder: &Path, is_new: bool) -> Result<(), Error> {
    let created = match (is_new, folder.parent()) {
        (true, Some(above)) => fs::create_dir_all(above).and_then(|()| fs::create_dir(folder)),
        _ => fs::create_dir_all(folder),
    };
    created.map_err(|why| unwritable(folder, &why))
}

/// Writes files into a folder. Nothing that exists is overwritten.
pub(crate) fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    for (name, bytes) in files {
        let path = folder.join(name);
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let written = opened.and_then(|mut file| file.write_all(bytes));
        written.map_err(|why| unwritable(&path, &why))?;
    }
    Ok(())
}

fn unwritable(path: &Path, why: &std::io::Error) -> Error {
    match why.kind() {
        ErrorKind::AlreadyExists => Error::usage(
            format!("{} already exists and is not changed", path.display()),
            "remove it, or give another name or folder",
        ),
        _ => Error::io(
            format!("cannot write {}: {}", path.display(), error::reason(why)),
            "check the folder's permissions, or give another folder",
        ),
    }
}
