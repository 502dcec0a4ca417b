//! Which commands of a paste are curl's, and what is piped into them: `printf` of a format that holds
//! all its bytes, as this tool writes bodies that cannot be an argument.

use crate::shell::Token;

use super::super::shown::shown;
use super::CaptureError;

/// One curl command.
#[derive(Debug)]
pub(super) struct Pipeline {
    /// What it reads from standard input, if that is known.
    pub input: Option<Vec<u8>>,
    /// Its words behind `curl`.
    pub arguments: Vec<Vec<u8>>,
}

/// Whether a command's first word is curl.
pub(super) fn is_curl(word: &[u8]) -> bool {
    let name = word.rsplit(|b| *b == b'/').next().unwrap_or_default();
    matches!(name, b"curl" | b"curl.exe")
}

/// Finds the curl commands.
///
/// # Errors
/// For any other command, unless curl's output goes into it.
pub(super) fn split(tokens: Vec<Token>) -> Result<Vec<Pipeline>, CaptureError> {
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
        // Where its output goes changes no request: what follows behind another pipe is left alone.
        Some(word) if is_curl(&word) => Ok(Pipeline {
            input,
            arguments: words.collect(),
        }),
        other => Err(CaptureError::curl(
            format!("`{}` is not curl", shown(&other.unwrap_or_default())),
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
                    shown(&directive)
                ));
            }
            (other, _) => other,
        };
        out.push(plain);
    }
    Ok(out)
}
