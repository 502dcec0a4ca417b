//! Writing an HTTP archive. The format has no room for bytes that are not text, nor for a target that
//! is not a URL's: fields of our own, which start with an underscore as the format asks, hold them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::json_line;
use crate::webhook::delivery::Delivery;

use super::super::{Captured, url};

/// The archive of these deliveries.
pub fn write(deliveries: &[Captured]) -> Vec<u8> {
    let entries: Vec<_> = deliveries.iter().map(entry).collect();
    json_line::line(&json!({"log": {
        "version": "1.2",
        "creator": {"name": "cz-hook", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries,
    }}))
}

fn entry(captured: &Captured) -> Value {
    let delivery = &captured.delivery;
    json!({
        "startedDateTime": date(delivery.received_at),
        "time": 0,
        "request": request(delivery),
        "response": response(captured.found.as_ref().and_then(|found| found.status)),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    })
}

/// The format demands a date: the epoch stands for an unknown one. Milliseconds are what every viewer
/// reads; finer ones are kept.
fn date(received_at: Option<Timestamp>) -> String {
    let at = received_at.unwrap_or(Timestamp::UNIX_EPOCH);
    match at.subsec_nanosecond() % 1_000_000 {
        0 => format!("{at:.3}"),
        _ => format!("{at:.9}"),
    }
}

fn request(delivery: &Delivery) -> Value {
    let url = url::of(delivery);
    let mut request = json!({
        "method": delivery.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": delivery.headers.iter().map(|(n, v)| header(n, v)).collect::<Vec<_>>(),
        "queryString": query(&url),
        "headersSize": -1,
        "bodySize": delivery.body.len(),
        "_target": delivery.target,
    });
    if !delivery.body.is_empty() {
        let mut data = json!({"mimeType": mime_type(delivery)});
        match std::str::from_utf8(&delivery.body) {
            Ok(text) => data["text"] = text.into(),
            Err(_) => {
                data["text"] = STANDARD.encode(&delivery.body).into();
                data["encoding"] = "base64".into();
            }
        }
        request["postData"] = data;
    }
    request
}

fn header(name: &str, value: &[u8]) -> Value {
    match std::str::from_utf8(value) {
        Ok(text) => json!({"name": name, "value": text}),
        Err(_) => json!({
            "name": name,
            "value": String::from_utf8_lossy(value),
            "_value_base64": STANDARD.encode(value),
        }),
    }
}

fn mime_type(delivery: &Delivery) -> String {
    let value = delivery.headers.get("content-type").unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

fn query(url: &str) -> Vec<Value> {
    let text = |part: &str| {
        let spaced = part.replace('+', " ");
        String::from_utf8_lossy(&url::decoded(spaced.as_bytes())).into_owned()
    };
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({"name": text(name), "value": text(value)}))
        .collect()
}

/// What was answered; without an answer the status is 0, as browsers write it.
fn response(status: Option<u16>) -> Value {
    let phrase = status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .and_then(|status| status.canonical_reason());
    json!({
        "status": status.unwrap_or(0),
        "statusText": phrase.unwrap_or(""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Found;
    use crate::webhook::payload::validate::Validity;
    use crate::webhook::signature::verify::Verdict;
    use bytes::Bytes;

    /// The fields that HAR 1.2 demands, with their types.
    #[test]
    fn nothing_that_the_format_demands_is_missing() {
        let mut delivery = Delivery::post("/hook?a=b+c&%64", Bytes::from_static(b"{}"));
        delivery.headers.push("Host", "localhost:3000");
        delivery.headers.push("Content-Type", "application/json");
        delivery.received_at = Some("2025-01-02T03:04:05Z".parse().unwrap());
        let found = Found {
            provider: None,
            event: None,
            channel: None,
            signature: Verdict::Valid,
            reason: String::new(),
            validation: Validity::Valid,
            duplicate_of: None,
            status: Some(200),
            details: None,
        };
        let har: Value = serde_json::from_slice(&write(&[Captured {
            id: 1,
            delivery,
            found: Some(found),
        }]))
        .unwrap();
        assert_eq!(har["log"]["version"], "1.2");
        assert!(har["log"]["creator"]["version"].is_string());
        assert_eq!(
            har["log"]["entries"],
            json!([{
                "startedDateTime": "2025-01-02T03:04:05.000Z",
                "time": 0,
                "request": {
                    "method": "POST",
                    "url": "http://localhost:3000/hook?a=b+c&%64",
                    "httpVersion": "HTTP/1.1",
                    "cookies": [],
                    "headers": [
                        {"name": "Host", "value": "localhost:3000"},
                        {"name": "Content-Type", "value": "application/json"},
                    ],
                    "queryString": [{"name": "a", "value": "b c"}, {"name": "d", "value": ""}],
                    "headersSize": -1,
                    "bodySize": 2,
                    "_target": "/hook?a=b+c&%64",
                    "postData": {"mimeType": "application/json", "text": "{}"},
                },
                "response": {
                    "status": 200,
                    "statusText": "OK",
                    "httpVersion": "HTTP/1.1",
                    "cookies": [],
                    "headers": [],
                    "content": {"size": 0, "mimeType": "x-unknown"},
                    "redirectURL": "",
                    "headersSize": -1,
                    "bodySize": -1,
                },
                "cache": {},
                "timings": {"send": 0, "wait": 0, "receive": 0},
            }])
        );
    }
}
