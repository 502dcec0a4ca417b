//! The analysis of a body: the fields that are kept for detection give the same provider as the whole body.

use bytes::Bytes;
use cz_hook::webhook::analysis::Analyzer;
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::payload::json::{parse, parse_body, parse_fields};
use cz_hook::webhook::payload::stringify::stringify;
use cz_hook::webhook::provider::Content;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::provider::detect::detect;
use cz_hook::webhook::signature::Secret;
use jiff::Timestamp;

pub fn analyze(data: &[u8]) {
    let [value, body] = super::pieces(data);
    let catalog = Catalog::builtin();
    let whole = parse_body(body);
    let fields = parse_fields(body, catalog.fields());
    assert_eq!(whole.as_ref().err(), fields.as_ref().err());
    if let Ok(document) = &whole {
        let text = stringify(document);
        let again = parse(&text).expect("it is JSON");
        assert_eq!(stringify(&again), text);
    }

    let headers = ["x-chatzuri-signature", "x-chatbase-signature"];
    for header in headers {
        let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body));
        delivery.headers.push(header, value);
        let name = |body| {
            let content = Content::new(&delivery, &delivery.body, body);
            detect(catalog, &delivery.headers, &content).provider.map(|p| &p.name)
        };
        assert_eq!(name(whole.as_ref().ok()), name(fields.as_ref().ok()));
        for secrets in [vec![], vec![Secret::new(b"k".to_vec(), "the fuzzer")]] {
            let analyzer = Analyzer {
                catalog,
                provider: None,
                secrets,
                allow_unsigned: false,
                context: Default::default(),
            };
            let found = analyzer.analyze(&delivery, Timestamp::UNIX_EPOCH);
            analyzer.trusts(&found.identity);
        }
    }
}
