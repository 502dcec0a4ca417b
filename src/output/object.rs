//! JSON objects written straight into memory, for lines of which there are many: what a serialiser in
//! general does for every field costs more than the field.

use serde::Serialize;

use crate::webhook::delivery::Delivery;

use crate::escape::is_dangerous;
use crate::json_line::{BodyPart, HeadersPart, write, write_code};

/// An object being written.
#[derive(Debug)]
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    has_fields: bool,
}

impl<'o> Object<'o> {
    /// Begins an object at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self {
            out,
            has_fields: false,
        }
    }

    /// An object that was begun and has fields: the next one follows behind `out`.
    pub fn resumed(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            has_fields: true,
        }
    }

    /// Begins a field, whose value is to be written behind this. The name is one that needs no escape.
    pub fn field(&mut self, name: &'static str) -> &mut Vec<u8> {
        self.out.reserve(name.len() + 4);
        if self.has_fields {
            self.out.push(b',');
        }
        self.has_fields = true;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A string.
    pub fn text(&mut self, name: &'static str, text: &str) {
        string(self.field(name), text);
    }

    /// A string or `null`.
    pub fn text_or_null(&mut self, name: &'static str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.field(name).extend_from_slice(b"null"),
        }
    }

    /// Anything.
    pub fn value(&mut self, name: &'static str, value: &impl Serialize) {
        write(self.field(name), value);
    }

    /// A request's parts, as a [`RequestPart`](super::json::RequestPart) has them.
    pub fn request(&mut self, delivery: &Delivery) {
        self.text("method", &delivery.method);
        self.text("target", &delivery.target);
        self.headers(&HeadersPart(&delivery.headers));
        match BodyPart::from(&*delivery.body) {
            BodyPart::Text(text) => self.text("body", text),
            // No letter of it needs an escape.
            BodyPart::Bytes(base64) => self.text("body_base64", &base64),
        }
    }

    fn headers(&mut self, headers: &HeadersPart<'_>) {
        let is_text = |value: &[u8]| value.is_ascii() || std::str::from_utf8(value).is_ok();
        if !headers.0.iter().all(|(_, value)| is_text(value)) {
            return self.value("headers", headers);
        }
        let out = self.field("headers");
        out.push(b'[');
        for (nth, (name, value)) in headers.0.iter().enumerate() {
            out.extend_from_slice(if nth == 0 { b"[" } else { b",[" });
            string(out, name);
            out.push(b',');
            string(out, std::str::from_utf8(value).unwrap_or_default());
            out.push(b']');
        }
        out.push(b']');
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push(b'}');
    }
}

/// A string as [`line`](super::json::line) writes it.
fn string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + text.len() / 4 + 2);
    out.push(b'"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let class = class(byte);
        if class == PLAIN {
            continue;
        }
        let here = text.get(at..).unwrap_or_default().chars().next();
        let Some(c) = here.filter(|c| c.is_ascii() || is_dangerous(*c)) else {
            continue;
        };
        out.extend_from_slice(text.get(from..at).unwrap_or_default().as_bytes());
        from = at + c.len_utf8();
        if class == CODE {
            // Memory takes whatever is written.
            let _ = write_code(out, c);
        } else {
            out.extend_from_slice(&[b'\\', class]);
        }
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default().as_bytes());
    out.push(b'"');
}

/// Nothing to escape: text, or inside a character that was looked at.
const PLAIN: u8 = 0;
/// A control character, or the first byte of a character that may have to be escaped.
const CODE: u8 = b'u';

/// What becomes of a byte: [`PLAIN`], [`CODE`] or the letter of its escape.
fn class(byte: u8) -> u8 {
    const CLASSES: [u8; 256] = {
        let mut classes = [PLAIN; 256];
        let mut byte = 0;
        while byte < 256 {
            classes[byte] = match byte as u8 {
                b'"' => b'"',
                b'\\' => b'\\',
                0x08 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                0x0c => b'f',
                b'\r' => b'r',
                0..=0x1f | 0x7f | 0xc0..=0xff => CODE,
                _ => PLAIN,
            };
            byte += 1;
        }
        classes
    };
    CLASSES.get(usize::from(byte)).copied().unwrap_or(CODE)
}

#[cfg(test)]
mod tests {
    use super::super::json::{RequestPart, line};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_request_is_written_as_a_serialiser_does(
            target: String, text in "\\PC*|[\\x00-\\x7f\u{80}-\u{9f}\u{200b}\u{e0041}]*",
            bytes: Vec<u8>, is_binary: bool, values: Vec<(String, Vec<u8>)>, texts: Vec<(String, String)>,
        ) {
            let body = if is_binary { bytes } else { text.into_bytes() };
            let mut delivery = Delivery::post(&target, body.into());
            if is_binary {
                delivery.headers = values.into_iter().collect();
            } else {
                delivery.headers = texts.into_iter().collect();
            }
            let mut out = Vec::new();
            let mut object = Object::new(&mut out);
            object.request(&delivery);
            object.end();
            out.push(b'\n');
            let out = String::from_utf8(out).unwrap();
            prop_assert_eq!(out, String::from_utf8(line(&RequestPart::from(&delivery))).unwrap());
        }
    }

    #[test]
    fn every_character_is_written_as_a_serialiser_does() {
        for c in '\0'..=char::MAX {
            let text = format!("a{c}b");
            let mut out = Vec::new();
            string(&mut out, &text);
            out.push(b'\n');
            assert_eq!(out, line(&text), "{c:?}");
        }
    }

    #[test]
    fn fields_follow_one_another() {
        let mut out = Vec::new();
        let mut object = Object::new(&mut out);
        object.text_or_null("a", None);
        object.value("b", &1.5);
        object.end();
        assert_eq!(out, b"{\"a\":null,\"b\":1.5}");
    }
}
