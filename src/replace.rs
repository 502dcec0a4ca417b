//! Replaces parts of bytes that are not always text.

use memchr::memmem;

/// The bytes with `to` instead of each `from`.
pub fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut last = 0;
    for at in memmem::find_iter(text, from) {
        out.extend_from_slice(text.get(last..at).unwrap_or_default());
        out.extend_from_slice(to);
        last = at + from.len();
    }
    out.extend_from_slice(text.get(last..).unwrap_or_default());
    out
}
