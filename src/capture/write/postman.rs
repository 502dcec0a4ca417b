//! A collection of Postman (2.1) with a request for each delivery.

use serde_json::{Value, json};

use crate::json_line;
use crate::webhook::delivery::Delivery;
use crate::webhook::record::DeliveryRecord;

use super::url_of;

/// The collection of these deliveries.
///
/// # Errors
/// When a body or a header is not text, or holds what Postman replaces; as a clause that is safe to show.
pub fn postman(deliveries: &[DeliveryRecord]) -> Result<Vec<u8>, String> {
    let item = |record: &DeliveryRecord| {
        request(&record.delivery).map_err(|why| format!("delivery {}: {why}", record.id)).map(|request| {
            json!({
                "name": format!("{} {} ({})", record.delivery.method, record.delivery.target, record.id),
                // A body of any method is sent.
                "protocolProfileBehavior": {"disableBodyPruning": true},
                "request": request,
                "response": [],
            })
        })
    };
    let items = deliveries.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    Ok(json_line::line(&json!({
        "info": {
            "name": "Deliveries of cz-hook",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "item": items,
    })))
}

fn request(delivery: &Delivery) -> Result<Value, String> {
    // Postman writes these itself.
    let is_own = |name: &str| {
        name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("host")
    };
    let header = |(name, value): (&str, &[u8])| {
        let value = text(value).map_err(|why| format!("its header {name} {why}"))?;
        Ok(json!({"key": name, "value": value}))
    };
    let headers = delivery.headers.iter().filter(|(name, _)| !is_own(name)).map(header);
    let headers = headers.collect::<Result<Vec<_>, String>>()?;
    let url = url_of(delivery);
    text(url.as_bytes()).map_err(|why| format!("its URL {why}"))?;
    let body = text(&delivery.body).map_err(|why| format!("its body {why}"))?;
    let mut request = json!({"method": delivery.method, "header": headers, "url": {"raw": url}});
    if !body.is_empty() {
        request["body"] = json!({"mode": "raw", "raw": body});
    }
    Ok(request)
}

/// Postman holds text, and replaces names between two braces.
fn text(bytes: &[u8]) -> Result<&str, &'static str> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| "is not UTF-8, and Postman holds only text")?;
    let start = text.find("{{");
    let has_variable =
        start.and_then(|start| text.get(start..)).is_some_and(|rest| rest.contains("}}"));
    match has_variable {
        true => Err("holds `{{…}}`, which Postman takes as a variable"),
        false => Ok(text),
    }
}
