//! Verifying a capture of many deliveries: every processor judges, and the lines come in the capture's
//! order.

use std::ops::ControlFlow;

use crate::capture::{Captured, Wanted, ndjson};
use crate::command::captures::Capture;
use crate::command::counts::Counts;
use crate::command::input::Large;
use crate::error::Error;
use crate::exit::Exit;
use crate::webhook::recognise::Recognition;
use crate::webhook::verify::{SignatureReport, Verdict};

use super::in_order::{Push, in_order};
use super::judge::Judge;
use super::log::{Log, Spare};
use super::shown::Shown;
use super::{Gate, exit_of, nothing};

/// How many deliveries are a piece.
const DELIVERIES: usize = 256;

/// What one thread does at a time.
enum Piece {
    Deliveries(Vec<Captured>),
    /// Whole lines, and how many there are before them.
    Lines(Vec<u8>, usize),
}

/// What became of a piece.
struct Judged {
    parts: Vec<Part>,
    counts: Counts,
    /// A piece of lines without numbers of their own: they depend on how many deliveries came before.
    again: Option<Piece>,
}

/// What is to be printed of a piece.
enum Part {
    Text(Vec<u8>),
    /// A delivery whose verdict may have to be explained: only so many are, and those come first.
    Open(Box<(Captured, Recognition<'static>, SignatureReport)>),
}

/// A verdict on every delivery of a capture, a line each and a summary.
pub(super) fn capture(gate: &Gate<'_>, capture: Capture) -> Result<Exit, Error> {
    judge(gate, &Spare::default(), |push| {
        let mut piece = Vec::new();
        let mut is_stopped = false;
        capture.each_request(|captured| {
            piece.push(captured);
            if piece.len() < DELIVERIES {
                return ControlFlow::Continue(());
            }
            let flow = push(Piece::Deliveries(std::mem::take(&mut piece)));
            is_stopped = flow.is_break();
            flow
        })?;
        if !is_stopped && !piece.is_empty() {
            // There is nothing left to break off.
            let _ = push(Piece::Deliveries(piece));
        }
        Ok(())
    })
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
    judge(gate, &spare, |push| {
        let mut flow = push(Piece::Deliveries(first));
        while flow.is_continue()
            && let Some((lines, before)) = next()?
        {
            flow = push(Piece::Lines(lines, before));
        }
        Ok(())
    })
}

fn judge(
    gate: &Gate<'_>,
    spare: &Spare,
    feed: impl FnOnce(Push<'_, Piece>) -> Result<(), Error>,
) -> Result<Exit, Error> {
    let judge = &gate.judge;
    judge.refuse_beside()?;
    if judge.args.against.is_some() {
        return Err(Error::usage(
            "--against compares one delivery, and the capture holds several",
            "take one out with `cz-hook inspect FILE ID --as http`",
        ));
    }
    let mut counts = Counts::default();
    in_order(
        feed,
        |piece| judged(judge, piece, None, spare),
        |result| {
            let mut result = result?;
            if let Some(piece) = result.again.take() {
                result = judged(judge, piece, Some(counts.total()), spare)?;
            }
            counts.extend(result.counts);
            let print = |part| gate.print(part);
            result.parts.into_iter().try_for_each(print)
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

/// Judges a piece; `before` is how many deliveries came before it, when that is known.
fn judged(
    judge: &Judge<'_>,
    piece: Piece,
    before: Option<u64>,
    spare: &Spare,
) -> Result<Judged, Error> {
    let mut judged = Judged {
        parts: Vec::new(),
        counts: Counts::default(),
        again: None,
    };
    let deliveries = match piece {
        Piece::Deliveries(deliveries) => deliveries,
        Piece::Lines(lines, number) => {
            let read = read_lines(&lines, number, before.unwrap_or(0))?;
            if read.is_counted && before.is_none() {
                judged.again = Some(Piece::Lines(lines, number));
                return Ok(judged);
            }
            spare.put(lines);
            read.deliveries
        }
    };
    let mut text = Vec::new();
    for captured in deliveries {
        let recognition = judge.recognised(&captured.delivery);
        let report = judge.check(&recognition, &captured.delivery);
        judged.counts.add(report.verdict, 1);
        if judge.is_explained(&report) {
            judged.parts.push(Part::Text(std::mem::take(&mut text)));
            let open = Box::new((captured, recognition, report));
            judged.parts.push(Part::Open(open));
        } else {
            shown(&captured, &recognition, &report).write(judge, None, &mut text);
        }
    }
    judged.parts.push(Part::Text(text));
    Ok(judged)
}

fn shown<'s>(
    captured: &'s Captured,
    recognition: &'s Recognition<'static>,
    report: &'s SignatureReport,
) -> Shown<'s> {
    Shown {
        id: captured.id,
        is_one_of_many: true,
        recognition,
        report,
        delivery: &captured.delivery,
        length: captured.delivery.body.len() as u64,
    }
}

impl Gate<'_> {
    fn print(&self, part: Part) -> Result<(), Error> {
        let text = match part {
            Part::Text(text) => text,
            Part::Open(open) => {
                let (captured, recognition, report) = &*open;
                let shown = shown(captured, recognition, report);
                let mut text = Vec::new();
                shown.write(&self.judge, self.explained(&shown).as_ref(), &mut text);
                text
            }
        };
        self.judge.console.print(&text)
    }
}

fn read_lines(lines: &[u8], lines_before: usize, before: u64) -> Result<ndjson::Piece, Error> {
    let read = ndjson::read_piece(lines, lines_before, before, Wanted::Request);
    read.map_err(Error::from)
}
