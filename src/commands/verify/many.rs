//! Verifying a capture of many deliveries: every processor judges, and the lines come in the capture's
//! order.

use std::path::PathBuf;

use crate::capture::journal::{Journal, ReaderPool};
use crate::capture::ndjson;
use crate::commands::counts::Counts;
use crate::commands::input::Large;
use crate::commands::recorder;
use crate::error::Error;
use crate::error::Exit;
use crate::webhook::record::{DeliveryRecord, ReadDepth};
use crate::webhook::signature::verify::Verdict;

use super::in_order::{Push, in_order};
use super::judged::Judged;
use super::log::{Log, Spare};
use super::{Gate, exit_of, nothing};

/// How many deliveries are a piece.
const DELIVERIES: usize = 256;

/// A verdict on every delivery that was loaded, a line each and a summary.
pub(super) fn loaded(gate: &Gate<'_>, all: Vec<DeliveryRecord>) -> Result<Exit, Error> {
    let feed = |push: Push<'_, Vec<DeliveryRecord>>| {
        let mut all = all.into_iter();
        loop {
            let piece: Vec<_> = all.by_ref().take(DELIVERIES).collect();
            if piece.is_empty() || push(piece).is_break() {
                return Ok(());
            }
        }
    };
    judge(gate, feed, |piece, _, judged| {
        piece.into_iter().for_each(|captured| judged.add(captured));
        Ok(None)
    })
}

/// The same of a journal's: who judges them reads them.
pub(super) fn journal(gate: &Gate<'_>, journal: &Journal, path: PathBuf) -> Result<Exit, Error> {
    let readers = ReaderPool::new(path.clone());
    let unusable = |why| recorder::unusable(&path, &why);
    let feed = |push: Push<'_, _>| journal.id_batches(push).map_err(unusable);
    judge(gate, feed, |numbers, _, judged| {
        let read = readers.requests(&numbers, |captured| judged.add(captured));
        read.map_err(unusable).map(|()| None)
    })
}

/// A piece of a log.
enum Lines {
    Read(Vec<DeliveryRecord>),
    /// Whole lines, and how many there are before them.
    Unread(Vec<u8>, usize),
}

/// The same of the lines of a large log, which are never all in memory. A log of one delivery is that
/// delivery.
pub(super) fn lines(gate: &Gate<'_>, large: Large) -> Result<Exit, Error> {
    let (stream, unreadable) = large.stream();
    let spare = Spare::default();
    let mut log = Log::new(stream, &spare);
    let mut next = || log.next().map_err(|why| unreadable(&why));
    let mut first = Vec::new();
    while first.len() < 2 {
        let Some((lines, before)) = next()? else {
            break;
        };
        let read = read_lines(&lines, before, first.len() as u64)?;
        first.extend(read.deliveries);
    }
    if first.len() == 1 {
        return first
            .pop()
            .map_or_else(|| Err(nothing()), |only| gate.one(only.id, only.delivery));
    }
    let feed = |push: Push<'_, Lines>| {
        let mut flow = push(Lines::Read(first));
        while flow.is_continue()
            && let Some((lines, before)) = next()?
        {
            flow = push(Lines::Unread(lines, before));
        }
        Ok(())
    };
    judge(gate, feed, |piece, before, judged| {
        let deliveries = match piece {
            Lines::Read(deliveries) => deliveries,
            Lines::Unread(lines, number) => {
                let read = read_lines(&lines, number, before.unwrap_or(0))?;
                // Without numbers of their own: they depend on how many deliveries came before.
                if read.is_counted && before.is_none() {
                    return Ok(Some(Lines::Unread(lines, number)));
                }
                spare.put(lines);
                read.deliveries
            }
        };
        deliveries
            .into_iter()
            .for_each(|captured| judged.add(captured));
        Ok(None)
    })
}

fn read_lines(lines: &[u8], lines_before: usize, before: u64) -> Result<ndjson::Chunk, Error> {
    let read = ndjson::read_chunk(lines, lines_before, before, ReadDepth::Request);
    read.map_err(Error::from)
}

/// Judges the pieces that `feed` hands in. `read` reads the deliveries of one, given how many came before when
/// that is known; a piece that it gives back is read again when it is.
fn judge<P: Send>(
    gate: &Gate<'_>,
    feed: impl FnOnce(Push<'_, P>) -> Result<(), Error>,
    read: impl Fn(P, Option<u64>, &mut Judged<'_, '_>) -> Result<Option<P>, Error> + Sync,
) -> Result<Exit, Error> {
    let judge = &gate.judge;
    judge.refuse_beside()?;
    if judge.args.against.is_some() {
        return Err(Error::usage(
            "--against compares one delivery, and the capture holds several",
            "take one out with `cz-hook inspect FILE ID --as http`",
        ));
    }
    let judged = |piece, before| {
        let mut judged = Judged::new(judge);
        let again = read(piece, before, &mut judged)?;
        Ok::<_, Error>((judged, again))
    };
    let mut counts = Counts::default();
    in_order(
        feed,
        |piece| judged(piece, None),
        |result| {
            let (mut result, again) = result?;
            if let Some(piece) = again {
                (result, _) = judged(piece, Some(counts.total()))?;
            }
            counts.extend(std::mem::take(&mut result.counts));
            result.print(gate)
        },
    )?;
    let total = counts.total();
    if total == 0 {
        return Err(nothing());
    }
    let words = counts.words();
    judge.console.note(&format!("{total} deliveries: {words}"));
    if gate.explainer.skipped() > 0 {
        judge.console.note(&format!(
            "{} more were not explained; --explain=deep explains every one",
            gate.explainer.skipped()
        ));
    }
    Ok(exit_of(counts.of(Verdict::Valid) == total))
}
