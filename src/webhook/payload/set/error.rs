//! Why a field of a sample is not changed.

use std::fmt;

use super::DEEPEST;

/// Why an assignment cannot be read or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// There is no `=`.
    NoEquals,
    /// There is nothing before the `=`.
    NoPath,
    /// The path goes deeper than JSON is read again.
    TooDeep,
    /// What follows `:=` is not JSON.
    NotJson {
        /// The path.
        path: String,
        /// What the parser says.
        why: String,
    },
    /// The sample has no such path.
    NoSuchPath {
        /// The path.
        path: String,
        /// The nearest path that the sample has.
        nearest: Option<String>,
    },
    /// The path goes through something that is neither an object nor an array.
    NotAContainer {
        /// The part of the path that holds a plain value.
        path: String,
    },
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEquals => write!(f, "there is no `=` between path and value"),
            Self::NoPath => write!(f, "there is no path before the `=`"),
            Self::TooDeep => write!(f, "the path has more than {DEEPEST} steps"),
            Self::NotJson { path, why } => {
                write!(f, "the value for `{path}` after `:=` is not JSON: {why}")
            }
            Self::NoSuchPath { path, .. } => write!(f, "the sample has no `{path}`"),
            Self::NotAContainer { path } => {
                write!(f, "`{path}` is neither an object nor an array")
            }
        }
    }
}
