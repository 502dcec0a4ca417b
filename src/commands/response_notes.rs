//! Notes about an endpoint's response, and a hint when it is not the expected one.

use serde_json::Value;

use crate::http::Response;
use crate::webhook::provider::Provider;

use super::send::SendOptions;

/// What a developer should know about a response.
pub fn response_notes(
    options: &SendOptions,
    provider: &Provider,
    response: &Response,
    expected: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if (300..400).contains(&response.status) {
        let to = response.headers.get("location").map_or_else(
            || "nowhere".to_owned(),
            |l| String::from_utf8_lossy(l).into_owned(),
        );
        notes.push(format!(
            "a redirect to {to}, which is not followed: give the provider the final URL"
        ));
    }
    match (options.expect_status, expected) {
        (Some(status), false) => {
            notes.push(format!("expected status {status}, got {}", response.status));
        }
        (None, false) if options.tamper.is_some() => {
            notes.push(rejection(response.status).to_owned())
        }
        (None, false) => {
            notes.push("not a 2xx response: the provider counts the delivery as failed".into())
        }
        (_, true) => {}
    }
    if let (Some(how), true) = (options.tamper, response.is_success()) {
        notes.push(format!(
            "the endpoint accepted a delivery that {}",
            how.clause()
        ));
    }
    if response.is_success() && options.tamper.is_none() {
        notes.extend(differs_from_document(provider, response));
    }
    notes
}

/// How the endpoint took a corrupted delivery, by a status that is not 2xx. A crash is not a rejection: the next
/// delivery may be accepted.
fn rejection(status: u16) -> &'static str {
    match status {
        400..=499 => "rejected, as it should be; --expect-status 4xx makes that a success",
        500..=599 => "the endpoint failed instead of rejecting it: it should respond with 4xx",
        _ => "neither accepted nor rejected: the endpoint should respond with 4xx",
    }
}

/// How a successful response differs from the one that the provider documents.
fn differs_from_document(provider: &Provider, response: &Response) -> Option<String> {
    let documented = &provider.response;
    let status_fits = documented
        .status
        .is_none_or(|status| status == response.status);
    let body_fits = documented.body.as_ref().is_none_or(|wanted| {
        let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        match parse(wanted.as_bytes()) {
            Some(wanted) => parse(&response.body) == Some(wanted),
            None => response.body == wanted.as_bytes(),
        }
    });
    if status_fits && body_fits {
        return None;
    }
    let wanted = [
        documented.status.map(|status| status.to_string()),
        documented.body.clone(),
    ];
    let wanted: Vec<_> = wanted.into_iter().flatten().collect();
    Some(format!(
        "accepted, but the response is not the documented one: {} ({})",
        wanted.join(" "),
        provider.document
    ))
}

/// What to try when a response is not 2xx and nothing else was expected.
pub fn hint(options: &SendOptions, provider: &Provider, status: u16) -> Option<String> {
    if options.expect_status.is_some() || options.tamper.is_some() {
        return None;
    }
    let hint = match status {
        400 | 401 | 403 if provider.signature.is_some() => {
            return Some(format!(
                "if it rejects the signature: check that the endpoint has this secret and expects the signature of \
                 {}; `cz-hook test` finds out what it accepts",
                provider.name
            ));
        }
        404 | 410 => "there is nothing at this path: check the path of the URL",
        405 => "this path does not accept POST: check the path of the URL",
        429 => "the endpoint limits the request rate: wait, or raise its limit for tests",
        500.. => "check the endpoint's log: the handler failed, it did not reject the delivery",
        _ => return None,
    };
    Some(hint.to_owned())
}
