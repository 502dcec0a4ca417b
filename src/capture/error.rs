//! Why a capture cannot be read, whatever its format: what happened, and what to do about it.

use std::fmt;

use crate::error::Error;
use crate::escape::clipped;
use crate::shell::ShellError;

/// Why a capture cannot be read. What it repeats of the capture is escaped: it is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureError {
    /// A raw HTTP request is not one, or not whole.
    Http(HttpError),
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

impl From<HttpError> for CaptureError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl From<ShellError> for CaptureError {
    fn from(error: ShellError) -> Self {
        Self::Shell(error)
    }
}

/// Why bytes that look like a request cannot be read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The head is not HTTP.
    Head(String),
    /// There is no empty line after the headers.
    NoEnd,
    /// The body is shorter than the head says: a capture that was cut off proves nothing.
    Truncated {
        /// What Content-Length says.
        announced: u64,
        /// What is there.
        found: usize,
    },
    /// The chunked coding is cut off or broken.
    Chunks,
    /// Content-Length is no number, is there twice with different ones, or stands beside a chunked
    /// coding: it is ambiguous where the body ends.
    Ambiguous,
    /// So many bytes follow the end of the body, and they are no further request.
    LeftOver(usize),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(why) => write!(f, "its head is not HTTP: {why}"),
            Self::NoEnd => write!(f, "there is no empty line after its headers"),
            Self::Truncated { announced, found } => write!(
                f,
                "it is cut off: Content-Length says {announced} bytes, {found} are there"
            ),
            Self::Chunks => write!(f, "its chunked body is cut off or broken"),
            Self::Ambiguous => write!(f, "its headers do not say where its body ends"),
            Self::LeftOver(n) => write!(
                f,
                "{n} bytes follow the end of its body, and they are no further request"
            ),
        }
    }
}

/// The text of `bytes` for an error: at most 60 characters, escaped, with an ellipsis when there is more.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    clipped(bytes, 60)
}

/// What is wrong with JSON; the parser repeats values whole.
pub(super) fn json_error(error: &serde_json::Error) -> String {
    let place = match error.line() {
        0 | 1 => format!("column {}", error.column()),
        line => format!("line {line}, column {}", error.column()),
    };
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{} ({place})", clipped(what.as_bytes(), 120))
}

#[cfg(test)]
mod tests {
    use super::{excerpt, json_error};

    #[test]
    fn what_is_repeated_is_short_and_harmless() {
        assert_eq!(
            excerpt("a\u{1b}[2J\u{202e}".as_bytes()),
            "a\\u{1b}[2J\\u{202e}"
        );
        assert_eq!(excerpt(&[b'x'; 61]), format!("{}…", "x".repeat(60)));
        assert_eq!(excerpt(&[b'x'; 60]), "x".repeat(60));
        let json = format!("[\n\"\u{202e}{}\"]", "x".repeat(1000));
        let error = serde_json::from_str::<Vec<u8>>(&json).unwrap_err();
        let text = json_error(&error);
        assert!(text.len() < 200 && !text.contains('\u{202e}'), "{text}");
        assert!(text.ends_with("… (line 2, column 1005)"), "{text}");
    }
}
