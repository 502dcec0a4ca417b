//! The headers that a provider adds to a delivery, apart from those of every request and of the signature.

use super::{Content, Provider};
use crate::webhook::delivery::Headers;
use crate::webhook::payload::json::Kind;
use crate::webhook::signature::sign::Stamp;

/// Gives a request the headers of an event of this provider. Existing headers are replaced.
pub fn add_headers(
    provider: &Provider,
    event: Option<&str>,
    content: &Content<'_>,
    stamp: &Stamp,
    headers: &mut Headers,
) {
    let mut set = |name: &str, value: String| headers.set(&name.to_ascii_lowercase(), value);
    // A body that is JSON is sent as what it is.
    let is_json =
        matches!(content, Content::Json(node) if matches!(node.kind(), Kind::Object | Kind::Array));
    if provider.envelope.form && !is_json {
        set("content-type", "application/x-www-form-urlencoded".to_owned());
    }
    for (name, template) in &provider.headers {
        set(name, stamp.fill(template));
    }
    let Some(event) = event else {
        return;
    };
    if let Some((name, value)) = provider.envelope.event.header(event, content) {
        set(name, value);
    }
    for (name, value) in provider.event(event).iter().flat_map(|event| &event.headers) {
        set(name, stamp.fill(value));
    }
}
