//! A signature scheme as data: which header, which MAC, which bytes are signed and in which format the
//! signature is written in the header.

use std::fmt;

use serde::Deserialize;

use super::format::{Encoding, Malformed, SignatureFormat};
use super::mac::Hash;
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

/// The MACs that providers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC-SHA1, 20 bytes.
    HmacSha1,
    /// HMAC-SHA256, 32 bytes.
    HmacSha256,
    /// HMAC-SHA512, 64 bytes.
    HmacSha512,
}

impl Algorithm {
    /// Every algorithm, weakest first.
    pub const ALL: [Self; 3] = [Self::HmacSha1, Self::HmacSha256, Self::HmacSha512];

    /// The length of the MAC in bytes.
    pub fn mac_len(self) -> usize {
        Hash::of(self).length()
    }

    /// The name used in `provider.toml` and in JSON output, such as `hmac-sha1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha512 => "hmac-sha512",
        }
    }

    /// The name of its hash function, as prefixes of signatures have it, such as `sha1`.
    pub fn hash_name(self) -> &'static str {
        self.name().trim_start_matches("hmac-")
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().to_uppercase())
    }
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
