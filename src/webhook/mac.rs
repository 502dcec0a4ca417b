//! The only place where a secret meets a MAC: making one, and comparing one in constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::scheme::Algorithm;
use super::secret::Secret;

/// The MAC of `parts`, one after the other, under `secret`.
pub fn make(algorithm: Algorithm, secret: &Secret, parts: &[&[u8]]) -> Vec<u8> {
    match algorithm {
        Algorithm::HmacSha1 => finish(keyed::<Hmac<Sha1>>(secret, parts)),
        Algorithm::HmacSha256 => finish(keyed::<Hmac<Sha256>>(secret, parts)),
        Algorithm::HmacSha512 => finish(keyed::<Hmac<Sha512>>(secret, parts)),
    }
}

/// Whether `received` is the MAC of `parts` under `secret`; takes the same time wherever they differ.
pub fn matches(algorithm: Algorithm, secret: &Secret, parts: &[&[u8]], received: &[u8]) -> bool {
    match algorithm {
        Algorithm::HmacSha1 => keyed::<Hmac<Sha1>>(secret, parts)
            .verify_slice(received)
            .is_ok(),
        Algorithm::HmacSha256 => keyed::<Hmac<Sha256>>(secret, parts)
            .verify_slice(received)
            .is_ok(),
        Algorithm::HmacSha512 => keyed::<Hmac<Sha512>>(secret, parts)
            .verify_slice(received)
            .is_ok(),
    }
}

#[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn keyed<M: Mac + KeyInit>(secret: &Secret, parts: &[&[u8]]) -> M {
    let mut mac = <M as KeyInit>::new_from_slice(secret.expose()).expect("any key length");
    for part in parts {
        mac.update(part);
    }
    mac
}

fn finish<M: Mac>(mac: M) -> Vec<u8> {
    mac.finalize().into_bytes().to_vec()
}
