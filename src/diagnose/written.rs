//! The ways to write the bytes of a digest, and to read them again, whole or cut off.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::webhook::signature::hex;
use crate::webhook::signature::scheme::Encoding;

use super::cause::Cause;

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
    /// Every form, likeliest first.
    pub const ALL: [Self; 7] = [
        Self::Hex,
        Self::UpperHex,
        Self::Base64,
        Self::Base64Url,
        Self::Base64Unpadded,
        Self::Base64UrlPadded,
        Self::Base64OfHex,
    ];

    /// The form, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hex => "lowercase hexadecimal",
            Self::UpperHex => "uppercase hexadecimal",
            Self::Base64 => "base64",
            Self::Base64Unpadded => "base64 without padding",
            Self::Base64Url => "URL-safe base64",
            Self::Base64UrlPadded => "URL-safe base64 with padding",
            Self::Base64OfHex => "base64 of hexadecimal text",
        }
    }

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
    pub fn read(self, text: &str) -> Option<Vec<u8>> {
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
    pub fn cause(self, wanted: Encoding) -> Option<Cause> {
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
