//! Reading with a limit, for paths and streams that the user did not choose: they may be endless, or never send a byte.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;
use crate::waiting::Waiting;

/// The longest certificate, secret or configuration file, in bytes.
pub const MAX_SETTING: usize = 1 << 20;

/// What messages call a file; `-` is standard input.
pub fn name(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

/// A file of any kind, or standard input, that is open for reading.
pub struct Source {
    stream: Box<dyn Read + Send>,
    /// The length of a regular file.
    length: Option<u64>,
    /// Until the first byte, or the end, was read.
    waiting: Option<Waiting>,
}

impl Source {
    /// Opens a file; `-` is standard input. The user is told when there is nothing to read after a moment, also while a
    /// pipe that has no writer is opened.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if path == Path::new("-") {
            return Self::stdin();
        }
        let failed = |why: io::Error| Error::reading(path, &why);
        let metadata = fs::metadata(path).map_err(failed)?;
        if is_socket(&metadata) {
            return Err(failed(io::Error::new(io::ErrorKind::Unsupported, "it is a socket")));
        }
        let is_stored = metadata.is_file() || metadata.is_dir();
        let waiting = (!is_stored).then(|| waiting_for(path));
        let file = File::open(path).map_err(failed)?;
        let length = metadata.is_file().then_some(metadata.len());
        Ok(Self { stream: Box::new(file), length, waiting })
    }

    fn stdin() -> Result<Self, Error> {
        static IS_TAKEN: AtomicBool = AtomicBool::new(false);
        if IS_TAKEN.swap(true, Ordering::Relaxed) {
            return Err(Error::usage(
                "standard input is named twice, and it can be read only once",
                "name a file for one of them",
            ));
        }
        let waiting = Some(waiting_for(Path::new("-")));
        Ok(Self { stream: Box::new(io::stdin()), length: None, waiting })
    }

    /// The length of a regular file. It may grow, and special files of the system say 0.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Everything; `None` when that is more than `limit` bytes.
    pub fn all(self, limit: usize) -> io::Result<Option<Vec<u8>>> {
        match self.length {
            Some(length) if length > to_u64(limit) => Ok(None),
            _ => all(self, limit),
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer);
        self.waiting = None;
        read
    }
}

fn waiting_for(path: &Path) -> Waiting {
    Waiting::new(format!("waiting for {}: nothing has been written to it yet", name(path)))
}

/// Everything that a file of at most [`MAX_SETTING`] bytes holds; `-` is standard input. `name` is for errors.
pub fn setting(path: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let bytes = Source::open(path)?.all(MAX_SETTING);
    bytes.map_err(|why| Error::reading(path, &why))?.ok_or_else(|| too_long(name, MAX_SETTING))
}

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
    source.take(to_u64(limit)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(unix)]
fn is_socket(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_socket()
}

#[cfg(not(unix))]
fn is_socket(_metadata: &fs::Metadata) -> bool {
    false
}
