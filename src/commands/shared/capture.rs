//! Reads what a command works on, a file or standard input: its bytes, or the deliveries of a capture of any format.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::journal::{Filter, Journal, JournalError};
use crate::capture::{Format, curl, detect, detect_beginning, har, http, ndjson};
use crate::error::{Error, reason};
use crate::output::console::Console;
use crate::read_limited;
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::{DeliveryRecord, RecordedAnalysis};
use crate::webhook::signature::SignatureContext;

/// A longer log is read in batches.
const MAX_LOADED_LOG: usize = 8 << 20;

/// The maximum length of a body that is verified.
const MAX_BODY: usize = 256 << 20;

/// A capture that was opened: a journal, which is read as needed, or the deliveries of a file.
#[derive(Debug)]
pub(crate) enum Capture {
    Journal(Box<Journal>, PathBuf),
    /// Of any other format, in the order of the file.
    Loaded(Vec<DeliveryRecord>),
}

/// A capture, or a large log to read in batches.
pub(crate) enum Opened {
    Capture(Capture),
    Log(Input),
}

/// Opens a capture; `-` or nothing is standard input. `format` overrides what its content says.
pub(crate) fn open_capture(
    path: Option<&Path>,
    format: Option<Format>,
    console: &Console,
) -> Result<Capture, Error> {
    match open_journal(path, format)? {
        Some(journal) => Ok(journal),
        None => load(read_input(path)?, format, console),
    }
}

/// The same, but only the beginning of a large log is read, and a body has a maximum length.
pub(crate) fn open_or_stream(
    path: Option<&Path>,
    format: Option<Format>,
    console: &Console,
) -> Result<Opened, Error> {
    if let Some(journal) = open_journal(path, format)? {
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
    load(input.whole(max)?, format, console).map(Opened::Capture)
}

/// The same for commands that do not judge: the last line of a log is left out, with a note, when its listener was
/// killed while it wrote it.
pub(crate) fn open_partial_capture(
    path: Option<&Path>,
    console: &Console,
) -> Result<Capture, Error> {
    if let Some(journal) = open_journal(path, None)? {
        return Ok(journal);
    }
    let mut bytes = read_input(path)?;
    let format = detect(&bytes);
    if format == Format::Ndjson && !bytes.ends_with(b"\n") {
        let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let last = bytes.get(end..).unwrap_or_default();
        if end > 0 && serde_json::from_slice::<serde::de::IgnoredAny>(last).is_err() {
            bytes.truncate(end);
            console.note("the last line is cut off and left out");
        }
    }
    load(bytes, Some(format), console)
}

/// The error of an empty capture.
pub(crate) fn no_deliveries() -> Error {
    Error::io("there is no delivery in the input", "check what was captured")
}

/// The journal that a path names, if it is one or `format` says so.
fn open_journal(path: Option<&Path>, format: Option<Format>) -> Result<Option<Capture>, Error> {
    let Some(path) = path.filter(|path| is_journal(path, format)) else {
        return Ok(None);
    };
    let journal = Journal::open(path).map_err(|why| journal_error(path, &why))?;
    Ok(Some(Capture::Journal(Box::new(journal), path.to_owned())))
}

fn is_journal(path: &Path, format: Option<Format>) -> bool {
    match format {
        _ if path == Path::new("-") => false,
        Some(format) => format == Format::Journal,
        None => {
            // Only a file: what is read from a pipe to look at it would be lost.
            let mut head = [0; 16];
            path.is_file()
                && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
                && detect(&head) == Format::Journal
        }
    }
}

fn load(bytes: Vec<u8>, format: Option<Format>, console: &Console) -> Result<Capture, Error> {
    let records = match format.unwrap_or_else(|| detect(&bytes)) {
        Format::Http => {
            let (requests, left_over) = http::read_all(bytes.into())?;
            if left_over > 0 {
                console.note(
                    "the line end behind the body's end that Content-Length gives is left out",
                );
            }
            let numbered = (1..).zip(requests);
            numbered.map(|(id, request)| DeliveryRecord::new(id, request)).collect()
        }
        Format::Body => vec![DeliveryRecord::new(1, Delivery::post("/", bytes.into()))],
        Format::Har => har::read(&bytes)?,
        Format::Ndjson => ndjson::read(&bytes)?,
        // A file that the command names with `@`; the command is untrusted.
        Format::Curl => curl::read(&bytes, &mut |name, max| {
            read_limited::beginning(name, max).map_err(|why| reason(&why))
        })?,
        Format::Journal => {
            return Err(Error::usage(
                "a journal cannot be read from standard input",
                "name its file: cz-hook inspect FILE",
            ));
        }
    };
    Ok(Capture::Loaded(records))
}

impl Capture {
    /// The deliveries of these numbers, in this order.
    pub(crate) fn pick(self, ids: &[u64]) -> Result<Vec<DeliveryRecord>, Error> {
        let missing = |id: u64| {
            Error::usage(
                format!("there is no delivery {id} in the capture"),
                "`cz-hook inspect FILE` lists what there is",
            )
        };
        ids.iter()
            .map(|id| {
                let record = match &self {
                    Self::Journal(journal, path) => {
                        journal.get(*id).map_err(|why| journal_error(path, &why))?
                    }
                    Self::Loaded(all) => all.iter().find(|record| record.id == *id).cloned(),
                };
                record.ok_or_else(|| missing(*id))
            })
            .collect()
    }

    /// Hands each delivery that matches the filter to `visit`, newest last, until that says not to go on.
    pub(crate) fn each(
        self,
        filter: &Filter,
        catalog: &'static Catalog,
        mut visit: impl FnMut(DeliveryRecord) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let mut failed = Ok(());
        let mut visit = |record| match visit(record) {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(()),
            Err(error) => {
                failed = Err(error);
                ControlFlow::Break(())
            }
        };
        match self {
            Self::Journal(journal, path) => {
                journal.each(filter, visit).map_err(|why| journal_error(&path, &why))?
            }
            Self::Loaded(mut all) => {
                all.retain(|record| filter.admits(record, || Some(analysis(record, catalog))));
                let max = filter.last.and_then(|n| usize::try_from(n).ok());
                let skipped = max.map_or(0, |max| all.len().saturating_sub(max));
                let _ = all.into_iter().skip(skipped).try_for_each(&mut visit);
            }
        }
        failed
    }

    /// The deliveries that match the filter, newest last.
    pub(crate) fn collect(
        self,
        filter: &Filter,
        catalog: &'static Catalog,
    ) -> Result<Vec<DeliveryRecord>, Error> {
        let mut all = Vec::new();
        self.each(filter, catalog, |record| {
            all.push(record);
            Ok(true)
        })?;
        Ok(all)
    }

    /// The same with everything that is known of them but, in a journal, without headers and bodies.
    pub(crate) fn list(
        self,
        filter: &Filter,
        catalog: &'static Catalog,
    ) -> Result<Vec<DeliveryRecord>, Error> {
        if let Self::Journal(journal, path) = &self {
            let list = journal.list(filter);
            return list.map_err(|why| journal_error(path, &why));
        }
        let mut all = self.collect(filter, catalog)?;
        for record in &mut all {
            record.analysis = Some(analysis(record, catalog).into_owned());
        }
        Ok(all)
    }
}

/// What is known about a delivery: what its listener found out, or what can be seen without a secret.
pub(crate) fn analysis<'r>(
    record: &'r DeliveryRecord,
    catalog: &'static Catalog,
) -> Cow<'r, RecordedAnalysis> {
    if let Some(analysis) = &record.analysis {
        return Cow::Borrowed(analysis);
    }
    let analyzer = Analyzer {
        catalog,
        provider: None,
        secrets: Vec::new(),
        allow_unsigned: false,
        context: SignatureContext::default(),
    };
    let analysis = analyzer.analyze(&record.delivery, Timestamp::UNIX_EPOCH);
    Cow::Owned(analysis.into())
}

/// The error about a file that cannot be used as a journal.
pub(crate) fn journal_error(path: &Path, error: &JournalError) -> Error {
    let message = format!("cannot use {} as a journal: {error}", path.display());
    match error {
        JournalError::NotAJournal | JournalError::Newer { .. } => {
            Error::usage(message, error.hint())
        }
        _ => Error::io(message, error.hint()),
    }
}

/// The bytes of a file; `-` or nothing is standard input.
pub(crate) fn read_input(path: Option<&Path>) -> Result<Vec<u8>, Error> {
    Input::open(path, usize::MAX)?.whole(usize::MAX)
}

/// An input of which a beginning was read.
pub(crate) struct Input {
    /// The first bytes.
    beginning: Vec<u8>,
    /// Whether this may not be all of it.
    has_more: bool,
    rest: Box<dyn Read>,
    name: PathBuf,
}

impl Input {
    /// Reads at most `max` bytes of a file, and one that says whether there are more.
    pub(crate) fn open(path: Option<&Path>, max: usize) -> Result<Self, Error> {
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
        first.read_to_end(&mut beginning).map_err(|e| Error::reading(&name, &e))?;
        Ok(Self { has_more: beginning.len() as u64 > max, beginning, rest, name })
    }

    /// All of it.
    pub(crate) fn whole(mut self, max: usize) -> Result<Vec<u8>, Error> {
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
    pub(crate) fn stream(self) -> (impl Read, impl Fn(&io::Error) -> Error) {
        let Self { beginning, rest, name, .. } = self;
        let stream = io::Cursor::new(beginning).chain(rest);
        (stream, move |why: &io::Error| Error::reading(&name, why))
    }
}
