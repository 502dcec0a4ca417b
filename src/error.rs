//! What goes wrong, as users see it: one line for what happened, one for what to do about it.

use std::io;
use std::path::Path;

use crate::exit::Exit;

/// An error that ends the run.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// The exit code.
    pub exit: Exit,
    /// What happened.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Error {
    /// The command line or configuration is at fault (exit 2).
    pub fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// A file, the network or the other side is at fault (exit 3).
    pub fn io(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit: Exit::Io,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// Somebody interrupted (exit 130).
    pub fn interrupted(what: impl Into<String>) -> Self {
        Self {
            exit: Exit::Interrupted,
            what: what.into(),
            hint: String::new(),
        }
    }

    /// A file that cannot be read.
    pub fn reading(path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check the file's permissions",
            io::ErrorKind::IsADirectory => "give a file, not a directory",
            _ => "check that the file can be read",
        };
        Self::io(
            format!("cannot read {}: {}", path.display(), reason(error)),
            hint,
        )
    }
}

/// An operating system's error without its number, which tells people nothing.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text.get(..at).unwrap_or(&text).to_owned(),
        None => text,
    }
}
