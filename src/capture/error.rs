//! Why a capture cannot be read.

use std::fmt;

use crate::error::Error;
use crate::escape::clipped;

/// Why a capture cannot be read. What it repeats of the capture is escaped: it is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureError {
    pub(super) message: String,
    pub(super) hint: &'static str,
    /// Whether the capture could be read, and asks for what is not done.
    pub(super) is_refused: bool,
}

impl CaptureError {
    pub(super) fn new(message: String, hint: &'static str) -> Self {
        Self { message, hint, is_refused: false }
    }
}

impl From<CaptureError> for Error {
    fn from(why: CaptureError) -> Self {
        match why.is_refused {
            true => Self::usage(why.message, why.hint),
            false => Self::io(why.message, why.hint),
        }
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CaptureError {}

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
    use super::*;

    #[test]
    fn what_is_repeated_is_short_and_harmless() {
        assert_eq!(excerpt("a\u{1b}[2J\u{202e}".as_bytes()), "a\\u{1b}[2J\\u{202e}");
        assert_eq!(excerpt(&[b'x'; 61]), format!("{}…", "x".repeat(60)));
        assert_eq!(excerpt(&[b'x'; 60]), "x".repeat(60));
        let json = format!("[\n\"\u{202e}{}\"]", "x".repeat(1000));
        let error = serde_json::from_str::<Vec<u8>>(&json).unwrap_err();
        let text = json_error(&error);
        assert!(text.len() < 200 && !text.contains('\u{202e}'), "{text}");
        assert!(text.ends_with("… (line 2, column 1005)"), "{text}");
    }
}
