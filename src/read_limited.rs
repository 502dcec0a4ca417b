//! Reads untrusted files, and files with untrusted names: at most so many bytes, and only of regular files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The file's bytes, no more than the first `max` of them.
///
/// # Errors
/// When it cannot be read, or is no regular file: a pipe or a device may never end.
pub fn beginning(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    // Before it is opened: opening a pipe would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    let max = u64::try_from(max).unwrap_or(u64::MAX);
    File::open(path)?.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}
