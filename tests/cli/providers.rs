//! Signatures that others computed are valid, and what `sign` makes is verified, for every built-in provider.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::{Hook, files, hook};

/// The request of a vector as raw HTTP.
fn request(vector: &Value) -> Vec<u8> {
    let body = match vector["body_base64"].as_str() {
        Some(base64) => STANDARD.decode(base64).unwrap(),
        None => vector["body"].as_str().unwrap().as_bytes().to_vec(),
    };
    let method = vector["method"].as_str().unwrap_or("POST");
    let url = vector["url"].as_str().unwrap_or("https://example.com/");
    let target = url.splitn(4, '/').nth(3).unwrap_or_default();
    let mut text = format!("{method} /{target} HTTP/1.1\r\nHost: example.com\r\n");
    for header in vector["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [text.as_bytes(), &body].concat()
}

/// `verify` with the secret, the URL, the settings and the time of a vector.
fn verify(vector: &Value) -> Hook {
    let text = |key: &str| vector[key].as_str();
    let mut ran = hook(["verify", "-", "--json", "--no-explain"]).stdin(request(vector));
    ran = ran.args(["--secret", text("secret").unwrap()]);
    if let Some(url) = text("url") {
        ran = ran.args(["--public-url", url]);
    }
    for (name, value) in vector["settings"].as_object().into_iter().flatten() {
        ran = ran.arg("--setting").arg(format!("{name}={}", value.as_str().unwrap()));
    }
    if let Some(at) = text("at") {
        ran = ran.args(["--at", at]);
    }
    ran
}

#[test]
fn signatures_that_others_computed_have_the_right_verdict() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in files("tests/vectors/providers", &["json"]) {
        let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
        for (i, vector) in vectors.iter().enumerate() {
            count += 1;
            let provider = vector["provider"].as_str().unwrap();
            let ran = verify(vector).args(["--provider", provider]).run();
            let verdict = ran.json().first().map_or(Value::Null, |line| line["verdict"].clone());
            if verdict != vector["verdict"] {
                let at = path.display();
                wrong.push(format!("{at} {i}: {verdict} {} {}", ran.out(), ran.stderr));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 50, "{count}");
}

/// A private key of each kind, which also verifies.
fn secret_of(provider: &Value) -> String {
    let signature = &provider["signatures"][0];
    match signature["algorithm"].as_str().unwrap() {
        "rsa-sha256" => include_str!("../vectors/rsa.pem").to_owned(),
        "ed25519" => rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem(),
        "ecdsa-p256-sha256" => {
            rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem()
        }
        // Base64 and hexadecimal at once.
        _ => "0123456789abcdef0123456789abcdef".to_owned(),
    }
}

#[test]
fn what_sign_makes_is_detected_and_valid_for_every_provider() {
    let context = [
        "--public-url",
        "https://example.com/webhook",
        "--setting",
        "webhook_id=8PT597110X687430L",
    ];
    let mut wrong = Vec::new();
    let events = hook(["events", "list", "--json"]).run().exits(0).json();
    for provider in hook(["providers", "--json"]).run().exits(0).json() {
        let name = provider["name"].as_str().unwrap();
        let event = events.iter().find(|event| event["provider"] == name).unwrap();
        let secret = secret_of(&provider);
        let sign = ["sign", event["event"].as_str().unwrap(), "--print", "request"];
        let signed = hook(sign).args(["--provider", name, "--secret", &secret]).args(context).run();
        let verify = ["verify", "-", "--json", "--no-explain", "--secret", &secret];
        let ran = hook(verify).args(context).stdin(signed.stdout.clone()).run();
        let line = ran.json().pop().unwrap_or_default();
        if (&line["provider"], &line["verdict"]) != (&name.into(), &"valid".into()) {
            wrong.push(format!("{name}: {line} {} {}", signed.stderr, ran.stderr));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The value of a header in a printed request.
fn header<'r>(request: &'r str, name: &str) -> &'r str {
    let line = request.lines().find(|line| line.starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("{name}: {request}")).split_once(": ").unwrap().1
}

#[test]
fn times_and_ids_are_made_fixed_and_renewed() {
    let sign = |args: &[&str]| {
        let sign = ["sign", "--provider", "standard-webhooks", "--print", "request"];
        let secret = ["--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
        let events = hook(["events", "list", "--provider", "standard-webhooks", "--json"]);
        let first = events.run().exits(0).json()[0]["event"].as_str().unwrap().to_owned();
        hook(sign).arg(first).args(secret).args(args).run().exits(0).out().to_owned()
    };
    let fixed = sign(&["--timestamp", "1700000000", "--webhook-id", "msg_1"]);
    assert_eq!(header(&fixed, "webhook-timestamp"), "1700000000");
    assert_eq!(header(&fixed, "webhook-id"), "msg_1");
    assert!(header(&fixed, "webhook-signature").starts_with("v1,"));
    assert_ne!(header(&sign(&[]), "webhook-id"), header(&sign(&[]), "webhook-id"));
    let verify = |at: &[&str]| {
        let verify = ["verify", "--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "--json"];
        let ran = hook(verify).args(at).stdin(fixed.as_bytes()).run();
        ran.json().pop().map(|line| line["verdict"].clone()).unwrap_or_else(|| ran.stderr.into())
    };
    assert_eq!(verify(&[]), "stale");
    assert_eq!(verify(&["--at", "1700000100"]), "valid");
    assert_eq!(verify(&["--at", "2023-11-14T22:18:21Z"]), "stale");
    let unknown = verify(&["--at", "received"]);
    assert!(unknown.as_str().unwrap().contains("does not say when"), "{unknown}");
}

#[test]
fn a_secret_that_is_no_key_of_the_provider_is_an_error() {
    for (provider, secret, expected) in [
        ("standard-webhooks", "not base64!", "base64"),
        ("adyen", "xyz", "hexadecimal"),
        ("discord", "abcd", "the private key: PKCS #8 in PEM, or its 32 bytes"),
        ("sendgrid", "c2VjcmV0", "the private key: PKCS #8 in PEM\n"),
    ] {
        let sign = ["sign", "--provider", provider, "--secret", secret];
        let event = hook(["events", "list", "--provider", provider, "--json"]).run().exits(0);
        let event = event.json()[0]["event"].as_str().unwrap().to_owned();
        let ran = hook(sign).arg(&event).run().exits(2);
        let said = &ran.stderr;
        assert!(said.contains("is not a valid key") && !said.contains("not base64!"), "{said}");
        assert!(said.contains(expected), "{provider}: {said}");
    }
    let request = "POST / HTTP/1.1\r\nwebhook-id: a\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\ncontent-length: 0\r\n\r\n";
    let verify = ["verify", "-", "--provider", "standard-webhooks", "--secret", "not base64!"];
    let ran = hook(verify).stdin(request).run().exits(2);
    assert!(ran.stderr.contains("expected base64"), "{}", ran.stderr);
}

/// With the bytes of a public key anyone could sign.
#[test]
fn a_public_key_is_not_taken_for_a_private_one_when_verifying() {
    let key = "11".repeat(32);
    let signed = hook(["sign", "--provider", "discord", "--secret", &key, "--print", "request"]);
    let event = hook(["events", "list", "--provider", "discord", "--json"]).run().exits(0);
    let signed = signed.arg(event.json()[0]["event"].as_str().unwrap()).run().exits(0);
    let ran = hook(["verify", "-", "--secret", &key]).stdin(signed.stdout).run();
    assert_ne!(ran.code, Some(0), "{}", ran.out());
}

#[test]
fn the_url_is_never_guessed() {
    let sign = ["sign", "--provider", "square", "--secret", "s", "--print", "request"];
    let event = hook(["events", "list", "--provider", "square", "--json"]).run().exits(0);
    let event = event.json()[0]["event"].as_str().unwrap().to_owned();
    let ran = hook(sign).arg(&event).args(["--url", "http://127.0.0.1:1/"]).run().exits(2);
    assert!(ran.stderr.contains("--public-url"), "{}", ran.stderr);
    let url = ["--public-url", "https://example.com/hook"];
    let signed = hook(sign).arg(&event).args(url).run().exits(0).stdout;
    let verify = |args: &[&str]| {
        hook(["verify", "-", "--secret", "s"]).args(args).stdin(signed.clone()).run()
    };
    let ran = verify(&[]).exits(2);
    assert!(ran.stderr.contains("--public-url"), "{}", ran.stderr);
    verify(&url).exits(0);
    verify(&["--public-url", "https://example.com/other"]).exits(1);
}

#[test]
fn the_signature_that_held_is_named_and_one_can_be_required() {
    let body = r#"[{"eventId":1,"subscriptionType":"contact.creation"}]"#;
    let digest = {
        use sha2::Digest;
        let text = format!("secret{body}");
        sha2::Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let request = format!(
        "POST / HTTP/1.1\r\nx-hubspot-signature: {digest}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let verify = |args: &[&str]| {
        let verify = ["verify", "-", "--provider", "hubspot", "--secret", "secret", "--json"];
        hook(verify)
            .args(["--public-url", "https://example.com/"])
            .args(args)
            .stdin(request.as_str())
            .run()
    };
    let line = verify(&[]).exits(0).json().pop().unwrap();
    assert_eq!(line["name"], "v1");
    let reason = line["reason"].as_str().unwrap();
    assert!(reason.contains("stronger `v3` is absent"), "{reason}");
    let line = verify(&["--require-signature", "v3"]).exits(1).json().pop().unwrap();
    assert_eq!((&line["verdict"], &line["name"]), (&"missing".into(), &"v3".into()));
    let ran = verify(&["--require-signature", "v9"]).exits(2);
    assert!(ran.stderr.contains("v1"), "{}", ran.stderr);
}

#[test]
fn a_signature_in_the_body_changes_only_its_fields() {
    let events = hook(["events", "list", "--provider", "mailgun", "--json"]).run().exits(0);
    let event = events.json()[0]["event"].as_str().unwrap().to_owned();
    let sign = ["sign", &event, "--provider", "mailgun", "--secret", "s", "--print", "request"];
    let signed = hook(sign).args(["--timestamp", "1700000000"]).run().exits(0).out().to_owned();
    let body: Value = serde_json::from_str(signed.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["signature"]["timestamp"], "1700000000");
    let verify = ["verify", "-", "--secret", "s", "--at", "1700000000"];
    hook(verify).stdin(signed.as_bytes()).run().exits(0);
    let forged = signed.replace("1700000000", "1700000001");
    hook(verify).stdin(forged.as_bytes()).run().exits(1);
    let value =
        hook(["sign", &event, "--provider", "mailgun", "--secret", "s", "--print", "value"]);
    assert_eq!(value.run().exits(0).out().trim().len(), 64);
}

#[test]
fn lists_can_be_searched() {
    let ran = hook(["providers", "--search", "x-hub-signature-256"]).run().exits(0);
    assert!(ran.out().contains("github") && !ran.out().contains("stripe"), "{}", ran.out());
    let ran = hook(["events", "list", "--search", "lead.submit"]).run().exits(0);
    assert!(ran.out().contains("chatzuri") && !ran.out().contains("stripe"), "{}", ran.out());
    hook(["providers", "--search", "no such thing"]).run().exits(2);
    hook(["events", "list", "--search", "no such thing"]).run().exits(2);
    let names = hook(["providers", "--json"]).run().exits(0).json();
    let first: Vec<_> = names[..5].iter().map(|line| line["name"].as_str().unwrap()).collect();
    assert_eq!(first, ["chatzuri", "chatbase", "chatzuri-guide", "chatzuri-legacy", "oneroute"]);
    assert!(names.len() >= 45);
}

/// What went wrong with a delivery is explained by its own provider's rules.
#[test]
fn the_diagnosis_follows_the_rules_of_the_provider() {
    let context = ["--public-url", "https://example.com/webhook"];
    for name in
        ["stripe", "slack", "standard-webhooks", "github", "line", "square", "retell", "paddle"]
    {
        let secret = ["--secret", "0123456789abcdef0123456789abcdef"];
        let events = hook(["events", "list", "--json", "--provider", name]).run().exits(0).json();
        let event = events[0]["event"].as_str().unwrap();
        let sign = ["sign", event, "--provider", name, "--print", "request"];
        let signed = hook(sign).args(secret).args(context).run().exits(0).out().to_owned();
        let (head, body) = signed.split_once("\r\n\r\n").unwrap();
        let old = format!("content-length: {}", body.len());
        let head = head.replace(&old, &format!("content-length: {}", body.len() + 1));
        let changed = format!("{head}\r\n\r\n{body}\n");
        let verify = ["verify", "-", "--json", "--provider", name];
        let ran = hook(verify).args(secret).args(context).stdin(changed).run().exits(1);
        let line = ran.json().pop().unwrap();
        assert_eq!(
            line["diagnosis"]["causes"],
            serde_json::json!(["body.trailing_newline"]),
            "{name}: {line}"
        );
        // A correct delivery of one vendor that is checked as another's.
        let verify = ["verify", "-", "--json", "--provider", "chatzuri"];
        let ran = hook(verify).args(secret).args(context).stdin(signed).run().exits(1);
        let line = ran.json().pop().unwrap();
        let said = line["diagnosis"].to_string();
        assert!(!said.contains("header.list"), "{name}: {line}");
        assert!(
            said.contains("other_provider") || said.contains("signature header of"),
            "{name}: {line}"
        );
    }
}
