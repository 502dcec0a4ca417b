//! The analysis of a body: reading only as far as needed to detect the provider gives the same result as reading all of it.

use bytes::Bytes;
use cz_hook::webhook::analysis::{Analyzer, without_bom};
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::payload::outline::Outline;
use cz_hook::webhook::payload::skim::{Skimmer, skim};
use cz_hook::webhook::payload::stringify::stringify;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::signature::secret::Secret;
use jiff::Timestamp;
use serde_json::Value;

pub fn analyze(data: &[u8]) {
    let [value, body] = super::pieces(data);
    let catalog = Catalog::builtin();
    let whole = serde_json::from_slice::<Value>(without_bom(body)).ok();
    let landmarks = catalog.landmarks();
    let by_whole = whole.as_ref().map(|json| Outline::of(landmarks, json));
    let outline = skim(landmarks, without_bom(body));
    // The two may limit the length of a number differently.
    if body.len() < 60_000 {
        assert_eq!(outline, by_whole);
    }
    let mut pieces = Skimmer::new(landmarks);
    let size = 1 + value.first().map_or(0, |byte| usize::from(byte % 16));
    without_bom(body)
        .chunks(size)
        .for_each(|piece| pieces.feed(piece));
    assert_eq!(pieces.finish(), outline);
    if let Some(json) = &whole {
        let text = stringify(json);
        let again: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(stringify(&again), text);
    }

    let headers = ["x-chatzuri-signature", "x-chatbase-signature"];
    for header in headers {
        let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body));
        delivery.headers.push(header, value);
        for secrets in [vec![], vec![Secret::new(b"k".to_vec(), "the fuzzer")]] {
            let analyzer = Analyzer {
                catalog,
                provider: None,
                secrets,
                allow_unsigned: false,
            };
            let now = Timestamp::UNIX_EPOCH;
            let found = analyzer.analyze(&delivery, now);
            let is_trusted = analyzer.trusts(&found);
            assert_eq!(analyzer.trusts_unanalyzed(&delivery, now), is_trusted);
        }
    }
}
