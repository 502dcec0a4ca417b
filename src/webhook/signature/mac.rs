//! The only place where a secret meets a hash function: MACs are made here and compared in constant time.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::Secret;
use super::scheme::Algorithm;

/// The MAC of `parts`, one after the other, under `secret`.
pub fn make(algorithm: Algorithm, secret: &Secret, parts: &[&[u8]]) -> Vec<u8> {
    Hash::of(algorithm).keyed(secret.expose()).mac(parts)
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
    pub const ALL: [Self; 6] = [
        Self::Sha256,
        Self::Sha1,
        Self::Sha512,
        Self::Md5,
        Self::Sha384,
        Self::Sha224,
    ];

    /// The hash function of a scheme's MAC.
    pub fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::HmacSha1 => Self::Sha1,
            Algorithm::HmacSha256 => Self::Sha256,
            Algorithm::HmacSha512 => Self::Sha512,
        }
    }

    /// The length of a digest in bytes.
    pub fn length(self) -> usize {
        self.facts().0
    }

    /// The name in formulas, such as `SHA1`; `HMAC-SHA1` when keyed.
    pub fn name(self) -> &'static str {
        self.facts().1
    }

    /// The name for people, such as `SHA-1`.
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
        PreparedMac(match self {
            Self::Md5 => State::Md5(of(key)),
            Self::Sha1 => State::Sha1(of(key)),
            Self::Sha224 => State::Sha224(of(key)),
            Self::Sha256 => State::Sha256(of(key)),
            Self::Sha384 => State::Sha384(of(key)),
            Self::Sha512 => State::Sha512(of(key)),
        })
    }
}

/// An HMAC whose key is in place, perhaps with the beginning of a message: made once for many messages.
#[derive(Clone)]
pub struct PreparedMac(State);

#[derive(Clone)]
enum State {
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
            State::Md5($mac) => $then,
            State::Sha1($mac) => $then,
            State::Sha224($mac) => $then,
            State::Sha256($mac) => $then,
            State::Sha384($mac) => $then,
            State::Sha512($mac) => $then,
        }
    };
}

impl PreparedMac {
    /// Adds a piece of the message.
    pub fn update(&mut self, piece: &[u8]) {
        each!(&mut self.0, mac => mac.update(piece));
    }

    /// Whether the MAC of the message so far is `received`. Takes the same time wherever they differ.
    pub fn is(&self, received: &[u8]) -> bool {
        each!(&self.0, mac => mac.clone().verify_slice(received).is_ok())
    }

    /// Whether the MAC of the message so far and `pieces` begins with `received`. The whole MAC is compared
    /// when `received` is as long.
    pub fn begins_with(&self, pieces: &[&[u8]], received: &[u8]) -> bool {
        fn check<M: Mac>(mut mac: M, pieces: &[&[u8]], received: &[u8]) -> bool {
            pieces.iter().for_each(|piece| mac.update(piece));
            mac.verify_truncated_left(received).is_ok()
        }
        each!(&self.0, mac => check(mac.clone(), pieces, received))
    }

    /// The MAC of the message so far and `pieces`.
    pub fn mac(&self, pieces: &[&[u8]]) -> Vec<u8> {
        fn make<M: Mac>(mut mac: M, pieces: &[&[u8]]) -> Vec<u8> {
            pieces.iter().for_each(|piece| mac.update(piece));
            mac.finalize().into_bytes().to_vec()
        }
        each!(&self.0, mac => make(mac.clone(), pieces))
    }
}

impl fmt::Debug for PreparedMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreparedMac")
    }
}
