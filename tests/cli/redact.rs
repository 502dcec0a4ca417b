//! `inspect --redact` and `--as fixture`: what is private is gone, and what is left is a delivery of the same kind.
//! That every diagnosis stays the same is tested in `tests/diagnose`.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{BODY, Hook, Ran, SECRET, SIGNATURE, hook};
use serde_json::{Value, json};

const PRIVATE: [&str; 7] =
    ["arah", "acme.com", "254712345678", "conv_xyz", "agent_abc123", "196.201", "tok3nt0ken"];

fn capture() -> Vec<u8> {
    format!(
        "POST /hooks/9f8e7d6c5b4a?token=tok3nt0ken HTTP/1.1\r\nHost: api.acme.com\r\nUser-Agent: axios/1\r\n\
         X-Forwarded-For: 196.201.214.200\r\nAuthorization: Bearer tok3nt0ken\r\nX-Chatzuri-Signature: {SIGNATURE}\r\n\
         Content-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
    .into_bytes()
}

fn redact(args: &[&str]) -> Ran {
    hook(["inspect", "-"]).args(args).arg("--redact").stdin(capture()).run().exits(0)
}

/// The secret that is stated.
fn stated(ran: &Ran) -> String {
    let line = ran.stderr.lines().find(|line| line.contains("throw-away secret"));
    let line = line.unwrap_or_else(|| panic!("no secret is stated: {}", ran.stderr));
    let (_, text) = line.split_once(": '").or_else(|| line.split_once(": $'")).unwrap();
    text.trim_end_matches('\'').replace("\\n", "\n").rsplit(": '").next().unwrap().to_owned()
}

fn verify(secret: &str, request: &[u8]) -> Hook {
    hook(["verify", "-", "--secret", secret]).stdin(request)
}

#[test]
fn a_redacted_delivery_verifies_with_the_stated_secret_in_every_format() {
    for format in ["http", "curl", "har", "ndjson", "json"] {
        for secret in [&["--secret", SECRET][..], &[]] {
            let ran = redact(&[&["1", "--as", format], secret].concat());
            let out = String::from_utf8(ran.stdout.clone()).unwrap();
            for private in PRIVATE {
                assert!(!out.contains(private), "{format}: {private} is in {out}");
                assert!(!ran.stderr.contains(private), "{private} is in {}", ran.stderr);
            }
            assert!(!out.contains(SIGNATURE) && !ran.stderr.contains(SECRET), "{out}");
            for kept in ["/hooks/", "axios/1", "lead.submit", "Bearer "] {
                assert!(out.contains(kept), "{format}: {kept} is not in {out}");
            }
            assert!(
                ran.stderr.contains("replaced in 1 delivery: 1 name, 1 e-mail address"),
                "{}",
                ran.stderr
            );
            if format != "json" {
                verify(&stated(&ran), &ran.stdout).args(["--format", format]).run().exits(0);
                verify(SECRET, &ran.stdout).args(["--format", format]).run().exits(1);
            }
        }
    }
    let unknown = redact(&["1", "--as", "http"]);
    assert!(
        unknown.stderr.contains("unknown whether the signature was genuine"),
        "{}",
        unknown.stderr
    );
    let shown = redact(&["1", "--secret", SECRET]);
    assert!(shown.out().contains("signature valid"), "{}", shown.out());
    assert!(PRIVATE.iter().all(|private| !shown.out().contains(private)), "{}", shown.out());
}

#[test]
fn all_deliveries_of_a_capture_have_the_same_replacements_and_another_run_has_others() {
    let line = |id: u32, body: &str, signature: &str| {
        json!({"type": "delivery", "id": id, "method": "POST", "target": "/", "body": body,
            "headers": [["X-Chatzuri-Signature", signature]]})
        .to_string()
            + "\n"
    };
    let other = BODY.replace("Sarah", "Sarah Long");
    let lines = line(1, BODY, SIGNATURE) + &line(2, &other, SIGNATURE);
    let run = || {
        let all = ["inspect", "-", "--as", "ndjson", "--redact", "--secret", SECRET];
        let ran = hook(all).stdin(lines.clone()).run().exits(0);
        let bodies = ran.json().into_iter().map(|line| line["body"].as_str().unwrap().to_owned());
        let bodies: Vec<Value> = bodies.map(|body| serde_json::from_str(&body).unwrap()).collect();
        (bodies, ran)
    };
    let (bodies, ran) = run();
    let [one, two] = [0, 1].map(|at| bodies[at]["payload"].clone());
    assert_eq!(one["customerEmail"], two["customerEmail"]);
    let [one, two] = [one, two].map(|of| of["customerName"].as_str().unwrap().to_owned());
    assert!(two.starts_with(&format!("{one} ")) && one != "Sarah", "{one} {two}");
    assert_ne!(run().0, bodies, "the key is another one in each run");
    let verdicts = verify(&stated(&ran), &ran.stdout).arg("--json").run();
    let verdicts: Vec<_> = verdicts.json().iter().map(|line| line["verdict"].clone()).collect();
    assert_eq!(verdicts[..2], ["valid", "invalid"]);
    let har = hook(["inspect", "-", "--as", "har", "--redact"]).stdin(lines.clone()).run().exits(0);
    assert!(!har.out().contains("Sarah") && har.stderr.contains("2 deliveries"), "{}", har.stderr);
}

#[test]
fn the_user_names_what_stays_and_what_goes() {
    let args =
        ["1", "--as", "http", "--keep", "/payload/customerName", "--keep", "x-forwarded-for"];
    let ran = redact(&[&args[..], &["--redact-pointer", "/eventType"]].concat());
    assert!(ran.out().contains(r#""customerName":"Sarah""#), "{}", ran.out());
    assert!(
        ran.out().contains("196.201.214.200") && !ran.out().contains("lead.submit"),
        "{}",
        ran.out()
    );
    for (args, words) in [
        (&["--redact"][..], "--redact changes deliveries, and this lists them"),
        (&["--keep", "/a"], "--redact"),
        (&["1", "--redact", "--redact-pointer", "a"], "a JSON Pointer begins with a slash"),
        (&["9", "--redact"], "no such delivery"),
        (&["1", "--as", "fixture"], "--out DIR"),
        (&["1", "--out", "/nowhere"], "--as fixture"),
    ] {
        let ran = hook(["inspect", "-"]).args(args).stdin(capture()).run().exits(2);
        assert!(ran.stderr.contains(words), "{args:?}: {}", ran.stderr);
    }
}

/// Every provider's own scheme: bodies with signatures in them, lists, tokens, forms, and public keys.
#[test]
fn the_signatures_of_every_provider_are_made_again() {
    let context = ["--public-url", "https://example.com/hooks", "--setting", "webhook_id=8PT"];
    let keys: [&[&str]; 5] = [
        &["--secret", "whsec_dGhlIGtleSBvZiB0aGUgcHJvdmlkZXI="],
        // A seed in hexadecimal would be a public key where it verifies.
        &["--secret", "whsk_nWGxne/9WmC6hEr0ku7ELEREREREREREREREREREREA="],
        &["--secret", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"],
        &["--secret-file", "tests/vectors/keys/p256.private.pem"],
        &["--secret-file", "tests/vectors/keys/rsa.private.pem"],
    ];
    let events = hook(["events", "list", "--json"]).run().exits(0).json();
    let event_of = |provider: &Value| {
        let event = events.iter().find(|line| line["provider"] == *provider).unwrap();
        event["event"].as_str().unwrap().to_owned()
    };
    // One provider for each form of signature.
    let mut forms = BTreeSet::new();
    let mut providers: Vec<(String, String)> = Vec::new();
    for line in hook(["providers", "--json"]).run().exits(0).json() {
        let form = |one: &Value| {
            format!("{} {} {}", one["header"].is_null(), one["algorithm"], one["format"])
        };
        let all: Vec<_> = line["signatures"].as_array().unwrap().iter().map(form).collect();
        if !all.is_empty() && forms.insert(all) {
            providers.push((line["name"].as_str().unwrap().to_owned(), event_of(&line["name"])));
        }
    }
    assert!(providers.len() > 12, "{providers:?}");
    let one = |(provider, event): &(String, String)| {
        let with = |args: &[&str], key: &[&str]| {
            hook(args).args(["--provider", provider.as_str()]).args(key).args(context)
        };
        let signed = keys.iter().find_map(|key| {
            let ran = with(&["sign", event, "--print", "request"], key).run();
            (ran.code == Some(0)).then_some((key, ran))
        });
        let (key, signed) = signed.unwrap_or_else(|| panic!("{provider} cannot be signed"));
        let redacted =
            with(&["inspect", "-", "1", "--as", "http", "--redact"], key).stdin(signed.stdout);
        let redacted = redacted.run().exits(0);
        if redacted.stderr.contains("cannot be made again: it is RSA-SHA256") {
            return;
        }
        let secret = stated(&redacted);
        let ran = with(&["verify", "-"], &["--secret", &secret]).stdin(redacted.stdout).run();
        assert_eq!(ran.code, Some(0), "{provider} {secret}: {} {}", ran.stderr, redacted.stderr);
        assert!(!redacted.stderr.contains("not the same"), "{provider}: {}", redacted.stderr);
    };
    let half = providers.len() / 2;
    std::thread::scope(|scope| {
        for part in [&providers[..half], &providers[half..]] {
            scope.spawn(|| part.iter().for_each(one));
        }
    });
}

#[test]
fn what_cannot_be_judged_is_listed() {
    let send = |body: &[u8], more: &str| {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\n{more}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        hook(["inspect", "-", "1", "--as", "http", "--redact"]).stdin(request).run().exits(0)
    };
    let binary = send(b"\x89PNG\0\0Sarah\xff", "");
    assert!(binary.stderr.contains("delivery 1: the body is binary"), "{}", binary.stderr);
    assert!(!binary.stdout.windows(5).any(|part| part == b"Sarah"));
    let text = send(b"Sarah called at noon.", "Content-Type: text/plain\r\n");
    assert!(text.stderr.contains("the body is not JSON"), "{}", text.stderr);
    let out = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        out.ends_with('.') && !out.contains("Sarah") && out.contains("Host: localhost"),
        "{out}"
    );
    let word = send(br#"{"status":"Sarah","a\u0062c@x.y":{"plan":"Gold"}}"#, "");
    assert!(
        word.stderr.contains("/status: it looks like a fixed word and stays"),
        "{}",
        word.stderr
    );
    assert!(!word.stderr.contains("Sarah") && !word.stderr.contains("abc@x.y"), "{}", word.stderr);
}

#[test]
fn a_fixture_is_a_sample_with_its_schema() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("new/samples");
    let make = || {
        hook(["inspect", "-", "1", "--as", "fixture", "--out", out.to_str().unwrap()])
            .stdin(capture())
            .run()
    };
    let ran = make().exits(0);
    assert!(ran.stderr.contains("lead.submit.schema.json"), "{}", ran.stderr);
    let text = fs::read_to_string(out.join("lead.submit.json")).unwrap();
    assert!(PRIVATE.iter().all(|private| !text.contains(private)), "{text}");
    let sample: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sample["eventType"], "lead.submit");
    let schema = fs::read_to_string(out.join("lead.submit.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["properties"]["payload"]["properties"]["customerName"]["type"], "string");
    let again = make().exits(2);
    assert!(again.stderr.contains("already exists and is not changed"), "{}", again.stderr);
    // A name from outside never leads out of the folder.
    let body = r#"{"eventType":"../../evil","agentId":"a","payload":{}}"#;
    let evil = dir.path().join("evil");
    hook(["inspect", "-", "1", "--as", "fixture", "--out", evil.to_str().unwrap()])
        .stdin(format!("POST / HTTP/1.1\r\nHost: h\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
        .run()
        .exits(0);
    assert!(evil.join("delivery.json").exists());
}
