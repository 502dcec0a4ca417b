//! Signature headers under every scheme: only what is written for this body and secret is valid.

use bytes::Bytes;
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::provider::detect::{detect, detect_by_value};
use cz_hook::webhook::retry;
use cz_hook::webhook::signature::scheme::{Algorithm, Encoding, Part, Scheme, TimestampRule};
use cz_hook::webhook::signature::secret::Secret;
use cz_hook::webhook::signature::sign;
use cz_hook::webhook::signature::verify::{Verdict, check};
use jiff::Timestamp;

pub fn signature(data: &[u8]) {
    let [value, body, key, timestamp] = super::pieces(data);
    let secret = Secret::new(key.to_vec(), "the fuzzer");
    let catalog = Catalog::builtin();
    for scheme in catalog.providers().filter_map(|p| p.signature.as_ref()) {
        under(scheme, value, body, &secret, timestamp);
    }
    for algorithm in Algorithm::ALL {
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
            for prefix in ["", "sha256=", "v1,"] {
                let scheme = of(algorithm, encoding, prefix);
                under(&scheme, value, body, &secret, timestamp);
            }
        }
    }
    detect_by_value(catalog, value, None);
    if let Some(wait) = retry::retry_after(value, Timestamp::UNIX_EPOCH) {
        assert!(wait.is_zero() || !value.is_empty());
    }
}

fn of(algorithm: Algorithm, encoding: Encoding, prefix: &str) -> Scheme {
    Scheme {
        header: "x-signature".to_owned(),
        algorithm,
        encoding,
        prefix: prefix.to_owned(),
        signs: vec![
            Part::Header("x-timestamp".to_owned()),
            Part::Text(".".to_owned()),
            Part::Body,
        ],
        timestamp: Some(TimestampRule {
            header: "x-timestamp".to_owned(),
            tolerance_seconds: 300,
        }),
    }
}

fn under(scheme: &Scheme, value: &[u8], body: &[u8], secret: &Secret, timestamp: &[u8]) {
    match scheme.read(value) {
        Ok(mac) => assert_eq!(scheme.write(&mac).as_bytes(), value),
        Err(why) => super::assert_harmless(&why.to_string(), false),
    }
    let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body));
    delivery.headers.push("X-Timestamp", timestamp);
    let written = sign::signature(scheme, secret, &delivery.headers, body).expect("all is there");
    delivery.headers.push(&scheme.header, value);
    detect(Catalog::builtin(), &delivery.headers, None);
    let now = Timestamp::from_second(1_700_000_000).expect("a time");
    let report = check(scheme, &delivery, std::slice::from_ref(secret), now);
    super::assert_harmless(&report.reason, false);
    let fits = value.trim_ascii() == written.as_bytes();
    match report.verdict {
        Verdict::Valid | Verdict::Stale => assert!(fits),
        Verdict::Invalid => assert!(!fits),
        Verdict::Malformed => assert!(!fits || scheme.timestamp.is_some()),
        other => panic!("{other:?}"),
    }
    delivery.headers.set(&scheme.header, written);
    let own = check(scheme, &delivery, std::slice::from_ref(secret), now).verdict;
    let expected = match scheme.timestamp {
        Some(_) => matches!(own, Verdict::Valid | Verdict::Stale | Verdict::Malformed),
        None => own == Verdict::Valid,
    };
    assert!(expected, "{own:?}");
}
