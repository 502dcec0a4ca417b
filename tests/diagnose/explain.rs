//! The explanation of a mismatch as `verify`, `listen` and `inspect` print it, as text and as JSON.

use std::fs;

use crate::support::listening::{Listening, status};
use crate::support::{BODY, Hook, SECRET, SIGNATURE, hook, signed_request};
use serde_json::Value;

/// A body, and digests of what was hashed instead, made with OpenSSL.
const SENT: &str =
    r#"{"agentId":"a","payload":{"customerName":"Zoë","url":"https://x.y/z","n":1.0}}"#;
const RAW: &str = "18e0641a80199871e01dbee876919ad5ec226fba";
const NODE: &str = "d7a0ef1da41734815321c3ec18e3ccdd72184e59";

fn verify(signature: &str) -> Hook {
    hook(["verify", "--provider", "chatzuri", "--secret", SECRET])
        .arg("--signature")
        .arg(signature)
        .stdin(SENT)
}

fn diagnosis(hook: Hook) -> Value {
    let line = hook.arg("--json").run().exits(1).json().pop().unwrap();
    assert_eq!(line["type"], "verdict");
    line["diagnosis"].clone()
}

#[test]
fn the_published_digests_are_explained() {
    for (signature, cause, formula) in [
        (NODE, "body.reserialized.node", "hex(HMAC-SHA1(secret, JSON.stringify(body)))"),
        (
            "06ff1d7e87db3f3bae8910f37f154ce8a8eb2c91",
            "body.reserialized.python",
            "hex(HMAC-SHA1(secret, json.dumps(json.loads(body))))",
        ),
        (
            "05ddf21a948228435e2bf0c16e4b8813deb90266",
            "body.reserialized.php",
            "hex(HMAC-SHA1(secret, json_encode(json_decode(body))))",
        ),
        (
            "2fc8029111233bf2e77232329980aada0ababbb7",
            "body.trailing_newline",
            "hex(HMAC-SHA1(secret, body + \"\\n\"))",
        ),
        (
            "fb9a17dd8c4637d25edc1e27b8127753c34503ac",
            "secret.trailing_newline",
            "hex(HMAC-SHA1(secret + \"\\n\", body))",
        ),
        (
            "2fcce12ea72909df3f78acb657b4f77427ee0b52",
            "scheme.plain_hash",
            "hex(SHA1(body + secret))",
        ),
    ] {
        let found = diagnosis(verify(signature));
        assert_eq!(found["found"], true, "{found}");
        assert_eq!(found["causes"], serde_json::json!([cause]));
        assert_eq!(found["formula"], formula);
        for words in ["explanation", "fix"] {
            assert!(found[words].as_str().is_some_and(|w| !w.is_empty()), "{words}");
        }
        assert!(found["tried"].as_u64().unwrap() > 0);
    }
}

#[test]
fn the_text_shows_cause_formula_difference_fix_and_document() {
    let mut seen = String::new();
    for (what, signature) in [
        ("re-serialised by Node", NODE),
        ("with a newline", "2fc8029111233bf2e77232329980aada0ababbb7"),
        ("un-keyed", "2fcce12ea72909df3f78acb657b4f77427ee0b52"),
        (
            "of another provider's form",
            "sha256=0000000000000000000000000000000000000000000000000000000000000000",
        ),
        ("not explained", "0000000000000000000000000000000000000000"),
        ("of no form at all", "nonsense"),
    ] {
        let ran = verify(signature).run().exits(1);
        seen.push_str(&format!("== {what}\n{}", String::from_utf8(ran.stdout).unwrap()));
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn no_search_runs_for_valid_signatures_or_without_explain() {
    let valid = verify(RAW).arg("--json").run().exits(0).json().pop().unwrap();
    assert!(valid.get("diagnosis").is_none(), "{valid}");
    assert_eq!(valid["received"], RAW);
    let quiet = verify(NODE).arg("--no-explain").arg("--json").run().exits(1);
    assert!(quiet.json().pop().unwrap().get("diagnosis").is_none());
    let both = verify(NODE).arg("--no-explain").arg("--explain=deep").run();
    both.exits(2);
}

#[test]
fn a_deep_search_goes_further_than_a_brief_one() {
    let unknown = "0000000000000000000000000000000000000000";
    let found = diagnosis(verify(NODE).arg("--explain").arg("deep"));
    assert_eq!(found["causes"][0], "body.reserialized.node");
    let none = diagnosis(verify(unknown).arg("--explain=deep"));
    let brief = diagnosis(verify(unknown));
    assert_eq!((&none["found"], &brief["found"]), (&false.into(), &false.into()));
    assert!(none["tried"].as_u64() > brief["tried"].as_u64());
}

#[test]
fn the_expected_signature_is_only_shown_on_request() {
    let ran = verify(NODE).run().exits(1);
    assert!(!String::from_utf8_lossy(&ran.stdout).contains(RAW));
    let json = verify(NODE).arg("--json").run().exits(1);
    assert!(!String::from_utf8_lossy(&json.stdout).contains(RAW));
    let shown = verify(NODE).arg("--show-expected").run().exits(1);
    assert!(String::from_utf8_lossy(&shown.stdout).contains(RAW));
    let line =
        verify(NODE).arg("--show-expected").arg("--json").run().exits(1).json().pop().unwrap();
    assert_eq!(line["expected"], RAW);
}

#[test]
fn a_matching_secret_from_the_environment_is_named() {
    let ran = hook(["verify", "--provider", "chatzuri", "--secret", "wrong"])
        .arg("--signature")
        .arg(SIGNATURE)
        .arg("--json")
        .env("CZ_HOOK_SECRET", SECRET)
        .stdin(BODY)
        .run()
        .exits(1);
    let found = &ran.json()[0]["diagnosis"];
    assert_eq!(found["causes"], serde_json::json!(["secret.other"]));
    assert!(found["explanation"].as_str().unwrap().contains("CZ_HOOK_SECRET"));
    assert!(!String::from_utf8_lossy(&ran.stdout).contains(SECRET));
}

#[test]
fn a_large_capture_is_explained_up_to_a_limit() {
    let line = |id: usize| {
        serde_json::json!({
            "type": "delivery", "id": id, "method": "POST", "target": "/",
            "headers": [["x-chatzuri-signature", NODE]], "body": SENT,
        })
        .to_string()
            + "\n"
    };
    let capture: String = (1..=25).map(line).collect();
    let ran = hook(["verify", "--secret", SECRET, "--json"]).stdin(capture).run().exits(1);
    let lines = ran.json();
    let explained = lines.iter().filter(|l| l.get("diagnosis").is_some()).count();
    assert_eq!((lines.len(), explained), (25, 20));
    assert!(ran.stderr.contains("5 more were not explained"), "{}", ran.stderr);
}

#[test]
fn the_hashed_body_is_compared_with_the_sent_body() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hashed");
    let against = |hashed: &[u8]| {
        fs::write(&file, hashed).unwrap();
        hook(["verify", "--against"]).arg(&file).stdin(SENT)
    };
    against(SENT.as_bytes()).run().exits(0);
    let node = SENT.replace("1.0", "1");
    let line = against(node.as_bytes()).arg("--json").run().exits(1).json().pop().unwrap();
    assert_eq!(line["type"], "against");
    assert_eq!(line["causes"], serde_json::json!(["body.reserialized.node"]));
    let place = &line["differences"][0];
    assert_eq!(place["sent_offset"], SENT.find(".0}}").unwrap());
    let ran = against(node.as_bytes()).run().exits(1);
    insta::assert_snapshot!(String::from_utf8(ran.stdout).unwrap());
    let none = against(b"something else").arg("--json").run().exits(1);
    assert_eq!(none.json()[0]["causes"], serde_json::json!([]));
    // With a secret both have to hold.
    let both = |signature: &str, hashed: &str| {
        fs::write(&file, hashed).unwrap();
        verify(signature).arg("--against").arg(&file).run()
    };
    both(RAW, SENT).exits(0);
    both(RAW, &node).exits(1);
    both(NODE, SENT).exits(1);
    let gone = hook(["verify", "--against", "no-such-file"]).stdin(SENT).run().exits(3);
    assert!(gone.stderr.contains("no-such-file"), "{}", gone.stderr);
}

/// The example of the provider's documentation, correct except for the header with the time.
#[test]
fn an_unreadable_timestamp_is_not_explained_by_another_secret() {
    let page = fs::read_to_string("docs/provider-toml.md").unwrap();
    let (_, behind) = page.split_once("```toml\n").unwrap();
    let (toml, _) = behind.split_once("```").unwrap();
    let body = r#"{"type":"invoice.paid","account":"a","data":{}}"#;
    let place = tempfile::tempdir().unwrap();
    let acme = place.path().join("providers/acme");
    fs::create_dir_all(&acme).unwrap();
    fs::write(acme.join("provider.toml"), toml).unwrap();
    fs::write(acme.join("invoice.paid.json"), body).unwrap();
    fs::write(acme.join("message.sms.json"), body).unwrap();
    fs::write(place.path().join("cz-hook.toml"), "providers = 'providers'\n").unwrap();
    let time = "x-acme-timestamp: yesterday";
    let send = ["send", "invoice.paid", "--provider", "acme", "--dry-run"];
    let sent = hook(send)
        .args(["--url", "http://localhost/", "--secret", SECRET, "-H", time])
        .args(["--config", "cz-hook.toml"])
        .within(place.path())
        .run()
        .exits(0);
    let mut lines = sent.out().lines();
    let signature = lines.find(|line| line.starts_with("x-acme-signature: v1="));
    let found = diagnosis(
        hook(["verify", "--provider", "acme", "--secret", SECRET, "--header", time])
            .arg("--header")
            .arg(signature.unwrap())
            .args(["--config", "cz-hook.toml"])
            .within(place.path())
            .stdin(body),
    );
    assert_eq!(found["causes"], serde_json::json!(["header.timestamp"]), "{found}");
}

/// Untrusted text is cut at the end of a character, and text that looks like an escape sequence is kept.
#[test]
fn bodies_that_are_not_text_are_compared_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hashed");
    for (sent, hashed) in [
        (&b"\xa9x"[..], &b"{}"[..]),
        (b"\x80\x80\x80\x80", b"y"),
        (b"\\\xc3\xa9", b"y"),
        (b"\\x\xe2\x82\xac", b"y"),
        (b"\\u{", b""),
        (b"", b"\\"),
    ] {
        fs::write(&file, hashed).unwrap();
        let ran =
            hook(["verify", "--format", "body", "--against"]).arg(&file).stdin(sent).run().exits(1);
        let shown = String::from_utf8(ran.stdout).unwrap();
        assert!(shown.contains("from byte 0 on"), "{shown}");
    }
}

#[test]
fn the_listener_prints_the_cause_below_the_delivery() {
    let listening = Listening::start(["--secret", SECRET]);
    let answer = listening.post(&[("x-chatzuri-signature", NODE)], SENT.as_bytes());
    assert_eq!(status(&answer), 400, "{answer}");
    assert!(!answer.contains(RAW) && !answer.contains("stringify"), "{answer}");
    let cause = loop {
        let line = listening.line();
        assert!(!line.contains(RAW), "{line}");
        if line.trim().starts_with("cause:") {
            break line;
        }
    };
    assert!(cause.contains("body.reserialized.node"), "{cause}");
}

#[test]
fn json_has_the_cause_on_the_line_of_the_delivery() {
    let listening = Listening::start(["--secret", SECRET, "--json"]);
    listening.post(&[("x-chatzuri-signature", NODE)], SENT.as_bytes());
    let line = listening.json_of("delivery");
    assert_eq!(line["diagnosis"]["causes"][0], "body.reserialized.node");
    assert!(!line.to_string().contains(RAW));
    listening.post(&[("x-chatzuri-signature", RAW)], SENT.as_bytes());
    assert!(listening.json_of("delivery").get("diagnosis").is_none());
    let silent = Listening::start(["--secret", SECRET, "--json", "--no-explain"]);
    silent.post(&[("x-chatzuri-signature", NODE)], SENT.as_bytes());
    assert!(silent.json_of("delivery").get("diagnosis").is_none());
}

#[test]
fn no_response_waits_for_an_explanation() {
    // A deep search in this body takes far longer than the test: both responses come while it runs.
    let listening = Listening::start(["--secret", SECRET, "--json", "--explain=deep"]);
    let large = format!("{{\"agentId\":\"{}\",\"n\":1.0}}", "é".repeat(400_000));
    let header = [("x-chatzuri-signature", NODE)];
    assert_eq!(listening.json()["type"], "ready");
    let answer = listening.post(&header, large.as_bytes());
    assert_eq!(status(&answer), 400);
    for _ in 0..5 {
        let answer = listening.post(&[("x-chatzuri-signature", SIGNATURE)], BODY.as_bytes());
        assert_eq!(status(&answer), 200);
    }
}

#[test]
fn explanations_do_not_delay_a_flood_of_requests() {
    let listening = Listening::start(["--secret", SECRET, "--json"]);
    let wrong = "0".repeat(40);
    for _ in 0..30 {
        let answer = listening.post(&[("x-chatzuri-signature", &wrong)], SENT.as_bytes());
        assert_eq!(status(&answer), 400);
    }
    let lines: Vec<Value> = (0..30).map(|_| listening.json_of("delivery")).collect();
    let explained = lines.iter().filter(|l| l.get("diagnosis").is_some()).count();
    assert!(explained > 0, "{explained}");
    let ids: Vec<_> = lines.iter().map(|l| l["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=30).collect::<Vec<_>>());
}

#[test]
fn one_recorded_delivery_can_be_verified_and_explained_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deliveries.db");
    let listening = Listening::start(["--record", file.to_str().unwrap(), "--json"]);
    listening.post(&[("x-chatzuri-signature", NODE)], SENT.as_bytes());
    assert_eq!(listening.json_of("delivery")["signature"]["verdict"], "unchecked");
    drop(listening);
    let ran = hook(["inspect", file.to_str().unwrap(), "1", "--secret", SECRET]).run().exits(0);
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(out.contains("signature invalid") && out.contains("body.reserialized.node"), "{out}");
    let bare = hook(["inspect", file.to_str().unwrap(), "1"]).run().exits(0);
    assert!(!String::from_utf8_lossy(&bare.stdout).contains("reserialized"));
    // A secret that is not used causes a message.
    for args in [&[][..], &["1", "--json"], &["1", "--as", "http"]] {
        let ran = hook(["inspect", file.to_str().unwrap()])
            .args(args)
            .args(["--secret", SECRET])
            .run()
            .exits(2);
        assert!(ran.stderr.contains("cz-hook verify"), "{}", ran.stderr);
    }
    hook(["inspect", file.to_str().unwrap()]).env("CZ_HOOK_SECRET", SECRET).run().exits(0);
}

/// `verify FILE` and `inspect FILE ID` check with the same provider's scheme.
#[test]
fn one_delivery_is_verified_as_the_named_provider() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.http");
    fs::write(&file, signed_request()).unwrap();
    let config = "[profile.default]\nprovider = 'oneroute'\n";
    fs::write(folder.path().join("cz-hook.toml"), config).unwrap();
    let verified =
        hook(["verify", "--secret", SECRET]).arg(&file).within(folder.path()).run().exits(1);
    assert!(verified.out().starts_with("missing"), "{}", verified.out());
    let inspected = hook(["inspect"])
        .arg(&file)
        .args(["1", "--secret", SECRET])
        .within(folder.path())
        .run()
        .exits(0);
    let out = inspected.out();
    assert!(out.contains("signature missing"), "{out}");
}
