//! Whether a journal's file is still where it was opened. What is written into one that was moved or
//! removed meanwhile would be found by nobody.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file, by its path and by what it is.
#[derive(Debug)]
pub(super) struct Anchor {
    path: PathBuf,
    file: Option<(u64, u64)>,
}

impl Anchor {
    /// Remembers the file at `path`.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let file = identity(&path)?;
        Ok(Self { path, file })
    }

    /// Whether the same file is still there, and not emptied.
    pub(super) fn holds(&self) -> bool {
        identity(&self.path).is_ok_and(|now| now == self.file)
    }
}

/// Device and number of a file that holds something; systems that number no files only tell the latter.
fn identity(path: &Path) -> io::Result<Option<(u64, u64)>> {
    let file = fs::metadata(path)?;
    if file.len() == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(Some((file.dev(), file.ino())))
    }
    #[cfg(not(unix))]
    Ok(None)
}
