//! Signature headers with every scheme: only the signature of this body with this secret is valid.

use bytes::Bytes;
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::provider::Content;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::provider::detect::{detect, detect_by_value};
use cz_hook::webhook::retry;
use cz_hook::webhook::signature;
use cz_hook::webhook::signature::Secret;
use cz_hook::webhook::signature::format::{Encoding, ItemList, Layout, SignatureFormat};
use cz_hook::webhook::signature::scheme::{Algorithm, Scheme};
use cz_hook::webhook::signature::verify::{Verdict, check};
use jiff::Timestamp;

pub fn signature(data: &[u8]) {
    let [value, body, key, timestamp] = super::pieces(data);
    let secret = Secret::new(key.to_vec(), "the fuzzer");
    let catalog = Catalog::builtin();
    for scheme in catalog.providers().flat_map(|p| &p.signatures) {
        under(scheme, value, body, &secret, timestamp);
    }
    for algorithm in Algorithm::HMACS {
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
            let prefixes = ["", "sha256=", "v1,"].map(|prefix| Layout::Prefix(prefix.to_owned()));
            let lists = [(b',', b'='), (b' ', b',')].map(|(separator, assign)| {
                Layout::Items(ItemList { separator, assign, signature: "v1".to_owned() })
            });
            for layout in prefixes.into_iter().chain(lists) {
                let scheme = of(algorithm, SignatureFormat { encoding, layout });
                under(&scheme, value, body, &secret, timestamp);
            }
        }
    }
    detect_by_value(catalog, value, &Content::Other);
    if let Some(wait) = retry::retry_after(value, Timestamp::UNIX_EPOCH) {
        assert!(wait.is_zero() || !value.is_empty());
    }
}

fn of(algorithm: Algorithm, format: SignatureFormat) -> Scheme {
    let text = format!(
        "header = 'x-signature'\nalgorithm = '{}'\nencoding = 'hex'\n\
         signs = [{{ header = 'x-timestamp' }}, {{ text = '.' }}, 'body']\n\
         timestamp = {{ header = 'x-timestamp', tolerance_seconds = 300 }}",
        algorithm.name()
    );
    Scheme { format, ..toml::from_str(&text).expect("it is a scheme") }
}

fn under(scheme: &Scheme, value: &[u8], body: &[u8], secret: &Secret, timestamp: &[u8]) {
    match scheme.read(value) {
        // A token may be no text.
        Ok(_) if scheme.format.encoding == Encoding::Text => {}
        Ok(macs) => {
            // A list may hold more than the written signature.
            let is_whole = matches!(scheme.format.layout, Layout::Prefix(_));
            let again = scheme.write(&macs[0]);
            assert!(again.as_bytes() == value || !is_whole, "{again}");
            assert_eq!(scheme.read(again.as_bytes()), Ok(macs[..1].to_vec()));
        }
        Err(why) => super::assert_harmless(&why.to_string(), false),
    }
    let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body));
    delivery.headers.push("X-Timestamp", timestamp);
    // A public key is not the key that signs, and the white space around a token does not arrive.
    if scheme.algorithm.has_public_key() || scheme.algorithm == Algorithm::Token {
        return;
    }
    // Some schemes sign more than headers and body, or have keys in other forms.
    let Some(header) = scheme.header() else { return };
    let Ok(written) = signature::signature(scheme, secret, &delivery.headers, body) else { return };
    delivery.headers.push(header, value);
    detect(Catalog::builtin(), &delivery.headers, &Content::Other);
    let now = Timestamp::from_second(1_700_000_000).expect("a time");
    let report = check(
        std::slice::from_ref(scheme),
        &delivery,
        std::slice::from_ref(secret),
        &Default::default(),
        now,
    );
    super::assert_harmless(&report.reason, false);
    // An empty token is none.
    let Ok(right) = scheme.read(written.as_bytes()) else { return };
    let read = scheme.read(value.trim_ascii()).unwrap_or_default();
    let fits = read.contains(&right[0]);
    match report.verdict {
        Verdict::Valid | Verdict::Stale => assert!(fits),
        Verdict::Invalid => assert!(!fits),
        Verdict::Malformed => assert!(!fits || scheme.timestamp.is_some()),
        other => panic!("{other:?}"),
    }
    delivery.headers.set(header, written);
    let own = check(
        std::slice::from_ref(scheme),
        &delivery,
        std::slice::from_ref(secret),
        &Default::default(),
        now,
    )
    .verdict;
    let expected = match scheme.timestamp {
        Some(_) => matches!(own, Verdict::Valid | Verdict::Stale | Verdict::Malformed),
        None => own == Verdict::Valid,
    };
    assert!(expected, "{own:?}");
}
