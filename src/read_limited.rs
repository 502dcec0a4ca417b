//! Reading with a limit, for paths and streams that the user did not choose: they may be endless.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;

/// Everything that `source` holds; `None` when that is more than `limit` bytes.
pub fn all(source: impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let bytes = take(source, limit.saturating_add(1))?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// The same for a regular file.
pub fn file(path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let bytes = beginning(path, limit.saturating_add(1))?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// At most the first `limit` bytes of a regular file. Anything else is an error: a pipe or a device may never end.
pub fn beginning(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    // Checked before it is opened: opening a pipe would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    take(File::open(path)?, limit)
}

/// The usage error of something that is longer than its limit.
pub fn too_long(name: &str, limit: usize) -> Error {
    Error::usage(
        format!("{name} is longer than {} MiB", limit >> 20),
        "check that this is the right file",
    )
}

fn take(source: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
