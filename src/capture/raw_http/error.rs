//! Why a captured request cannot be read. Nothing of it is repeated.

use std::fmt;

/// Why bytes that look like a request cannot be read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawError {
    /// The head is not HTTP.
    Head(String),
    /// There is no empty line behind the headers.
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
    /// coding: where the body ends is anybody's guess.
    Ambiguous,
    /// So many bytes follow the end of the body, and they are no further request.
    LeftOver(usize),
}

impl fmt::Display for RawError {
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
