//! Verifying a body that is too large to be held: its MACs are made, and what tells providers apart is
//! read, while it passes by once. The verdict is the one that the whole body would get.

use std::io::{self, Read};
use std::sync::mpsc::channel;
use std::thread;

use bytes::Bytes;
use jiff::Timestamp;

use crate::commands::input::Large;
use crate::commands::shared::capture::MAX_IN_MEMORY;
use crate::error::Error;
use crate::error::Exit;
use crate::webhook::analysis::{check_detected_by, without_bom};
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::skim::Skimmer;
use crate::webhook::signature::passing::Passing;
use crate::webhook::signature::scheme::Scheme;

use super::shown::Shown;
use super::{Gate, exit_of};

/// How much is read at a time: what stays near the processor until it is hashed.
const PIECE: usize = 256 << 10;

/// The same where two threads read it. Each piece wakes the other one, which costs as much as a part of its work.
const SHARED: usize = 1 << 20;

/// How many such pieces there are: enough that neither thread waits for the other's every piece.
const AHEAD: usize = 4;

/// The verdict on a large body.
pub(super) fn verify(gate: &Gate<'_>, large: Large) -> Result<Exit, Error> {
    let judge = &gate.judge;
    let mut delivery = Delivery::post("/", Bytes::new());
    judge.add_headers(&mut delivery.headers);
    let candidates: Vec<_> = match judge.provider {
        Some(provider) => provider.signature.iter().collect(),
        None => {
            let all = judge.settings.catalog.providers();
            all.filter_map(|p| p.signature.as_ref()).collect()
        }
    };
    let with_signature = |scheme: &'static Scheme| {
        let mut headers = delivery.headers.clone();
        if let Some(value) = &judge.args.signature {
            headers.push(&scheme.header, value.trim());
        }
        (scheme, headers)
    };
    let candidates = candidates.into_iter().map(with_signature);
    let Some(mut passing) = Passing::new(candidates, &judge.secrets) else {
        delivery.body = large.whole()?.into();
        return gate.one(1, delivery);
    };

    let (mut stream, unreadable) = large.stream();
    let mut read = None;
    let detection = judge.detected_by(&delivery.headers, |landmarks| {
        let mut skimmer = Skimmer::new(landmarks);
        read = Some(pass_and_skim(&mut stream, &mut passing, &mut skimmer));
        skimmer.finish()
    });
    // Nobody had to look inside.
    let read = read.unwrap_or_else(|| pass(&mut stream, &mut passing));
    read.map_err(|why| unreadable(&why))?;

    judge.add_signature(&detection, &mut delivery.headers)?;
    let length = passing.length();
    let report = check_detected_by(&detection, &judge.secrets, |scheme| {
        passing.check(scheme, &delivery.headers, Timestamp::now())
    });
    if judge.is_explained(&report) {
        judge.console.note(&format!(
            "of a body over {} MiB it is only explained with --explain=deep",
            MAX_IN_MEMORY >> 20
        ));
    }
    let shown = Shown {
        id: 1,
        is_one_of_many: false,
        detection: &detection,
        report: &report,
        delivery: &delivery,
        length,
    };
    Ok(exit_of(gate.conclude(&shown, false)?))
}

/// Makes the MACs of all of it.
fn pass(stream: &mut impl Read, passing: &mut Passing<'_>) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE);
    while next(stream, &mut piece, PIECE)? {
        passing.update(&piece);
    }
    Ok(())
}

/// The same, and reads the body's outline in another thread: the MACs never wait for it for long.
fn pass_and_skim(
    stream: &mut impl Read,
    passing: &mut Passing<'_>,
    skimmer: &mut Skimmer<'_>,
) -> io::Result<()> {
    let (to_skim, queue) = channel::<Vec<u8>>();
    let (give_back, spare) = channel();
    for _ in 0..AHEAD {
        // The other end is right here.
        let _ = give_back.send(Vec::with_capacity(SHARED));
    }
    thread::scope(|scope| {
        scope.spawn(move || {
            for (number, piece) in queue.iter().enumerate() {
                let is_first = number == 0;
                skimmer.feed(if is_first {
                    without_bom(&piece)
                } else {
                    &piece
                });
                // At the end nobody wants it back.
                let _ = give_back.send(piece);
            }
        });
        // Fails only when the other thread panicked, and then so does this one.
        while let Ok(mut piece) = spare.recv() {
            if !next(stream, &mut piece, SHARED)? {
                break;
            }
            passing.update(&piece);
            let _ = to_skim.send(piece);
        }
        drop(to_skim);
        Ok(())
    })
}

/// Fills `piece` with so many bytes; says whether there was anything left.
fn next(stream: &mut impl Read, piece: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    piece.clear();
    Ok(stream.take(most as u64).read_to_end(piece)? > 0)
}
