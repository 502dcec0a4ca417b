//! How a signer may have written the bytes of a digest.

use std::sync::LazyLock;

use data_encoding::{
    BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding as Codec, HEXLOWER, HEXUPPER,
};

use crate::webhook::signature::format::Encoding;

use super::cause::Cause;

/// How a signer may have written the bytes of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestEncoding {
    Hex,
    UpperHex,
    Base64,
    Base64Unpadded,
    Base64Url,
    Base64UrlPadded,
    Base64OfHex,
}

impl DigestEncoding {
    /// Every encoding, likeliest first.
    pub const ALL: [Self; 7] = [
        Self::Hex,
        Self::UpperHex,
        Self::Base64,
        Self::Base64Url,
        Self::Base64Unpadded,
        Self::Base64UrlPadded,
        Self::Base64OfHex,
    ];

    /// The human-readable name, and the formula with `{}` in the place of the digest.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Hex => ("lowercase hexadecimal", "hex({})"),
            Self::UpperHex => ("uppercase hexadecimal", "HEX({})"),
            Self::Base64 => ("base64", "base64({})"),
            Self::Base64Unpadded => ("base64 without padding", "base64_unpadded({})"),
            Self::Base64Url => ("URL-safe base64", "base64url({})"),
            Self::Base64UrlPadded => ("URL-safe base64 with padding", "base64url_padded({})"),
            Self::Base64OfHex => ("base64 of hexadecimal text", "base64(hex({}))"),
        }
    }

    pub fn encode(self, digest: &[u8]) -> String {
        match self {
            Self::Base64OfHex => BASE64.encode(HEXLOWER.encode(digest).as_bytes()),
            _ => self.codec().encode(digest),
        }
    }

    /// The length of a digest of `length` bytes in this encoding.
    pub fn encoded_len(self, length: usize) -> usize {
        match self {
            Self::Base64OfHex => BASE64.encode_len(HEXLOWER.encode_len(length)),
            _ => self.codec().encode_len(length),
        }
    }

    /// The whole bytes in a text that may be cut off. Lenient on length and padding: what is decoded is
    /// encoded again and compared before anything is claimed.
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => decode_hex(text, &HEXLOWER),
            Self::UpperHex => {
                let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
                decode_hex(text, &HEXUPPER).filter(|_| letters > 1)
            }
            Self::Base64 | Self::Base64Unpadded => decode_base64(text, &LENIENT_BASE64),
            Self::Base64Url | Self::Base64UrlPadded => decode_base64(text, &LENIENT_BASE64URL),
            Self::Base64OfHex => {
                let inner = decode_base64(text, &LENIENT_BASE64)?;
                Self::Hex.decode(std::str::from_utf8(&inner).ok()?)
            }
        }
    }

    /// What is wrong when a digest is encoded like this and `wanted` is the scheme's encoding.
    pub fn cause(self, wanted: Encoding) -> Option<Cause> {
        let code = match (self, wanted) {
            (Self::Hex, Encoding::Hex)
            | (Self::Base64, Encoding::Base64)
            | (Self::Base64Url, Encoding::Base64Url) => return None,
            (_, Encoding::Text) => return None,
            (Self::UpperHex, Encoding::Hex) => return Some(Cause::plain("encoding.uppercase")),
            (Self::Hex | Self::UpperHex, _) => "encoding.hex",
            (Self::Base64 | Self::Base64Unpadded | Self::Base64OfHex, _) => "encoding.base64",
            (Self::Base64Url | Self::Base64UrlPadded, _) => "encoding.base64url",
        };
        Some(Cause::with(code, format!("{} instead of {}", self.names().0, wanted.name())))
    }

    fn codec(self) -> Codec {
        match self {
            Self::Hex => HEXLOWER,
            Self::UpperHex => HEXUPPER,
            Self::Base64 | Self::Base64OfHex => BASE64,
            Self::Base64Unpadded => BASE64_NOPAD,
            Self::Base64Url => BASE64URL_NOPAD,
            Self::Base64UrlPadded => BASE64URL,
        }
    }
}

static LENIENT_BASE64: LazyLock<Option<Codec>> = LazyLock::new(|| lenient(&BASE64_NOPAD));
static LENIENT_BASE64URL: LazyLock<Option<Codec>> = LazyLock::new(|| lenient(&BASE64URL_NOPAD));

/// A codec that takes any bits after the last whole byte: where a text is cut off there may be some.
fn lenient(codec: &Codec) -> Option<Codec> {
    let mut specification = codec.specification();
    specification.check_trailing_bits = false;
    specification.encoding().ok()
}

fn decode_base64(text: &str, codec: &Option<Codec>) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    // A single left-over character holds less than a byte.
    let whole = bare.len() - usize::from(bare.len() % 4 == 1);
    let text = bare.as_bytes().get(..whole)?;
    codec.as_ref()?.decode(text).ok()
}

fn decode_hex(text: &str, codec: &Codec) -> Option<Vec<u8>> {
    let mut even = text.as_bytes().to_vec();
    if !even.len().is_multiple_of(2) {
        even.push(b'0');
    }
    let mut bytes = codec.decode(&even).ok()?;
    bytes.truncate(text.len() / 2);
    Some(bytes)
}
