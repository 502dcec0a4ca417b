//! Texts and header values as they stand in a line: pieces of it, wherever nothing is escaped.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A string: a piece of the line, unless it is escaped. The derived reader of a `Cow` copies it wherever it
/// is not a field itself.
pub(super) struct Text<'l>(pub Cow<'l, str>);

impl<'de: 'l, 'l> Deserialize<'de> for Text<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// Text, or `{"base64":"…"}` where it is none.
pub(super) struct HeaderValue<'l>(pub Cow<'l, [u8]>);

impl<'de: 'l, 'l> Deserialize<'de> for HeaderValue<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = HeaderValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header's value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(HeaderValue(Cow::Borrowed(text.as_bytes())))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(HeaderValue(Cow::Owned(text.as_bytes().to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        struct Bytes {
            base64: String,
        }
        let bytes = Bytes::deserialize(MapAccessDeserializer::new(map))?;
        let bytes = decoded(&bytes.base64).map_err(A::Error::custom)?;
        Ok(HeaderValue(Cow::Owned(bytes)))
    }
}

/// The bytes of base64.
///
/// # Errors
/// When it is broken, in words.
pub(super) fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    let decoded = STANDARD.decode(base64);
    decoded.map_err(|why| format!("its base64 is broken: {why}"))
}
