//! Opens captures of any format, and selects deliveries of them: for every command that takes a capture.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::journal::{Filter, Journal};
use crate::capture::{Format, curl, detect, detect_beginning, har, http, ndjson};
use crate::commands::listen::journal_error;
use crate::commands::shared::input::{self, Input};
use crate::error::{Error, reason};
use crate::output::console::Console;
use crate::read_limited;
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::{DeliveryRecord, RecordedAnalysis};

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
        None => load(input::read(path)?, format, console),
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
    load(bytes, Some(format), console)
}

/// The error of an empty capture.
pub(crate) fn no_deliveries() -> Error {
    Error::io(
        "there is no delivery in the input",
        "check what was captured",
    )
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
    use std::io::Read;
    match format {
        _ if path == Path::new("-") => false,
        Some(format) => format == Format::Journal,
        None => {
            // Only a file: what is read from a pipe to look at it would be lost.
            let mut head = [0; 16];
            path.is_file()
                && std::fs::File::open(path)
                    .and_then(|mut file| file.read_exact(&mut head))
                    .is_ok()
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
            numbered
                .map(|(id, request)| DeliveryRecord::new(id, request))
                .collect()
        }
        Format::Body => vec![DeliveryRecord::new(1, Delivery::post("/", bytes.into()))],
        Format::Har => har::read(&bytes)?,
        Format::Ndjson => ndjson::read(&bytes)?,
        Format::Curl => curl::read(&bytes, &mut read_named_file)?,
        Format::Journal => {
            return Err(Error::usage(
                "a journal cannot be read from standard input",
                "name its file: cz-hook inspect FILE",
            ));
        }
    };
    Ok(Capture::Loaded(records))
}

/// A file that a curl command names with `@`. The command is untrusted.
fn read_named_file(name: &Path, max: usize) -> Result<Vec<u8>, String> {
    read_limited::beginning(name, max).map_err(|why| reason(&why))
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

    /// Hands each delivery that matches the filter to `visit`, newest last, until that breaks off.
    pub(crate) fn each(
        self,
        filter: &Filter,
        catalog: &'static Catalog,
        visit: impl FnMut(DeliveryRecord) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match self {
            Self::Journal(journal, path) => journal
                .each(filter, visit)
                .map_err(|why| journal_error(&path, &why)),
            Self::Loaded(mut all) => {
                all.retain(|record| filter.admits(record, || Some(analysis(record, catalog))));
                let max = filter.last.and_then(|n| usize::try_from(n).ok());
                let skipped = max.map_or(0, |max| all.len().saturating_sub(max));
                // Broken off or not: there is nothing to do afterwards.
                let _ = all.into_iter().skip(skipped).try_for_each(visit);
                Ok(())
            }
        }
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
            ControlFlow::Continue(())
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
    };
    let analysis = analyzer.analyze(&record.delivery, Timestamp::UNIX_EPOCH);
    Cow::Owned(analysis.into())
}
