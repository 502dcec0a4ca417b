//! Reading captures, whatever they are: one way in for every command that takes one.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::capture::journal::{Filter, Journal, Row};
use crate::capture::{
    CaptureError, Captured, Format, curl, detect, detect_beginning, har, ndjson, raw_http,
};
use crate::error::Error;
use crate::output::console::Console;
use crate::read_limited;
use crate::webhook::delivery::Delivery;

use super::listen::journal_error;
pub use super::selection::Selection;
use super::shared::input::{self, Input};

/// A longer log is read in batches.
const MAX_LOADED_LOG: usize = 8 << 20;

/// The maximum length of a body that is verified.
const MAX_BODY: usize = 256 << 20;

/// A capture that was opened: a journal, which is read as it is asked for, or the deliveries of a file.
#[derive(Debug)]
pub enum Capture {
    /// A journal.
    Journal(Box<Journal>, PathBuf),
    /// Everything else, in the order of the file.
    Loaded(Vec<Captured>),
}

/// A capture, or a large log to read in batches.
pub enum Opened {
    Capture(Capture),
    Log(Input),
}

/// Opens a capture; `-` or nothing is standard input. `format` overrides what its content says.
///
/// # Errors
/// When it cannot be read.
pub fn open(
    path: Option<&Path>,
    format: Option<Format>,
    console: &Console,
) -> Result<Capture, Error> {
    match journal(path, format)? {
        Some(journal) => Ok(journal),
        None => loaded(input::read(path)?, format, console),
    }
}

/// The same, but only the beginning of a large log is read, and a body has a maximum length.
///
/// # Errors
/// When it cannot be read.
pub fn open_or_stream(
    path: Option<&Path>,
    format: Option<Format>,
    console: &Console,
) -> Result<Opened, Error> {
    if let Some(journal) = journal(path, format)? {
        return Ok(Opened::Capture(journal));
    }
    let input = Input::open(path, MAX_LOADED_LOG)?;
    let mut format = format;
    if input.has_more {
        format = format.or_else(|| detect_beginning(&input.beginning));
        if format == Some(Format::Ndjson) {
            return Ok(Opened::Log(input));
        }
    }
    let max = match format {
        None | Some(Format::Body) => MAX_BODY,
        Some(_) => usize::MAX,
    };
    loaded(input.whole(max)?, format, console).map(Opened::Capture)
}

/// Opens a capture to look at what there is: a last line that its listener was killed in the middle of is left
/// out, and said.
///
/// # Errors
/// When it cannot be read.
pub fn open_what_there_is(path: Option<&Path>, console: &Console) -> Result<Capture, Error> {
    if let Some(journal) = journal(path, None)? {
        return Ok(journal);
    }
    let mut bytes = input::read(path)?;
    let format = detect(&bytes);
    if format == Format::Ndjson && !bytes.ends_with(b"\n") {
        let end = bytes
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        let last = bytes.get(end..).unwrap_or_default();
        if end > 0 && serde_json::from_slice::<serde::de::IgnoredAny>(last).is_err() {
            bytes.truncate(end);
            console.note("the last line is cut off and left out");
        }
    }
    read(bytes, format, console).map(Capture::Loaded)
}

/// The error of a capture that there is nothing in.
pub fn no_deliveries() -> Error {
    Error::io(
        "there is no delivery in the input",
        "check what was captured",
    )
}

/// The journal that a path names, if it is one or is said to be.
fn journal(path: Option<&Path>, format: Option<Format>) -> Result<Option<Capture>, Error> {
    let Some(path) = path.filter(|path| is_journal(path, format)) else {
        return Ok(None);
    };
    let journal = Journal::open(path).map_err(|why| journal_error(path, &why))?;
    Ok(Some(Capture::Journal(Box::new(journal), path.to_owned())))
}

fn is_journal(path: &Path, format: Option<Format>) -> bool {
    use std::io::Read;
    match format {
        _ if path == Path::new("-") => false,
        Some(format) => format == Format::Journal,
        None => {
            // Only a file: what is read from a pipe to look at it would be gone.
            let mut head = [0; 16];
            path.is_file()
                && std::fs::File::open(path)
                    .and_then(|mut file| file.read_exact(&mut head))
                    .is_ok()
                && detect(&head) == Format::Journal
        }
    }
}

fn loaded(bytes: Vec<u8>, format: Option<Format>, console: &Console) -> Result<Capture, Error> {
    let format = format.unwrap_or_else(|| detect(&bytes));
    read(bytes, format, console).map(Capture::Loaded)
}

/// The deliveries in the bytes of a file.
fn read(bytes: Vec<u8>, format: Format, console: &Console) -> Result<Vec<Captured>, Error> {
    Ok(match format {
        Format::Http => numbered(requests(bytes.into(), console)?),
        Format::Body => numbered(vec![Delivery::post("/", bytes.into())]),
        Format::Har => har::read(&bytes)?,
        Format::Ndjson => ndjson::read(&bytes)?,
        Format::Curl => curl::read(&bytes, &mut beside)?,
        Format::Journal => {
            return Err(Error::usage(
                "a journal cannot be read from standard input",
                "name its file: cz-hook inspect FILE",
            ));
        }
    })
}

/// The deliveries in raw HTTP requests, one behind the other.
fn requests(bytes: Bytes, console: &Console) -> Result<Vec<Delivery>, Error> {
    let (deliveries, left_over) = raw_http::read_all(bytes).map_err(CaptureError::from)?;
    if left_over > 0 {
        console.note("the line end behind the body's end that Content-Length gives is left out");
    }
    Ok(deliveries)
}

/// A file that a curl command names with `@`: the command may be a stranger's.
fn beside(name: &Path, most: usize) -> Result<Vec<u8>, String> {
    read_limited::beginning(name, most).map_err(|why| crate::error::reason(&why))
}

fn numbered(deliveries: Vec<Delivery>) -> Vec<Captured> {
    deliveries
        .into_iter()
        .zip(1..)
        .map(|(delivery, id)| Captured {
            id,
            delivery,
            found: None,
        })
        .collect()
}

impl Capture {
    /// The deliveries of these numbers, in this order.
    ///
    /// # Errors
    /// When one of them is not there, or a journal cannot be read.
    pub fn pick(self, ids: &[u64]) -> Result<Vec<Captured>, Error> {
        let missing = |id: u64| {
            Error::usage(
                format!("there is no delivery {id} in the capture"),
                "`cz-hook inspect FILE` lists what there is",
            )
        };
        ids.iter()
            .map(|id| {
                let found = match &self {
                    Self::Journal(journal, path) => {
                        journal.get(*id).map_err(|why| journal_error(path, &why))?
                    }
                    Self::Loaded(all) => all.iter().find(|c| c.id == *id).cloned(),
                };
                found.ok_or_else(|| missing(*id))
            })
            .collect()
    }

    /// Hands each delivery asked for to `visit`, newest last, until that breaks off.
    ///
    /// # Errors
    /// When a journal cannot be read.
    pub fn each(
        self,
        chosen: &Selection,
        mut visit: impl FnMut(Captured) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match self {
            Self::Journal(journal, path) => journal
                .each(&chosen.filter, visit)
                .map_err(|why| journal_error(&path, &why)),
            Self::Loaded(all) => {
                let mut left: Vec<_> = all
                    .into_iter()
                    .filter(|captured| chosen.admits(captured))
                    .collect();
                let most = chosen.filter.last.and_then(|n| usize::try_from(n).ok());
                let skipped = most.map_or(0, |most| left.len().saturating_sub(most));
                for captured in left.drain(skipped..) {
                    if visit(captured).is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// The list of a journal without its bodies; `None` when the capture is no journal.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn rows(&self, filter: &Filter) -> Option<Result<Vec<Row>, Error>> {
        match self {
            Self::Journal(journal, path) => {
                let list = journal.list(filter);
                Some(list.map_err(|why| journal_error(path, &why)))
            }
            Self::Loaded(_) => None,
        }
    }
}
