//! Random texts that nobody can guess: the token of the API, and the addresses that are valid once.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

use crate::error::Error;

/// 256 random bits as text for a URL.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Token(String);

impl Token {
    pub(super) fn random() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        match SystemRandom::new().fill(&mut bytes) {
            Ok(()) => Ok(Self(URL_SAFE_NO_PAD.encode(bytes))),
            Err(_) => Err(Error::io("the system gives no random numbers", "check the system")),
        }
    }

    /// Compares in a time that does not depend on where the two differ.
    pub(super) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
