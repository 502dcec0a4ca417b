//! Targets for vegeta: one JSON object for each request, signed in advance.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Export, OWN_HEADERS, check_without};
use crate::error::Error;

/// One target, which must have none of these secrets.
///
/// # Errors
/// When the request cannot be made, or holds the secret.
pub(crate) fn target(
    export: &Export<'_>,
    n: u64,
    secrets: &BTreeSet<&[u8]>,
) -> Result<Vec<u8>, Error> {
    let delivery = export.generator.delivery(n)?;
    let wire = delivery.to_wire(usize::MAX);
    secrets.iter().try_for_each(|secret| check_without(&wire, secret))?;
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
        "url": export.url,
        "body": STANDARD.encode(&delivery.body),
        "header": headers,
    });
    Ok(format!("{line}\n").into_bytes())
}
