//! A log of lines that is too large to be held: whole lines of it, piece by piece.

use std::io::Read;
use std::sync::Mutex;

use memchr::{memchr_iter, memrchr};

use crate::lock::lock;

/// How many bytes of lines are a piece, or the one line that is longer.
const BYTES: usize = 512 << 10;

/// Memory of lines that were read, for those to come: to ask for as much anew takes longer than to fill it.
#[derive(Default)]
pub(super) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    /// Gives back what was read.
    pub fn put(&self, mut lines: Vec<u8>) {
        // One long line is no measure for those to come.
        if lines.capacity() <= 4 * BYTES {
            lines.clear();
            lock(&self.0).push(lines);
        }
    }

    fn take(&self) -> Vec<u8> {
        lock(&self.0).pop().unwrap_or_default()
    }
}

/// A log that is read piece by piece.
pub(super) struct Log<'s, R> {
    stream: R,
    spare: &'s Spare,
    /// The beginning of a line.
    ahead: Vec<u8>,
    /// How many lines were given out.
    number: usize,
}

impl<'s, R: Read> Log<'s, R> {
    /// At its beginning.
    pub fn new(stream: R, spare: &'s Spare) -> Self {
        Self {
            stream,
            spare,
            ahead: Vec::new(),
            number: 0,
        }
    }

    /// The next whole lines, and how many came before; the last one may lack its end.
    pub fn next(&mut self) -> std::io::Result<Option<(Vec<u8>, usize)>> {
        let mut lines = self.spare.take();
        lines.reserve(self.ahead.len() + BYTES);
        lines.append(&mut self.ahead);
        loop {
            let searched = lines.len();
            let count = (&mut self.stream)
                .take(BYTES as u64)
                .read_to_end(&mut lines)?;
            let end = lines
                .get(searched..)
                .and_then(|new| memrchr(b'\n', new))
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
            self.number += memchr_iter(b'\n', &lines).count();
            return Ok(Some((lines, before)));
        }
    }
}
