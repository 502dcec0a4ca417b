//! `provider.toml`: every provider that can be read can analyze a body.

use cz_hook::webhook::delivery::Headers;
use cz_hook::webhook::payload::Event;
use cz_hook::webhook::payload::json::parse;
use cz_hook::webhook::provider::{Content, Provider};

pub fn provider(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(provider) = toml::from_str::<Provider>(text) else {
        return;
    };
    let body = r#"{"a": {"b": ["c", 1]}, "": "d", "e/f": "g", "event": "h", "data": {}}"#;
    let document = parse(body).expect("it is JSON");
    let value: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
    Event::read(&provider, &Headers::default(), &Content::Json(document.root()));
    for (_, pointer) in provider.envelope.roles() {
        let found = document.root().at_pointer(pointer);
        assert_eq!(
            found.map(|node| node.to_value(&mut Vec::new())).as_ref(),
            value.pointer(pointer)
        );
    }
    for scheme in &provider.signatures {
        let mac = vec![0xab; *scheme.algorithm.lengths().start()];
        let written = scheme.write(&mac);
        if let Ok(read) = scheme.read(written.as_bytes()) {
            assert_eq!(read, [mac]);
        }
        scheme.describe_format();
    }
    for event in &provider.events {
        assert!(provider.event(&event.name).is_some());
    }
}
