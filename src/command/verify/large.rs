//! Verifying a body that is too large to be held: its MACs are made, and what tells providers apart is
//! read, while it passes by once. The verdict is the one that the whole body would get.

use std::io::{self, BufReader, Read};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::de::IoRead;

use crate::command::captures::MOST_HELD;
use crate::command::input::Large;
use crate::error::Error;
use crate::exit::Exit;
use crate::webhook::delivery::Delivery;
use crate::webhook::examine::check_recognised_by;
use crate::webhook::passing::Passing;
use crate::webhook::scheme::Scheme;
use crate::webhook::skim::skim_from;

use super::shown::Shown;
use super::{Gate, exit_of};

/// How much is read at a time.
const PIECE: usize = 256 << 10;

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
    let Some(passing) = Passing::new(candidates, &judge.secrets) else {
        delivery.body = large.whole()?.into();
        return gate.one(1, delivery);
    };

    let has_bom = large.beginning.starts_with(BOM);
    let (stream, unreadable) = large.stream();
    let mut tap = Tap {
        stream,
        passing,
        failed: None,
    };
    let recognition = judge.recognised_by(&delivery.headers, |depth| {
        if has_bom {
            tap.read_exact(&mut [0; BOM.len()]).ok()?;
        }
        let stream = BufReader::with_capacity(PIECE, &mut tap);
        skim_from(IoRead::new(stream), depth)
    });
    // The rest, or all of it when nobody had to look inside.
    let mut piece = vec![0; PIECE];
    while tap.failed.is_none() && !matches!(tap.read(&mut piece), Ok(0)) {}
    if let Some(why) = tap.failed {
        return Err(unreadable(&why));
    }

    judge.add_signature(&recognition, &mut delivery.headers)?;
    let length = tap.passing.length();
    let report = check_recognised_by(&recognition, &judge.secrets, |scheme| {
        tap.passing
            .check(scheme, &delivery.headers, Timestamp::now())
    });
    if judge.is_explained(&report) {
        judge.console.note(&format!(
            "of a body over {} MiB it is only explained with --explain=deep",
            MOST_HELD >> 20
        ));
    }
    let shown = Shown {
        id: 1,
        is_one_of_many: false,
        recognition: &recognition,
        report: &report,
        delivery: &delivery,
        length,
    };
    Ok(exit_of(gate.conclude(&shown, false)?))
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Hands on what is read, and the MACs see it first.
struct Tap<'s, R> {
    stream: R,
    passing: Passing<'s>,
    /// Kept, as who reads JSON only learns that there is none.
    failed: Option<io::Error>,
}

impl<R: Read> Read for Tap<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.stream.read(buffer) {
            Ok(count) => {
                self.passing.update(buffer.get(..count).unwrap_or_default());
                Ok(count)
            }
            Err(why) if why.kind() == io::ErrorKind::Interrupted => Err(why),
            Err(why) => {
                let kind = why.kind();
                self.failed = Some(why);
                Err(kind.into())
            }
        }
    }
}
