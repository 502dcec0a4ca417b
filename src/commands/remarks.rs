//! What a developer should know about an endpoint's answer, and what to try when it is not the one that was
//! hoped for.

use serde_json::Value;

use crate::cli::send::SendArgs;
use crate::http::Answer;
use crate::webhook::provider::Provider;

/// What a developer should know about an answer.
pub(super) fn remarks(
    args: &SendArgs,
    provider: &Provider,
    answer: &Answer,
    expected: bool,
) -> Vec<String> {
    let mut remarks = Vec::new();
    if (300..400).contains(&answer.status) {
        let to = answer.headers.get("location").map_or_else(
            || "nowhere".to_owned(),
            |l| String::from_utf8_lossy(l).into_owned(),
        );
        remarks.push(format!(
            "a redirect to {to}, not followed: give the provider the final URL"
        ));
    }
    match (args.expect_status, expected) {
        (Some(status), false) => {
            remarks.push(format!(
                "expected {status}, the answer is {}",
                answer.status
            ));
        }
        (None, false) if args.tamper.is_some() => remarks.push(refusal(answer.status).to_owned()),
        (None, false) => remarks.push("not a 2xx answer: the provider counts it as failed".into()),
        (_, true) => {}
    }
    if let (Some(how), true) = (args.tamper, answer.is_success()) {
        remarks.push(format!(
            "the endpoint accepted a delivery that {}",
            how.clause()
        ));
    }
    if answer.is_success() && args.tamper.is_none() {
        remarks.extend(unlike_the_document(provider, answer));
    }
    remarks
}

/// What an answer that is not 2xx says of how a spoilt delivery was taken. A crash is no refusal: what is sent
/// next may be taken.
fn refusal(status: u16) -> &'static str {
    match status {
        400..=499 => "refused, as it should be; --expect-status 4xx makes that a success",
        500..=599 => "the endpoint failed instead of refusing it: it should answer 4xx",
        _ => "neither accepted nor refused: the endpoint should answer 4xx",
    }
}

/// What the provider's document asks for and the answer is not.
fn unlike_the_document(provider: &Provider, answer: &Answer) -> Option<String> {
    let asked = &provider.response;
    let status_fits = asked.status.is_none_or(|status| status == answer.status);
    let body_fits = asked.body.as_ref().is_none_or(|wanted| {
        let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        match parse(wanted.as_bytes()) {
            Some(wanted) => parse(&answer.body) == Some(wanted),
            None => answer.body == wanted.as_bytes(),
        }
    });
    if status_fits && body_fits {
        return None;
    }
    let wanted = [
        asked.status.map(|status| status.to_string()),
        asked.body.clone(),
    ];
    let wanted: Vec<_> = wanted.into_iter().flatten().collect();
    Some(format!(
        "accepted, but the answer is not what the document asks for: {} ({})",
        wanted.join(" "),
        provider.document
    ))
}

/// What to try when an answer is not 2xx and nothing else was asked for.
pub(super) fn hint(args: &SendArgs, provider: &Provider, status: u16) -> Option<String> {
    if args.expect_status.is_some() || args.tamper.is_some() {
        return None;
    }
    let hint = match status {
        400 | 401 | 403 if provider.signature.is_some() => {
            return Some(format!(
                "if it is the signature: is that the endpoint's secret, and does it expect what {} sends? \
                 `cz-hook test` finds out what it accepts",
                provider.name
            ));
        }
        404 | 410 => "nothing answers there: is the path of the URL right?",
        405 => "what answers there does not take POST: is the path of the URL right?",
        429 => "it limits how often it is asked: wait, or raise that limit where you test",
        500.. => "see the endpoint's log: the handler failed, it did not refuse",
        _ => return None,
    };
    Some(hint.to_owned())
}
