//! A delivery's line as it is read: its texts stay in the line until it is known what is wanted of them.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::capture::shown::shown;
use crate::capture::{Found, Wanted, sendable};
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::validate::Validity;
use crate::webhook::verify::Verdict;

/// A delivery with the number it may have.
pub(super) type Numbered = (Option<u64>, Delivery, Option<Found>);

/// What any line has.
#[derive(Deserialize)]
pub(super) struct Kind<'l> {
    #[serde(rename = "type", borrow)]
    name: Text<'l>,
}

impl Kind<'_> {
    /// What kind of a line it is.
    pub fn name(&self) -> &str {
        &self.name.0
    }
}

/// What a delivery's has.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'l"))]
pub(super) struct DeliveryLine<'l> {
    #[serde(rename = "type")]
    kind: Text<'l>,
    id: Option<u64>,
    received_at: Option<Text<'l>>,
    method: Text<'l>,
    target: Text<'l>,
    headers: Vec<(Text<'l>, HeaderValue<'l>)>,
    body: Option<Text<'l>>,
    body_base64: Option<Text<'l>>,
    provider: Option<Text<'l>>,
    event: Option<Text<'l>>,
    channel: Option<Text<'l>>,
    signature: Option<Signature<'l>>,
    validation: Option<Validation<'l>>,
    duplicate_of: Option<u64>,
    response: Option<Response>,
}

/// A string: a piece of the line, unless it is escaped. The derived reader of a `Cow` copies it wherever it
/// is not a field itself.
struct Text<'l>(Cow<'l, str>);

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
struct HeaderValue<'l>(Cow<'l, [u8]>);

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

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'l"))]
struct Signature<'l> {
    verdict: Text<'l>,
    reason: Option<Text<'l>>,
}

#[derive(Deserialize)]
struct Validation<'l> {
    #[serde(borrow)]
    verdict: Text<'l>,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
}

impl DeliveryLine<'_> {
    /// Whether it says so itself.
    pub fn is_delivery(&self) -> bool {
        self.kind.0 == "delivery"
    }

    /// The delivery.
    ///
    /// # Errors
    /// When it is none that could be sent, in words.
    pub fn captured(self, wanted: Wanted) -> Result<Numbered, String> {
        let body = match (self.body, self.body_base64) {
            (Some(Text(text)), None) => text.into_owned().into_bytes(),
            (None, Some(Text(base64))) => decoded(&base64)?,
            _ => return Err("it needs one of `body` and `body_base64`".to_owned()),
        };
        let date = |Text(text): Text<'_>| text.parse::<Timestamp>().map_err(|_| not_a_date(&text));
        let received_at = self.received_at.map(date).transpose()?;
        let headers = self.headers.iter();
        let delivery = Delivery {
            method: self.method.0.into_owned(),
            target: self.target.0.into_owned(),
            headers: Headers::packed(headers.map(|(name, value)| (&*name.0, &*value.0))),
            body: body.into(),
            received_at,
            peer: None,
        };
        sendable::check(&delivery)?;
        let (Some(signature), Some(validation)) = (self.signature, self.validation) else {
            return Ok((self.id, delivery, None));
        };
        let verdict = word(&signature.verdict.0, Verdict::of)?;
        let validation = word(&validation.verdict.0, Validity::of)?;
        if wanted == Wanted::Request {
            return Ok((self.id, delivery, None));
        }
        let owned = |text: Option<Text<'_>>| text.map(|text| text.0.into_owned());
        let found = Found {
            provider: owned(self.provider),
            event: owned(self.event),
            channel: owned(self.channel),
            signature: verdict,
            reason: owned(signature.reason).unwrap_or_default(),
            validation,
            duplicate_of: self.duplicate_of,
            status: self.response.map(|response| response.status),
        };
        Ok((self.id, delivery, Some(found)))
    }
}

fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    let decoded = STANDARD.decode(base64);
    decoded.map_err(|why| format!("its base64 is broken: {why}"))
}

fn not_a_date(text: &str) -> String {
    format!("its date `{}` is none", shown(text.as_bytes()))
}

fn word<V>(word: &str, of: impl Fn(&str) -> Option<V>) -> Result<V, String> {
    of(word).ok_or_else(|| format!("`{}` is no verdict", shown(word.as_bytes())))
}
