//! Reading no more than there may be: what a path names may be endless, or somebody else's choice.

use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;
use crate::read_limited;

/// All that there is to read; `None` when that is more than `longest` bytes.
///
/// # Errors
/// When it cannot be read.
pub fn all(source: impl Read, longest: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(longest).unwrap_or(u64::MAX);
    source
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() <= longest).then_some(bytes))
}

/// The same of a file, and of nothing else: to open a pipe would wait for whoever writes into it.
///
/// # Errors
/// When it cannot be read, or is no file.
pub fn file(path: &Path, longest: usize) -> io::Result<Option<Vec<u8>>> {
    let bytes = read_limited::beginning(path, longest.saturating_add(1))?;
    Ok((bytes.len() <= longest).then_some(bytes))
}

/// The error of what is longer than it may be.
pub fn too_long(what: &str, longest: usize) -> Error {
    Error::usage(
        format!("{what} is over {} MiB long", longest >> 20),
        "is this the right file?",
    )
}
