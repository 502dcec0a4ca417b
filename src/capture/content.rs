//! What the formats look at to recognise a file.

use crate::webhook::payload::json::without_bom;

use super::outline::{End, Outline};

/// A file's content, read once for all formats.
pub(super) struct Content<'b> {
    /// All of it.
    pub bytes: &'b [u8],
    /// Without a byte order mark and white space at the start.
    pub text: &'b [u8],
    /// The same where commands and lines are looked for: empty if the file is one JSON value.
    pub plain: &'b [u8],
    /// The outline of the first JSON object or array, if the file starts with one.
    pub json: Option<Outline<'b>>,
}

impl<'b> Content<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        let text = without_bom(bytes).trim_ascii_start();
        let is_json = matches!(text.first(), Some(b'{' | b'['));
        let json = is_json.then(|| Outline::new(text));
        let is_whole = json.as_ref().is_some_and(|json| json.end == End::Complete);
        let plain = if is_whole { &[] } else { text };
        Self { bytes, text, plain, json }
    }

    /// Whether the file starts with JSON that has values at all these paths.
    pub fn has(&self, paths: &[&str]) -> bool {
        self.json.as_ref().is_some_and(|json| json.has(paths))
    }

    /// The text of the JSON value at a path.
    pub fn at(&self, path: &str) -> Option<&'b [u8]> {
        self.json.as_ref()?.at(path)
    }
}
