//! What is wrong with a provider's folder, and where.

use std::fmt;

/// Why a folder describes no provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderError {
    /// The folder's name.
    pub folder: String,
    /// The file in it.
    pub file: String,
    /// The line, if it is one line's fault.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
