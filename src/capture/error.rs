//! Why a capture cannot be read, whatever its format: what happened, and what to do about it.

use std::fmt;

use crate::error::Error;
use crate::shell::ShellError;

use super::raw_http::RawError;

/// Why a capture cannot be read. What it repeats of the capture is escaped: it is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureError {
    /// A raw HTTP request is not one, or not whole.
    Http(RawError),
    /// A line is not as `listen --json` prints it.
    Ndjson {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The HTTP archive is not one, or one of its entries is no request.
    Har {
        /// The entry, from 1; `None` for the whole.
        entry: Option<usize>,
        /// What is wrong with it.
        why: String,
    },
    /// The command line needs a shell to be understood.
    Shell(ShellError),
    /// The command line is not a curl command whose request is known.
    Curl {
        /// What is wrong with it.
        why: String,
        /// What to do.
        hint: &'static str,
    },
}

impl From<CaptureError> for Error {
    fn from(why: CaptureError) -> Self {
        Self::io(why.to_string(), why.hint())
    }
}

impl CaptureError {
    pub(super) fn curl(why: impl Into<String>, hint: &'static str) -> Self {
        let why = why.into();
        Self::Curl { why, hint }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Http(_) => {
                "capture it again; if the file is a body and no request, give --format body"
            }
            Self::Ndjson { .. } => {
                "give the lines as listen --json printed them; if the file is a body, give --format body"
            }
            Self::Har { .. } => {
                "export it again, as HAR with content; if the file is a body, give --format body"
            }
            Self::Shell(error) => error.hint(),
            Self::Curl { hint, .. } => hint,
        }
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(why) => write!(f, "the captured request cannot be read: {why}"),
            Self::Ndjson { line, why } => {
                write!(f, "line {line} is not one that listen --json prints: {why}")
            }
            Self::Har { entry: None, why } => write!(f, "the HAR file cannot be read: {why}"),
            Self::Har {
                entry: Some(number),
                why,
            } => write!(f, "entry {number} of the HAR file cannot be read: {why}"),
            Self::Shell(why) => write!(f, "the curl command cannot be read: {why}"),
            Self::Curl { why, .. } => write!(f, "the curl command cannot be read: {why}"),
        }
    }
}

impl std::error::Error for CaptureError {}

impl From<RawError> for CaptureError {
    fn from(error: RawError) -> Self {
        Self::Http(error)
    }
}

impl From<ShellError> for CaptureError {
    fn from(error: ShellError) -> Self {
        Self::Shell(error)
    }
}
