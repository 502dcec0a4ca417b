//! Errors as users see them (what happened, then what to do), and the exit codes.

use std::io;
use std::path::Path;

/// How a run ends. Exit codes are an API: scripts branch on them, so they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Verified, accepted, valid, or everything expected was received.
    Success = 0,
    /// A negative verdict: a signature that is not valid, a response that is not 2xx, an invalid payload,
    /// or an expected delivery that was not received.
    Failure = 1,
    /// The command line or the configuration cannot be used.
    Usage = 2,
    /// A file, the network or the peer failed, so there is no verdict.
    Io = 3,
    /// Ctrl-C or a termination signal stopped a command that handles them (`listen`, `test`, `send --retry`,
    /// bulk sending).
    /// The system ends other commands, which shells also report as 130.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What kind of error ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line or the configuration cannot be used.
    Usage,
    /// A file, the network or the peer failed.
    Io,
    /// The user interrupted the run.
    Interrupted,
}

/// An error that ends the run.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Error {
    /// The command line or the configuration cannot be used.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message, hint)
    }

    /// A file, the network or the peer failed.
    pub fn io(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(ErrorKind::Io, message, hint)
    }

    /// The user interrupted the run.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Interrupted, message, "")
    }

    /// A file cannot be read.
    pub fn reading(path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check the file's permissions",
            io::ErrorKind::IsADirectory => "give a file, not a directory",
            io::ErrorKind::Unsupported => "give a file or a pipe",
            _ => "check that the file can be read",
        };
        Self::io(format!("cannot read {}: {}", path.display(), reason(error)), hint)
    }

    /// A file cannot be written.
    pub fn writing(path: &Path, error: &io::Error) -> Self {
        Self::io(
            format!("cannot write {}: {}", path.display(), reason(error)),
            "check that its folder exists and is writable",
        )
    }

    /// The exit code of a run that ends with this error.
    pub fn exit(&self) -> Exit {
        match self.kind {
            ErrorKind::Usage => Exit::Usage,
            ErrorKind::Io => Exit::Io,
            ErrorKind::Interrupted => Exit::Interrupted,
        }
    }

    fn new(kind: ErrorKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: hint.into() }
    }
}

/// What a user should know about a run that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Something worth knowing.
    Info(String),
    /// Something that concerns security, in one line, which is printed also when quiet.
    Security(String),
    /// Something that is probably a mistake, and what to do about it.
    Warning {
        /// What happened.
        message: String,
        /// What to do.
        hint: String,
    },
}

/// A value, and what the user should know about how it was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Noted<T> {
    /// The value.
    pub value: T,
    /// What to tell the user, in this order.
    pub notes: Vec<Note>,
}

/// An operating system's error without its number, which says nothing to a user.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text.get(..at).unwrap_or(&text).to_owned(),
        None => text,
    }
}
