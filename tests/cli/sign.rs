//! `cz-hook sign`: every output format, for scripts and for people.

use std::process::Command;

use crate::support::endpoint::Endpoint;
use crate::support::{BODY, SECRET, SIGNATURE, hook, programs};
use serde_json::Value;

#[test]
fn prints_the_header_of_a_sample_and_nothing_else() {
    let ran = hook(["sign", "lead.submit", "--secret", SECRET]).run().exits(0);
    assert_eq!(ran.out(), format!("x-chatzuri-signature: {SIGNATURE}\n"));
    assert_eq!(ran.stderr, "");
}

#[test]
fn prints_the_value_of_any_bytes_for_a_script() {
    let ran = hook(["sign", "--body", "-", "--print", "value"])
        .env("CZ_HOOK_SECRET", SECRET)
        .stdin(BODY)
        .run()
        .exits(0);
    assert_eq!(ran.out(), format!("{SIGNATURE}\n"));
    assert_eq!(ran.stderr, "");
}

#[test]
fn every_vector_is_signed_as_published() {
    for vector in vectors() {
        let text = |key: &str| vector[key].as_str().unwrap();
        let ran = hook(["sign", "--body", "-", "--print", "value"])
            .arg("--provider")
            .arg(text("provider"))
            .arg("--secret")
            .arg(text("secret"))
            .stdin(text("body"))
            .run()
            .exits(0);
        assert_eq!(
            ran.out().trim_end() == text("signature"),
            text("verdict") == "valid",
            "{vector}"
        );
    }
}

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../vectors/signatures.json")).unwrap()
}

#[test]
fn a_secret_file_loses_its_final_newline_and_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    for (content, same) in [
        ("test_secret\n", true),
        ("test_secret\r\n", true),
        ("test_secret", true),
        ("test_secret\n\n", false),
        (" test_secret", false),
    ] {
        std::fs::write(&path, content).unwrap();
        let ran = hook(["sign", "lead.submit", "--print", "value", "--secret-file"])
            .arg(&path)
            .run()
            .exits(0);
        assert_eq!(ran.out().trim_end() == SIGNATURE, same, "{content:?}");
    }
}

#[test]
fn json_holds_the_same_value() {
    let ran = hook(["sign", "lead.submit", "--json", "--secret", SECRET]).run().exits(0);
    let [line] = &ran.json()[..] else { panic!("one line was expected") };
    assert_eq!(line["type"], "signature");
    assert_eq!(line["header"], "x-chatzuri-signature");
    assert_eq!(line["algorithm"], "hmac-sha1");
    assert_eq!(line["value"], SIGNATURE);
}

#[test]
fn a_printed_request_verifies() {
    for provider in ["chatzuri", "chatzuri-legacy", "chatzuri-guide"] {
        let request = hook(["sign", "lead.submit", "--print", "request"])
            .arg("--provider")
            .arg(provider)
            .arg("--secret")
            .arg(SECRET)
            .run()
            .exits(0);
        let verdict = hook(["verify", "-", "--secret", SECRET, "--json"])
            .stdin(request.stdout)
            .run()
            .exits(0);
        assert_eq!(verdict.json()[0]["provider"], provider);
    }
}

/// The printed curl command sends any bytes unchanged.
#[cfg(unix)]
#[test]
fn a_printed_curl_command_sends_the_same_bytes() {
    if !programs::has("curl", "to paste a command into") {
        return;
    }
    let bodies: [&[u8]; 6] = [
        BODY.as_bytes(),
        b"it's \"quoted\" $HOME `id` !! \\ %s @file\n\ttab\n",
        b"@/etc/hostname",
        b"\0\x01\xff\xfe%d\\n'\r\n",
        "Zo\u{eb} \u{1f600} \u{9b}".as_bytes(),
        b"",
    ];
    for body in bodies {
        let endpoint = Endpoint::accepting();
        let command = hook(["sign", "--body", "-", "--print", "curl", "--secret", SECRET])
            .args(["--format", "body"])
            .arg("--url")
            .arg(endpoint.url("/hook?a=b&c='d'"))
            .stdin(body)
            .run()
            .exits(0);
        let status =
            Command::new("sh").arg("-c").arg(command.out()).env("no_proxy", "*").output().unwrap();
        assert!(status.status.success(), "{}", command.out());
        let seen = endpoint.only();
        assert_eq!(seen.body, body, "{}", command.out());
        assert_eq!(seen.target, "/hook?a=b&c=%27d%27");
        let value = ["sign", "--body", "-", "--format", "body", "--print", "value"];
        let own = hook(value).args(["--secret", SECRET]).stdin(body).run();
        assert_eq!(seen.header("x-chatzuri-signature"), Some(own.out().trim_end()));
        assert_eq!(seen.header("content-type"), Some("application/json"));
    }
}

#[test]
fn a_provider_without_signatures_has_no_header_but_a_request() {
    let args = ["sign", "newMessage", "--provider", "oneroute"];
    let ran = hook(args).run().exits(2);
    assert!(ran.stderr.contains("does not sign"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
    let request = hook(args).arg("--print").arg("request").run().exits(0);
    assert!(request.out().starts_with("POST / HTTP/1.1\r\n"));
    assert!(!request.out().contains("signature"));
}

#[test]
fn a_url_is_only_accepted_with_a_printed_request() {
    for args in [&[][..], &["--print", "value"], &["--json"]] {
        let ran = hook(["sign", "lead.submit", "--secret", SECRET])
            .args(["--url", "http://h/"])
            .args(args)
            .run()
            .exits(2);
        assert!(ran.stderr.contains("--print curl"), "{}", ran.stderr);
    }
}

/// What was set may be the event itself.
#[test]
fn the_event_is_taken_from_the_body() {
    let ran = hook(["sign", "lead.submit", "--secret", SECRET, "--json"])
        .args(["--set", "eventType=other"])
        .run()
        .exits(0);
    assert_eq!(ran.json()[0]["event"], "other");
}
