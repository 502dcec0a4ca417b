//! Signatures that others computed are valid, and what `sign` makes is verified, for every built-in provider.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::{Hook, files, hook};

/// The request of a vector as raw HTTP.
fn request(vector: &Value) -> Vec<u8> {
    let body = match vector["body_base64"].as_str() {
        Some(base64) => STANDARD.decode(base64).unwrap(),
        None => vector["body"].as_str().unwrap().as_bytes().to_vec(),
    };
    let method = vector["method"].as_str().unwrap_or("POST");
    let url = vector["url"].as_str().unwrap_or("https://example.com/");
    let target = url.splitn(4, '/').nth(3).unwrap_or_default();
    let mut text = format!("{method} /{target} HTTP/1.1\r\nHost: example.com\r\n");
    for header in vector["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [text.as_bytes(), &body].concat()
}

/// `verify` with the secret, the URL, the settings and the time of a vector.
fn verify(vector: &Value) -> Hook {
    let text = |key: &str| vector[key].as_str();
    let mut ran = hook(["verify", "-", "--json", "--no-explain"]).stdin(request(vector));
    ran = ran.args(["--secret", text("secret").unwrap()]);
    if let Some(url) = text("url") {
        ran = ran.args(["--public-url", url]);
    }
    for (name, value) in vector["settings"].as_object().into_iter().flatten() {
        ran = ran.arg("--setting").arg(format!("{name}={}", value.as_str().unwrap()));
    }
    if let Some(at) = text("at") {
        ran = ran.args(["--at", at]);
    }
    ran
}

#[test]
fn signatures_that_others_computed_have_the_right_verdict() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in files("tests/vectors/providers", &["json"]) {
        let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
        for (i, vector) in vectors.iter().enumerate() {
            count += 1;
            let provider = vector["provider"].as_str().unwrap();
            let ran = verify(vector).args(["--provider", provider]).run();
            let verdict = ran.json().first().map_or(Value::Null, |line| line["verdict"].clone());
            if verdict != vector["verdict"] {
                let at = path.display();
                wrong.push(format!("{at} {i}: {verdict} {} {}", ran.out(), ran.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 50, "{count}");
}
