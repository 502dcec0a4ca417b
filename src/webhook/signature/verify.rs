//! Verifying: one verdict for one delivery under a provider's schemes. Why a signature does not match is a separate
//! question (see `diagnose`) that never changes the verdict.

use std::borrow::Cow;
use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Serialize;

use super::Secret;
use super::format::Malformed;
use super::key::VerifyingKey;
use super::request::{SignatureContext, SignedRequest};
use super::scheme::{Algorithm, Location, Part, Scheme, TimestampSource};
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
    /// The header that was looked for, in lower case; `None` when the signature is in the body, or the provider does
    /// not sign.
    pub header: Option<String>,
    /// The algorithm of the scheme.
    pub algorithm: Option<Algorithm>,
    /// The name of the signature, where the provider has several.
    pub name: Option<String>,
    /// The verdict as a human-readable sentence. Never holds a secret or an expected signature.
    pub reason: String,
    /// The secret that matched, by its source.
    pub secret: Option<String>,
    /// What the user must give for a better verdict.
    pub needs: Option<String>,
}

impl SignatureReport {
    pub(crate) fn new(
        verdict: Verdict,
        scheme: Option<&Scheme>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            verdict,
            header: scheme.and_then(Scheme::header).map(str::to_owned),
            algorithm: scheme.map(|s| s.algorithm),
            name: scheme.and_then(|s| s.name.clone()),
            reason: reason.into(),
            secret: None,
            needs: None,
        }
    }

    /// The report when there is no secret to check with.
    pub(crate) fn unchecked(scheme: Option<&Scheme>) -> Self {
        Self::new(Verdict::Unchecked, scheme, "no secret was given")
    }
}

/// Checks a delivery under each of a provider's schemes with each secret in turn: one that holds is enough, and the
/// strongest that holds is reported. `now` is only asked by schemes that sign a time.
pub fn check(
    schemes: &[Scheme],
    delivery: &Delivery,
    secrets: &[Secret],
    context: &SignatureContext,
    now: Timestamp,
) -> SignatureReport {
    let counts = |scheme: &&Scheme| context.required.is_none() || scheme.name == context.required;
    let request = SignedRequest::new(delivery, context);
    if secrets.is_empty() {
        let is_absent = |scheme: &Scheme| scheme.optional && scheme.value(&request).is_none();
        let first = schemes.iter().find(counts);
        return match schemes.iter().all(is_absent) {
            true => SignatureReport::new(Verdict::Unsigned, first, "it is not signed"),
            false => SignatureReport::unchecked(first),
        };
    }
    let mut best: Option<(Rank, SignatureReport)> = None;
    let mut failed: Vec<(&Scheme, String)> = Vec::new();
    let mut counted: Vec<_> = schemes.iter().filter(counts).collect();
    counted.sort_by_key(|scheme| Reverse(strength(scheme)));
    for scheme in counted {
        let (rank, mut report) = check_one(scheme, &request, secrets, now);
        if rank == Rank::Valid {
            let name = scheme.name.as_deref().unwrap_or_default();
            if !name.is_empty() {
                report.reason = format!("`{name}`: {}", report.reason);
            }
            failed.retain(|(other, _)| strength(other) > strength(scheme));
            for (stronger, why) in &failed {
                let name = stronger.name.as_deref().unwrap_or_default();
                report.reason.push_str(&format!("; the stronger `{name}` {why}"));
            }
            return report;
        }
        let why = match rank {
            Rank::Absent => "is absent".to_owned(),
            _ => format!("does not hold: {}", report.reason),
        };
        failed.push((scheme, why));
        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
            best = Some((rank, report));
        }
    }
    let unknown = || {
        let name = context.required.as_deref().unwrap_or_default();
        let reason = format!("the provider has no signature `{name}`");
        SignatureReport::new(Verdict::Missing, None, reason)
    };
    best.map_or_else(unknown, |(_, report)| report)
}

/// How much a signature protects: a token does not protect the body, and a hash without a key can be extended.
fn strength(scheme: &Scheme) -> u8 {
    match scheme.algorithm {
        Algorithm::Token => 0,
        Algorithm::Sha256 => 1,
        _ => 2,
    }
}

/// How much a report says about a delivery, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The signature is missing.
    Absent,
    /// No secret has the form of its key.
    NoKey,
    Malformed,
    Invalid,
    /// The user did not give a value that is signed.
    Unable,
    Stale,
    Valid,
}

fn check_one(
    scheme: &Scheme,
    request: &SignedRequest<'_>,
    secrets: &[Secret],
    now: Timestamp,
) -> (Rank, SignatureReport) {
    let report = |verdict, reason: String| SignatureReport::new(verdict, Some(scheme), reason);
    let malformed = |why: Malformed| {
        let rank = match why {
            Malformed::ItemMissing(_) => Rank::Absent,
            _ => Rank::Malformed,
        };
        (rank, report(Verdict::Malformed, why.to_string()))
    };
    let unable = |rank, reason: String, needs: String| {
        let report = report(Verdict::Invalid, format!("it cannot be checked: {reason}"));
        (rank, SignatureReport { needs: Some(needs), ..report })
    };
    let Some(value) = scheme.value(request) else {
        return (Rank::Absent, report(Verdict::Missing, format!("there is no {}", scheme.place())));
    };
    let repeated = scheme.header().map_or(1, |name| request.delivery.headers.all(name).count());
    if repeated > 1 {
        return malformed(Malformed::Repeated(repeated));
    }
    let received = match scheme.read(&value) {
        Ok(received) => received,
        Err(why) => return malformed(why),
    };
    let items: Vec<_> = scheme.format.layout.items(&value).collect();
    let item = |name: &str| {
        let found = items.iter().find(|item| item.name == name.as_bytes());
        found.map(|item| item.text)
    };
    let mut keys = Vec::new();
    let mut unusable = None;
    for secret in secrets {
        match scheme.key.verifying(scheme.algorithm, secret) {
            Ok(key) => keys.push((secret, key)),
            Err(why) => unusable = unusable.or(Some(why)),
        }
    }
    if let (Some(why), true) = (unusable, keys.is_empty()) {
        return unable(Rank::NoKey, why.to_string(), format!("give {}", why.expected));
    }
    let mut matching = None;
    for (secret, key) in &keys {
        let parts = match request.signed(scheme, key.bytes(), item) {
            Ok(parts) => parts,
            Err(why) => match why.missing_setting() {
                Some(needs) => return unable(Rank::Unable, why.to_string(), needs),
                None => return malformed(why),
            },
        };
        if received.iter().any(|received| key.verifies(scheme.algorithm, &parts, received)) {
            matching = Some(*secret);
            break;
        }
    }
    let Some(secret) = matching else {
        let whose = match keys.as_slice() {
            [(only, _)] => format!("under the secret from {}", only.origin()),
            many => format!("under any of the {} secrets", many.len()),
        };
        let what = match scheme.algorithm {
            Algorithm::Token => {
                return (Rank::Invalid, report(Verdict::Invalid, not_the_token(&keys)));
            }
            algorithm => format!("it is not the {algorithm} of the {}", scheme.subject()),
        };
        return (Rank::Invalid, report(Verdict::Invalid, format!("{what} {whose}")));
    };
    if let Some(rule) = &scheme.timestamp {
        let seconds = match &rule.source {
            TimestampSource::Header(name) => {
                request.delivery.headers.get(name).and_then(|text| rule.seconds(text))
            }
            TimestampSource::Item(name) => item(name).and_then(|text| rule.seconds(text)),
            TimestampSource::Body(pointer) => match request.field(pointer) {
                Some(text) => rule.seconds(&text),
                // Only the signer can omit it when the whole body is signed.
                None if scheme.covers_body() => Some(now.as_second()),
                None => None,
            },
        };
        let Some(signed) = seconds else {
            return malformed(Malformed::Needs(rule.place()));
        };
        // Negative when it lies in the future.
        let age = now.as_second().saturating_sub(signed);
        let distance = age.unsigned_abs();
        if let Some(tolerance) = rule.tolerance_seconds.filter(|tolerance| distance > *tolerance) {
            let when = match age {
                0.. => "ago",
                _ => "ahead of the clock here",
            };
            let reason =
                format!("it was signed {distance} s {when}, the tolerance is {tolerance} s");
            return (Rank::Stale, report(Verdict::Stale, reason));
        }
    }
    let origin = secret.origin();
    let reason = match scheme.algorithm {
        Algorithm::Token => format!("it is the secret from {origin}"),
        algorithm => format!("{algorithm} under the secret from {origin}"),
    };
    let report = report(Verdict::Valid, reason);
    (Rank::Valid, SignatureReport { secret: Some(origin.to_owned()), ..report })
}

fn not_the_token(keys: &[(&Secret, VerifyingKey)]) -> String {
    match keys {
        [(only, _)] => format!("it is not the secret from {}", only.origin()),
        many => format!("it is none of the {} secrets", many.len()),
    }
}

impl Scheme {
    /// The value of the signature in a request, if there is one.
    pub(crate) fn value<'a>(&'a self, request: &'a SignedRequest<'_>) -> Option<Cow<'a, [u8]>> {
        match &self.location {
            Location::Header(name) => {
                request.delivery.headers.get(name).map(|value| Cow::Borrowed(value.trim_ascii()))
            }
            Location::Body(pointer) => request.field(pointer),
        }
    }

    /// Whether a delivery has a signature where this scheme puts it.
    pub fn is_in(&self, delivery: &Delivery) -> bool {
        let context = SignatureContext::default();
        self.value(&SignedRequest::new(delivery, &context)).is_some()
    }

    /// What is signed, in one word.
    fn subject(&self) -> &'static str {
        match self.signs.as_slice() {
            parts if parts.contains(&Part::Body) => "body",
            _ => "signed parts",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::signature::signature;
    use bytes::Bytes;

    fn timestamped() -> Scheme {
        toml::from_str(
            "header = 'x-signature'\nalgorithm = 'hmac-sha256'\nencoding = 'base64'\nprefix = 'v1,'\n\
             signs = [{ header = 'x-timestamp' }, { text = '.' }, 'body']\n\
             timestamp = { header = 'x-timestamp', tolerance_seconds = 300 }",
        )
        .unwrap()
    }

    fn check_one_scheme(
        delivery: &Delivery,
        secrets: &[Secret],
        now: Timestamp,
    ) -> SignatureReport {
        check(&[timestamped()], delivery, secrets, &SignatureContext::default(), now)
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
            let report = check_one_scheme(&signed_at(at, key), secrets, now);
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
        let report = check_one_scheme(&delivery, &[secret], now);
        assert_eq!(report.verdict, Verdict::Malformed);
    }
}
