//! Algorithms and hash functions: MACs are made here and compared in constant time.

use std::fmt;
use std::ops::RangeInclusive;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde::Deserialize;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

/// How providers sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC-SHA1, 20 bytes.
    HmacSha1,
    /// HMAC-SHA256, 32 bytes.
    HmacSha256,
    /// HMAC-SHA512, 64 bytes.
    HmacSha512,
    /// The secret itself.
    Token,
    /// SHA-256 of what is signed, which holds the secret.
    Sha256,
    /// Ed25519, 64 bytes.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, in DER.
    EcdsaP256Sha256,
    /// RSA with PKCS #1 v1.5 padding and SHA-256.
    RsaSha256,
}

impl Algorithm {
    /// The HMACs, weakest first.
    pub const HMACS: [Self; 3] = [Self::HmacSha1, Self::HmacSha256, Self::HmacSha512];

    /// The hash function of an HMAC; `None` for everything else.
    pub fn hmac(self) -> Option<Hash> {
        match self {
            Self::HmacSha1 => Some(Hash::Sha1),
            Self::HmacSha256 => Some(Hash::Sha256),
            Self::HmacSha512 => Some(Hash::Sha512),
            _ => None,
        }
    }

    /// Whether it checks with another key than it signs with.
    pub fn has_public_key(self) -> bool {
        matches!(self, Self::Ed25519 | Self::EcdsaP256Sha256 | Self::RsaSha256)
    }

    /// The possible lengths of a signature in bytes.
    pub fn lengths(self) -> RangeInclusive<usize> {
        match self {
            Self::HmacSha1 => 20..=20,
            Self::HmacSha256 | Self::Sha256 => 32..=32,
            Self::HmacSha512 | Self::Ed25519 => 64..=64,
            // Two numbers of at most 33 bytes, with six bytes of DER.
            Self::EcdsaP256Sha256 => 8..=72,
            Self::RsaSha256 => 256..=1024,
            Self::Token => 1..=usize::MAX,
        }
    }

    /// The name used in `provider.toml` and in JSON output, such as `hmac-sha1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha512 => "hmac-sha512",
            Self::Token => "token",
            Self::Sha256 => "sha256",
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::RsaSha256 => "rsa-sha256",
        }
    }

    /// The name of its hash function, as prefixes of signatures have it, such as `sha1`.
    pub fn hash_name(self) -> &'static str {
        self.name().rsplit('-').next().unwrap_or_default()
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::HmacSha512 => "HMAC-SHA512",
            Self::Token => "token",
            Self::Sha256 => "SHA-256",
            Self::Ed25519 => "Ed25519",
            Self::EcdsaP256Sha256 => "ECDSA-P256-SHA256",
            Self::RsaSha256 => "RSA-SHA256",
        })
    }
}

/// A hash function. Schemes use three of them; signers by mistake use the others too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Every hash function, likeliest first.
    pub const ALL: [Self; 6] =
        [Self::Sha256, Self::Sha1, Self::Sha512, Self::Md5, Self::Sha384, Self::Sha224];

    pub fn length(self) -> usize {
        self.facts().0
    }

    /// The name in formulas, such as `SHA1`; `HMAC-SHA1` when keyed.
    pub fn name(self) -> &'static str {
        self.facts().1
    }

    /// The human-readable name, such as `SHA-1`.
    pub fn title(self) -> &'static str {
        self.facts().2
    }

    fn facts(self) -> (usize, &'static str, &'static str) {
        match self {
            Self::Md5 => (16, "MD5", "MD5"),
            Self::Sha1 => (20, "SHA1", "SHA-1"),
            Self::Sha224 => (28, "SHA224", "SHA-224"),
            Self::Sha256 => (32, "SHA256", "SHA-256"),
            Self::Sha384 => (48, "SHA384", "SHA-384"),
            Self::Sha512 => (64, "SHA512", "SHA-512"),
        }
    }

    /// The digest of `pieces`, one after the other.
    pub fn digest(self, pieces: &[&[u8]]) -> Vec<u8> {
        fn of<D: Digest>(pieces: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            pieces.iter().for_each(|piece| digest.update(piece));
            digest.finalize().to_vec()
        }
        match self {
            Self::Md5 => of::<Md5>(pieces),
            Self::Sha1 => of::<Sha1>(pieces),
            Self::Sha224 => of::<Sha224>(pieces),
            Self::Sha256 => of::<Sha256>(pieces),
            Self::Sha384 => of::<Sha384>(pieces),
            Self::Sha512 => of::<Sha512>(pieces),
        }
    }

    /// The HMAC under `key`, ready for messages.
    pub fn keyed(self, key: &[u8]) -> PreparedMac {
        #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
        fn of<M: KeyInit>(key: &[u8]) -> M {
            M::new_from_slice(key).expect("any key length")
        }
        match self {
            Self::Md5 => PreparedMac::Md5(of(key)),
            Self::Sha1 => PreparedMac::Sha1(of(key)),
            Self::Sha224 => PreparedMac::Sha224(of(key)),
            Self::Sha256 => PreparedMac::Sha256(of(key)),
            Self::Sha384 => PreparedMac::Sha384(of(key)),
            Self::Sha512 => PreparedMac::Sha512(of(key)),
        }
    }
}

/// An HMAC whose key is in place, perhaps with the beginning of a message: made once for many messages.
#[derive(Clone)]
pub enum PreparedMac {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha224(Hmac<Sha224>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

macro_rules! each {
    ($self:expr, $mac:ident => $then:expr) => {
        match $self {
            PreparedMac::Md5($mac) => $then,
            PreparedMac::Sha1($mac) => $then,
            PreparedMac::Sha224($mac) => $then,
            PreparedMac::Sha256($mac) => $then,
            PreparedMac::Sha384($mac) => $then,
            PreparedMac::Sha512($mac) => $then,
        }
    };
}

impl PreparedMac {
    pub fn update(&mut self, piece: &[u8]) {
        each!(self, mac => mac.update(piece));
    }

    /// Whether the MAC of the message so far is `received`. Takes the same time wherever they differ.
    pub fn is(&self, received: &[u8]) -> bool {
        each!(self, mac => mac.clone().verify_slice(received).is_ok())
    }

    /// Whether the MAC of the message so far and `pieces` begins with `received`. The whole MAC is compared
    /// when `received` is as long.
    pub fn begins_with(&self, pieces: &[&[u8]], received: &[u8]) -> bool {
        each!(self, mac => with(mac, pieces).verify_truncated_left(received).is_ok())
    }

    /// The MAC of the message so far and `pieces`.
    pub fn mac(&self, pieces: &[&[u8]]) -> Vec<u8> {
        each!(self, mac => with(mac, pieces).finalize().into_bytes().to_vec())
    }
}

fn with<M: Mac + Clone>(mac: &M, pieces: &[&[u8]]) -> M {
    let mut mac = mac.clone();
    pieces.iter().for_each(|piece| mac.update(piece));
    mac
}
