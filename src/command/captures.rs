//! Reading captures, whatever they are: one way in for every command that takes one.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::journal::{Filter, Journal, JournalError};
use crate::capture::{
    CaptureError, Captured, Format, Found, Wanted, curl, detect, detect_beginning, har, ndjson,
};
use crate::cli::inspect::{FilterArgs, Since};
use crate::error::Error;
use crate::report::console::Console;
use crate::safe::file;
use crate::webhook::catalog::Catalog;
use crate::webhook::delivery::Delivery;
use crate::webhook::examine::Examiner;

use super::input::{self, Begun};
use super::recorder;

/// The longest input that is held in memory where another way is known.
pub const MOST_HELD: usize = 8 << 20;

/// A capture that was opened: a journal, which is read as it is asked for, or the deliveries of a file.
#[derive(Debug)]
pub enum Capture {
    /// A journal.
    Journal(Box<Journal>, PathBuf),
    /// Everything else, in the order of the file.
    Loaded(Vec<Captured>),
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
    match open_large(path, format, &[], console)? {
        Opened::Capture(capture) => Ok(capture),
        Opened::Large(large, format) => read(large.whole()?, format, console).map(Capture::Loaded),
    }
}

/// A capture, or a large one that nobody has read yet.
pub enum Opened {
    /// Read, or ready to be.
    Capture(Capture),
    /// Too large to be held, and what it is.
    Large(input::Large, Format),
}

/// Opens a capture, and reads no more than the beginning of a large one in one of these formats.
///
/// # Errors
/// When it cannot be read.
pub fn open_large(
    path: Option<&Path>,
    format: Option<Format>,
    large_formats: &[Format],
    console: &Console,
) -> Result<Opened, Error> {
    if let Some(path) = path.filter(|path| is_journal(path, format)) {
        let journal = Journal::open(path).map_err(|why| recorder::unusable(path, &why))?;
        let capture = Capture::Journal(Box::new(journal), path.to_owned());
        return Ok(Opened::Capture(capture));
    }
    let bytes = match input::begin(path, MOST_HELD)? {
        Begun::Whole(bytes) => bytes,
        Begun::Large(large) => {
            let format = format.or_else(|| detect_beginning(&large.beginning));
            if let Some(format) = format.filter(|format| large_formats.contains(format)) {
                return Ok(Opened::Large(large, format));
            }
            large.whole()?
        }
    };
    let format = format.unwrap_or_else(|| detect(&bytes));
    Ok(Opened::Capture(Capture::Loaded(read(
        bytes, format, console,
    )?)))
}

/// The same to look at what there is: a last line that its listener was killed in the middle of is left
/// out, and said.
///
/// # Errors
/// When it cannot be read.
pub fn open_what_there_is(path: Option<&Path>, console: &Console) -> Result<Capture, Error> {
    if path.is_some_and(|path| is_journal(path, None)) {
        return open(path, None, console);
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

/// The deliveries in the bytes of a file.
///
/// # Errors
/// When they are not of that format.
pub fn read(bytes: Vec<u8>, format: Format, console: &Console) -> Result<Vec<Captured>, Error> {
    let unreadable = |why: CaptureError| Error::io(why.to_string(), why.hint());
    match format {
        Format::Http => Ok(numbered(input::requests(bytes.into(), console)?)),
        Format::Body => Ok(numbered(vec![Delivery::post("/", bytes.into())])),
        Format::Har => har::read(&bytes).map_err(unreadable),
        Format::Ndjson => ndjson::read(&bytes).map_err(unreadable),
        Format::Curl => curl::read(&bytes, &mut beside).map_err(unreadable),
        Format::Journal => Err(Error::usage(
            "a journal cannot be read from standard input",
            "name its file: cz-hook inspect FILE",
        )),
    }
}

/// A file that a curl command names with `@`: the command may be a stranger's.
fn beside(name: &Path, most: usize) -> Result<Vec<u8>, String> {
    file::beginning(name, most).map_err(|why| crate::error::reason(&why))
}

fn is_journal(path: &Path, format: Option<Format>) -> bool {
    use std::io::Read;
    match format {
        Some(format) => format == Format::Journal,
        None if path == Path::new("-") => false,
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
                    Self::Journal(journal, path) => journal
                        .get(*id)
                        .map_err(|why| recorder::unusable(path, &why))?,
                    Self::Loaded(all) => all.iter().find(|c| c.id == *id).cloned(),
                };
                found.ok_or_else(|| missing(*id))
            })
            .collect()
    }

    /// Hands each request to `visit`, newest last, until that breaks off. What the listener found is left
    /// out of it.
    ///
    /// # Errors
    /// When a journal cannot be read.
    pub fn each_request(
        self,
        mut visit: impl FnMut(Captured) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match self {
            Self::Journal(journal, path) => journal
                .each(&Filter::default(), Wanted::Request, visit)
                .map_err(|why| recorder::unusable(&path, &why)),
            Self::Loaded(all) => {
                // There is nothing left to break off.
                let _ = all.into_iter().try_for_each(&mut visit);
                Ok(())
            }
        }
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
                .each(&chosen.filter, Wanted::All, visit)
                .map_err(|why| recorder::unusable(&path, &why)),
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
}

/// Which deliveries of a capture, and by whose rules those are told that no listener has looked at.
#[derive(Debug)]
pub struct Selection {
    /// Which.
    pub filter: Filter,
    /// What is known of providers.
    pub catalog: &'static Catalog,
}

impl Selection {
    /// All of them.
    pub fn everything(catalog: &'static Catalog) -> Self {
        Self {
            filter: Filter::default(),
            catalog,
        }
    }

    /// Those that the options ask for.
    pub fn of(args: &FilterArgs, catalog: &'static Catalog) -> Self {
        let (event, channel) = match args.event.as_deref().map(|e| e.split_once('/')) {
            None => (None, None),
            Some(None) => (args.event.clone(), None),
            Some(Some((event, channel))) => (Some(event.to_owned()), Some(channel.to_owned())),
        };
        let filter = Filter {
            id: None,
            event,
            channel,
            provider: args.provider.clone(),
            verdict: args.verdict,
            since: args.since.map(|since| match since {
                Since::At(at) => at,
                Since::Ago(ago) => Timestamp::now().checked_sub(ago).unwrap_or(Timestamp::MIN),
            }),
            last: args.last,
        };
        Self { filter, catalog }
    }

    fn admits(&self, captured: &Captured) -> bool {
        let filter = &self.filter;
        let wants_kind = filter.event.is_some()
            || filter.channel.is_some()
            || filter.provider.is_some()
            || filter.verdict.is_some();
        let is = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
        let fits_kind = !wants_kind || {
            let found = found(captured, self.catalog);
            is(&filter.event, &found.event)
                && is(&filter.channel, &found.channel)
                && is(&filter.provider, &found.provider)
                && filter.verdict.is_none_or(|v| v == found.signature)
        };
        let since = |since: Timestamp| {
            captured
                .delivery
                .received_at
                .is_some_and(|received| received >= since)
        };
        filter.id.is_none_or(|id| id == captured.id) && filter.since.is_none_or(since) && fits_kind
    }
}

/// What is known about a delivery: what its listener found, or what can be seen without a secret.
pub fn found(captured: &Captured, catalog: &'static Catalog) -> Found {
    if let Some(found) = &captured.found {
        return found.clone();
    }
    let examiner = Examiner {
        catalog,
        provider: None,
        secrets: Vec::new(),
        allow_unsigned: false,
    };
    let seen = examiner.examine(&captured.delivery, Timestamp::UNIX_EPOCH);
    Found {
        provider: seen.provider.map(|p| p.name.clone()),
        event: seen.event.name,
        channel: seen.event.channel,
        signature: seen.signature.verdict,
        reason: seen.signature.reason,
        validation: seen.validation.verdict,
        duplicate_of: None,
        status: None,
    }
}

/// The list of a journal without its bodies; `None` when the capture is no journal.
///
/// # Errors
/// When the journal cannot be read.
pub fn rows(
    capture: &Capture,
    filter: &Filter,
) -> Option<Result<Vec<crate::capture::journal::Row>, Error>> {
    match capture {
        Capture::Journal(journal, path) => Some(
            journal
                .list(filter)
                .map_err(|why: JournalError| recorder::unusable(path, &why)),
        ),
        Capture::Loaded(_) => None,
    }
}
