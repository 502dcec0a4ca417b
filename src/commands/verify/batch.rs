//! Verifying a capture of many deliveries: every processor checks, and the verdicts are printed in the capture's
//! order. Journals and large logs are read in batches, in bounded memory.

use std::io::{self, Read};
use std::path::PathBuf;

use memchr::{memchr_iter, memrchr};

use crate::capture::journal::{Journal, ReaderPool};
use crate::capture::ndjson;
use crate::commands::listen::journal_error;
use crate::commands::shared::capture::no_deliveries;
use crate::commands::shared::explainer::{Explainer, MAX_EXPLAINED};
use crate::commands::shared::input::Input;
use crate::commands::shared::verdict_counts::VerdictCounts;
use crate::diagnose::Effort;
use crate::error::{Error, Exit};
use crate::webhook::record::{DeliveryRecord, ReadDepth};
use crate::webhook::signature::verify::Verdict;

use super::checked::Checked;
use super::ordered_parallel::{Feed, ordered_parallel};
use super::{Verifier, exit_of};

/// How many deliveries are a batch.
const DELIVERIES: usize = 256;

/// How many bytes of lines are a batch; one longer line is a batch, too.
const BATCH_BYTES: usize = 256 << 10;

/// Verifies deliveries in memory.
pub(super) fn loaded(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    all: Vec<DeliveryRecord>,
) -> Result<Exit, Error> {
    let produce = |feed: Feed<'_, Vec<DeliveryRecord>>| {
        let mut all = all.into_iter();
        loop {
            let batch: Vec<_> = all.by_ref().take(DELIVERIES).collect();
            if batch.is_empty() || feed(batch).is_break() {
                return Ok(());
            }
        }
    };
    verify(verifier, explainer, produce, |batch, _, results| {
        batch.into_iter().for_each(|record| results.add(record));
        Ok(None)
    })
}

/// Verifies a journal: the thread that checks deliveries reads them.
pub(super) fn journal(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    journal: &Journal,
    path: PathBuf,
) -> Result<Exit, Error> {
    let pool = ReaderPool::new(path.clone());
    let unusable = |why| journal_error(&path, &why);
    let produce = |feed: Feed<'_, _>| journal.id_batches(feed).map_err(unusable);
    verify(verifier, explainer, produce, |ids, _, results| {
        let read = pool.requests(&ids, |record| results.add(record));
        read.map_err(unusable).map(|()| None)
    })
}

/// A batch of a log.
enum Batch {
    Read(Vec<DeliveryRecord>),
    Lines(Lines),
}

/// Verifies the lines of a large log. A log of one delivery is that delivery.
pub(super) fn log(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    log: Input,
) -> Result<Exit, Error> {
    let (stream, unreadable) = log.stream();
    let mut chunks = LineChunks {
        stream,
        rest: Vec::new(),
        lines: 0,
    };
    let mut next = || chunks.next().map_err(|why| unreadable(&why));
    let mut first = Vec::new();
    while first.len() < 2
        && let Some(lines) = next()?
    {
        first.extend(lines.read(first.len() as u64)?.deliveries);
    }
    if first.len() == 1
        && let Some(only) = first.pop()
    {
        return verifier.one(explainer, only.id, only.delivery);
    }
    let produce = |feed: Feed<'_, Batch>| {
        let mut flow = feed(Batch::Read(first));
        while flow.is_continue()
            && let Some(lines) = next()?
        {
            flow = feed(Batch::Lines(lines));
        }
        Ok(())
    };
    verify(verifier, explainer, produce, |batch, before, results| {
        let deliveries = match batch {
            Batch::Read(deliveries) => deliveries,
            Batch::Lines(lines) => {
                let read = lines.read(before.unwrap_or(0))?;
                // Numbers that the log does not hold depend on how many deliveries came before.
                if read.is_counted && before.is_none() {
                    return Ok(Some(Batch::Lines(lines)));
                }
                read.deliveries
            }
        };
        for record in deliveries {
            results.add(record);
        }
        Ok(None)
    })
}

/// Verifies the batches that `produce` feeds. `read` reads the deliveries of one, given how many came before when
/// that is known; a batch that it gives back is read again when it is known.
fn verify<P: Send>(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    produce: impl FnOnce(Feed<'_, P>) -> Result<(), Error>,
    read: impl Fn(P, Option<u64>, &mut BatchResult<'_, '_>) -> Result<Option<P>, Error> + Sync,
) -> Result<Exit, Error> {
    verifier.reject_given_headers()?;
    if verifier.options.against.is_some() {
        return Err(Error::usage(
            "--against compares one delivery, and the capture holds several",
            "take one out with `cz-hook inspect FILE ID --as http`",
        ));
    }
    let work = |batch, before| {
        let mut result = BatchResult {
            verifier,
            counts: VerdictCounts::default(),
            parts: Vec::new(),
            text: Vec::new(),
            explained: 0,
            unexplained: 0,
        };
        let again = read(batch, before, &mut result)?;
        Ok::<_, Error>((result, again))
    };
    let mut counts = VerdictCounts::default();
    ordered_parallel(
        produce,
        |batch| work(batch, None),
        |result| {
            let (mut result, again) = result?;
            if let Some(batch) = again {
                (result, _) = work(batch, Some(counts.total()))?;
            }
            counts.extend(std::mem::take(&mut result.counts));
            result.print(explainer)
        },
    )?;
    let total = counts.total();
    if total == 0 {
        return Err(no_deliveries());
    }
    let console = verifier.console;
    console.note(&format!("{total} deliveries: {}", counts.summary()));
    if explainer.skipped() > 0 {
        console.note(&format!(
            "{} more were not explained; --explain=deep explains every one",
            explainer.skipped()
        ));
    }
    Ok(exit_of(counts.get(Verdict::Valid) == total))
}

/// The verdicts on a batch.
struct BatchResult<'r, 'v> {
    verifier: &'r Verifier<'v>,
    counts: VerdictCounts,
    parts: Vec<Part>,
    /// What is printed after the parts.
    text: Vec<u8>,
    /// How many deliveries are held to be explained.
    explained: u32,
    /// How many more there are that are not.
    unexplained: u64,
}

/// What is printed of a batch.
enum Part {
    Text(Vec<u8>),
    /// A delivery whose verdict may be explained: only the first ones of all are.
    Explained(Box<Checked>),
}

impl BatchResult<'_, '_> {
    /// Checks one more delivery.
    fn add(&mut self, record: DeliveryRecord) {
        let verifier = self.verifier;
        let detection = verifier.detect(&record.delivery);
        let checked = verifier.check(record.id, record.delivery, detection);
        self.counts.add(checked.report.verdict, 1);
        let is_explained = checked.is_explained(verifier);
        let is_deep = verifier.options.effort == Some(Effort::Deep);
        // Bodies may be large: no more are held than are explained.
        if is_explained && (is_deep || self.explained < MAX_EXPLAINED) {
            self.explained += 1;
            self.parts.push(Part::Text(std::mem::take(&mut self.text)));
            self.parts.push(Part::Explained(Box::new(checked)));
        } else {
            self.unexplained += u64::from(is_explained);
            checked.write(verifier, true, None, &mut self.text);
        }
    }

    /// Prints it, with the causes that are to be explained.
    fn print(self, explainer: &Explainer<'_>) -> Result<(), Error> {
        let console = self.verifier.console;
        explainer.skip(self.unexplained);
        for part in self.parts {
            match part {
                Part::Text(text) => console.print(&text)?,
                Part::Explained(checked) => {
                    let diagnosis = checked.explain(self.verifier, explainer);
                    let mut text = Vec::new();
                    checked.write(self.verifier, true, diagnosis.as_ref(), &mut text);
                    console.print(&text)?;
                }
            }
        }
        console.print(&self.text)
    }
}

/// Whole lines of a log, and how many lines come before them.
struct Lines {
    bytes: Vec<u8>,
    before: usize,
}

impl Lines {
    fn read(&self, deliveries_before: u64) -> Result<ndjson::Chunk, Error> {
        let read = ndjson::read_chunk(
            &self.bytes,
            self.before,
            deliveries_before,
            ReadDepth::Request,
        );
        read.map_err(Error::from)
    }
}

/// A log that is read in batches of whole lines.
struct LineChunks<R> {
    stream: R,
    /// The beginning of the next line.
    rest: Vec<u8>,
    /// How many lines were read.
    lines: usize,
}

impl<R: Read> LineChunks<R> {
    /// The next lines; the last one may lack its end.
    fn next(&mut self) -> io::Result<Option<Lines>> {
        let mut bytes = Vec::with_capacity(self.rest.len() + BATCH_BYTES);
        bytes.append(&mut self.rest);
        loop {
            let searched = bytes.len();
            let mut more = (&mut self.stream).take(BATCH_BYTES as u64);
            let count = more.read_to_end(&mut bytes)?;
            let end = memrchr(b'\n', bytes.get(searched..).unwrap_or_default());
            match end {
                Some(end) => self.rest = bytes.split_off(searched + end + 1),
                None if count > 0 => continue,
                None if bytes.is_empty() => return Ok(None),
                None => {}
            }
            let before = self.lines;
            self.lines += memchr_iter(b'\n', &bytes).count();
            return Ok(Some(Lines { bytes, before }));
        }
    }
}
