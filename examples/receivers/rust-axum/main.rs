// A webhook endpoint with axum 0.8: POST /webhook, signed in x-chatzuri-signature.
// Install: cargo add axum hex hmac@0.13 sha1@0.11 subtle serde_json -F serde_json/raw_value && cargo add tokio -F macros,net,rt-multi-thread
// Run:     SECRET_KEY=… PORT=3000 cargo run

use std::collections::BTreeMap;
use std::env;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha1::Sha1;
use subtle::ConstantTimeEq;

const MAX_BODY: usize = 2 * 1024 * 1024;

type Key = Hmac<Sha1>;

/// Whether the request has exactly one signature header, with the signature of these bytes.
fn is_genuine(key: &Key, headers: &HeaderMap, body: &[u8]) -> bool {
    let expected = hex::encode(key.clone().chain_update(body).finalize().into_bytes());
    let mut given = headers.get_all("x-chatzuri-signature").iter();
    match (given.next(), given.next()) {
        (Some(one), None) => one.as_bytes().ct_eq(expected.as_bytes()).into(),
        _ => false,
    }
}

// `Bytes` is the raw body: the signature covers it, not the parsed JSON.
async fn webhook(
    State(key): State<Key>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let refused = |message| (StatusCode::BAD_REQUEST, Json(json!({ "message": message })));
    if !is_genuine(&key, &headers, &body) {
        return refused("Signature didn't match");
    }
    // Fields stay raw until you need them. `Value` would reject a lone surrogate, which senders may write.
    let Ok(event) = serde_json::from_slice::<BTreeMap<String, &RawValue>>(&body) else {
        return refused("Not a JSON object");
    };
    // Your work starts here: put the event into a queue, and ignore events that you do not know.
    drop(event);
    (StatusCode::OK, Json(json!({ "status": "accepted" })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = env::var("SECRET_KEY").unwrap_or_default();
    if secret.is_empty() {
        return Err("SECRET_KEY is not set".into());
    }
    let key = Key::new_from_slice(secret.as_bytes())?;
    // axum responds with 405 and `Allow: POST` to other methods, and with 413 to larger bodies.
    let app = Router::new()
        .route("/webhook", post(webhook))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(key);
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
