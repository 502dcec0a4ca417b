//! What a command reads, a file or standard input: as a whole within a limit, or as a log of lines without one.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use memchr::{memchr_iter, memrchr};
use serde::de::IgnoredAny;

use crate::capture::mapped::Mapping;
use crate::capture::{BODY, Format, LOG, Unrecognized, detect, ndjson};
use crate::error::Error;
use crate::output::console::Console;
use crate::read_limited::{self, Source};
use crate::webhook::record::{DeliveryRecord, ReadDepth};

/// How a command reads its input.
#[derive(Clone, Debug)]
pub struct InputOptions {
    /// The maximum length of a body, a capture that is read whole, or a line of a log.
    pub max: usize,
    /// Whether the files that a capture names are read, if they are in its own folder.
    pub allow_files: bool,
    /// The format; `None` detects it.
    pub format: Option<&'static Format>,
    /// Where the parts of requests are in JSON of another tool; empty for every other input.
    pub map: Vec<Mapping>,
}

/// How many bytes are read at a time.
const STEP: usize = 64 << 10;

/// All bytes of a file; `-` or nothing is standard input.
pub(crate) fn read_input(path: Option<&Path>, max: usize) -> Result<Vec<u8>, Error> {
    Input::open(path, max)?.whole()
}

/// The bytes of a file that is a body and no capture. With `is_any` they may be anything.
pub(crate) fn read_body(path: Option<&Path>, max: usize, is_any: bool) -> Result<Vec<u8>, Error> {
    let input = Input::open(path, max)?;
    let name = input.name().to_owned();
    let bytes = input.whole()?;
    if is_any {
        return Ok(bytes);
    }
    let format = format_of(&bytes, &name, true)?;
    match *format == BODY {
        true => Ok(bytes),
        false => Err(Error::usage(
            format!("{name} is {}, not a body", format.what),
            "`cz-hook inspect FILE ID --as body` prints the body of a delivery; if the file is the body, give --format body",
        )),
    }
}

/// An input of which a beginning was read.
pub(crate) struct Input {
    beginning: Vec<u8>,
    reader: Reader,
    max: usize,
}

impl Input {
    pub(crate) fn open(path: Option<&Path>, max: usize) -> Result<Self, Error> {
        if path.is_none() && io::stdin().is_terminal() {
            return Err(Error::usage(
                "there is no input: no file was named, and standard input is a terminal",
                "name a file, pipe something in, or give `-` to type it",
            ));
        }
        let path = path.unwrap_or(Path::new("-"));
        let reader = Reader { source: Source::open(path)?, name: read_limited::name(path) };
        Ok(Self { beginning: Vec::new(), reader, max })
    }

    /// Whether the input is a log of `listen --json`. Reads no more of it than tells that.
    pub(crate) fn is_log(&mut self) -> Result<bool, Error> {
        /// From here on, each look is at twice as much, so that all of them together take no longer than the last.
        const OFTEN: usize = 1 << 20;
        let mut looked_at = 0;
        loop {
            let length = self.beginning.len();
            if length <= OFTEN || length >= 2 * looked_at {
                if let Some(is_log) = ndjson::begins_log(&self.beginning) {
                    return Ok(is_log);
                }
                looked_at = length;
            }
            if length > self.max {
                return Err(self.too_long());
            }
            if self.reader.read_more(&mut self.beginning)? == 0 {
                return Ok(detect(&self.beginning).is_ok_and(|format| *format == LOG));
            }
        }
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> &str {
        &self.reader.name
    }

    /// All of it, if that is not longer than its maximum.
    pub(crate) fn whole(mut self) -> Result<Vec<u8>, Error> {
        let max = u64::try_from(self.max).unwrap_or(u64::MAX);
        let length = self.reader.source.length();
        if length.is_some_and(|length| length > max) {
            return Err(self.too_long());
        }
        let left = max.saturating_add(1).saturating_sub(self.beginning.len() as u64);
        // Only a help: when there is not enough memory, reading says so.
        let expected = length.map_or(0, |length| length.min(left).saturating_add(1));
        let _ = self.beginning.try_reserve_exact(usize::try_from(expected).unwrap_or(0));
        let read = self.reader.source.by_ref().take(left).read_to_end(&mut self.beginning);
        read.map_err(|why| Error::reading(Path::new(&self.reader.name), &why))?;
        match self.beginning.len() > self.max {
            true => Err(self.too_long()),
            false => Ok(self.beginning),
        }
    }

    /// The lines of a log.
    pub(crate) fn log(self) -> Log {
        let Self { beginning, reader, max } = self;
        Log { reader, max, rest: beginning, lines: 0, deliveries: 0, cut: None }
    }

    fn too_long(&self) -> Error {
        too_long(&self.reader.name, self.max)
    }
}

/// The format of an input. `is_body` says that the user calls it a body: then text that could be anything is one.
pub(crate) fn format_of(bytes: &[u8], name: &str, is_body: bool) -> Result<&'static Format, Error> {
    match detect(bytes) {
        Ok(format) => Ok(format),
        Err(why) if is_body && why.may_be_body => Ok(&BODY),
        Err(Unrecognized { clause, hint, .. }) => {
            Err(Error::usage(format!("{name} {clause}"), hint))
        }
    }
}

fn too_long(what: &str, max: usize) -> Error {
    let size = match max {
        _ if max.is_multiple_of(1 << 20) => format!("{} MiB", max >> 20),
        _ => format!("{max} bytes"),
    };
    Error::io(
        format!("{what} is longer than {size}"),
        "--max-input SIZE reads more; only logs of `listen --json` and journals may be of any length",
    )
}

/// A stream and what errors call it.
struct Reader {
    source: Source,
    name: String,
}

impl Reader {
    /// Adds what can be read at once; 0 at the end.
    fn read_more(&mut self, bytes: &mut Vec<u8>) -> Result<usize, Error> {
        let mut buffer = [0; STEP];
        let read = loop {
            match self.source.read(&mut buffer) {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(|why| Error::reading(Path::new(&self.name), &why))?,
            }
        };
        bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// A log of `listen --json`, which is read as its lines come.
pub(crate) struct Log {
    reader: Reader,
    /// The maximum length of a line.
    max: usize,
    /// What was read and not yet given out.
    rest: Vec<u8>,
    /// How many lines and deliveries were given out.
    lines: usize,
    deliveries: u64,
    /// Says that a line that is cut off at the end of the log is left out; without it that line is an error.
    cut: Option<Console>,
}

impl Log {
    /// Leaves out the last line, with a note, when its listener was killed while it wrote it.
    pub(crate) fn without_cut_line(self, console: &Console) -> Self {
        Self { cut: Some(console.clone()), ..self }
    }

    /// The deliveries of the next lines; none at the end.
    pub(crate) fn next(&mut self, depth: ReadDepth) -> Result<Option<Vec<DeliveryRecord>>, Error> {
        let Some(lines) = self.next_lines()? else {
            return Ok(None);
        };
        let chunk = lines.read(self.deliveries, depth)?;
        self.deliveries += chunk.deliveries.len() as u64;
        Ok(Some(chunk.deliveries))
    }

    /// The next whole lines; the last one may lack its end.
    pub(crate) fn next_lines(&mut self) -> Result<Option<Lines>, Error> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut searched = 0;
        loop {
            let end = memrchr(b'\n', bytes.get(searched..).unwrap_or_default());
            if let Some(end) = end {
                self.rest = bytes.split_off(searched + end + 1);
                break;
            }
            searched = bytes.len();
            self.check_line(self.lines + 1, searched)?;
            if self.reader.read_more(&mut bytes)? == 0 {
                if bytes.is_empty() || self.is_cut_off(&bytes) {
                    return Ok(None);
                }
                break;
            }
        }
        let before = self.lines;
        let mut start = 0;
        for end in memchr_iter(b'\n', &bytes) {
            self.lines += 1;
            self.check_line(self.lines, end - start)?;
            start = end + 1;
        }
        Ok(Some(Lines { bytes, before }))
    }

    fn check_line(&self, number: usize, length: usize) -> Result<(), Error> {
        if length <= self.max {
            return Ok(());
        }
        Err(too_long(&format!("line {number} of {}", self.reader.name), self.max))
    }

    fn is_cut_off(&self, last: &[u8]) -> bool {
        let Some(console) = self.cut.as_ref().filter(|_| self.lines > 0) else {
            return false;
        };
        let is_cut_off = serde_json::from_slice::<IgnoredAny>(last).is_err();
        if is_cut_off {
            console.note("the last line is cut off and left out");
        }
        is_cut_off
    }
}

/// Whole lines of a log, and how many lines come before them.
pub(crate) struct Lines {
    bytes: Vec<u8>,
    before: usize,
}

impl Lines {
    /// The deliveries of the lines, with so many deliveries before them.
    pub(crate) fn read(&self, before: u64, depth: ReadDepth) -> Result<ndjson::Chunk, Error> {
        Ok(ndjson::read_chunk(&self.bytes, self.before, before, depth)?)
    }
}
