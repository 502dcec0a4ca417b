//! Words of a shell's command line.

use crate::capture::curl;

/// A word, in quotes where it needs them.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-:".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    let mut out = Vec::new();
    curl::quote(word.as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
