//! `cz-hook test` against correct endpoints, which pass everything, and faulty ones, which fail exactly the cases about
//! their flaw; its reports; and the example endpoints themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod contract;
#[cfg(unix)]
mod endpoints;
mod failures;
mod faulty_endpoints;
mod findings;
mod first_delivery;
mod flaws;
#[cfg(unix)]
mod handlers;
#[cfg(unix)]
mod interrupted;
mod limits;
mod output;
#[cfg(unix)]
mod receivers;
mod reports;
mod selection;
#[cfg(unix)]
mod snippets;
#[path = "../support/mod.rs"]
mod support;
mod vendor_libraries;
mod vendor_sample;

use std::collections::BTreeSet;

use crate::support::http::Answer;
use crate::support::server::{Asked, Said, Server};
use crate::support::{Hook, Ran, SECRET, hook, signature};
use serde_json::Value;

/// The values of the header that the signature belongs in.
fn signatures(asked: &Asked) -> Vec<&[u8]> {
    asked.head.values("x-chatzuri-signature")
}

fn has_long_signature(asked: &Asked) -> bool {
    signatures(asked).iter().any(|value| value.len() > 60_000)
}

/// The signature of the request, if there is exactly one.
fn only_signature(asked: &Asked) -> Option<&[u8]> {
    match signatures(asked)[..] {
        [one] => Some(one),
        _ => None,
    }
}

fn is_right(asked: &Asked) -> bool {
    is_signed(asked, &signature(&asked.body))
}

/// Whether this is the one signature of the request.
fn is_signed(asked: &Asked, expected: &str) -> bool {
    only_signature(asked) == Some(expected.as_bytes())
}

fn say(status: u16) -> Said {
    Answer::new(status, "").into()
}

fn say_that(status: u16, text: impl Into<String>) -> Said {
    Answer::new(status, text).into()
}

fn accepted() -> Said {
    say_that(200, r#"{"status":"accepted"}"#)
}

/// A response that asks to retry in an hour.
fn rate_limited(status: u16) -> Said {
    let answer = Answer::new(status, "");
    answer.with("Retry-After", "3600").into()
}

/// What every endpoint does apart from the signature: method, then `check`, then the body.
fn handler(check: impl Fn(&Asked) -> Option<Said>) -> impl Fn(&Asked) -> Said {
    move |asked| {
        if asked.head.method != "POST" {
            return Answer::new(405, "").with("Allow", "POST").into();
        }
        if let Some(said) = check(asked) {
            return said;
        }
        match serde_json::from_slice::<Value>(&asked.body) {
            Ok(Value::Object(_)) => accepted(),
            _ => say(400),
        }
    }
}

fn right() -> Server {
    checking(is_right)
}

/// An endpoint that rejects requests that `is_right` does not accept.
fn checking(is_right: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Server {
    Server::saying(handler(move |asked| (!is_right(asked)).then(|| say(401))))
}

/// A run against an endpoint.
fn test(endpoint: &Server, args: &[&str]) -> Hook {
    test_of(&endpoint.url(), args)
}

fn test_of(url: &str, args: &[&str]) -> Hook {
    let own = ["test", "--secret", SECRET, "--url", url];
    hook(own.iter().chain(args))
}

/// The lines of cases, and the summary.
fn lines(ran: &Ran) -> (Vec<Value>, Value) {
    let mut lines = ran.json();
    let summary = lines.pop().expect("a summary");
    assert_eq!(summary["type"], "summary");
    assert!(!ran.out().contains(SECRET), "the secret is printed");
    assert!(!ran.stderr.contains(SECRET), "the secret is printed");
    for line in &lines {
        assert_eq!(line["type"], "case");
        assert!(!line["reason"].as_str().unwrap().is_empty(), "{line}");
    }
    (lines, summary)
}

fn failed(cases: &[Value], severity: &str) -> BTreeSet<String> {
    let failed =
        cases.iter().filter(|case| case["outcome"] == "failed" && case["severity"] == severity);
    failed.map(|case| case["id"].as_str().unwrap().to_owned()).collect()
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

/// Every case that sends a forged delivery, which must be rejected, from `--list`.
fn forged() -> BTreeSet<String> {
    let listed = hook(["test", "--list", "--json", "--only", "refuse/*"]).run();
    let listed = listed.exits(0).json();
    let cases = listed.iter().filter(|case| case["severity"] == "required");
    let ids = cases.map(|case| case["id"].as_str().unwrap().to_owned());
    // This provider has no prefix.
    let ids: BTreeSet<_> = ids.filter(|id| !id.ends_with("/missing-prefix")).collect();
    assert!(ids.len() > 15, "{ids:?}");
    ids
}

/// Those of them that send one delivery, and not a list.
fn forged_alone() -> BTreeSet<String> {
    const LISTS: [&str; 14] = [
        "unset-key",
        "unset-value",
        "pattern",
        "secret-as-signature",
        "other-form-of-secret",
        "signature-in-other-header",
        "signature-in-query",
        "claimed-trust",
        "changed-part",
        "other-unkeyed-hash",
        "claimed-algorithm",
        "claimed-key",
        "reused-signature",
        "repeated-forgery",
    ];
    let mut ids = forged();
    ids.retain(|id| {
        let name = id.trim_start_matches("refuse/");
        !name.starts_with("any-") && !LISTS.contains(&name)
    });
    ids
}

/// The result of one case.
fn found<'c>(cases: &'c [Value], id: &str) -> &'c Value {
    cases.iter().find(|case| case["id"] == id).expect(id)
}
