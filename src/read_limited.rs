//! A file whose name or content may be a stranger's: one that never ends is not read to its end, and one
//! that answers only when somebody writes is not opened.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The file's bytes, no more than the first `most` of them.
///
/// # Errors
/// When it cannot be read, or is no regular file: a pipe or a device may never end.
pub fn beginning(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    // Before it is opened: opening a pipe would wait for whoever writes into it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
