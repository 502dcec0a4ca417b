//! A call of `fetch`, for Node.js and other runtimes that set no headers of a browser.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::webhook::delivery::Delivery;

use super::{given_headers, js_header, js_string, repeats_a_header, url_of};

/// The call that sends a delivery.
///
/// # Errors
/// When `fetch` cannot send it; as a clause.
pub fn fetch(delivery: &Delivery) -> Result<Vec<u8>, String> {
    let options = options(delivery)?;
    Ok(format!("await fetch({}, {options});\n", js_string(&url_of(delivery))).into_bytes())
}

/// The second argument.
pub(super) fn options(delivery: &Delivery) -> Result<String, String> {
    let is_without_body =
        ["GET", "HEAD"].iter().any(|method| delivery.method.eq_ignore_ascii_case(method));
    if is_without_body && !delivery.body.is_empty() {
        return Err(format!("fetch sends no body with {}", delivery.method));
    }
    let mut out = format!("{{\n  \"method\": {},\n  \"headers\": ", js_string(&delivery.method));
    out.push_str(&headers(delivery));
    if !delivery.body.is_empty() {
        let _ = write!(out, ",\n  \"body\": {}", body(delivery));
    }
    out.push_str("\n}");
    Ok(out)
}

/// An object, or pairs where a name stands twice.
fn headers(delivery: &Delivery) -> String {
    let is_list = repeats_a_header(delivery);
    let line = |(name, value): (&str, &[u8])| match is_list {
        true => format!("\n    [{}, {}]", js_string(name), js_header(value)),
        false => format!("\n    {}: {}", js_string(name), js_header(value)),
    };
    let lines: Vec<_> = given_headers(delivery).map(line).collect();
    let (open, close) = if is_list { ("[", "]") } else { ("{", "}") };
    match lines.is_empty() {
        true => format!("{open}{close}"),
        false => format!("{open}{}\n  {close}", lines.join(",")),
    }
}

/// Text, or bytes where it is none. With text and without its type, `fetch` would add a type.
fn body(delivery: &Delivery) -> String {
    match std::str::from_utf8(&delivery.body) {
        Ok(text) if delivery.headers.get("content-type").is_some() => js_string(text),
        _ => format!(
            "Uint8Array.from(atob(\"{}\"), (c) => c.charCodeAt(0))",
            STANDARD.encode(&delivery.body)
        ),
    }
}
