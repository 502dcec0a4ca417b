//! Signatures without an explanation get none, for any input.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use proptest::prelude::*;
use sha1::Sha1;

use crate::{BODY, SECRET, asked, hex, hmac, sha1};

#[test]
fn no_flipped_bit_is_ever_explained() {
    let body = r#"{"a":1.0}"#;
    let mac = hmac::<Hmac<Sha1>>(SECRET, body);
    for signature in [hex(&mac), STANDARD.encode(&mac)] {
        for bit in 0..signature.len() * 8 {
            // Every seventh one, each bit of a byte in its turn.
            if bit % 7 != 0 {
                continue;
            }
            let mut bytes = signature.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(flipped) = String::from_utf8(bytes) else {
                continue;
            };
            asked(body, flipped).gives_nothing();
        }
    }
}

#[test]
fn a_few_matching_characters_prove_nothing() {
    let right = sha1(SECRET, BODY);
    for length in [0, 1, 4, 8, 15, 37, 38, 39] {
        asked(BODY, &right[..length]).gives_nothing();
    }
}

#[test]
fn every_input_gets_a_diagnosis() {
    let deep = "[".repeat(200_000);
    for body in [&b""[..], b"\xff\xfe", b"{", deep.as_bytes(), b"\x1f\x8b\x08\xff\xff", b"\x78\x9c"]
    {
        asked(body, "0".repeat(40)).gives_nothing();
    }
    for signature in ["", " ", "é", "sha1=", "=", &"a".repeat(100_000), "t=1,v1=", "{}"] {
        asked(BODY, signature).gives_nothing();
    }
    let mut many = asked(BODY, "0".repeat(40));
    for i in 0..2000 {
        many = many.header(&format!("x-{i}-timestamp-signature-delivery"), "1");
    }
    many.gives_nothing();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn unrelated_signatures_are_never_explained(
        secret in "[ -~]{1,40}",
        other in "[ -~]{12,40}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        name in "[a-zA-Zé\"\\\\ ]{0,20}",
    ) {
        prop_assume!(!other.contains(&secret) && !secret.contains(&other));
        asked(&body, sha1(&other, &body)).secret(&secret).gives_nothing();
        let json = serde_json::json!({ "a": name, "b": [1, 2.5, null] }).to_string();
        asked(&json, sha1(&other, &json)).secret(&secret).gives_nothing();
        asked(&json, hex(&body[..body.len().min(20)])).secret(&secret).gives_nothing();
    }
}
