//! Reading what a command works on: a file, or standard input.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The bytes of a file; `-` or nothing is standard input.
///
/// # Errors
/// When it cannot be read. Waiting for a terminal that nobody was asked to type into is one, too.
pub fn read(path: Option<&Path>) -> Result<Vec<u8>, Error> {
    match begin(path, usize::MAX)? {
        Begun::Whole(bytes) => Ok(bytes),
        Begun::Large(large) => large.whole(),
    }
}

/// An input of which no more than a beginning is held.
pub enum Begun {
    /// It is short: this is all of it.
    Whole(Vec<u8>),
    /// There is more.
    Large(Large),
}

/// A beginning, and what follows it.
pub struct Large {
    /// The first bytes.
    pub beginning: Vec<u8>,
    rest: Box<dyn Read>,
    name: PathBuf,
}

/// Reads no more than `most` bytes, and one that says whether there are more.
///
/// # Errors
/// As [`read`].
pub fn begin(path: Option<&Path>, most: usize) -> Result<Begun, Error> {
    let (name, expected, mut source): (_, _, Box<dyn Read>) = match path {
        Some(path) if path != Path::new("-") => {
            let file = File::open(path).map_err(|e| Error::reading(path, &e))?;
            let length = file.metadata().map_or(0, |about| about.len());
            (path.to_owned(), length, Box::new(file))
        }
        _ => {
            if path.is_none() && io::stdin().is_terminal() {
                return Err(Error::usage(
                    "there is no input: no file was named, and standard input is a terminal",
                    "name a file, pipe something in, or give `-` to type it",
                ));
            }
            (PathBuf::from("standard input"), 0, Box::new(io::stdin()))
        }
    };
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let expected = expected.min(most).saturating_add(1);
    let mut beginning = Vec::new();
    // Only a help: what there is no memory for is an error when it is read.
    let _ = beginning.try_reserve_exact(usize::try_from(expected).unwrap_or(0));
    source
        .by_ref()
        .take(most.saturating_add(1))
        .read_to_end(&mut beginning)
        .map_err(|e| Error::reading(&name, &e))?;
    if beginning.len() as u64 <= most {
        return Ok(Begun::Whole(beginning));
    }
    Ok(Begun::Large(Large {
        beginning,
        rest: source,
        name,
    }))
}

impl Large {
    /// All of it, after all.
    ///
    /// # Errors
    /// When the rest cannot be read.
    pub fn whole(mut self) -> Result<Vec<u8>, Error> {
        let read = self.rest.read_to_end(&mut self.beginning);
        read.map_err(|e| Error::reading(&self.name, &e))?;
        Ok(self.beginning)
    }

    /// Beginning and rest as one, and how to say that they cannot be read.
    pub fn stream(self) -> (impl Read, impl Fn(&io::Error) -> Error) {
        let Self {
            beginning,
            rest,
            name,
        } = self;
        let stream = io::Cursor::new(beginning).chain(rest);
        (stream, move |why: &io::Error| Error::reading(&name, why))
    }
}
