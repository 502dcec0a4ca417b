//! The deliveries of a capture of any format, which is a file or standard input.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::capture::journal::{Filter, Journal, JournalError, is_journal};
use crate::capture::{Format, LOG, Reader, http, mapped, ndjson};
use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::{DeliveryRecord, Loss, ReadDepth, RecordedAnalysis};
use crate::webhook::signature::SignatureContext;

use super::input::{Input, InputOptions, Log, format_of, read_input};
use super::named_files::NamedFiles;

/// A capture that was opened: a journal or a log, which are read as needed, or the deliveries of another file.
pub(crate) enum Capture {
    Journal(Box<Journal>, PathBuf),
    Log(Box<Log>),
    /// Of any other format, in the order of the file.
    Loaded(Vec<DeliveryRecord>),
}

/// Opens a capture; `-` or nothing is standard input. `is_body` says that the user calls it a body.
pub(crate) fn open_capture(
    path: Option<&Path>,
    is_body: bool,
    options: &InputOptions,
    console: &Console,
) -> Result<Capture, Error> {
    if !options.map.is_empty() {
        let all = mapped::read(&read_input(path, options.max)?, &options.map)?;
        note_losses(&all, console);
        return Ok(Capture::Loaded(all));
    }
    if let Some(journal) = open_journal(path, options.format)? {
        return Ok(journal);
    }
    let mut input = Input::open(path, options.max)?;
    let is_log = options.format.map_or_else(|| input.is_log(), |format| Ok(*format == LOG))?;
    if is_log {
        return Ok(Capture::Log(Box::new(input.log())));
    }
    let name = input.name().to_owned();
    let bytes = input.whole()?;
    let format = options.format.map_or_else(|| format_of(&bytes, &name, is_body), Ok)?;
    let mut files = NamedFiles::new(path, options.allow_files, console);
    match load(bytes, format, options.max, &mut files, console) {
        Err(why) => Err(files.refusal().unwrap_or(why)),
        Ok(all) => {
            note_losses(&all, console);
            Ok(Capture::Loaded(all))
        }
    }
}

/// The same for commands that do not judge: the last line of a log is left out, with a note, when its listener was
/// killed while it wrote it.
pub(crate) fn open_partial_capture(
    path: Option<&Path>,
    options: &InputOptions,
    console: &Console,
) -> Result<Capture, Error> {
    Ok(match open_capture(path, false, options, console)? {
        Capture::Log(log) => Capture::Log(Box::new(log.without_cut_line(console))),
        other => other,
    })
}

/// Says once for each loss what the capture does not keep, and of how many deliveries when not of all.
fn note_losses(all: &[DeliveryRecord], console: &Console) {
    let mut counts: BTreeMap<Loss, usize> = BTreeMap::new();
    for loss in all.iter().flat_map(|record| &record.losses) {
        *counts.entry(*loss).or_default() += 1;
    }
    for (loss, count) in counts {
        let clause = loss.clause();
        console.note(&match count == all.len() {
            true => format!("the capture {clause}"),
            false => format!("for {count} of {} deliveries, the capture {clause}", all.len()),
        });
    }
}

/// The error of an empty capture.
pub(crate) fn no_deliveries() -> Error {
    Error::io("there is no delivery in the input", "check what was captured")
}

/// The journal that a path names, if it is one or `format` says so.
fn open_journal(path: Option<&Path>, format: Option<&Format>) -> Result<Option<Capture>, Error> {
    let Some(path) = path.filter(|path| names_journal(path, format)) else {
        return Ok(None);
    };
    let journal = Journal::open(path).map_err(|why| journal_error(path, &why))?;
    Ok(Some(Capture::Journal(Box::new(journal), path.to_owned())))
}

fn names_journal(path: &Path, format: Option<&Format>) -> bool {
    match format {
        _ if path == Path::new("-") => false,
        Some(format) => matches!(format.reader, Reader::Journal),
        None => {
            // Only a file: what is read from a pipe to look at it would be lost.
            let mut head = [0; 16];
            path.is_file()
                && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
                && is_journal(&head)
        }
    }
}

fn load(
    bytes: Vec<u8>,
    format: &Format,
    max: usize,
    files: &mut NamedFiles<'_>,
    console: &Console,
) -> Result<Vec<DeliveryRecord>, Error> {
    Ok(match format.reader {
        Reader::Http => {
            let (requests, left_over) = http::read_all(bytes.into())?;
            if left_over > 0 {
                console.note("ignored the line end after the body");
            }
            let numbered = (1..).zip(requests);
            numbered.map(|(id, request)| DeliveryRecord::new(id, request)).collect()
        }
        Reader::Body => vec![DeliveryRecord::new(1, Delivery::post("/", bytes.into()))],
        Reader::Lines => ndjson::read(&bytes)?,
        Reader::Naming(read) => read(max, &bytes, &mut |name, max| files.read(name, max))?,
        Reader::Export(read) => read(&bytes)?,
        Reader::Journal => {
            return Err(Error::usage(
                "a journal cannot be read from standard input",
                "name its file: cz-hook inspect FILE",
            ));
        }
    })
}

impl Capture {
    /// The deliveries of these numbers, in this order.
    pub(crate) fn pick(self, ids: &[u64]) -> Result<Vec<DeliveryRecord>, Error> {
        let mut found: HashMap<u64, DeliveryRecord> = HashMap::new();
        let mut keep = |record: DeliveryRecord| {
            if ids.contains(&record.id) {
                found.entry(record.id).or_insert(record);
            }
        };
        match self {
            Self::Journal(journal, path) => {
                for id in ids {
                    let read = journal.get(*id).map_err(|why| journal_error(&path, &why))?;
                    read.into_iter().for_each(&mut keep);
                }
            }
            Self::Log(mut log) => {
                while let Some(deliveries) = log.next(ReadDepth::Full)? {
                    deliveries.into_iter().for_each(&mut keep);
                }
            }
            Self::Loaded(all) => all.into_iter().for_each(&mut keep),
        }
        let picked = ids.iter().map(|id| {
            found.get(id).cloned().ok_or_else(|| {
                Error::usage(
                    format!("there is no delivery {id} in the capture"),
                    "`cz-hook inspect FILE` lists what there is",
                )
            })
        });
        picked.collect()
    }

    /// Hands each delivery that matches the filter to `visit`, newest last, until that says not to go on.
    pub(crate) fn each(
        self,
        filter: &Filter,
        catalog: &'static Catalog,
        mut visit: impl FnMut(DeliveryRecord) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        self.batches(filter, ReadDepth::Full, catalog, |batch| {
            for record in batch {
                if !visit(record)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
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

    /// Hands the deliveries that match the filter to `visit` as they are read, some at a time, newest last, until that
    /// says not to go on. A list needs no headers and bodies, and everything that is known of them.
    pub(crate) fn list(
        self,
        filter: &Filter,
        catalog: &'static Catalog,
        mut visit: impl FnMut(Vec<DeliveryRecord>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        self.batches(filter, ReadDepth::Listed, catalog, |mut batch| {
            for record in &mut batch {
                if record.analysis.is_none() {
                    record.analysis = Some(analysis(record, catalog).into_owned());
                }
            }
            visit(batch)
        })
    }

    /// The newest `max` of the deliveries that match the filter, as in a list, and how many match.
    pub(crate) fn newest(
        self,
        filter: &Filter,
        max: usize,
        catalog: &'static Catalog,
    ) -> Result<(Vec<DeliveryRecord>, u64), Error> {
        if let Self::Journal(journal, path) = &self {
            let newest = Filter { last: Some(max as u64), ..filter.clone() };
            let list = journal.list(&newest).and_then(|list| Ok((list, journal.count(filter)?)));
            return list.map_err(|why| journal_error(path, &why));
        }
        let (mut newest, mut count) = (VecDeque::new(), 0);
        self.list(filter, catalog, |batch| {
            count += batch.len() as u64;
            newest.extend(batch);
            newest.drain(..newest.len().saturating_sub(max));
            Ok(true)
        })?;
        Ok((newest.into(), count))
    }

    fn batches(
        self,
        filter: &Filter,
        depth: ReadDepth,
        catalog: &'static Catalog,
        mut visit: impl FnMut(Vec<DeliveryRecord>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let admits =
            |record: &DeliveryRecord| filter.admits(record, || Some(analysis(record, catalog)));
        let max = filter.last.and_then(|n| usize::try_from(n).ok());
        match self {
            Self::Journal(journal, path) => {
                let mut failed = Ok(());
                let visit = |batch| match visit(batch) {
                    Ok(true) => ControlFlow::Continue(()),
                    Ok(false) => ControlFlow::Break(()),
                    Err(error) => {
                        failed = Err(error);
                        ControlFlow::Break(())
                    }
                };
                let read = journal.pages(filter, depth, visit);
                read.map_err(|why| journal_error(&path, &why)).and(failed)
            }
            Self::Log(mut log) => {
                let mut newest = VecDeque::new();
                while let Some(mut batch) = log.next(depth)? {
                    batch.retain(admits);
                    match max {
                        Some(max) => {
                            newest.extend(batch);
                            newest.drain(..newest.len().saturating_sub(max));
                        }
                        None if batch.is_empty() => {}
                        None if !visit(batch)? => break,
                        None => {}
                    }
                }
                if !newest.is_empty() {
                    visit(newest.into())?;
                }
                Ok(())
            }
            Self::Loaded(mut all) => {
                all.retain(admits);
                all.drain(..max.map_or(0, |max| all.len().saturating_sub(max)));
                visit(all).map(|_| ())
            }
        }
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
