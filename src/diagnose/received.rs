//! The received value, read in every way that makes sense: with another prefix, in another encoding, cut off.
//! Its length says which hash function it can be of.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::webhook::hex;
use crate::webhook::scheme::{Encoding, Scheme};

use super::cause::Cause;
use super::digest::Hash;

/// The fewest bytes of a cut-off signature that prove anything: no accident gives 64 bits.
const FEWEST: usize = 8;

/// How many characters fewer than the whole a cut-off signature has at least: one or two that are missing
/// or damaged are a typing error, not a column that is too short.
const MISSING: usize = 4;

/// The longest value that is looked at, in bytes: none of the schemes' is nearly as long.
const LONGEST: usize = 512;

/// Prefixes that schemes put before a signature.
const PREFIXES: &[&str] = &[
    "sha256=",
    "sha1=",
    "sha512=",
    "md5=",
    "hmac-sha256=",
    "hmac-sha1=",
    "v1=",
    "v1,",
    "v0=",
    "signature=",
    "Bearer ",
    "hmac ",
    "HMAC ",
    "sha256:",
    "sha1:",
    "SHA256=",
    "SHA1=",
    "sha-256=",
];

/// How the bytes of a digest are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Lowercase hexadecimal.
    Hex,
    /// Uppercase hexadecimal.
    UpperHex,
    /// Base64 with padding.
    Base64,
    /// Base64 without padding.
    Base64Unpadded,
    /// URL-safe base64 without padding.
    Base64Url,
    /// URL-safe base64 with padding.
    Base64UrlPadded,
    /// Base64 of the hexadecimal text.
    Base64OfHex,
}

impl Written {
    const ALL: [Self; 7] = [
        Self::Hex,
        Self::UpperHex,
        Self::Base64,
        Self::Base64Url,
        Self::Base64Unpadded,
        Self::Base64UrlPadded,
        Self::Base64OfHex,
    ];

    /// A digest in this form.
    pub fn write(self, digest: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(digest),
            Self::UpperHex => hex::encode(digest).to_uppercase(),
            Self::Base64 => STANDARD.encode(digest),
            Self::Base64Unpadded => STANDARD_NO_PAD.encode(digest),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(digest),
            Self::Base64UrlPadded => URL_SAFE.encode(digest),
            Self::Base64OfHex => STANDARD.encode(hex::encode(digest)),
        }
    }

    /// A formula in this form.
    pub fn formula(self, inner: &str) -> String {
        match self {
            Self::Hex => format!("hex({inner})"),
            Self::UpperHex => format!("HEX({inner})"),
            Self::Base64 => format!("base64({inner})"),
            Self::Base64Unpadded => format!("base64_unpadded({inner})"),
            Self::Base64Url => format!("base64url({inner})"),
            Self::Base64UrlPadded => format!("base64url_padded({inner})"),
            Self::Base64OfHex => format!("base64(hex({inner}))"),
        }
    }

    /// The bytes of a whole or cut-off text, or as many as there are whole ones of.
    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => unhex(text, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
            Self::UpperHex => {
                let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
                unhex(text, |b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
                    .filter(|_| letters > 1)
            }
            Self::Base64 | Self::Base64Unpadded => unbase64(text, &alphabet::STANDARD),
            Self::Base64Url | Self::Base64UrlPadded => unbase64(text, &alphabet::URL_SAFE),
            Self::Base64OfHex => {
                let inner = unbase64(text, &alphabet::STANDARD)?;
                Self::Hex.read(std::str::from_utf8(&inner).ok()?)
            }
        }
    }

    fn is_of(self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Hex => self == Self::Hex,
            Encoding::Base64 => self == Self::Base64,
            Encoding::Base64Url => self == Self::Base64Url,
        }
    }

    /// What is wrong when it is written like this where `wanted` is the scheme's form.
    fn cause(self, wanted: Encoding) -> Option<Cause> {
        if self.is_of(wanted) {
            return None;
        }
        let wanted = wanted.name();
        Some(match self {
            Self::Hex => Cause::with("encoding.hex", wanted),
            Self::UpperHex => Cause::plain("encoding.uppercase"),
            Self::Base64 | Self::Base64Unpadded | Self::Base64OfHex => {
                Cause::with("encoding.base64", wanted)
            }
            Self::Base64Url | Self::Base64UrlPadded => Cause::with("encoding.base64url", wanted),
        })
    }
}

/// Lenient on length and padding: what is read is written again and compared before anything is claimed.
fn unbase64(text: &str, alphabet: &alphabet::Alphabet) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let bare = text.trim_end_matches('=');
    // A single left-over character holds less than a byte.
    let whole = bare.len() - usize::from(bare.len() % 4 == 1);
    GeneralPurpose::new(alphabet, config)
        .decode(bare.get(..whole)?)
        .ok()
}

/// The pairs of digits that `is_digit` allows; what is left over is compared when all is written again.
fn unhex(text: &str, is_digit: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
    let even = text.len() - text.len() % 2;
    let pairs = text.as_bytes().get(..even)?;
    text.bytes()
        .all(is_digit)
        .then(|| hex::decode(pairs))
        .flatten()
}

/// One way to read the received value.
#[derive(Clone, Debug)]
pub struct Reading<'s> {
    /// The text without its prefix, which the proof must give again.
    text: String,
    written: Written,
    is_cut_off: bool,
    /// The digest's bytes, or its first ones.
    pub digest: Vec<u8>,
    /// The hash function that it is of.
    pub hash: Hash,
    /// The scheme that it is read under.
    pub scheme: &'s Scheme,
    /// What is wrong with the value when it is read like this.
    pub causes: Vec<Cause>,
    prefix: String,
}

impl Reading<'_> {
    /// The same with one more cause, if there is one.
    #[must_use]
    pub fn with(mut self, cause: Option<Cause>) -> Self {
        self.causes.extend(cause);
        self
    }

    /// Whether only the beginning of a digest was received.
    pub fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// The encoding, for people.
    pub fn written_as(&self) -> &'static str {
        match self.written {
            Written::Hex => "lowercase hexadecimal",
            Written::UpperHex => "uppercase hexadecimal",
            Written::Base64 => "base64",
            Written::Base64Unpadded => "base64 without padding",
            Written::Base64Url => "URL-safe base64",
            Written::Base64UrlPadded => "URL-safe base64 with padding",
            Written::Base64OfHex => "base64 of hexadecimal text",
        }
    }

    /// Whether a whole digest, written in this form, is what was received.
    pub fn is(&self, digest: &[u8]) -> bool {
        let whole = self.written.write(digest);
        match self.is_cut_off {
            true => whole.starts_with(&self.text),
            false => whole == self.text,
        }
    }

    /// The formula of the received value, for that of the digest.
    pub fn formula(&self, inner: &str) -> String {
        let written = self.written.formula(inner);
        let prefixed = match self.prefix.is_empty() {
            true => written,
            false => format!("\"{}\" + {written}", self.prefix),
        };
        match self.is_cut_off {
            true => format!(
                "first {} of {prefixed}",
                self.prefix.len() + self.text.len()
            ),
            false => prefixed,
        }
    }
}

/// Every way to read a header value under `scheme`, those with the fewest causes first.
pub fn readings<'s>(value: &[u8], scheme: &'s Scheme) -> Vec<Reading<'s>> {
    let Ok(value) = std::str::from_utf8(value.trim_ascii()) else {
        return Vec::new();
    };
    if value.len() > LONGEST {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (prefix, text) in bare(value, scheme) {
        for written in Written::ALL {
            found.extend(read(prefix, text, written, scheme));
        }
    }
    found.sort_by_key(|reading: &Reading<'_>| reading.causes.len());
    found
}

/// The value without its prefix, with the prefix.
fn bare<'v>(value: &'v str, scheme: &Scheme) -> Vec<(&'v str, &'v str)> {
    let own = [scheme.prefix.as_str()];
    let known = own
        .iter()
        .chain(PREFIXES)
        .filter(|prefix| !prefix.is_empty());
    let mut all = vec![("", value)];
    for prefix in known {
        if let Some(text) = value.strip_prefix(prefix)
            && let Some(prefix) = value.get(..prefix.len())
            && !all.contains(&(prefix, text))
        {
            all.push((prefix, text));
        }
    }
    all
}

fn read<'s>(prefix: &str, text: &str, written: Written, scheme: &'s Scheme) -> Vec<Reading<'s>> {
    let Some(digest) = written.read(text) else {
        return Vec::new();
    };
    let own = Hash::of(scheme.algorithm);
    let mut found = Vec::new();
    for hash in Hash::ALL {
        let whole = written.write(&vec![0; hash.length()]).len();
        let is_cut_off = text.len() < whole;
        let is_possible = match is_cut_off {
            true => digest.len() >= FEWEST && text.len() + MISSING <= whole,
            false => text.len() == whole && digest.len() == hash.length(),
        };
        if !is_possible {
            continue;
        }
        let mut causes = Vec::new();
        if hash != own {
            causes.push(Cause::with("scheme.algorithm", hash.title()));
        }
        causes.extend(prefix_cause(prefix, scheme, hash != own));
        causes.extend(written.cause(scheme.encoding));
        if is_cut_off {
            causes.push(Cause::with("header.truncated", text.len().to_string()));
        }
        found.push(Reading {
            text: text.to_owned(),
            written,
            is_cut_off,
            digest: digest.clone(),
            hash,
            scheme,
            causes,
            prefix: prefix.to_owned(),
        });
    }
    found
}

/// What is wrong with a prefix. One that names the wrong hash function goes with that one.
fn prefix_cause(prefix: &str, scheme: &Scheme, is_other_hash: bool) -> Option<Cause> {
    if prefix == scheme.prefix {
        None
    } else if prefix.is_empty() {
        Some(Cause::with("prefix.missing", scheme.prefix.clone()))
    } else if scheme.prefix.is_empty() || !is_other_hash {
        Some(Cause::with("prefix.extra", prefix))
    } else {
        None
    }
}
