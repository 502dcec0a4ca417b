//! A failed first delivery names the common cause: the secret, the signing recipe or the path.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use sha1::{Digest, Sha1};

use crate::support::http::Answer;
use crate::support::server::{Said, Server};
use crate::support::{SECRET, hex, hook, sha256_signature, signature, signature_under};
use crate::{
    checking, failed, found, handler, has_long_signature, is_signed, lines, rate_limited, right,
    say_that, set, signatures, test,
};

#[test]
fn a_failed_first_delivery_names_the_common_cause() {
    let right = right();
    let wrong = |args: &[&str]| {
        let url = right.url();
        let ran = hook(["test", "--json", "--url", &url].iter().chain(args));
        let ran = ran.run().exits(1);
        let mut lines = ran.json();
        let summary = lines.pop().unwrap();
        assert_eq!(summary["stopped"]["by"], "preflight");
        assert_eq!(summary["failed"], 1, "{summary}");
        assert_eq!(summary["passed"], 0, "{summary}");
        assert_eq!(lines[0]["outcome"], "failed");
        assert!(lines[0]["id"].as_str().unwrap().starts_with("accept/"));
        summary["stopped"]["hint"].as_str().unwrap().to_owned()
    };
    let hint = wrong(&["--secret", "another-secret"]);
    assert!(hint.contains("wrong secret or wrong provider?"), "{hint}");
    let hint = wrong(&["--secret", SECRET, "--provider", "chatzuri-guide"]);
    assert!(hint.contains("--provider chatzuri "), "{hint}");

    let unkeyed = checking(|asked| is_signed(asked, &hex(&Sha1::digest(&asked.body))));
    let (cases, summary) = lines(&test(&unkeyed, &["--json"]).run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("without the secret"), "{hint}");
    // It accepts a forged delivery instead of a valid one.
    assert!(failed(&cases, "required").contains("refuse/unkeyed-hash"));

    let sha256 = checking(|asked| is_signed(asked, &sha256_signature(&asked.body)));
    let (cases, summary) = lines(&test(&sha256, &["--json"]).run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("HMAC-SHA256"), "{hint}");
    assert!(failed(&cases, "required").contains("refuse/wrong-algorithm"));

    let unset = checking(|asked| is_signed(asked, &signature_under(b"undefined", &asked.body)));
    let (_, summary) = lines(&test(&unset, &["--json"]).run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("`undefined`"), "{hint}");

    let elsewhere = Server::saying(|_| Answer::new(307, "").with("Location", "/there").into());
    let (cases, summary) = lines(&test(&elsewhere, &["--json"]).run().exits(1));
    let expected = set(&["accept/lead.submit", "behaviour/no-redirect"]);
    assert_eq!(failed(&cases, "required"), expected);
    assert!(summary["stopped"]["reason"].as_str().unwrap().contains("/there"));
}

/// What a rejecting endpoint accepts or leaks is still reported, also after a truncated request.
#[test]
fn an_endpoint_that_rejects_everything_is_still_checked_for_leaks() {
    let endpoint = Server::saying(handler(|asked| {
        let text = format!("expected {}", signature(&asked.body));
        match signatures(asked).len() {
            2 => None,
            _ if has_long_signature(asked) => Some(Said::Nothing),
            _ => Some(say_that(401, text)),
        }
    }));
    let (cases, summary) = lines(&test(&endpoint, &["--json"]).run().exits(1));
    assert_eq!(summary["stopped"]["by"], "preflight");
    let expected = set(&["accept/lead.submit", "behaviour/no-leak"]);
    assert_eq!(failed(&cases, "required"), expected);
    let expected = set(&["refuse/two-signatures-wrong-first", "refuse/two-signatures-right-first"]);
    assert_eq!(failed(&cases, "recommended"), expected);
}

/// A handler that refuses some signatures may refuse the first one.
#[test]
fn an_unlucky_first_signature_does_not_stop_the_run() {
    let unlucky = OnceLock::new();
    let endpoint = checking(move |asked| {
        let right = signature(&asked.body);
        let digit = right.chars().next();
        *unlucky.get_or_init(|| digit) != digit && is_signed(asked, &right)
    });
    let args = ["--json", "--only", "accept/lead.submit", "--only", "accept/signature-digits"];
    let (cases, summary) = lines(&test(&endpoint, &args).run().exits(1));
    assert_eq!(summary["stopped"], serde_json::Value::Null);
    let expected = set(&["accept/lead.submit", "accept/signature-digits"]);
    assert_eq!(failed(&cases, "required"), expected);
    let reason = found(&cases, "accept/signature-digits")["reason"].as_str().unwrap();
    assert!(reason.contains("those whose signature begins with"), "{reason}");
}

const TIMESTAMPED: &str = r#"
name = "acme"
title = "Acme"
document = "Acme's page"

[signature]
header = "x-chatzuri-signature"
algorithm = "hmac-sha256"
encoding = "hex"
prefix = "v1="
signs = [{ header = "x-acme-timestamp" }, { text = "." }, "body"]
timestamp = { header = "x-acme-timestamp", tolerance_seconds = 300 }

[envelope]
keys = ["kind", "order"]
event = "/kind"
agent = "/shop"
data = "/order"

[[event]]
name = "order.paid"
summary = "an order was paid"
payload = "documented"
"#;

#[test]
fn an_endpoint_that_hashes_only_the_body_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("providers/acme");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("provider.toml"), TIMESTAMPED).unwrap();
    let sample = r#"{"kind":"order.paid","shop":"s","order":{"id":1}}"#;
    std::fs::write(own.join("order.paid.json"), sample).unwrap();
    std::fs::write(dir.path().join("cz-hook.toml"), "providers = 'providers'").unwrap();
    let endpoint = checking(|asked| {
        let expected = format!("v1={}", sha256_signature(&asked.body));
        is_signed(asked, &expected)
    });
    let args = ["--json", "--provider", "acme", "--config", "cz-hook.toml"];
    let ran = test(&endpoint, &args).within(dir.path());
    let (_, summary) = lines(&ran.run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("HMAC-SHA256 of the body alone"), "{hint}");
}

#[test]
fn a_wrong_path_is_reported_at_once() {
    for (status, hint) in [
        (404, "is the path of the URL correct"),
        (405, "is the path of the URL correct"),
        (429, "limits the rate of requests"),
    ] {
        let asked = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&asked);
        let endpoint = Server::saying(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            rate_limited(status)
        });
        let args = ["--json", "--only", "accept/*"];
        let (_, summary) = lines(&test(&endpoint, &args).run().exits(1));
        let said = summary["stopped"]["hint"].as_str().unwrap();
        assert!(said.contains(hint), "{said}");
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{status}");
    }
}
