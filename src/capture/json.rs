//! A delivery's parts as JSON, and lines of JSON that are safe to look at: what every format of this
//! room that is JSON writes alike.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use crate::webhook::delivery::{Delivery, Headers};

use super::shown::is_dangerous;

/// One line of JSON with its line end. Characters that a terminal would obey are escaped, which JSON
/// readers undo.
pub(super) fn line(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Safe);
    if let Err(error) = value.serialize(&mut serializer) {
        // Only a type that refuses to be serialised gets here; none of this room's does.
        out = format!("{{\"type\":\"error\",\"message\":\"{error}\"}}").into_bytes();
    }
    out.push(b'\n');
    out
}

struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return CompactFormatter.write_string_fragment(writer, fragment);
        }
        let mut units = [0; 2];
        let mut from = 0;
        for (at, c) in fragment.char_indices().filter(|&(_, c)| is_dangerous(c)) {
            writer.write_all(fragment.get(from..at).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            from = at + c.len_utf8();
        }
        writer.write_all(fragment.get(from..).unwrap_or_default().as_bytes())
    }
}

/// A request's parts.
#[derive(Debug, Serialize)]
pub(super) struct RequestPart<'r> {
    method: &'r str,
    target: &'r str,
    headers: HeadersPart<'r>,
    #[serde(flatten)]
    body: BodyPart<'r>,
}

impl<'r> From<&'r Delivery> for RequestPart<'r> {
    fn from(delivery: &'r Delivery) -> Self {
        Self {
            method: &delivery.method,
            target: &delivery.target,
            headers: HeadersPart(&delivery.headers),
            body: BodyPart::from(&*delivery.body),
        }
    }
}

/// `[["Name","value"],…]`; a value that is not UTF-8 is `{"base64":"…"}`.
#[derive(Debug)]
struct HeadersPart<'r>(&'r Headers);

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
enum BodyPart<'b> {
    #[serde(rename = "body")]
    Text(&'b str),
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
