//! Signatures: schemes as data, secrets, and making, checking and corrupting signatures.

pub mod format;
pub mod key;
pub(crate) mod mac;
pub(crate) mod request;
pub mod scheme;
pub mod sign;
pub(crate) mod tamper;
pub mod verify;

use std::fmt;

use zeroize::Zeroizing;

pub use request::SignatureContext;
pub use sign::signature;

/// A signing secret and where it was found. It cannot be printed by accident: it has no `Display`, a redacted `Debug`,
/// and is wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    origin: String,
}

impl Secret {
    /// A secret of these bytes. `origin` names its source (a flag, a variable, a file) and
    /// is shown; it must never hold the value.
    pub fn new(bytes: Vec<u8>, origin: impl Into<String>) -> Self {
        Self { bytes: Zeroizing::new(bytes), origin: origin.into() }
    }

    /// The key's bytes, for a MAC, or to keep them from going elsewhere.
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// The source of the secret, such as `--secret` or `CZ_HOOK_SECRET`.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret([redacted] from {})", self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_the_origin_and_never_the_value() {
        let shown = format!("{:?}", Secret::new(b"hunter2".to_vec(), "--secret"));
        assert_eq!(shown, "Secret([redacted] from --secret)");
    }
}
