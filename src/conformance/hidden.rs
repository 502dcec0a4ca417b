//! The secret in what reports show: it is replaced.

use memchr::memmem;

/// What stands in the place of the secret.
pub const HIDDEN: &str = "[secret]";

/// A text with [`HIDDEN`] in the place of a secret, which is not empty.
pub fn without(text: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memmem::find(rest, secret) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(HIDDEN.as_bytes());
        rest = after.get(secret.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
