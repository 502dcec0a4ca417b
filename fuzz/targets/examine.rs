//! A body looked at: no further than telling providers apart takes, or wholly, it is the same.

use bytes::Bytes;
use cz_hook::webhook::catalog::Catalog;
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::examine::{Examiner, without_bom};
use cz_hook::webhook::recognise::recognise;
use cz_hook::webhook::secret::Secret;
use cz_hook::webhook::skim::skim;
use cz_hook::webhook::stringify::stringify;
use jiff::Timestamp;
use serde_json::Value;

pub fn examine(data: &[u8]) {
    let [value, body] = super::pieces(data);
    let catalog = Catalog::builtin();
    let whole = serde_json::from_slice::<Value>(without_bom(body)).ok();
    let top = skim(without_bom(body), catalog.event_depth());
    assert_eq!(whole.is_some(), top.is_some());
    if let Some(json) = &whole {
        let text = stringify(json);
        let again: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(stringify(&again), text);
    }

    let headers = ["x-chatzuri-signature", "x-chatbase-signature"];
    for header in headers {
        let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body));
        delivery.headers.push(header, value);
        let by_whole = recognise(catalog, &delivery.headers, whole.as_ref());
        let by_top = recognise(catalog, &delivery.headers, top.as_ref());
        let name = |p: Option<&cz_hook::webhook::provider::Provider>| p.map(|p| p.name.clone());
        assert_eq!(name(by_whole.provider), name(by_top.provider));
        assert_eq!(by_whole.contradiction, by_top.contradiction);
        for secrets in [vec![], vec![Secret::new(b"k".to_vec(), "the fuzzer")]] {
            let examiner = Examiner {
                catalog,
                provider: None,
                secrets,
                allow_unsigned: false,
            };
            let now = Timestamp::UNIX_EPOCH;
            let found = examiner.examine(&delivery, now);
            let is_trusted = examiner.trusts(&found);
            assert_eq!(examiner.trusts_unexamined(&delivery, now), is_trusted);
        }
    }
}
