//! Reads the user's custom providers and fixtures. A project's file may only name folders inside its project,
//! because their contents are sent to endpoints.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::folder::{DESCRIPTION, Fixture, Folder, FolderError};
use crate::{escape, read_limited};

use super::file::{ConfigFile, printable};

/// The longest sample, schema or description, in bytes.
const MAX_LEN: usize = 16 << 20;
/// The maximum number of entries in a folder.
const MAX_ENTRIES: usize = 10_000;

/// The built-in providers and those in the folder, and an error for each folder that is not used.
pub fn catalog(path: &Path, file: &ConfigFile) -> Result<(&'static Catalog, Vec<Error>), Error> {
    let root = root(path, file, "providers")?;
    let mut folders = Vec::new();
    for (name, path) in entries(&root)? {
        if !path.is_dir() {
            continue;
        }
        let mut files = Vec::new();
        for (file_name, path) in entries(&file.inside(&path)?)? {
            if file_name == DESCRIPTION
                || file_name.ends_with(".json")
                || file_name.ends_with(".form")
            {
                files.push((file_name, contents(&path, file)?));
            }
        }
        folders.push(Folder { name, files });
    }
    let (catalog, unusable) = Catalog::with_usable(folders);
    let error = |why: FolderError| {
        let path = root.join(&why.folder).join(&why.file);
        let message = format!("{}: {why}", path.display());
        Error::usage(escape::line(message.as_bytes()), escape::line(why.hint.as_bytes()))
    };
    // It lives as long as the process, as the built-in one does.
    Ok((Box::leak(Box::new(catalog)), unusable.into_iter().map(error).collect()))
}

/// The fixtures in the folder, by name. `otherwise` is the provider of those whose provider cannot be
/// detected.
pub fn fixtures(
    path: &Path,
    file: &ConfigFile,
    catalog: &'static Catalog,
    otherwise: Option<&'static Provider>,
) -> Result<Vec<Fixture>, Error> {
    let root = root(path, file, "fixtures")?;
    let mut fixtures = Vec::new();
    for (file_name, path) in entries(&root)? {
        let Some(name) = file_name.strip_suffix(".json") else {
            continue;
        };
        if name.ends_with(".schema") {
            return Err(Error::usage(
                format!("{} is a schema, and this is a folder of fixtures", printable(&path)),
                "move it to a provider's folder below `providers`",
            ));
        }
        let bytes = contents(&path, file)?;
        let read = Fixture::read(catalog, name, printable(&path), bytes, otherwise);
        fixtures.push(read.map_err(|why| {
            Error::usage(
                escape::line(format!("the fixture {} cannot be used: {why}", path.display()).as_bytes()),
                "a fixture is a JSON body; set `provider` in the profile where the provider cannot be \
                 detected",
            )
        })?);
    }
    Ok(fixtures)
}

/// The folder that a file names.
fn root(path: &Path, file: &ConfigFile, key: &str) -> Result<PathBuf, Error> {
    let root = file.folder().join(path);
    if !root.is_dir() {
        return Err(Error::usage(
            format!(
                "`{key}` in {} names {}, which is not a folder",
                printable(&file.path),
                printable(&root)
            ),
            "create it, or correct the key; relative paths start from the file's own folder",
        ));
    }
    file.inside(&root)?;
    Ok(root)
}

/// The visible entries of a folder, by name.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| Error::reading(folder, &e))? {
        let entry = entry.map_err(|e| Error::reading(folder, &e))?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|_| {
            Error::usage(
                format!("{} holds a name that is not UTF-8", printable(folder)),
                "rename it",
            )
        })?;
        if !name.starts_with('.') {
            entries.push((name, entry.path()));
        }
        if entries.len() > MAX_ENTRIES {
            return Err(Error::usage(
                format!("{} holds more than {MAX_ENTRIES} files", printable(folder)),
                "check that this is the right folder",
            ));
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

fn contents(path: &Path, file: &ConfigFile) -> Result<Vec<u8>, Error> {
    let real = file.inside(path)?;
    read_limited::file(&real, MAX_LEN)
        .map_err(|why| Error::reading(path, &why))?
        .ok_or_else(|| read_limited::too_long(&printable(path), MAX_LEN))
}
