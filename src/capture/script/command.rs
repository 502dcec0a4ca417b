//! A command of a script, its standard input, and why one is not understood.

use crate::capture::files::FileReader;

/// A command of a script.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::capture) struct Command {
    /// Its words, with the name of the program.
    pub words: Vec<Vec<u8>>,
    /// What it reads from standard input.
    pub input: Option<Input>,
}

/// What a command reads from standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::capture) enum Input {
    Bytes(Vec<u8>),
    File(Vec<u8>),
}

impl Input {
    pub fn read(self, files: &mut FileReader<'_, '_>) -> Result<Vec<u8>, String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::File(name) => files.read(&name).map_err(String::from),
        }
    }
}

/// Why a script is not understood.
#[derive(Debug)]
pub(in crate::capture) struct ScriptError {
    /// A clause that is safe to show.
    pub why: String,
    pub hint: &'static str,
}
