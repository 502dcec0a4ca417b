//! Properties of signing, verifying, JSON printing and comparing, for arbitrary bytes.

use bytes::Bytes;
use cz_hook::diagnose::difference::{difference, hunks};
use cz_hook::escape::is_dangerous;
use cz_hook::output::diagnosis::Compared;
use cz_hook::output::style::Palette;
use cz_hook::webhook::delivery::{Delivery, Headers};
use cz_hook::webhook::payload::json::parse;
use cz_hook::webhook::payload::stringify::stringify;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::signature::Secret;
use cz_hook::webhook::signature::scheme::{Algorithm, Part, Scheme};
use cz_hook::webhook::signature::signature;
use cz_hook::webhook::signature::verify::{Verdict, check};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

fn schemes() -> Vec<&'static Scheme> {
    let catalog = Catalog::builtin();
    let is_plain = |scheme: &&Scheme| {
        let is_hmac = Algorithm::HMACS.contains(&scheme.algorithm);
        let is_simple = scheme.signs == [Part::Body] && scheme.expected_key().is_none();
        is_hmac && is_simple && scheme.header().is_some()
    };
    let schemes: Vec<_> = catalog.providers().filter_map(|p| p.scheme()).filter(is_plain).collect();
    assert!(schemes.len() >= 4);
    schemes
}

fn signed(scheme: &Scheme, secret: &[u8], body: &[u8]) -> Delivery {
    let secret = Secret::new(secret.to_vec(), "test");
    let value = signature(scheme, &secret, &Headers::default(), body).unwrap();
    let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body));
    delivery.headers.push(scheme.header().unwrap(), value);
    delivery
}

fn verdict(scheme: &Scheme, delivery: &Delivery, secret: &[u8]) -> Verdict {
    let secret = Secret::new(secret.to_vec(), "test");
    check(
        std::slice::from_ref(scheme),
        delivery,
        &[secret],
        &Default::default(),
        Timestamp::UNIX_EPOCH,
    )
    .verdict
}

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    let bit = bit % (bytes.len() * 8);
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

proptest! {
    #[test]
    fn a_signed_body_verifies(secret in vec(any::<u8>(), 1..200), body in vec(any::<u8>(), 0..2000)) {
        for scheme in schemes() {
            let delivery = signed(scheme, &secret, &body);
            prop_assert_eq!(verdict(scheme, &delivery, &secret), Verdict::Valid);
        }
    }

    #[test]
    fn every_bit_of_the_body_matters(secret in vec(any::<u8>(), 1..50), body in vec(any::<u8>(), 1..200), bit: usize) {
        for scheme in schemes() {
            let mut delivery = signed(scheme, &secret, &body);
            delivery.body = flip(&body, bit).into();
            prop_assert_eq!(verdict(scheme, &delivery, &secret), Verdict::Invalid);
        }
    }

    /// HMAC hashes keys longer than a block and pads shorter ones with zeros: only a trailing zero byte changes
    /// nothing, and no flip of one bit adds it.
    #[test]
    fn every_bit_of_the_secret_matters(secret in vec(1u8.., 1..100), body in vec(any::<u8>(), 0..200), bit: usize) {
        for scheme in schemes() {
            let delivery = signed(scheme, &secret, &body);
            let other = flip(&secret, bit);
            prop_assume!(other.last() != Some(&0));
            prop_assert_eq!(verdict(scheme, &delivery, &other), Verdict::Invalid);
        }
    }

    #[test]
    fn every_bit_of_the_signature_matters(secret in vec(any::<u8>(), 1..50), body in vec(any::<u8>(), 0..200), bit: usize) {
        for scheme in schemes() {
            let mut delivery = signed(scheme, &secret, &body);
            let value = delivery.headers.get(scheme.header().unwrap()).unwrap().to_vec();
            delivery.headers.set(scheme.header().unwrap(), flip(&value, bit));
            let found = verdict(scheme, &delivery, &secret);
            prop_assert!(matches!(found, Verdict::Invalid | Verdict::Malformed), "{:?}", found);
        }
    }

    #[test]
    fn any_header_value_gets_a_verdict(value in vec(any::<u8>(), 0..200)) {
        for scheme in schemes() {
            let mut delivery = Delivery::post("/", Bytes::from_static(b"{}"));
            delivery.headers.push(scheme.header().unwrap(), value.clone());
            prop_assert_ne!(verdict(scheme, &delivery, b"secret"), Verdict::Valid);
        }
    }

    /// Printing, parsing and printing again gives the same bytes, as in an endpoint that reserializes.
    #[test]
    fn stringify_is_idempotent(json in json()) {
        let once = stringify(&parse(&json.to_string()).unwrap());
        let again = stringify(&parse(&once).unwrap());
        prop_assert_eq!(once, again);
    }

    /// Any two untrusted bodies can be compared, on any width of the terminal.
    #[test]
    fn any_two_bodies_can_be_compared(sent in hostile(), hashed in hostile(), width in 0_usize..120) {
        if let Some(first) = difference(&sent, &hashed) {
            let places = hunks(&sent, &hashed);
            let compared = Compared {
                sent: &sent,
                hashed: &hashed,
                first: &first,
                places: &places,
                of: places.len(),
                found: &[],
            };
            let text = compared.human(Palette::new(false), width);
            prop_assert!(text.chars().all(|c| c == '\n' || !is_dangerous(c)), "{}", text);
        }
    }
}

/// Backslashes, beginnings of escapes, control characters, wide characters and bytes that are not text.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let text = r"([\\xu{}1é€😀\x00-\x1f\x{202e}]|[a-z]){0,60}".prop_map(String::into_bytes);
    let bytes = vec(any::<u8>(), 0..8);
    (text, bytes).prop_map(|(text, bytes)| [text, bytes].concat())
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Into::into),
            vec((prop_oneof!["[0-9]{1,3}", any::<String>()], inner), 0..6)
                .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}
