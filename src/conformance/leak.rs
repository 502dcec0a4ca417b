//! What a response reveals: the signature that the request should have had, or the secret, which is removed
//! from the response.

use memchr::memmem;

use crate::diagnose::runtimes;
use crate::http::Response;
use crate::mask::without;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::parse_body;
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::scheme::Algorithm;
use crate::webhook::signature::sign::expected_bytes;

use super::request_builder::{Request, RequestBuilder};

/// Shorter secrets occur in responses by chance.
const MIN_SECRET: usize = 6;

/// What a response reveals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// The signature that the request should have had.
    Signature,
    /// The secret itself.
    Secret,
}

/// What a response reveals that was not in the request; removes the secret from it.
pub fn find(builder: &RequestBuilder, request: &Request, response: &mut Response) -> Option<Leak> {
    let delivery = &request.delivery;
    let reveals_secret = builder.secret().is_some_and(|secret| {
        let secret = secret.expose();
        redact(response, secret) && !is_common_word(secret) && !was_sent(delivery, secret)
    });
    if reveals_secret {
        return Some(Leak::Secret);
    }
    reveals_signature(builder, delivery, response).then_some(Leak::Signature)
}

/// Whether a response has the signature of the body, or of what a serializer makes of it.
fn reveals_signature(builder: &RequestBuilder, delivery: &Delivery, response: &Response) -> bool {
    let Some((scheme, secret)) = builder.signing() else {
        return false;
    };
    // A token is the secret, and the signature of a private key is of no use to others.
    let is_secret = scheme.algorithm.hmac().is_some() || scheme.algorithm == Algorithm::Sha256;
    let values = response.headers.iter().map(|(_, value)| value);
    let texts: Vec<_> = values.chain([&*response.body, response.phrase.as_bytes()]).collect();
    // Half of it is already too much. In base64, that is the shortest.
    let least = *scheme.algorithm.lengths().start() * 2 / 3;
    if !is_secret || !texts.iter().any(|text| may_hold_signature(text, least)) {
        return false;
    }
    let encodings = [Encoding::Hex, Encoding::Base64, Encoding::Base64Url];
    let reveals = |delivery: &Delivery| {
        let mac = expected_bytes(scheme, secret, delivery, builder.context());
        mac.is_ok_and(|mac| {
            encodings.into_iter().any(|encoding| {
                let text = encoding.encode(&mac);
                let needle = text.as_bytes().get(..text.len() / 2).unwrap_or_default();
                texts.iter().any(|text| contains(text, needle)) && !was_sent(delivery, needle)
            })
        })
    };
    reveals(delivery)
        || other_bodies(&delivery.body).any(|body| {
            let mut other = delivery.clone();
            other.body = body.into();
            reveals(&other)
        })
}

/// Whether a text has a part that may be an encoded signature of at least this length: words such as
/// `application/json` have no capitals, and are not hexadecimal.
fn may_hold_signature(text: &[u8], least: usize) -> bool {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    text.split(|byte| !is_part(byte)).filter(|part| part.len() >= least).any(|part| {
        part.iter().any(u8::is_ascii_uppercase)
            || part.split(|byte| !byte.is_ascii_hexdigit()).any(|hex| hex.len() >= least)
    })
}

/// What a handler may have hashed instead of a body: the output of a serializer, and the trimmed body.
fn other_bodies(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const MAX_BODY: usize = 16 << 10;
    let document =
        Some(body).filter(|body| body.len() <= MAX_BODY).and_then(|body| parse_body(body).ok());
    let trimmed = body.trim_ascii().to_vec();
    let written = document.into_iter().flat_map(move |document| {
        let limit = MAX_BODY * 8;
        let write = |one| runtimes::write(one, document.root(), limit);
        runtimes::all().iter().filter_map(write).collect::<Vec<_>>()
    });
    std::iter::once(trimmed).chain(written)
}

/// Whether a secret is a word that a response may contain by chance, such as `secret` or `webhook`.
fn is_common_word(secret: &[u8]) -> bool {
    const MAX_LENGTH: usize = 12;
    secret.len() <= MAX_LENGTH && secret.iter().all(u8::is_ascii_lowercase)
}

/// Whether the request itself contains `needle`: a response that repeats it reveals nothing.
fn was_sent(delivery: &Delivery, needle: &[u8]) -> bool {
    let mut values = delivery.headers.iter().map(|(_, value)| value);
    values.any(|value| contains(value, needle))
        || contains(delivery.target.as_bytes(), needle)
        || contains(&delivery.body, needle)
}

/// Whether `text` contains `needle`, ignoring ASCII case.
fn contains(text: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else {
        return false;
    };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text).any(|at| {
        let part = text.get(at..at + needle.len());
        part.is_some_and(|part| part.eq_ignore_ascii_case(needle))
    })
}

/// Replaces the secret wherever a response contains it, unless it is too short; returns whether it did.
pub fn redact(response: &mut Response, secret: &[u8]) -> bool {
    if secret.len() < MIN_SECRET {
        return false;
    }
    let mut found = false;
    let mut clean = |text: &[u8]| {
        found |= memmem::find(text, secret).is_some();
        without(text, secret)
    };
    response.body = clean(&response.body);
    response.phrase = String::from_utf8_lossy(&clean(response.phrase.as_bytes())).into_owned();
    let headers = response.headers.iter();
    response.headers = headers.map(|(name, value)| (name.to_owned(), clean(value))).collect();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::conformance::case::{Change, Forgery};
    use crate::http::Endpoint;
    use crate::webhook::delivery::Headers;
    use crate::webhook::provider::catalog::Catalog;
    use crate::webhook::signature::{Secret, SignatureContext};

    fn response(body: &[u8]) -> Response {
        Response {
            status: 401,
            phrase: "Unauthorized".to_owned(),
            headers: Headers::default(),
            body: body.to_vec(),
            clipped: false,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn only_a_secret_that_was_not_sent_is_a_leak() {
        let catalog = Catalog::builtin();
        let endpoint = Endpoint::parse("http://localhost/").unwrap();
        let found = |secret: &str, body: &[u8], sent: &str| {
            let secret = Secret::new(secret.as_bytes().to_vec(), "a test");
            let provider = catalog.provider("chatzuri").unwrap();
            let context = SignatureContext::default();
            let (scheme, endpoint) = (provider.scheme(), endpoint.clone());
            let builder =
                RequestBuilder::new(catalog, provider, scheme, Some(secret), context, endpoint)
                    .unwrap();
            let mut request = builder.request(Change::Forged(Forgery::None)).unwrap();
            request.delivery.headers.push("x-sent", sent);
            find(&builder, &request, &mut response(body))
        };
        let body = b"signature or secret missing";
        assert_eq!(found("secret", body, ""), None);
        assert_eq!(found("missing", body, ""), None);
        let body = b"the key is hunter2!";
        assert_eq!(found("hunter2", body, ""), Some(Leak::Secret));
        assert_eq!(found("hunter2", body, "hunter2"), None);
    }

    #[test]
    fn the_signature_of_another_serialization_is_a_leak() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("chatzuri").unwrap();
        let secret = Secret::new(b"hunter2".to_vec(), "a test");
        let builder = RequestBuilder::new(
            catalog,
            provider,
            provider.scheme(),
            Some(secret.clone()),
            SignatureContext::default(),
            Endpoint::parse("http://localhost/").unwrap(),
        )
        .unwrap();
        let request = builder.request(Change::Forged(Forgery::None)).unwrap();
        let body = std::str::from_utf8(&request.delivery.body).unwrap();
        let spaced = body.replace("\":", "\": ").replace(",\"", ", \"");
        let of = |body: &str| {
            let headers = Headers::default();
            crate::webhook::signature::signature(
                provider.scheme().unwrap(),
                &secret,
                &headers,
                body.as_bytes(),
            )
            .unwrap()
        };
        let found = |text: String| find(&builder, &request, &mut response(text.as_bytes()));
        assert_eq!(found(format!("expected {}", of(body))), Some(Leak::Signature));
        assert_eq!(found(format!("expected {}", of(&spaced))), Some(Leak::Signature));
        assert_eq!(found(format!("expected {}", of("{}"))), None);
    }

    #[test]
    fn the_secret_is_removed_everywhere() {
        let mut response = Response {
            phrase: "No hunter2!".to_owned(),
            headers: [("x", "hunter2hunter2")].into_iter().collect(),
            ..response(b"hunter hunter2")
        };
        assert!(redact(&mut response, b"hunter2"));
        let shown = format!("{:?}{}", response, String::from_utf8_lossy(&response.body));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(response.body, b"hunter [secret]");
        response.headers = Headers::default();
        response.phrase.clear();
        response.body = b"fine".to_vec();
        assert!(!redact(&mut response, b"hunter2"));
    }
}
