//! The files that a capture names: no more bytes of all of them than the limit of the capture.

use std::path::Path;

use super::error::excerpt;

/// Gives the content of a file that a capture names, no more than this many bytes of it, or says why it cannot.
pub type Files<'f> = dyn FnMut(&Path, usize) -> Result<Vec<u8>, String> + 'f;

/// The most that the files of one capture hold together: a short command may name a long file many times.
pub(super) const MAX_FILE_BYTES: usize = 256 << 20;

/// Reads the files of one capture.
pub(super) struct FileReader<'s, 'f> {
    pub file: &'s mut Files<'f>,
    /// How many bytes of files may still be read.
    pub bytes_left: usize,
}

/// Why a file is not read.
pub(super) enum FileError {
    /// A clause that is safe to show.
    Unread(String),
    TooLong,
}

impl FileReader<'_, '_> {
    /// The content of a file.
    pub fn read(&mut self, name: &[u8]) -> Result<Vec<u8>, FileError> {
        let content = match std::str::from_utf8(name) {
            Ok(path) => (self.file)(Path::new(path), self.bytes_left.saturating_add(1)),
            Err(_) => Err("its name is not UTF-8".to_owned()),
        };
        let named = |why| FileError::Unread(format!("the file {}: {why}", excerpt(name)));
        let content = content.map_err(named)?;
        let left = self.bytes_left.checked_sub(content.len());
        self.bytes_left = left.ok_or(FileError::TooLong)?;
        Ok(content)
    }
}

impl From<FileError> for String {
    /// A clause that is safe to show.
    fn from(why: FileError) -> Self {
        match why {
            FileError::Unread(why) => why,
            FileError::TooLong => {
                "the files that it names are longer than the limit: --max-input SIZE reads more"
                    .to_owned()
            }
        }
    }
}
