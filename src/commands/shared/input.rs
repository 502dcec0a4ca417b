//! Reading what a command works on: a file, or standard input.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The bytes of a file; `-` or nothing is standard input.
///
/// # Errors
/// When it cannot be read, or is a terminal that was not asked for.
pub fn read(path: Option<&Path>) -> Result<Vec<u8>, Error> {
    Input::open(path, usize::MAX)?.whole(usize::MAX)
}

/// An input of which a beginning was read.
pub struct Input {
    /// The first bytes.
    pub beginning: Vec<u8>,
    /// Whether this may not be all of it.
    pub has_more: bool,
    rest: Box<dyn Read>,
    name: PathBuf,
}

impl Input {
    /// Reads at most `max` bytes of a file, and one that says whether there are more.
    ///
    /// # Errors
    /// As [`read`].
    pub fn open(path: Option<&Path>, max: usize) -> Result<Self, Error> {
        let (name, expected, mut rest): (_, _, Box<dyn Read>) = match path {
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
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        let mut beginning = Vec::new();
        // Only a help: when there is not enough memory, reading says so.
        let expected = expected.min(max).saturating_add(1);
        let _ = beginning.try_reserve_exact(usize::try_from(expected).unwrap_or(0));
        let mut first = rest.by_ref().take(max.saturating_add(1));
        first
            .read_to_end(&mut beginning)
            .map_err(|e| Error::reading(&name, &e))?;
        Ok(Self {
            has_more: beginning.len() as u64 > max,
            beginning,
            rest,
            name,
        })
    }

    /// All of it.
    ///
    /// # Errors
    /// When the rest cannot be read, or all of it is longer than `max`.
    pub fn whole(mut self, max: usize) -> Result<Vec<u8>, Error> {
        if self.has_more {
            let left = max.saturating_sub(self.beginning.len());
            let left = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
            let read = self.rest.take(left).read_to_end(&mut self.beginning);
            read.map_err(|e| Error::reading(&self.name, &e))?;
        }
        if self.beginning.len() > max {
            let name = self.name.display();
            return Err(Error::io(
                format!("{name} is longer than {} MiB", max >> 20),
                "only logs of `listen --json` and journals may be longer",
            ));
        }
        Ok(self.beginning)
    }

    /// A stream of all of it, and the error when that cannot be read.
    pub fn stream(self) -> (impl Read, impl Fn(&io::Error) -> Error) {
        let Self {
            beginning,
            rest,
            name,
            ..
        } = self;
        let stream = io::Cursor::new(beginning).chain(rest);
        (stream, move |why: &io::Error| Error::reading(&name, why))
    }
}
