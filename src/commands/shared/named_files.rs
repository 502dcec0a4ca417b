//! The files that a capture names. A capture is data: without permission no such file is read. With permission, only
//! files in its own folder are read, and a message names each one.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, reason};
use crate::escape;
use crate::output::console::Console;
use crate::read_limited;

/// Why a file that another one names is not read: it is not a regular file in that one's folder. Both paths are real ones,
/// so that no link leads out of the folder. `by` says what the other file is.
pub(crate) fn refusal(by: &str, shown: &str, folder: &Path, path: &Path) -> Option<Error> {
    if !path.starts_with(folder) {
        return Some(Error::usage(
            format!("the {by} names the file {shown}, which is outside of the {by}'s folder"),
            "copy the file into that folder, and name the copy",
        ));
    }
    (!path.is_file()).then(|| {
        Error::usage(
            format!("the {by} names {shown}, which is not a regular file"),
            format!("write the data into the {by}"),
        )
    })
}

/// Reads the files that one capture names, or says why it does not.
pub(crate) struct NamedFiles<'n> {
    is_allowed: bool,
    /// The capture's folder.
    folder: PathBuf,
    console: &'n Console,
    said: HashSet<PathBuf>,
    /// The error of the first file that was refused.
    refusal: Option<Error>,
}

impl<'n> NamedFiles<'n> {
    /// For a capture at `path`. The folder of a stream is the working directory.
    pub(crate) fn new(path: Option<&Path>, is_allowed: bool, console: &'n Console) -> Self {
        let stored =
            path.filter(|path| path.is_file()).and_then(|path| fs::canonicalize(path).ok());
        let folder = stored.and_then(|path| Some(path.parent()?.to_owned()));
        let folder = folder.unwrap_or_else(|| PathBuf::from("."));
        Self { is_allowed, folder, console, said: HashSet::new(), refusal: None }
    }

    /// At most the first `max` bytes of a file.
    pub(crate) fn read(&mut self, name: &Path, max: usize) -> Result<Vec<u8>, String> {
        let shown = escape::line(name.as_os_str().as_encoded_bytes());
        if !self.is_allowed {
            return self.refuse(
                format!("the capture names the file {shown}, which is not read: a capture is data"),
                "--allow-files reads it, if it is in the capture's own folder",
            );
        }
        let real = |path: &Path| fs::canonicalize(path).map_err(|why| reason(&why));
        let (folder, path) = (real(&self.folder)?, real(&self.folder.join(name))?);
        if let Some(refusal) = refusal("capture", &shown, &folder, &path) {
            return self.refuse(refusal.message, &refusal.hint);
        }
        let content = read_limited::beginning(&path, max).map_err(|why| reason(&why))?;
        if self.said.insert(path) {
            self.console.security_note(&format!("read {shown}, which the capture names"));
        }
        Ok(content)
    }

    /// Why a file was refused, if one was.
    pub(crate) fn refusal(self) -> Option<Error> {
        self.refusal
    }

    fn refuse(&mut self, message: String, hint: &str) -> Result<Vec<u8>, String> {
        let refusal = Error::usage(message, hint);
        let text = refusal.message.clone();
        self.refusal.get_or_insert(refusal);
        Err(text)
    }
}
