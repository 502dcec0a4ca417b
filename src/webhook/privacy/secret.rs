//! Throw-away secrets: of the form of another secret, or of the form that a scheme needs.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

use crate::webhook::signature::Secret;
use crate::webhook::signature::key::{KeyForm, throwaway_private};
use crate::webhook::signature::scheme::Scheme;

use super::Redactor;

/// Where a throw-away secret comes from.
const ORIGIN: &str = "the redaction";

/// Prefixes of secrets that say nothing.
const PREFIXES: &[&str] =
    &["v1,whsec_", "v1,", "export ", "whsec_", "whsk_", "sk_live_", "sk_test_", "sk_", "sk-"];

impl Redactor {
    /// A secret of the same form: as long, with the same white space, quotes and prefix, and as decodable.
    pub(crate) fn secret_like(&self, secret: &Secret) -> Secret {
        const ATTEMPTS: usize = 2048;
        /// The most bytes that are tried to decode.
        const MAX_WORK: usize = 1 << 20;
        let text = String::from_utf8_lossy(secret.expose()).into_owned();
        let known = PREFIXES.iter().find(|prefix| text.starts_with(**prefix));
        let (prefix, rest) = text.split_at(known.map_or(0, |prefix| prefix.len()));
        let attempt =
            |number| format!("{prefix}{}", escapes(rest, &self.words.attempt(rest, number)));
        let is_like = |other: &String| *other != text && codings(other) == codings(&text);
        let attempts = (MAX_WORK / text.len().max(1)).clamp(1, ATTEMPTS);
        let found = (0..).take(attempts).map(attempt).find(is_like);
        Secret::new(found.unwrap_or_else(|| attempt(0)).into_bytes(), secret.origin())
    }

    /// A secret for a scheme; `None` where none can be made.
    pub(crate) fn secret_for(&self, scheme: &Scheme) -> Option<Secret> {
        let made = self.words.made("secret");
        let text = match (scheme.algorithm.has_public_key(), scheme.key.form) {
            (true, _) => throwaway_private(scheme.algorithm, &made)?,
            (false, KeyForm::Base64) => format!("{}{}", scheme.key.prefix, BASE64.encode(&made)),
            (false, _) => HEXLOWER_PERMISSIVE.encode(&made),
        };
        Some(Secret::new(text.into_bytes(), ORIGIN))
    }
}

/// The other text with the escapes of URL encoding, and with the escapes after a backslash, that the text has.
fn escapes(text: &str, other: &str) -> String {
    let mut out = other.as_bytes().to_vec();
    for (at, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(at + 1..at + 3).unwrap_or_default();
        if digits.len() == 2
            && digits.iter().all(u8::is_ascii_hexdigit)
            && let Some(place) = out.get_mut(at + 1..at + 3)
        {
            // Another sign that needs the escape.
            place.copy_from_slice(b"2A");
        }
    }
    // The letter after a backslash says what the escape is.
    for (at, _) in text.match_indices('\\') {
        if let (Some(place), Some(letter)) = (out.get_mut(at + 1), text.as_bytes().get(at + 1)) {
            *place = *letter;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| other.to_owned())
}

/// In which ways a secret, and what follows its prefixes, can be decoded.
pub(super) fn codings(text: &str) -> Vec<bool> {
    let starts = text.match_indices(['_', '-', ':', '.']).map(|(at, _)| at + 1);
    let parts = std::iter::once(0).chain(starts).filter_map(|at| text.get(at..));
    let parts = parts.take(1 + 24);
    let codecs = [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    parts
        .flat_map(|part| {
            let part = part.trim_ascii().as_bytes();
            codecs.each_ref().map(|codec| codec.decode(part).is_ok_and(|bytes| !bytes.is_empty()))
        })
        .collect()
}
