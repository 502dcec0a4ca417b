//! `provider.toml`: every provider that can be read can analyze a body.

use cz_hook::webhook::payload::event::{Event, at};
use cz_hook::webhook::provider::Provider;
use serde_json::json;

pub fn provider(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(provider) = toml::from_str::<Provider>(text) else {
        return;
    };
    let body = json!({"a": {"b": ["c", 1]}, "": "d", "e/f": "g", "event": "h", "data": {}});
    Event::read(&provider, &body);
    for (_, pointer) in provider.envelope.roles() {
        at(&body, pointer);
    }
    if let Some(scheme) = &provider.signature {
        let mac = vec![0xab; scheme.algorithm.mac_len()];
        let written = scheme.write(&mac);
        if let Ok(read) = scheme.read(written.as_bytes()) {
            assert_eq!(read, mac);
        }
        scheme.form();
    }
    for event in &provider.events {
        assert!(provider.event(&event.name).is_some());
    }
}
