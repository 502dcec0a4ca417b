// A webhook endpoint with axum 0.8: POST /webhook. Save it as src/main.rs.
// cz-hook: head
// Run:     cargo init --name webhook && cargo add axum@0.8 serde_json -F serde_json/raw_value && cargo add data-encoding hmac@0.13 sha1@0.11 subtle && cargo add tokio -F macros,net,rt-multi-thread && cargo run
// Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
// Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
// Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
//          a body that is not a JSON object: 400
// cz-hook: end

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
// cz-hook: imports
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::value::RawValue;
use sha1::Sha1;
use subtle::ConstantTimeEq;
// cz-hook: end

const MAX_BODY: usize = 2 * 1024 * 1024;

/// The value of a header that the request has exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(one), None) => Some(one.as_bytes()),
        _ => None,
    }
}

// cz-hook: verify
struct Settings {
    key: Vec<u8>,
}

impl Settings {
    /// The settings from the environment.
    fn read() -> Result<Self, String> {
        Ok(Self { key: setting("CZ_HOOK_SECRET")?.into_bytes() })
    }
}

fn setting(name: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(format!("{name} is not set")),
    }
}

/// Whether the request is signed as `chatzuri` signs: see the top.
fn is_genuine(settings: &Settings, headers: &HeaderMap, body: &[u8]) -> bool {
    let Some(given) = only(headers, "x-chatzuri-signature") else {
        return false;
    };
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(&settings.key) else {
        return false;
    };
    let expected = HEXLOWER.encode(&mac.chain_update(body).finalize().into_bytes());
    given.ct_eq(expected.as_bytes()).into()
}
// cz-hook: end

// cz-hook: parse
/// The event; nothing when the body is not a JSON object. Fields stay raw until you need them: `Value` would reject a
/// lone surrogate, which senders may write.
fn parse_event(body: &[u8]) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_slice(body).ok()
}
// cz-hook: end

// `Bytes` is the raw body: the signature covers it, not the parsed body.
async fn webhook(
    State(settings): State<Arc<Settings>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let refused = |message| (StatusCode::BAD_REQUEST, Json(json!({ "message": message })));
    if !is_genuine(&settings, &headers, &body) {
        return refused("Signature didn't match");
    }
    let Some(event) = parse_event(&body) else {
        return refused("Unexpected body");
    };
    // Your work starts here: put the event into a queue, and ignore events that you do not know.
    drop(event);
    (StatusCode::OK, Json(json!({ "status": "accepted" })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::read()?;
    // axum responds with 405 and `Allow: POST` to other methods, and with 413 to larger bodies.
    let app = Router::new()
        .route("/webhook", post(webhook))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Arc::new(settings));
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://127.0.0.1:{port}/webhook");
    axum::serve(listener, app).await?;
    Ok(())
}
