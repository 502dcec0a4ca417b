//! A delivery as a curl command: what people paste into a terminal, and what browsers copy.

mod data;
pub mod habits;
mod options;
mod pipeline;
mod request;
mod write;

use crate::shell;
use crate::webhook::payload::json::without_bom;

use super::{CaptureError, Captured};

pub use data::Files;
pub use write::{command, exact};

/// Whether the first command is curl, or a `printf` into it. A comment and a copied prompt may stand before.
pub(super) fn is_command(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let Some(line) = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) else {
        return false;
    };
    let line = line.strip_prefix(b"$ ").unwrap_or(line).trim_ascii_start();
    let end = line.iter().position(|b| matches!(b, b' ' | b'\t'));
    let (word, rest) = line
        .split_at_checked(end.unwrap_or(line.len()))
        .unwrap_or((line, b""));
    let holds_curl = || bytes.windows(4).any(|w| w == b"curl");
    pipeline::is_curl(word) || (word == b"printf" && !rest.is_empty() && holds_curl())
}

/// Reads curl commands, each on its lines, as the requests that curl would send: with Host and the
/// body's type as curl adds them, without what depends on its version. `file` gives the content of the
/// files that `@` names, as far as it is asked to, or says why it cannot.
///
/// # Errors
/// For what needs a real shell, for options that are not known, and for requests that only curl could
/// make.
pub fn read(bytes: &[u8], file: &mut Files<'_>) -> Result<Vec<Captured>, CaptureError> {
    read_within(data::MOST_OF_FILES, bytes, file)
}

/// The same with room for no more than this many bytes of files.
fn read_within(
    mut room: usize,
    bytes: &[u8],
    file: &mut Files<'_>,
) -> Result<Vec<Captured>, CaptureError> {
    let mut deliveries: Vec<Captured> = Vec::new();
    // An editor may have put a mark before a command that it saved.
    for pipeline in pipeline::split(shell::split(without_bom(bytes))?)? {
        let given = options::parse(&pipeline.arguments)?;
        let delivery = request::build(given, pipeline.input, file, &mut room)?;
        deliveries.push(Captured {
            id: deliveries.len() as u64 + 1,
            delivery,
            found: None,
        });
    }
    if deliveries.is_empty() {
        return Err(CaptureError::curl(
            "there is no command",
            "copy the whole command",
        ));
    }
    Ok(deliveries)
}

#[cfg(test)]
mod tests;
