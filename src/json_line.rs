//! Lines of JSON that are safe to look at, and a delivery's parts as they stand in them: the same for
//! what is printed and for what is written into a file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use crate::webhook::delivery::{Delivery, Headers};

use crate::escape::is_dangerous;

/// One line of JSON with its line end. Characters that a terminal would obey are escaped, which JSON
/// readers undo: the line says the same, and is safe to look at.
pub fn line(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(1536);
    write(&mut out, value);
    out.push(b'\n');
    out
}

/// The same behind `out`, without the line end.
pub fn write(out: &mut Vec<u8>, value: &impl Serialize) {
    let before = out.len();
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Safe);
    if let Err(error) = value.serialize(&mut serializer) {
        // Only a type that refuses to be serialised gets here; none of this crate's does.
        out.truncate(before);
        let said = format!("{{\"type\":\"error\",\"message\":\"{error}\"}}");
        out.extend_from_slice(said.as_bytes());
    }
}

struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        // Looked at to the end: without a way out the compiler looks at many bytes at once.
        if fragment.bytes().fold(true, |plain, b| plain & (b < 0x7f)) {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut from = 0;
        for (at, c) in fragment.char_indices().filter(|&(_, c)| is_dangerous(c)) {
            writer.write_all(fragment.get(from..at).unwrap_or_default().as_bytes())?;
            write_code(writer, c)?;
            from = at + c.len_utf8();
        }
        writer.write_all(fragment.get(from..).unwrap_or_default().as_bytes())
    }
}

/// Writes a character as its number.
pub(super) fn write_code<W: ?Sized + std::io::Write>(
    writer: &mut W,
    c: char,
) -> std::io::Result<()> {
    for unit in c.encode_utf16(&mut [0; 2]) {
        write!(writer, "\\u{unit:04x}")?;
    }
    Ok(())
}

/// A request's parts.
#[derive(Debug, Serialize)]
pub struct RequestPart<'r> {
    method: &'r str,
    target: &'r str,
    headers: HeadersPart<'r>,
    #[serde(flatten)]
    body: BodyPart<'r>,
}

impl<'r> RequestPart<'r> {
    /// A request of whose body only `shown` is told.
    pub fn with(delivery: &'r Delivery, shown: &'r [u8]) -> Self {
        Self {
            method: &delivery.method,
            target: &delivery.target,
            headers: HeadersPart(&delivery.headers),
            body: BodyPart::from(shown),
        }
    }
}

impl<'r> From<&'r Delivery> for RequestPart<'r> {
    fn from(delivery: &'r Delivery) -> Self {
        Self::with(delivery, &delivery.body)
    }
}

/// `[["Name","value"],…]`; a value that is not UTF-8 is `{"base64":"…"}`.
#[derive(Debug)]
pub struct HeadersPart<'r>(pub &'r Headers);

impl Serialize for HeadersPart<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(name, value)| {
            let value = match std::str::from_utf8(value) {
                Ok(text) => HeaderValue::Text(text),
                Err(_) => HeaderValue::Bytes {
                    base64: STANDARD.encode(value),
                },
            };
            (name, value)
        }))
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum HeaderValue<'v> {
    Text(&'v str),
    Bytes { base64: String },
}

/// `"body":"…"`, or `"body_base64":"…"` when the bytes are not UTF-8.
#[derive(Debug, Serialize)]
pub enum BodyPart<'b> {
    /// UTF-8.
    #[serde(rename = "body")]
    Text(&'b str),
    /// Anything else.
    #[serde(rename = "body_base64")]
    Bytes(String),
}

impl<'b> From<&'b [u8]> for BodyPart<'b> {
    fn from(body: &'b [u8]) -> Self {
        match std::str::from_utf8(body) {
            Ok(text) => Self::Text(text),
            Err(_) => Self::Bytes(STANDARD.encode(body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_safe_to_look_at_and_reads_back_the_same() {
        let text = "\u{1b}[2J\u{9b}\u{202e}\u{7f}Zoë\u{e0041}\n";
        let written = line(&text);
        let shown = String::from_utf8(written).unwrap();
        assert!(
            shown.trim_end().chars().all(|c| !is_dangerous(c)),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
