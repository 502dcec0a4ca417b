//! Verifying: one verdict for one delivery under one scheme. Why a signature does not match is a separate
//! question (see `diagnose`) that never changes the verdict.

use jiff::Timestamp;
use serde::Serialize;

use super::Secret;
use super::format::Malformed;
use super::mac::Hash;
use super::scheme::{Algorithm, Scheme};
use crate::webhook::delivery::Delivery;

/// What is known about a delivery's signature. Only [`Verdict::Valid`] is a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The signature is correct under one of the secrets.
    Valid,
    /// The header is in the scheme's format, and the signature is correct under none of the secrets.
    Invalid,
    /// There is no signature header of the provider, or of any known one when the provider is not known.
    Missing,
    /// The header is not in the scheme's format.
    Malformed,
    /// The signature is correct and too old, or from the future (schemes that sign a timestamp).
    Stale,
    /// The provider does not sign.
    Unsigned,
    /// No secret was given.
    Unchecked,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 7] = [
        Self::Valid,
        Self::Invalid,
        Self::Missing,
        Self::Malformed,
        Self::Stale,
        Self::Unsigned,
        Self::Unchecked,
    ];

    /// The verdict of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Stale => "stale",
            Self::Unsigned => "unsigned",
            Self::Unchecked => "unchecked",
        }
    }
}

/// A verdict and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureReport {
    /// The verdict.
    pub verdict: Verdict,
    /// The header that was looked for, in lower case; `None` when the provider does not sign.
    pub header: Option<String>,
    /// The algorithm of the scheme.
    pub algorithm: Option<Algorithm>,
    /// The verdict in a sentence for people. Never holds a secret or an expected signature.
    pub reason: String,
    /// The secret that matched, by where it came from.
    pub secret: Option<String>,
}

impl SignatureReport {
    pub(crate) fn new(
        verdict: Verdict,
        scheme: Option<&Scheme>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            verdict,
            header: scheme.map(|s| s.header.clone()),
            algorithm: scheme.map(|s| s.algorithm),
            reason: reason.into(),
            secret: None,
        }
    }

    /// The report when there is no secret to check with.
    pub(crate) fn unchecked(scheme: Option<&Scheme>) -> Self {
        Self::new(Verdict::Unchecked, scheme, "no secret was given")
    }
}

/// Checks `delivery` under `scheme` with each secret in turn; `now` is only asked by schemes that sign
/// a timestamp.
pub fn check(
    scheme: &Scheme,
    delivery: &Delivery,
    secrets: &[Secret],
    now: Timestamp,
) -> SignatureReport {
    let headers = &delivery.headers;
    if secrets.is_empty() {
        return SignatureReport::unchecked(Some(scheme));
    }
    let report = |verdict, reason: String| SignatureReport::new(verdict, Some(scheme), reason);
    let malformed = |why: Malformed| report(Verdict::Malformed, why.to_string());

    let mut values = headers.all(&scheme.header);
    let Some(value) = values.next() else {
        let reason = format!("there is no {} header", scheme.header);
        return report(Verdict::Missing, reason);
    };
    let more = values.count();
    if more > 0 {
        return malformed(Malformed::Repeated(more + 1));
    }
    let received = scheme.read(value.trim_ascii());
    let checked = received.and_then(|received| {
        let parts = scheme.signed(headers, &delivery.body)?;
        Ok(secrets.iter().find(|secret| {
            let mut mac = Hash::of(scheme.algorithm).keyed(secret.expose());
            parts.iter().for_each(|part| mac.update(part));
            received.iter().any(|received| mac.is(received))
        }))
    });
    let secret = match checked {
        Err(why) => return malformed(why),
        Ok(Some(secret)) => secret,
        Ok(None) => {
            let whose = match secrets {
                [only] => format!("under the secret from {}", only.origin()),
                many => format!("under any of the {} secrets", many.len()),
            };
            let reason = format!("it is not the {} of the body {whose}", scheme.algorithm);
            return report(Verdict::Invalid, reason);
        }
    };
    if let Some(rule) = &scheme.timestamp {
        let Some(signed) = rule.seconds(headers) else {
            return malformed(Malformed::Needs(rule.header.clone()));
        };
        // Negative when it lies in the future.
        let age = now.as_second().saturating_sub(signed);
        let (distance, tolerance) = (age.unsigned_abs(), rule.tolerance_seconds);
        if distance > tolerance {
            let when = match age {
                0.. => "ago",
                _ => "ahead of the clock here",
            };
            let reason =
                format!("it was signed {distance} s {when}, the tolerance is {tolerance} s");
            return report(Verdict::Stale, reason);
        }
    }
    let origin = secret.origin();
    let reason = format!("{} under the secret from {origin}", scheme.algorithm);
    SignatureReport { secret: Some(origin.to_owned()), ..report(Verdict::Valid, reason) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::signature::format::{Encoding, SignatureFormat};
    use crate::webhook::signature::scheme::{Part, TimestampRule};
    use crate::webhook::signature::signature;
    use bytes::Bytes;

    fn timestamped() -> Scheme {
        Scheme {
            header: "x-signature".into(),
            algorithm: Algorithm::HmacSha256,
            format: SignatureFormat::prefixed(Encoding::Base64, "v1,"),
            signs: vec![Part::Header("x-timestamp".into()), Part::Text(".".into()), Part::Body],
            timestamp: Some(TimestampRule { header: "x-timestamp".into(), tolerance_seconds: 300 }),
        }
    }

    fn signed_at(seconds: &str, secret: &Secret) -> Delivery {
        let mut delivery = Delivery::post("/", Bytes::from_static(b"{}"));
        delivery.headers.push("X-Timestamp", seconds);
        let value = signature(&timestamped(), secret, &delivery.headers, b"{}").unwrap();
        delivery.headers.push("X-Signature", value);
        delivery
    }

    #[test]
    fn a_stale_signature_is_not_an_invalid_one() {
        let secret = Secret::new(b"k".to_vec(), "--secret");
        let other = Secret::new(b"other".to_vec(), "--secret");
        let now = Timestamp::from_second(1_000_000).unwrap();
        for (at, key, verdict, reason) in [
            ("999900", &secret, Verdict::Valid, ""),
            ("1000300", &secret, Verdict::Valid, ""),
            ("999699", &secret, Verdict::Stale, "301 s ago"),
            ("1000301", &secret, Verdict::Stale, "301 s ahead of the clock here"),
            ("999699", &other, Verdict::Invalid, ""),
            ("yesterday", &secret, Verdict::Malformed, ""),
            ("-9223372036854775808", &secret, Verdict::Stale, ""),
            ("9223372036854775807", &secret, Verdict::Stale, ""),
        ] {
            let secrets = std::slice::from_ref(&secret);
            let report = check(&timestamped(), &signed_at(at, key), secrets, now);
            assert_eq!(report.verdict, verdict, "{at}");
            assert!(report.reason.contains(reason), "{}", report.reason);
        }
    }

    #[test]
    fn two_signature_headers_are_malformed_whichever_is_right() {
        let secret = Secret::new(b"k".to_vec(), "--secret");
        let mut delivery = signed_at("1000000", &secret);
        delivery.headers.push("x-signature", "v1,AAAA");
        let now = Timestamp::from_second(1_000_000).unwrap();
        let report = check(&timestamped(), &delivery, &[secret], now);
        assert_eq!(report.verdict, Verdict::Malformed);
    }
}
