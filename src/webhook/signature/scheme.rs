//! A signature scheme as data: which header, which MAC, which bytes are signed and in which format the
//! signature is written in the header.

use serde::Deserialize;

use super::Secret;
use super::format::{Encoding, Malformed, SignatureFormat};
use super::mac;
pub use super::mac::Algorithm;
use crate::webhook::delivery::Headers;

/// How one provider signs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "SchemeTable")]
pub struct Scheme {
    /// The header that carries the signature, in lower case.
    pub header: String,
    /// The MAC.
    pub algorithm: Algorithm,
    /// How the MAC is written in the header.
    pub format: SignatureFormat,
    /// What is signed, in order; the body alone when absent.
    pub signs: Vec<Part>,
    /// When the request was signed, for providers that say so.
    pub timestamp: Option<TimestampRule>,
}

/// `[signature]` of a `provider.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeTable {
    header: String,
    algorithm: Algorithm,
    encoding: Encoding,
    #[serde(default)]
    prefix: String,
    #[serde(default = "body_only")]
    signs: Vec<Part>,
    timestamp: Option<TimestampRule>,
}

impl From<SchemeTable> for Scheme {
    fn from(table: SchemeTable) -> Self {
        Self {
            header: table.header,
            algorithm: table.algorithm,
            format: SignatureFormat::prefixed(table.encoding, table.prefix),
            signs: table.signs,
            timestamp: table.timestamp,
        }
    }
}

fn body_only() -> Vec<Part> {
    vec![Part::Body]
}

/// One piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The raw body.
    Body,
    /// The value of the header of this name.
    Header(String),
    /// These characters.
    Text(String),
}

/// The header that says when a request was signed, and how old it may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampRule {
    /// The header, holding seconds since 1970 in decimal.
    pub header: String,
    /// The greatest distance from now, in seconds, either way.
    pub tolerance_seconds: u64,
}

impl Scheme {
    /// The bytes that are signed, in order, for a body and the headers beside it.
    ///
    /// # Errors
    /// When a header that is signed is not there.
    pub fn signed<'a>(
        &'a self,
        headers: &'a Headers,
        body: &'a [u8],
    ) -> Result<Vec<&'a [u8]>, Malformed> {
        let signed = |part: &'a Part| match part {
            Part::Body => Ok(body),
            Part::Text(text) => Ok(text.as_bytes()),
            Part::Header(name) => {
                let value = headers.get(name);
                value.ok_or_else(|| Malformed::Needs(name.clone()))
            }
        };
        self.signs.iter().map(signed).collect()
    }

    /// The header value for a MAC.
    pub fn write(&self, mac: &[u8]) -> String {
        self.format.write(mac)
    }

    /// The MACs in a header value, one at least.
    ///
    /// # Errors
    /// When none is exactly in the form that [`write`](Self::write) gives.
    pub fn read(&self, value: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
        self.format.read(value, self.algorithm.mac_len())
    }

    /// Whether a header value holds a MAC in the form that [`write`](Self::write) gives.
    pub fn matches_format(&self, value: &[u8]) -> bool {
        self.format.matches(value, self.algorithm.mac_len())
    }

    /// The format of a header value for people, such as `sha256=<64 lowercase hex digits>`.
    pub fn describe_format(&self) -> String {
        self.format.describe(self.algorithm.mac_len())
    }
}

impl TimestampRule {
    /// The seconds that a delivery's headers hold; `None` when they do not.
    pub fn seconds(&self, headers: &Headers) -> Option<i64> {
        let text = std::str::from_utf8(headers.get(&self.header)?).ok()?;
        text.trim().parse().ok()
    }
}

/// The header value that `scheme` gives a body, with the headers beside it that the scheme also signs.
///
/// # Errors
/// When a header that is signed is not among `headers`.
pub fn signature(
    scheme: &Scheme,
    secret: &Secret,
    headers: &Headers,
    body: &[u8],
) -> Result<String, Malformed> {
    let parts = scheme.signed(headers, body)?;
    Ok(scheme.write(&mac::make(scheme.algorithm, secret, &parts)))
}
