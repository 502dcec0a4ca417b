//! Targets for vegeta: one JSON object for each request, signed in advance.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::OWN_HEADERS;
use crate::webhook::delivery::Delivery;

/// One target.
pub(crate) fn target(url: &str, delivery: &Delivery) -> Vec<u8> {
    let mut headers = Map::new();
    for (name, value) in delivery.headers.iter() {
        if OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            continue;
        }
        let value = json!(String::from_utf8_lossy(value));
        match headers.entry(name).or_insert_with(|| json!([])) {
            Value::Array(all) => all.push(value),
            _ => continue,
        }
    }
    let line = json!({
        "method": delivery.method,
        "url": url,
        "body": STANDARD.encode(&delivery.body),
        "header": headers,
    });
    format!("{line}\n").into_bytes()
}
