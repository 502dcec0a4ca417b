//! Why a command line cannot be split without a shell: what stands where, and what to do about it.

use std::fmt;

/// Why a command line cannot be split into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellError {
    /// A quote is not closed.
    Unclosed {
        /// The quote.
        quote: &'static str,
        /// The line it opens on, from 1.
        line: usize,
    },
    /// Something means more to a shell than its text.
    NeedsShell {
        /// What it is.
        what: &'static str,
        /// Its line, from 1.
        line: usize,
    },
    /// It is quoted for the command prompt of Windows.
    Windows,
}

impl ShellError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unclosed { .. } => "copy the whole command",
            Self::NeedsShell { .. } => {
                "put it in single quotes if it is meant as it stands; \
                 else run the command against cz-hook listen --json and read what that prints"
            }
            Self::Windows => "copy it again, as cURL (bash)",
        }
    }
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed { quote, line } => {
                write!(f, "the {quote} on line {line} is not closed")
            }
            Self::NeedsShell { what, line } => {
                write!(f, "{what} on line {line} needs a real shell")
            }
            Self::Windows => write!(f, "it is written for the command prompt of Windows"),
        }
    }
}
