//! What holds for every serialiser, and the digests that are published.

mod families;

use super::*;
use crate::webhook::payload::json::parse;

const NO_LIMIT: usize = usize::MAX;

/// What the serialiser of a formula prints for a document.
fn prints(formula: &str, text: &str) -> Option<String> {
    let document = parse(text).unwrap();
    let serialiser = all()
        .iter()
        .find(|serialiser| serialiser.formula("x") == formula)
        .unwrap_or_else(|| panic!("no serialiser {formula}"));
    write(serialiser, document.root(), NO_LIMIT).map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn every_formula_is_one_serialiser_and_has_codes() {
    let mut formulas: Vec<_> = all().iter().map(|one| one.formula("body")).collect();
    assert!(formulas.iter().all(|formula| formula.contains("body")));
    let many = formulas.len();
    formulas.sort_unstable();
    formulas.dedup();
    assert_eq!(formulas.len(), many);
    for one in all() {
        assert!(!one.codes.is_empty());
        for code in &one.codes {
            assert!(code.starts_with("body."), "{code}");
        }
    }
}

#[test]
fn the_published_digests() {
    use hmac::{Hmac, KeyInit, Mac};
    let body = r#"{"agentId":"a","payload":{"customerName":"Zoë","url":"https://x.y/z","n":1.0}}"#;
    for (formula, digest) in [
        ("minified(x)", "18e0641a80199871e01dbee876919ad5ec226fba"),
        (
            "JSON.stringify(JSON.parse(x))",
            "d7a0ef1da41734815321c3ec18e3ccdd72184e59",
        ),
        (
            "json.dumps(json.loads(x))",
            "06ff1d7e87db3f3bae8910f37f154ce8a8eb2c91",
        ),
        (
            "json_encode(json_decode(x))",
            "05ddf21a948228435e2bf0c16e4b8813deb90266",
        ),
    ] {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"test_secret").unwrap();
        mac.update(prints(formula, body).unwrap().as_bytes());
        let printed: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(printed, digest, "{formula}");
    }
}

#[test]
fn a_limit_and_depth_are_kept() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let document = parse(&deep).unwrap();
    let objects = "{\"a\":".repeat(20_000) + "1" + &"}".repeat(20_000);
    let of_objects = parse(&objects).unwrap();
    for one in all() {
        for document in [&document, &of_objects] {
            let printed = write(one, document.root(), 1 << 20);
            assert!(printed.is_none_or(|bytes| bytes.len() <= 1 << 20));
        }
    }
    let document = parse("[1]").unwrap();
    let node = &all()[1];
    assert_eq!(
        write(node, document.root(), 3).as_deref(),
        Some(&b"[1]"[..])
    );
    assert_eq!(write(node, document.root(), 2), None);
}
