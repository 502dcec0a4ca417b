//! A signature scheme as data: which header, which MAC, which bytes are signed and how the value is
//! written. Keys and MACs live in `mac.rs`, reading and writing header values in `value.rs`.

use std::fmt;

use serde::Deserialize;

use crate::webhook::delivery::Headers;

pub use super::malformed::Malformed;

/// How one provider signs, as its `provider.toml` says under `[signature]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// The header that carries the signature, in lower case.
    pub header: String,
    /// The MAC.
    pub algorithm: Algorithm,
    /// How the MAC's bytes are written.
    pub encoding: Encoding,
    /// What stands before the encoded MAC, such as `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// What is signed, in order; the body alone when absent.
    #[serde(default = "body_only")]
    pub signs: Vec<Part>,
    /// When the request was signed, for providers that say so.
    #[serde(default)]
    pub timestamp: Option<TimestampRule>,
}

pub(super) fn body_only() -> Vec<Part> {
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
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
            Self::HmacSha512 => 64,
        }
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
        match self {
            Self::HmacSha1 => "sha1",
            Self::HmacSha256 => "sha256",
            Self::HmacSha512 => "sha512",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha512 => "HMAC-SHA512",
        })
    }
}

/// How a MAC is written in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Lowercase hexadecimal. Uppercase is not accepted: the documents' handlers compare strings.
    Hex,
    /// Standard base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    Base64Url,
}

impl Encoding {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hex => "lowercase hexadecimal",
            Self::Base64 => "base64",
            Self::Base64Url => "URL-safe base64",
        }
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
        self.signs
            .iter()
            .map(|part| match part {
                Part::Body => Ok(body),
                Part::Text(text) => Ok(text.as_bytes()),
                Part::Header(name) => headers
                    .get(name)
                    .ok_or_else(|| Malformed::Needs(name.clone())),
            })
            .collect()
    }
}

impl TimestampRule {
    /// The seconds that a delivery's headers hold; `None` when they do not.
    pub fn seconds(&self, headers: &Headers) -> Option<i64> {
        let text = std::str::from_utf8(headers.get(&self.header)?).ok()?;
        text.trim().parse().ok()
    }
}
