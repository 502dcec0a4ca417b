//! The files that `--report` names: each one is another file, and each one is written even when another
//! cannot be.

use std::path::{Path, PathBuf};

use crate::conformance::Run;
use crate::error::{self, Error};
use crate::output::console::Console;
use crate::output::reports::Format;

/// Refuses two reports for one file: the second would replace the first.
pub fn check(reports: &[(Format, PathBuf)]) -> Result<(), Error> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for (_, path) in reports {
        let place = place(path);
        if seen.contains(&place) {
            return Err(Error::usage(
                format!("two reports are to be written to {}", path.display()),
                "give each report a file of its own",
            ));
        }
        seen.push(place);
    }
    Ok(())
}

/// Writes all of them. The error is the last one; the others are said.
pub fn save(reports: &[(Format, PathBuf)], run: &Run, console: &Console) -> Option<Error> {
    let mut failed: Option<Error> = None;
    for (format, path) in reports {
        let written = format
            .write(run)
            .and_then(|bytes| std::fs::write(path, bytes));
        if let Err(why) = written {
            let error = Error::io(
                format!("cannot write {}: {}", path.display(), error::reason(&why)),
                "check that its folder is there and can be written to",
            );
            if let Some(earlier) = failed.replace(error) {
                console.error(&earlier);
            }
        }
    }
    failed
}

/// The file that a path leads to, as far as that is known before it is there.
fn place(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
