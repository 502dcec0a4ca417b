//! The only place where a secret meets a MAC: making one, and comparing one in constant time.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::scheme::Algorithm;
use super::secret::Secret;

/// The MAC of `parts`, one after the other, under `secret`.
pub fn make(algorithm: Algorithm, secret: &Secret, parts: &[&[u8]]) -> Vec<u8> {
    over(algorithm, secret, parts).finish()
}

/// Whether `received` is the MAC of `parts` under `secret`; takes the same time wherever they differ.
pub fn matches(algorithm: Algorithm, secret: &Secret, parts: &[&[u8]], received: &[u8]) -> bool {
    over(algorithm, secret, parts).is(received)
}

fn over(algorithm: Algorithm, secret: &Secret, parts: &[&[u8]]) -> Running {
    let mut mac = Running::new(algorithm, secret);
    parts.iter().for_each(|part| mac.update(part));
    mac
}

/// A MAC in the making: of what is never in memory as a whole.
pub struct Running(Inner);

enum Inner {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Running {
    /// The MAC of nothing yet.
    pub fn new(algorithm: Algorithm, secret: &Secret) -> Self {
        Self(match algorithm {
            Algorithm::HmacSha1 => Inner::Sha1(keyed(secret)),
            Algorithm::HmacSha256 => Inner::Sha256(keyed(secret)),
            Algorithm::HmacSha512 => Inner::Sha512(keyed(secret)),
        })
    }

    /// Goes on with these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Inner::Sha1(mac) => mac.update(bytes),
            Inner::Sha256(mac) => mac.update(bytes),
            Inner::Sha512(mac) => mac.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self.0 {
            Inner::Sha1(mac) => mac.finalize().into_bytes().to_vec(),
            Inner::Sha256(mac) => mac.finalize().into_bytes().to_vec(),
            Inner::Sha512(mac) => mac.finalize().into_bytes().to_vec(),
        }
    }

    /// Whether it is `received`; takes the same time wherever they differ.
    pub fn is(self, received: &[u8]) -> bool {
        match self.0 {
            Inner::Sha1(mac) => mac.verify_slice(received),
            Inner::Sha256(mac) => mac.verify_slice(received),
            Inner::Sha512(mac) => mac.verify_slice(received),
        }
        .is_ok()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running")
    }
}

#[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn keyed<M: KeyInit>(secret: &Secret) -> M {
    M::new_from_slice(secret.expose()).expect("any key length")
}
