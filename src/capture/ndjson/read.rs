//! Reading a log: line by line, as a whole or in pieces.

use memchr::memchr_iter;
use serde_json::de::StrRead;
use serde_json::{Deserializer, StreamDeserializer};

use crate::capture::shown::{json_error, shown};
use crate::capture::{CaptureError, Captured, Wanted};
use crate::webhook::payload::json::without_bom;

use super::line::{DeliveryLine, Kind, Numbered};

/// Reads the deliveries of a log; what else a listener prints is passed over.
///
/// # Errors
/// For a line that no listener prints, with its number.
pub fn read(bytes: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    read_piece(bytes, 0, 0, Wanted::All).map(|piece| piece.deliveries)
}

/// Some lines of a log.
#[derive(Debug)]
pub struct Piece {
    /// The deliveries.
    pub deliveries: Vec<Captured>,
    /// Whether one of them had no number of its own and was given that of its place in the log.
    pub is_counted: bool,
}

/// Reads some whole lines of a log, with so many lines and deliveries before them.
///
/// # Errors
/// As [`read`].
pub fn read_piece(
    mut bytes: &[u8],
    lines_before: usize,
    deliveries_before: u64,
    wanted: Wanted,
) -> Result<Piece, CaptureError> {
    if lines_before == 0 {
        bytes = without_bom(bytes);
    }
    let mut piece = Piece {
        deliveries: Vec::new(),
        is_counted: false,
    };
    let mut lines = Lines::new(bytes);
    let mut place = deliveries_before;
    let mut start = 0;
    let ends = memchr_iter(b'\n', bytes).chain([bytes.len()]);
    for (end, number) in ends.zip(lines_before + 1..) {
        let line = bytes.get(start..end).unwrap_or_default();
        let read = lines.read(start + blank(line), line.trim_ascii(), wanted);
        start = end + 1;
        let found = read.map_err(|why| CaptureError::Ndjson { line: number, why })?;
        if let Some((id, delivery, found)) = found {
            place += 1;
            piece.is_counted |= id.is_none();
            piece.deliveries.push(Captured {
                id: id.unwrap_or(place),
                delivery,
                found,
            });
        }
    }
    Ok(piece)
}

/// How much white space a line begins with.
fn blank(line: &[u8]) -> usize {
    line.len() - line.trim_ascii_start().len()
}

/// Lines of which nearly every one is a delivery. Those are read by one reader, which keeps its memory from
/// line to line; what it stumbles over is read alone.
struct Lines<'b> {
    /// All of them, when they are text.
    text: Option<&'b str>,
    /// The reader, and where it began.
    stream: Option<(Stream<'b>, usize)>,
}

type Stream<'b> = StreamDeserializer<'b, StrRead<'b>, DeliveryLine<'b>>;

impl<'b> Lines<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self {
            text: std::str::from_utf8(bytes).ok(),
            stream: None,
        }
    }

    /// Reads the line that starts at `start`; nothing in an empty one, or where there is no delivery.
    fn read(
        &mut self,
        start: usize,
        line: &'b [u8],
        wanted: Wanted,
    ) -> Result<Option<Numbered>, String> {
        if line.is_empty() {
            return Ok(None);
        }
        match self.delivery(start, start + line.len()) {
            Some(delivery) => delivery.captured(wanted).map(Some),
            None => read_line(line, wanted),
        }
    }

    /// The delivery from `start` to `end`, if that is one and nothing else.
    fn delivery(&mut self, start: usize, end: usize) -> Option<DeliveryLine<'b>> {
        let (mut stream, began) = match self.stream.take() {
            Some(stream) => stream,
            None => (
                Deserializer::from_str(self.text?.get(start..)?).into_iter(),
                start,
            ),
        };
        let delivery = stream.next()?.ok()?;
        // It knows nothing of lines: a value may go on in the next one.
        if began + stream.byte_offset() != end {
            return None;
        }
        self.stream = Some((stream, began));
        Some(delivery).filter(DeliveryLine::is_delivery)
    }
}

/// Reads a line alone.
fn read_line(line: &[u8], wanted: Wanted) -> Result<Option<Numbered>, String> {
    let no_json = |error: serde_json::Error| json_error(&error);
    let kind = serde_json::from_slice::<Kind<'_>>(line).map_err(no_json)?;
    match kind.name() {
        "delivery" => {
            let line: DeliveryLine<'_> = serde_json::from_slice(line).map_err(no_json)?;
            line.captured(wanted).map(Some)
        }
        "ready" | "turned_away" | "summary" => Ok(None),
        other => Err(format!("its type is `{}`", shown(other.as_bytes()))),
    }
}
