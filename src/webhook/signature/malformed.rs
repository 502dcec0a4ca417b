//! What can be wrong with the form of a signature header, told apart so that people know what to change.

use std::fmt;

use super::scheme::Encoding;

/// Why a header value is not in the scheme's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The header was sent more than once.
    Repeated(usize),
    /// The header is there and holds nothing.
    Empty,
    /// The value does not start with the scheme's prefix.
    PrefixMissing(String),
    /// A prefix that the scheme does not have stands before the MAC.
    PrefixUnexpected {
        /// The scheme's own prefix, if it has one; it is there.
        own: String,
        /// The one that should not be there.
        found: String,
    },
    /// The value is hexadecimal with capitals.
    Uppercase,
    /// The value has another length than the algorithm's, both in bytes.
    Length {
        /// What the scheme writes.
        expected: usize,
        /// What was received.
        got: usize,
    },
    /// The value is not in the scheme's alphabet.
    Alphabet(Encoding),
    /// A header that the scheme signs or needs is missing or unreadable.
    Needs(String),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated(n) => write!(f, "the header is there {n} times, once is expected"),
            Self::Empty => write!(f, "the header is empty"),
            Self::PrefixMissing(p) => write!(f, "the value does not start with `{p}`"),
            Self::PrefixUnexpected { own, found } if own.is_empty() => write!(
                f,
                "the value starts with `{found}`, where the bare MAC is expected"
            ),
            Self::PrefixUnexpected { own, found } => write!(
                f,
                "behind `{own}` stands `{found}`, where the MAC is expected"
            ),
            Self::Uppercase => write!(f, "the hex digits are uppercase, lowercase is expected"),
            Self::Length { expected, got } => {
                write!(f, "the value has {got} characters, {expected} are expected")
            }
            Self::Alphabet(Encoding::Hex) => write!(f, "the value is not lowercase hex"),
            Self::Alphabet(Encoding::Base64) => write!(f, "the value is not base64"),
            Self::Alphabet(Encoding::Base64Url) => write!(f, "the value is not URL-safe base64"),
            Self::Needs(h) => write!(f, "the scheme needs a readable `{h}` header"),
        }
    }
}
