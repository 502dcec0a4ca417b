//! What a command of a script writes into a pipe: `printf`, `echo` and `cat`.

use super::command::{Input, ScriptError};
use crate::capture::error::excerpt;

/// What `printf FORMAT`, `echo TEXT` or `cat FILE` writes.
pub(super) fn piped(words: &[Vec<u8>], input: Option<Input>) -> Result<Input, ScriptError> {
    let beyond = |why: String| {
        let hint = "write the body into printf's format, bytes as \\NNN and % as %%";
        Err(ScriptError { why, hint })
    };
    match words {
        [program, ..] if program == b"printf" => match printf(words) {
            Ok(bytes) => Ok(Input::Bytes(bytes)),
            Err(why) => beyond(why),
        },
        [program, flag, text] if program == b"echo" && flag == b"-n" && !text.contains(&b'\\') => {
            Ok(Input::Bytes(text.clone()))
        }
        [program, text]
            if program == b"echo" && !text.contains(&b'\\') && !text.starts_with(b"-") =>
        {
            Ok(Input::Bytes([text, &b"\n"[..]].concat()))
        }
        [program, file] if program == b"cat" && !file.starts_with(b"-") => {
            Ok(Input::File(file.clone()))
        }
        [program] if program == b"cat" => match input {
            Some(input) => Ok(input),
            None => beyond("`cat` has no input".to_owned()),
        },
        _ => beyond(format!(
            "what `{}` writes is not known",
            excerpt(words.first().map(Vec::as_slice).unwrap_or_default())
        )),
    }
}

/// What `printf FORMAT` writes. The error is a clause that is safe to show.
pub(in crate::capture) fn printf(words: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let [_, format] = words else {
        return Err("printf has more or less than one argument".to_owned());
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
                let directive: Vec<_> = [Some(byte), letter].into_iter().flatten().collect();
                return Err(format!("printf's `{}` is not understood", excerpt(&directive)));
            }
            (other, _) => other,
        };
        out.push(plain);
    }
    Ok(out)
}
