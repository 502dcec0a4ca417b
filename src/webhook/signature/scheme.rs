//! A signature scheme as data: where the signature is, which algorithm makes it, which bytes are signed and in which
//! format it is written.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::format::{Encoding, ItemList, Layout, Malformed, SignatureFormat};
use super::key::{KeyForm, KeyRule};
pub use super::mac::Algorithm;

/// One way in which a provider signs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SchemeTable")]
pub struct Scheme {
    /// The name, which distinguishes several signatures of a provider.
    pub name: Option<String>,
    /// Where the signature is.
    pub location: Location,
    /// How it is made.
    pub algorithm: Algorithm,
    /// How it is written.
    pub format: SignatureFormat,
    /// How the text of a secret becomes the key.
    pub key: KeyRule,
    /// What is signed, in order; the body alone when absent.
    pub signs: Vec<Part>,
    /// When the request was signed, for providers that say so.
    pub timestamp: Option<TimestampRule>,
    /// The header with the delivery's id, for providers that sign one.
    pub id: Option<IdRule>,
    /// Whether the provider also sends deliveries without it.
    pub optional: bool,
}

/// Where a signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the header of this name, in lower case.
    Header(String),
    /// In the body at this JSON Pointer.
    Body(String),
}

/// One table of `[[signature]]` of a `provider.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeTable {
    name: Option<String>,
    header: Option<String>,
    body: Option<String>,
    algorithm: Algorithm,
    encoding: Option<Encoding>,
    prefix: Option<String>,
    items: Option<ItemList>,
    #[serde(default)]
    key: KeyRule,
    signs: Option<Vec<Part>>,
    timestamp: Option<TimestampRule>,
    id: Option<IdRule>,
    #[serde(default)]
    optional: bool,
}

impl TryFrom<SchemeTable> for Scheme {
    type Error = &'static str;

    fn try_from(table: SchemeTable) -> Result<Self, Self::Error> {
        let is_token = table.algorithm == Algorithm::Token;
        let location = match (table.header, table.body) {
            (Some(header), None) => Location::Header(header.to_ascii_lowercase()),
            (None, Some(pointer)) => Location::Body(pointer),
            _ => return Err("a signature needs either `header` or `body`"),
        };
        let layout = match (table.prefix, table.items) {
            (prefix, None) => Layout::Prefix(prefix.unwrap_or_default()),
            (None, Some(items)) => Layout::Items(items),
            (Some(_), Some(_)) => return Err("a signature has either `prefix` or `items`"),
        };
        let encoding = match table.encoding {
            None if is_token => Encoding::Text,
            None => return Err("a signature needs `encoding`: hex, base64 or base64url"),
            Some(encoding) => encoding,
        };
        if is_token && table.signs.is_some() {
            return Err("a token signs nothing: leave `signs` out");
        }
        let default = if is_token { Vec::new() } else { vec![Part::Body] };
        Ok(Self {
            name: table.name,
            location,
            algorithm: table.algorithm,
            format: SignatureFormat { encoding, layout },
            key: table.key,
            signs: table.signs.unwrap_or(default),
            timestamp: table.timestamp,
            id: table.id,
            optional: table.optional,
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "{name} header"),
            Self::Body(pointer) => write!(f, "field {pointer} of the body"),
        }
    }
}

/// One piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The raw body.
    Body,
    /// The public URL of the endpoint.
    Url,
    /// The request method.
    Method,
    /// The path of the URL, without its query.
    Path,
    /// The fields of a form, sorted by name: names and values one after the other.
    FormSorted,
    /// The key.
    Secret,
    /// The value of the header of this name.
    Header(String),
    /// These characters.
    Text(String),
    /// The item of this name in the list that the signature is in.
    Item(String),
    /// The value at this JSON Pointer in the body; nothing where it is missing or null.
    Field(String),
    /// A hash of the body, as text.
    Hash(BodyHash),
    /// The user's setting of this name.
    Setting(String),
}

/// A hash of the body that is signed in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyHash {
    /// CRC-32 in decimal.
    Crc32,
    /// SHA-256 in lowercase hexadecimal.
    Sha256,
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Plain {
            Body,
            Url,
            Method,
            Path,
            FormSorted,
            Secret,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Detailed {
            Header(String),
            Text(String),
            Item(String),
            Body(String),
            Hash(BodyHash),
            Setting(String),
        }
        struct PartVisitor;
        impl<'de> Visitor<'de> for PartVisitor {
            type Value = Part;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part such as \"body\" or { header = \"x-time\" }")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Part, E> {
                Ok(match Plain::deserialize(StrDeserializer::new(name))? {
                    Plain::Body => Part::Body,
                    Plain::Url => Part::Url,
                    Plain::Method => Part::Method,
                    Plain::Path => Part::Path,
                    Plain::FormSorted => Part::FormSorted,
                    Plain::Secret => Part::Secret,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Part, A::Error> {
                Ok(match Detailed::deserialize(MapAccessDeserializer::new(map))? {
                    Detailed::Header(name) => Part::Header(name),
                    Detailed::Text(text) => Part::Text(text),
                    Detailed::Item(name) => Part::Item(name),
                    Detailed::Body(pointer) => Part::Field(pointer),
                    Detailed::Hash(hash) => Part::Hash(hash),
                    Detailed::Setting(name) => Part::Setting(name),
                })
            }
        }
        from.deserialize_any(PartVisitor)
    }
}

/// Where a request says when it was signed, and how old it may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "TimestampTable")]
pub struct TimestampRule {
    /// Where it is.
    pub source: TimestampSource,
    /// How it is written.
    pub unit: Unit,
    /// The maximum difference from now in seconds, in the past or the future; `None` when the age is not checked.
    pub tolerance_seconds: Option<u64>,
}

/// Where a time is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimestampSource {
    /// In the header of this name.
    Header(String),
    /// In the item of this name, next to the signature.
    Item(String),
    /// In the body at this JSON Pointer.
    Body(String),
}

/// How a time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Unit {
    /// Seconds since 1970.
    #[default]
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds since 1970.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Such as `2026-01-31T12:00:00Z`.
    #[serde(rename = "rfc3339")]
    Rfc3339,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TimestampTable {
    header: Option<String>,
    item: Option<String>,
    body: Option<String>,
    #[serde(default)]
    unit: Unit,
    tolerance_seconds: Option<u64>,
}

impl TryFrom<TimestampTable> for TimestampRule {
    type Error = &'static str;

    fn try_from(table: TimestampTable) -> Result<Self, Self::Error> {
        let source = match (table.header, table.item, table.body) {
            (Some(name), None, None) => TimestampSource::Header(name),
            (None, Some(name), None) => TimestampSource::Item(name),
            (None, None, Some(pointer)) => TimestampSource::Body(pointer),
            _ => return Err("`timestamp` needs one of `header`, `item` and `body`"),
        };
        Ok(Self { source, unit: table.unit, tolerance_seconds: table.tolerance_seconds })
    }
}

/// The header with the delivery's id, and how to make one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdRule {
    /// The name of the header.
    pub header: String,
    /// A template, such as `msg_{uuid}`.
    pub make: String,
}

impl Scheme {
    /// The header that holds the signature; `None` when it is in the body.
    pub fn header(&self) -> Option<&str> {
        match &self.location {
            Location::Header(name) => Some(name),
            Location::Body(_) => None,
        }
    }

    /// The headers that the signature comes with: those that it signs, that of its time and that of the id.
    pub fn headers_beside(&self) -> impl Iterator<Item = &str> {
        let signed = self.signs.iter().filter_map(|part| match part {
            Part::Header(name) => Some(name.as_str()),
            _ => None,
        });
        let time = self.timestamp.iter().filter_map(|rule| match &rule.source {
            TimestampSource::Header(name) => Some(name.as_str()),
            _ => None,
        });
        let id = self.id.iter().map(|rule| rule.header.as_str());
        let mut seen = Vec::new();
        signed.chain(time).chain(id).filter(move |name| {
            let is_new = !seen.contains(name);
            seen.push(*name);
            is_new
        })
    }

    /// Where the signature is, human-readable: `x-signature header`, `field /signature of the body`.
    pub fn place(&self) -> String {
        self.location.to_string()
    }

    /// The value of a signature, without other items next to it.
    pub fn write(&self, signature: &[u8]) -> String {
        self.format.write(signature)
    }

    /// The signatures in a value, at least one.
    ///
    /// # Errors
    /// When none is exactly in the form that [`write`](Self::write) gives.
    pub fn read(&self, value: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
        self.format.read(value, &self.algorithm.lengths())
    }

    /// Whether a value holds a signature in the form that [`write`](Self::write) gives.
    pub fn matches_format(&self, value: &[u8]) -> bool {
        self.format.matches(value, &self.algorithm.lengths())
    }

    /// The human-readable format of a value, such as `sha256=<64 lowercase hex digits>`.
    pub fn describe_format(&self) -> String {
        self.format.describe(&self.algorithm.lengths())
    }

    /// Whether the signature depends on the body.
    pub fn covers_body(&self) -> bool {
        let covers = |part: &Part| matches!(part, Part::Body | Part::FormSorted | Part::Hash(_));
        self.signs.iter().any(covers)
    }

    /// Whether the URL of the endpoint is signed.
    pub fn signs_url(&self) -> bool {
        self.signs.contains(&Part::Url)
    }

    /// The form that a secret must have, human-readable; `None` when it may be any text.
    pub fn expected_key(&self) -> Option<String> {
        (self.key.form != KeyForm::Raw).then(|| self.key.expected(self.algorithm))
    }
}

impl TimestampRule {
    /// Where it is, human-readable.
    pub fn place(&self) -> String {
        match &self.source {
            TimestampSource::Header(name) => format!("`{name}` header"),
            TimestampSource::Item(name) => format!("item `{name}`"),
            TimestampSource::Body(pointer) => format!("field `{pointer}` of the body"),
        }
    }

    /// The seconds since 1970 that a text contains; `None` when it contains none.
    pub fn seconds(&self, text: &[u8]) -> Option<i64> {
        let text = std::str::from_utf8(text).ok()?.trim();
        match self.unit {
            Unit::Seconds => text.parse().ok(),
            Unit::Milliseconds => Some(text.parse::<i64>().ok()?.div_euclid(1000)),
            Unit::Rfc3339 => Some(text.parse::<Timestamp>().ok()?.as_second()),
        }
    }

    /// A time as it is written.
    pub fn write(&self, at: Timestamp) -> String {
        match self.unit {
            Unit::Seconds => at.as_second().to_string(),
            Unit::Milliseconds => at.as_millisecond().to_string(),
            Unit::Rfc3339 => format!("{at:.0}"),
        }
    }
}
