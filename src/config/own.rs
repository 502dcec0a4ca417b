//! The user's own providers and fixtures, from folders to what the pure rooms read. A file that was
//! merely found may only name folders of its own project: what is in them is sent to endpoints.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::escape;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::fixture::Fixture;
use crate::webhook::provider::folder::{DESCRIPTION, Folder};

use super::bounded;
use super::find::{Source, Trust, shown};

/// The longest sample, schema or description, in bytes.
const LONGEST: usize = 16 << 20;
/// The most entries of a folder.
const MOST: usize = 10_000;

/// The built-in providers and those in the folder.
///
/// # Errors
/// When a folder in it does not describe a provider.
pub fn catalog(path: &Path, source: &Source) -> Result<&'static Catalog, Error> {
    let root = root(path, source, "providers")?;
    let mut folders = Vec::new();
    for (name, place) in entries(&root)? {
        if !place.is_dir() {
            continue;
        }
        let mut files = Vec::new();
        for (file, place) in entries(&place)? {
            if file == DESCRIPTION || file.ends_with(".json") {
                files.push((file, contents(&place, source)?));
            }
        }
        folders.push(Folder { name, files });
    }
    match Catalog::with(folders) {
        // It lives as long as the process, as the built-in one does.
        Ok(catalog) => Ok(Box::leak(Box::new(catalog))),
        Err(wrong) => {
            let place = root.join(&wrong.folder).join(&wrong.file);
            Err(Error::usage(
                escape::line(format!("{}: {wrong}", place.display()).as_bytes()),
                escape::line(wrong.hint.as_bytes()),
            ))
        }
    }
}

/// The fixtures in the folder, by name. `otherwise` is whose they are when that cannot be recognised.
///
/// # Errors
/// When one of them is nobody's body.
pub fn fixtures(
    path: &Path,
    source: &Source,
    catalog: &'static Catalog,
    otherwise: Option<&'static Provider>,
) -> Result<Vec<Fixture>, Error> {
    let root = root(path, source, "fixtures")?;
    let mut fixtures = Vec::new();
    for (file, place) in entries(&root)? {
        let Some(name) = file.strip_suffix(".json") else {
            continue;
        };
        if name.ends_with(".schema") {
            return Err(Error::usage(
                format!(
                    "{} is a schema, and this is a folder of fixtures",
                    shown(&place)
                ),
                "schemas belong into a provider's folder, below `providers`",
            ));
        }
        let bytes = contents(&place, source)?;
        let read = Fixture::read(catalog, name, shown(&place), bytes, otherwise);
        fixtures.push(read.map_err(|why| {
            Error::usage(
                escape::line(format!("the fixture {} cannot be used: {why}", place.display()).as_bytes()),
                "a fixture is a body in JSON; `provider` in the profile says whose, where that cannot \
                 be detected",
            )
        })?);
    }
    Ok(fixtures)
}

/// The folder that a file names.
fn root(path: &Path, source: &Source, key: &str) -> Result<PathBuf, Error> {
    let root = source.folder().join(path);
    if !root.is_dir() {
        return Err(Error::usage(
            format!(
                "`{key}` in {} names {}, which is no folder",
                shown(&source.path),
                shown(&root)
            ),
            "make it, or correct the key; relative paths start from the file's own folder",
        ));
    }
    inside(&root, source)?;
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
                format!("{} holds a name that is not UTF-8", shown(folder)),
                "rename it",
            )
        })?;
        if !name.starts_with('.') {
            entries.push((name, entry.path()));
        }
        if entries.len() > MOST {
            return Err(Error::usage(
                format!("{} holds more than {MOST} files", shown(folder)),
                "is this the right folder?",
            ));
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

fn contents(path: &Path, source: &Source) -> Result<Vec<u8>, Error> {
    inside(path, source)?;
    bounded::file(path, LONGEST)
        .map_err(|why| Error::reading(path, &why))?
        .ok_or_else(|| bounded::too_long(&shown(path), LONGEST))
}

fn inside(path: &Path, source: &Source) -> Result<(), Error> {
    if source.trust != Trust::Found {
        return Ok(());
    }
    let real = |path: &Path| fs::canonicalize(path).map_err(|e| Error::reading(path, &e));
    if real(path)?.starts_with(real(source.folder())?) {
        return Ok(());
    }
    Err(Error::usage(
        format!(
            "{} names {}, which is outside of its project",
            shown(&source.path),
            shown(path)
        ),
        format!(
            "if you trust it, name it: --config {} (or CZ_HOOK_CONFIG)",
            shown(&source.path)
        ),
    ))
}
