//! Reading a log: line by line, as a whole or in pieces.

use memchr::memchr_iter;

use crate::capture::shown::{json_error, shown};
use crate::capture::{CaptureError, Captured, Wanted};
use crate::webhook::examine::without_bom;

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
    let mut place = deliveries_before;
    let mut start = 0;
    let ends = memchr_iter(b'\n', bytes).chain([bytes.len()]);
    for (end, number) in ends.zip(lines_before + 1..) {
        let line = bytes.get(start..end).unwrap_or_default().trim_ascii();
        start = end + 1;
        if line.is_empty() {
            continue;
        }
        let found = read_line(line, wanted);
        let found = found.map_err(|why| CaptureError::Ndjson { line: number, why })?;
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

fn read_line(line: &[u8], wanted: Wanted) -> Result<Option<Numbered>, String> {
    // Nearly every line is a delivery, and read once; text is looked at once for all of it.
    let text = std::str::from_utf8(line);
    if let Ok(Ok(line)) = text.map(serde_json::from_str::<DeliveryLine<'_>>)
        && line.is_delivery()
    {
        return line.captured(wanted).map(Some);
    }
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
