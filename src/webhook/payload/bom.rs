//! The mark that some editors put before UTF-8. It is no JSON, and no part of what it stands before.

/// The mark's bytes.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text behind a mark, if there is one: the body parsers of the documents' own samples strip it, too.
pub fn without_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix(BOM).unwrap_or(text)
}
