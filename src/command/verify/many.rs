//! Verifying a capture of many deliveries: every processor judges, and the lines come in the capture's
//! order.

use std::io::Read;
use std::ops::ControlFlow;

use crate::capture::{CaptureError, Captured, ndjson};
use crate::command::captures::{Capture, Selection};
use crate::command::input::Large;
use crate::error::Error;
use crate::exit::Exit;
use crate::webhook::verify::Verdict;

use super::in_order::{Push, in_order};
use super::{Gate, exit_of, nothing};

/// How many deliveries are a piece.
const DELIVERIES: usize = 256;

/// How many bytes of lines are a piece, or the one line that is longer.
const BYTES: usize = 512 << 10;

/// What one thread does at a time.
enum Piece {
    Deliveries(Vec<Captured>),
    /// Whole lines, and how many there are before them.
    Lines(Vec<u8>, usize),
}

/// What became of a piece.
struct Judged {
    text: Vec<u8>,
    counts: Counts,
    /// A piece of lines without numbers of their own: they depend on how many deliveries came before.
    again: Option<Piece>,
}

/// How often each verdict was given, in the order of their first times.
#[derive(Default)]
struct Counts(Vec<(Verdict, u64)>);

impl Counts {
    fn add(&mut self, verdict: Verdict, more: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, count)) => *count += more,
            None => self.0.push((verdict, more)),
        }
    }

    fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }
}

/// A verdict on every delivery of a capture, a line each and a summary.
pub(super) fn capture(gate: &Gate<'_>, capture: Capture) -> Result<Exit, Error> {
    judge(gate, |push| {
        let mut piece = Vec::new();
        let everything = Selection::everything(gate.settings.catalog);
        let mut is_stopped = false;
        capture.each(&everything, |captured| {
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
    let mut log = Log {
        stream,
        ahead: Vec::new(),
        number: 0,
    };
    let mut next = || log.next().map_err(|why| unreadable(&why));
    let mut first = Vec::new();
    while first.len() < 2 {
        let Some((lines, before)) = next()? else {
            break;
        };
        let read = ndjson::read_piece(&lines, before, first.len() as u64).map_err(not_lines)?;
        first.extend(read.deliveries);
    }
    if first.len() == 1 {
        return first
            .pop()
            .map_or_else(|| Err(nothing()), |only| gate.one(only.delivery));
    }
    judge(gate, |push| {
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
    feed: impl FnOnce(Push<'_, Piece>) -> Result<(), Error>,
) -> Result<Exit, Error> {
    gate.refuse_beside()?;
    let mut counts = Counts::default();
    in_order(
        feed,
        |piece| one(gate, piece, None),
        |judged| {
            let mut judged = judged?;
            if let Some(piece) = judged.again.take() {
                judged = one(gate, piece, Some(counts.total()))?;
            }
            for (verdict, more) in judged.counts.0 {
                counts.add(verdict, more);
            }
            gate.console.print(&judged.text)
        },
    )?;
    let total = counts.total();
    if total == 0 {
        return Err(nothing());
    }
    let words: Vec<_> = counts
        .0
        .iter()
        .map(|(verdict, n)| format!("{n} {}", verdict.word()))
        .collect();
    gate.console
        .note(&format!("{total} deliveries: {}", words.join(", ")));
    Ok(exit_of(counts.0.iter().all(|(v, _)| *v == Verdict::Valid)))
}

/// Judges a piece; `before` is how many deliveries came before it, when that is known.
fn one(gate: &Gate<'_>, piece: Piece, before: Option<u64>) -> Result<Judged, Error> {
    let deliveries = match piece {
        Piece::Deliveries(deliveries) => deliveries,
        Piece::Lines(lines, number) => {
            let read =
                ndjson::read_piece(&lines, number, before.unwrap_or(0)).map_err(not_lines)?;
            if read.is_counted && before.is_none() {
                return Ok(Judged {
                    text: Vec::new(),
                    counts: Counts::default(),
                    again: Some(Piece::Lines(lines, number)),
                });
            }
            read.deliveries
        }
    };
    let (mut text, mut counts) = (Vec::new(), Counts::default());
    for Captured { id, delivery, .. } in deliveries {
        let recognition = gate.recognised(&delivery);
        let report = gate.check(&recognition, &delivery);
        counts.add(report.verdict, 1);
        let length = delivery.body.len() as u64;
        text.extend(gate.text(Some(id), &recognition, &report, &delivery, length));
    }
    Ok(Judged {
        text,
        counts,
        again: None,
    })
}

fn not_lines(why: CaptureError) -> Error {
    Error::io(why.to_string(), why.hint())
}

/// A log that is read piece by piece.
struct Log<R> {
    stream: R,
    /// The beginning of a line.
    ahead: Vec<u8>,
    /// How many lines were given out.
    number: usize,
}

impl<R: Read> Log<R> {
    /// The next whole lines, and how many came before; the last one may lack its end.
    fn next(&mut self) -> std::io::Result<Option<(Vec<u8>, usize)>> {
        let mut lines = std::mem::take(&mut self.ahead);
        loop {
            let searched = lines.len();
            let count = (&mut self.stream)
                .take(BYTES as u64)
                .read_to_end(&mut lines)?;
            let end = lines
                .get(searched..)
                .and_then(|new| new.iter().rposition(|b| *b == b'\n'))
                .map(|at| searched + at + 1);
            if let Some(end) = end {
                self.ahead = lines.split_off(end);
            } else if count > 0 {
                continue;
            }
            if lines.is_empty() {
                return Ok(None);
            }
            let before = self.number;
            self.number += lines.iter().filter(|b| **b == b'\n').count();
            return Ok(Some((lines, before)));
        }
    }
}
