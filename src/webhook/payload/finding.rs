//! One thing to say about a body, and where in it.

use serde::{Deserialize, Serialize};

/// The most of one kind that is said of one body: a stranger's may hold any number.
pub const MOST: usize = 20;

/// One thing found, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// A JSON Pointer (RFC 6901) into the body; empty for the whole of it.
    pub path: String,
    /// What is the matter and what was expected.
    pub message: String,
}

impl Finding {
    /// A finding at `path`.
    pub fn at(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
        }
    }
}
