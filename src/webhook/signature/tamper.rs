//! Deliveries that a correct endpoint must reject: one thing about each is wrong on purpose.

use bytes::Bytes;

use super::key::SigningKey;
use super::scheme::{Algorithm, Part, Scheme, TimestampSource};
use super::sign::Signing;
use crate::webhook::payload::json::parse_body;

/// What to corrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// One character of the signature is another.
    Signature,
    /// One character of the body is another, after signing.
    Body,
    /// There is no signature header.
    Missing,
    /// Signed with another secret.
    Secret,
    /// Signed with another algorithm.
    Algorithm,
    /// Only the first half of the signature is sent.
    Truncated,
    /// The signature is in uppercase.
    Uppercase,
}

/// What goes into the request: the header value (`None`: no header) and the body.
pub struct Tampered {
    pub signature: Option<String>,
    pub body: Bytes,
}

impl Tamper {
    /// Every way, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Signature,
        Self::Body,
        Self::Missing,
        Self::Secret,
        Self::Algorithm,
        Self::Truncated,
        Self::Uppercase,
    ];

    /// The word used on the command line.
    pub fn name(self) -> &'static str {
        self.texts().0
    }

    /// The clause that completes "this delivery …".
    pub fn clause(self) -> &'static str {
        self.texts().1
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Signature => ("signature", "has one wrong character in its signature"),
            Self::Body => ("body", "had its body changed after signing"),
            Self::Missing => ("missing", "has no signature header"),
            Self::Secret => ("secret", "is signed with another secret"),
            Self::Algorithm => ("algorithm", "is signed with another algorithm"),
            Self::Truncated => ("truncated", "has only the first half of its signature"),
            Self::Uppercase => ("uppercase", "has its signature in uppercase"),
        }
    }
}

/// Signs a request and corrupts the result.
///
/// # Errors
/// Why this delivery cannot be corrupted in this way: the result would be the same, or it cannot even be signed.
pub fn tamper(how: Tamper, signing: &Signing<'_>) -> Result<Tampered, String> {
    let scheme = signing.scheme;
    let body = &signing.request().body;
    let encode = |algorithm, key: &SigningKey| {
        let signature = signing.signature_with(algorithm, key, body);
        let signature = signature.map_err(|why| why.to_string())?;
        Ok::<_, String>(scheme.format.encoding.encode(&signature))
    };
    let encoded = encode(scheme.algorithm, &signing.key)?;
    let with = |encoded: &str| signing.write_text(encoded);
    let good = with(&encoded);
    let corrupted = match how {
        Tamper::Missing => None,
        Tamper::Body => {
            let body = match scheme.covers_body() {
                true => change_body(body)?,
                false => change_field(scheme, body)?,
            };
            return Ok(Tampered { signature: Some(good), body });
        }
        Tamper::Signature => Some(with(&change_first(&encoded))),
        Tamper::Truncated => Some(good.chars().take(good.len() / 2).collect()),
        Tamper::Uppercase => Some(with(&encoded.to_uppercase())),
        Tamper::Secret => {
            let other = signing.key.other().ok_or("no other key of this kind can be made")?;
            Some(with(&encode(scheme.algorithm, &other)?))
        }
        Tamper::Algorithm => {
            let other = other_algorithm(scheme.algorithm);
            let other = other.ok_or("the scheme has no other algorithm")?;
            Some(with(&encode(other, &signing.key)?))
        }
    };
    if corrupted.as_ref() == Some(&good) {
        return Err("this signature has no letter to write in uppercase".to_owned());
    }
    Ok(Tampered { signature: corrupted, body: body.clone() })
}

/// The algorithm of a signature that has the wrong one; `None` where no other takes the same key.
pub(crate) fn other_algorithm(algorithm: Algorithm) -> Option<Algorithm> {
    match algorithm {
        Algorithm::HmacSha1 | Algorithm::Sha256 => Some(Algorithm::HmacSha256),
        Algorithm::HmacSha256 | Algorithm::HmacSha512 => Some(Algorithm::HmacSha1),
        _ => None,
    }
}

fn change_first(encoded: &str) -> String {
    let first = if encoded.starts_with('a') { 'b' } else { 'a' };
    std::iter::once(first).chain(encoded.chars().skip(1)).collect()
}

/// Changes one character so that JSON stays JSON: the last letter or digit before a closing quote that is not part
/// of an escape, else the last byte. Scripts for other load tools do the same.
fn change_body(body: &Bytes) -> Result<Bytes, String> {
    // An escape is a backslash and at most five letters and digits, such as \u00e9.
    let is_escaped = |at: usize| {
        let before = body.get(at.saturating_sub(5)..at).unwrap_or_default();
        before.iter().rev().find(|c| !c.is_ascii_alphanumeric()) == Some(&b'\\')
    };
    let mut pairs = body.windows(2).enumerate();
    let before_quote = pairs.rfind(|(at, pair)| {
        matches!(pair, [c, b'"'] if c.is_ascii_alphanumeric()) && !is_escaped(*at)
    });
    let place = before_quote.map_or(body.len().saturating_sub(1), |(at, _)| at);
    let mut changed = body.to_vec();
    let byte = changed.get_mut(place);
    let byte = byte.ok_or("an empty body has nothing to change")?;
    *byte = if *byte == b'x' { b'y' } else { b'x' };
    Ok(changed.into())
}

/// Changes one character of a field that is signed, other than the time.
fn change_field(scheme: &Scheme, body: &Bytes) -> Result<Bytes, String> {
    let time = scheme.timestamp.as_ref().map(|rule| &rule.source);
    let document = parse_body(body).ok();
    let signed = scheme.signs.iter().find_map(|part| match part {
        Part::Field(pointer) if time != Some(&TimestampSource::Body(pointer.clone())) => {
            document.as_ref()?.root().at_pointer(pointer)
        }
        _ => None,
    });
    let changed = document.as_ref().zip(signed).and_then(|(document, field)| {
        let at = field.span().start + field.raw().rfind(|c: char| c.is_ascii_digit())?;
        let mut text = document.text().to_owned();
        let other = if text.get(at..)?.starts_with('1') { "2" } else { "1" };
        text.replace_range(at..=at, other);
        Some(text.into())
    });
    changed.ok_or_else(|| "the signature does not cover the body".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::provider::catalog::Catalog;

    #[test]
    fn a_changed_body_is_still_json_and_another_value() {
        let catalog = Catalog::builtin();
        let providers = catalog.providers().filter(|p| !p.envelope.form);
        let samples = providers.flat_map(|p| catalog.samples(p));
        let escaped: [&[u8]; 4] = [
            br#"{"text":"bye\n"}"#,
            br#"{"text":"caf\u00e9"}"#,
            br#"{"text":"\ud83d\ude00"}"#,
            br#"{"text":"a\\b"}"#,
        ];
        for body in samples.map(|sample| sample.body).chain(escaped) {
            let body = Bytes::from_static(body);
            let changed = change_body(&body).unwrap();
            let parse = |b: &[u8]| serde_json::from_slice::<serde_json::Value>(b).unwrap();
            assert_ne!(parse(&changed), parse(&body), "{body:?}");
        }
        assert!(change_body(&Bytes::new()).is_err());
    }

    #[test]
    fn where_fields_are_signed_one_of_them_is_changed() {
        let catalog = Catalog::builtin();
        let scheme = |name| catalog.provider(name).unwrap().scheme().unwrap();
        let body = Bytes::from_static(br#"{"signature":{"timestamp":"12","token":"a1b"},"x":"9"}"#);
        let changed = change_field(scheme("mailgun"), &body).unwrap();
        assert_eq!(&changed[..], br#"{"signature":{"timestamp":"12","token":"a2b"},"x":"9"}"#);
        for body in [&b"{}"[..], b"", br#"{"signature":{"token":"ab"}}"#] {
            assert!(change_field(scheme("mailgun"), &Bytes::from_static(body)).is_err());
        }
        assert!(change_field(scheme("telegram"), &body).is_err());
    }
}
