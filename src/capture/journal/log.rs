//! SQLite's write-ahead log as bytes: whether another program would find every frame in it. SQLite itself checks its
//! checksums only after a crash, when it is too late to refuse a delivery.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::error::JournalError;

/// The change counter and the number of pages in a database's header.
pub(super) type PageOne = [u8; 8];

/// Where [`PageOne`] stands in the first page.
pub(super) const PAGE_ONE: std::ops::Range<usize> = 24..32;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// What was checked of a log so far.
#[derive(Debug, Default)]
pub(super) struct CheckedLog {
    /// The header, whose salts change whenever the log starts again.
    header: [u8; HEADER],
    /// How many frames were checked, from the first one.
    pub(super) frames: u32,
    /// How many frames the log is known to have had.
    known: u32,
    /// The checksum over all that were checked.
    sum: (u32, u32),
    /// The first pages in these frames.
    pub(super) page_ones: Vec<PageOne>,
}

impl CheckedLog {
    /// Checks the next time from the first frame on: another program has written to the log.
    pub(super) fn rewind(&mut self) {
        self.frames = 0;
    }

    /// Checks the frames up to number `frames` that were not checked before, or all of them in a log that started again.
    /// Returns whether it did.
    pub(super) fn check(&mut self, path: &Path, frames: u32) -> Result<bool, JournalError> {
        if frames == 0 {
            let is_new = self.header != [0; HEADER];
            *self = Self::default();
            return Ok(is_new);
        }
        let broken = |what: &str| JournalError::Overwritten(format!("{what} of its -wal file"));
        let mut file = File::open(path)?;
        let mut header = [0; HEADER];
        read(&mut file, &mut header)?;
        let order = match number(&header, 0) {
            0x377f_0682 => u32::from_le_bytes,
            0x377f_0683 => u32::from_be_bytes,
            _ => return Err(broken("the header")),
        };
        let stored = |bytes: &[u8], at| (number(bytes, at), number(bytes, at + 4));
        let head = header.get(..24).unwrap_or_default();
        if sum(order, (0, 0), head) != stored(&header, 24) {
            return Err(broken("the header"));
        }
        let is_new = header != self.header;
        if !is_new && frames < self.known {
            return Err(broken("the end"));
        }
        if is_new || self.frames == 0 {
            let (known, sum) = (frames, stored(&header, 24));
            *self = Self { header, frames: 0, known, sum, page_ones: Vec::new() };
        }
        self.known = frames;
        let page = number(&header, 8) as usize;
        // 65536 is the largest page of SQLite.
        let mut frame = vec![0; FRAME_HEADER + page.min(1 << 16)];
        let begin = HEADER as u64 + u64::from(self.frames) * frame.len() as u64;
        io::Seek::seek(&mut file, io::SeekFrom::Start(begin))?;
        let mut file = BufReader::with_capacity(64 << 10, file);
        while self.frames < frames {
            read(&mut file, &mut frame)?;
            let (head, page) = frame.split_at(FRAME_HEADER);
            let next = sum(order, self.sum, head.get(..8).unwrap_or_default());
            let next = sum(order, next, page);
            let is_last = self.frames + 1 == frames;
            if head.get(8..16) != header.get(16..24)
                || next != stored(head, 16)
                || (is_last && number(head, 4) == 0)
            {
                return Err(broken(&format!("frame {}", self.frames + 1)));
            }
            if number(head, 0) == 1
                && let Some(Ok(page_one)) = page.get(PAGE_ONE).map(PageOne::try_from)
            {
                self.page_ones.push(page_one);
            }
            (self.frames, self.sum) = (self.frames + 1, next);
        }
        Ok(is_new)
    }
}

fn read(from: &mut impl Read, into: &mut [u8]) -> Result<(), JournalError> {
    from.read_exact(into).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            JournalError::Overwritten("its -wal file is cut off".to_owned())
        }
        _ => error.into(),
    })
}

/// A number of a header, at an offset.
fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_be_bytes(four.unwrap_or_default())
}

/// SQLite's checksum over pairs of numbers, continued from `sum`.
fn sum(order: fn([u8; 4]) -> u32, sum: (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let (pairs, _) = bytes.as_chunks::<8>();
    pairs.iter().fold(sum, |(one, two), [a, b, c, d, e, f, g, h]| {
        let one = one.wrapping_add(order([*a, *b, *c, *d])).wrapping_add(two);
        let two = two.wrapping_add(order([*e, *f, *g, *h])).wrapping_add(one);
        (one, two)
    })
}
