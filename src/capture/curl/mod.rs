//! Deliveries as curl commands: what people paste into a terminal, and what browsers copy.

mod parse;
mod write;

use crate::shell::{self, Token};
use crate::webhook::payload::json::without_bom;
use crate::webhook::record::DeliveryRecord;

use super::error::{CaptureError, excerpt};

pub use parse::Files;
pub use write::{
    MAX_ARGUMENT, asks_before, command, exact, globs, header, is_own, is_shown, no_header,
};

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
    is_curl(word) || (word == b"printf" && !rest.is_empty() && holds_curl())
}

/// Reads curl commands, each on its lines, as the requests that curl would send: with Host and the
/// body's type as curl adds them, without what depends on its version. `file` gives the content of the
/// files that `@` names, as far as it is asked to, or says why it cannot.
///
/// # Errors
/// For what needs a real shell, for options that are not known, and for requests that only curl could
/// make.
pub fn read(bytes: &[u8], file: &mut Files<'_>) -> Result<Vec<DeliveryRecord>, CaptureError> {
    read_within(parse::MAX_FILE_BYTES, bytes, file)
}

/// The same with at most `max` bytes of files.
fn read_within(
    mut max: usize,
    bytes: &[u8],
    file: &mut Files<'_>,
) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let mut deliveries: Vec<DeliveryRecord> = Vec::new();
    // An editor may have put a mark before a command that it saved.
    for pipeline in split_pipelines(shell::split(without_bom(bytes))?)? {
        let given = parse::options(&pipeline.arguments)?;
        let delivery = parse::request(given, pipeline.input, file, &mut max)?;
        deliveries.push(DeliveryRecord::new(deliveries.len() as u64 + 1, delivery));
    }
    if deliveries.is_empty() {
        return Err(CaptureError::curl(
            "there is no command",
            "copy the whole command",
        ));
    }
    Ok(deliveries)
}

/// One curl command.
#[derive(Debug)]
struct Pipeline {
    /// What it reads from standard input, if that is known.
    input: Option<Vec<u8>>,
    /// Its words after `curl`.
    arguments: Vec<Vec<u8>>,
}

/// Whether a command's first word is curl.
fn is_curl(word: &[u8]) -> bool {
    let name = word.rsplit(|b| *b == b'/').next().unwrap_or_default();
    matches!(name, b"curl" | b"curl.exe")
}

/// Finds the curl commands.
///
/// # Errors
/// For any other command, unless curl's output goes into it.
fn split_pipelines(tokens: Vec<Token>) -> Result<Vec<Pipeline>, CaptureError> {
    let mut pipelines = Vec::new();
    let mut stages = vec![Vec::new()];
    for token in tokens {
        match token {
            Token::Word(word) => {
                // A prompt that was copied with the command.
                let is_first = stages.len() == 1 && stages.iter().all(Vec::is_empty);
                if let (Some(stage), false) = (stages.last_mut(), is_first && word == b"$") {
                    stage.push(word);
                }
            }
            Token::Pipe => stages.push(Vec::new()),
            Token::End => {
                pipelines.push(pipeline(std::mem::replace(&mut stages, vec![Vec::new()]))?)
            }
        }
    }
    Ok(pipelines)
}

fn pipeline(stages: Vec<Vec<Vec<u8>>>) -> Result<Pipeline, CaptureError> {
    let mut stages = stages.into_iter();
    let mut input = None;
    let mut words = stages.next().unwrap_or_default();
    if words.first().is_some_and(|word| word == b"printf") {
        input = Some(printf(&words)?);
        words = stages.next().unwrap_or_default();
    }
    let mut words = words.into_iter();
    match words.next() {
        // Where its output goes changes no request: what follows another pipe is ignored.
        Some(word) if is_curl(&word) => Ok(Pipeline {
            input,
            arguments: words.collect(),
        }),
        other => Err(CaptureError::curl(
            format!("`{}` is not curl", excerpt(&other.unwrap_or_default())),
            "give curl commands only; of what is piped into curl, printf with one format is understood",
        )),
    }
}

/// What `printf FORMAT` writes.
fn printf(words: &[Vec<u8>]) -> Result<Vec<u8>, CaptureError> {
    let beyond = |what: String| {
        let hint = "write the body into the format, bytes as \\NNN and % as %%";
        Err(CaptureError::curl(what, hint))
    };
    let [_, format] = words else {
        return beyond("printf has more or less than one argument".to_owned());
    };
    let mut out = Vec::with_capacity(format.len());
    let mut bytes = format.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let letter = match byte {
            b'%' | b'\\' => bytes.next(),
            _ => None,
        };
        let plain = match (byte, letter) {
            (b'%', Some(b'%')) => b'%',
            (b'\\', Some(b'\\')) => b'\\',
            (b'\\', Some(b'a')) => 7,
            (b'\\', Some(b'b')) => 8,
            (b'\\', Some(b'f')) => 12,
            (b'\\', Some(b'n')) => b'\n',
            (b'\\', Some(b'r')) => b'\r',
            (b'\\', Some(b't')) => b'\t',
            (b'\\', Some(b'v')) => 11,
            (b'\\', Some(first @ b'0'..=b'7')) => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    if let Some(digit) = bytes.next_if(|b| matches!(b, b'0'..=b'7')) {
                        value = value * 8 + u32::from(digit - b'0');
                    }
                }
                value.to_le_bytes().first().copied().unwrap_or_default()
            }
            (b'%' | b'\\', letter) => {
                let directive = [Some(byte), letter]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>();
                return beyond(format!(
                    "printf's `{}` is not understood",
                    excerpt(&directive)
                ));
            }
            (other, _) => other,
        };
        out.push(plain);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
