//! A signature scheme as data: which header, which MAC, which bytes are signed and how the value is
//! written. Reading a header value and writing one live here; keys and MACs live in `mac.rs`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::hex;
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
    /// The header value for a MAC.
    pub fn write(&self, mac: &[u8]) -> String {
        let encoded = match self.encoding {
            Encoding::Hex => hex::encode(mac),
            Encoding::Base64 => STANDARD.encode(mac),
            Encoding::Base64Url => URL_SAFE_NO_PAD.encode(mac),
        };
        format!("{}{encoded}", self.prefix)
    }

    /// The MAC inside a header value.
    ///
    /// # Errors
    /// When the value is not exactly in the form that [`Scheme::write`] gives.
    pub fn read(&self, value: &[u8]) -> Result<Vec<u8>, Malformed> {
        // Nearly every value is right.
        let encoded = value.strip_prefix(self.prefix.as_bytes());
        match encoded.and_then(|encoded| self.decode(encoded)) {
            Some(mac) => Ok(mac),
            None => Err(self.objection(value)),
        }
    }

    /// Whether a header value is in the form that [`Scheme::write`] gives.
    pub fn fits(&self, value: &[u8]) -> bool {
        let encoded = value.strip_prefix(self.prefix.as_bytes());
        encoded.is_some_and(|encoded| match self.encoding {
            // Every provider of the header asks this of every delivery.
            Encoding::Hex => encoded.len() == self.encoded_len() && hex::is_lowercase(encoded),
            Encoding::Base64 | Encoding::Base64Url => self.decode(encoded).is_some(),
        })
    }

    /// The MAC that is written like this, without the prefix.
    fn decode(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        if encoded.len() != self.encoded_len() {
            return None;
        }
        match self.encoding {
            Encoding::Hex if !hex::is_lowercase(encoded) => None,
            Encoding::Hex => hex::decode(encoded),
            Encoding::Base64 => STANDARD.decode(encoded).ok(),
            Encoding::Base64Url => URL_SAFE_NO_PAD.decode(encoded).ok(),
        }
    }

    /// What is wrong with a header value that is not in the scheme's form.
    fn objection(&self, value: &[u8]) -> Malformed {
        if value.is_empty() {
            return Malformed::Empty;
        }
        let Some(encoded) = value.strip_prefix(self.prefix.as_bytes()) else {
            return Malformed::PrefixMissing(self.prefix.clone());
        };
        if let Some(prefix) = foreign_prefix(encoded) {
            return Malformed::PrefixUnexpected {
                own: self.prefix.clone(),
                found: prefix,
            };
        }
        let expected = self.prefix.len() + self.encoded_len();
        if value.len() != expected {
            return Malformed::Length {
                expected,
                got: value.len(),
            };
        }
        if self.encoding == Encoding::Hex && encoded.iter().all(u8::is_ascii_hexdigit) {
            return Malformed::Uppercase;
        }
        Malformed::Alphabet(self.encoding)
    }

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

    /// The form of a header value in words, such as `sha256=<64 lowercase hex digits>`.
    pub fn form(&self) -> String {
        let alphabet = match self.encoding {
            Encoding::Hex => "lowercase hex digits",
            Encoding::Base64 => "base64 characters",
            Encoding::Base64Url => "URL-safe base64 characters",
        };
        format!("{}<{} {alphabet}>", self.prefix, self.encoded_len())
    }

    fn encoded_len(&self) -> usize {
        let n = self.algorithm.mac_len();
        match self.encoding {
            Encoding::Hex => n * 2,
            Encoding::Base64 => n.div_ceil(3) * 4,
            Encoding::Base64Url => (n * 4).div_ceil(3),
        }
    }
}

impl TimestampRule {
    /// The seconds that a delivery's headers hold; `None` when they do not.
    pub fn seconds(&self, headers: &Headers) -> Option<i64> {
        let text = std::str::from_utf8(headers.get(&self.header)?).ok()?;
        text.trim().parse().ok()
    }
}

/// A `word=` before something: the form of a prefix, which neither hex nor unpadded base64 can hold.
fn foreign_prefix(encoded: &[u8]) -> Option<String> {
    let at = encoded.iter().position(|&b| b == b'=')?;
    let word = encoded.get(..at)?;
    let rest = encoded.get(at + 1..)?;
    let is_word = (1..=12).contains(&word.len()) && word.iter().all(u8::is_ascii_alphanumeric);
    (is_word && rest.iter().any(|&b| b != b'='))
        .then(|| format!("{}=", String::from_utf8_lossy(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(algorithm: Algorithm, encoding: Encoding, prefix: &str) -> Scheme {
        Scheme {
            header: "x-signature".to_owned(),
            algorithm,
            encoding,
            prefix: prefix.to_owned(),
            signs: body_only(),
            timestamp: None,
        }
    }

    #[test]
    fn every_form_is_read_as_it_is_written() {
        for algorithm in Algorithm::ALL {
            for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
                for prefix in ["", "sha256=", "v1,"] {
                    let scheme = scheme(algorithm, encoding, prefix);
                    let mac = vec![0xab; algorithm.mac_len()];
                    let value = scheme.write(&mac);
                    assert!(scheme.fits(value.as_bytes()), "{value}");
                    assert_eq!(scheme.read(value.as_bytes()), Ok(mac));
                }
            }
        }
    }

    #[test]
    fn what_is_not_in_the_form_says_why() {
        let bare = scheme(Algorithm::HmacSha1, Encoding::Hex, "");
        let good = bare.write(&[0xab; 20]);
        let read = |v: &str| {
            assert!(!bare.fits(v.as_bytes()), "{v}");
            bare.read(v.as_bytes()).unwrap_err()
        };
        assert_eq!(read(""), Malformed::Empty);
        assert_eq!(read(&good.to_uppercase()), Malformed::Uppercase);
        assert_eq!(
            read(&format!("sha1={good}")),
            Malformed::PrefixUnexpected {
                own: String::new(),
                found: "sha1=".into()
            }
        );
        assert_eq!(
            read(&good[..20]),
            Malformed::Length {
                expected: 40,
                got: 20
            }
        );
        assert_eq!(
            read(&good.replace("ab", "zz")),
            Malformed::Alphabet(Encoding::Hex)
        );
        let prefixed = scheme(Algorithm::HmacSha1, Encoding::Hex, "sha1=");
        assert_eq!(
            prefixed.read(good.as_bytes()),
            Err(Malformed::PrefixMissing("sha1=".into()))
        );
        let twice = prefixed.read(format!("sha1=v1={good}").as_bytes());
        assert_eq!(
            twice.unwrap_err().to_string(),
            "behind `sha1=` stands `v1=`, where the MAC is expected"
        );
    }
}
