//! The byte rule, end to end: the bytes that one process sends are the bytes that the other receives.

use crate::support::listening::Listening;
use crate::support::{SECRET, hook};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

fn body_of(line: &Value) -> Vec<u8> {
    match (&line["body"], &line["body_base64"]) {
        (Value::String(text), Value::Null) => text.as_bytes().to_vec(),
        (Value::Null, Value::String(base64)) => STANDARD.decode(base64).unwrap(),
        _ => panic!("one form of the body in {line}"),
    }
}

/// Sends a body, which arrives with a valid signature and every byte.
#[track_caller]
fn arrives_unchanged(listening: &Listening, body: &[u8]) {
    let args = ["send", "--body", "-", "--secret", SECRET, "--url"];
    let send = hook(args).arg(&listening.url).stdin(body);
    send.run().exits(0);
    let line = listening.json_of("delivery");
    assert_eq!(line["signature"]["verdict"], "valid");
    assert_eq!(body_of(&line), body);
}

#[test]
fn the_bytes_received_are_the_bytes_sent() {
    let listening = Listening::start(["--json", "--provider", "chatzuri", "--secret", SECRET]);
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let bytes = proptest::collection::vec(proptest::prelude::any::<u8>(), 0..3000);
    TestRunner::new(config)
        .run(&bytes, |body| {
            arrives_unchanged(&listening, &body);
            Ok(())
        })
        .unwrap();
}

#[test]
fn bytes_that_a_reserializer_would_change_arrive_unchanged() {
    let listening = Listening::start(["--json", "--secret", SECRET]);
    let mut body = b"\xef\xbb\xbf { \"eventType\":\"lead.submit\" ,\"agentId\":\"\\u00e9\\/\",\"10\":1.0,\"2\":1e3,\"payload\":{},\"payload\":{\"n\":12345678901234567890}}\r\n".to_vec();
    for extra in [&b""[..], b"\xff", b"\0"] {
        body.extend_from_slice(extra);
        arrives_unchanged(&listening, &body);
    }
}

/// HTTP forbids them, and senders write them: characters beyond ASCII, white space and controls among them.
#[test]
fn a_target_with_other_characters_than_ascii_is_recorded_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("deliveries.db");
    let args = ["--json", "--record", journal.to_str().unwrap()];
    let listening = Listening::start(args);
    let target = "/in/Zo\u{eb}\u{85}\u{a0}\u{2028}\u{9b}?q=\u{3000}";
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    listening.exchange(head.as_bytes());
    assert_eq!(listening.json_of("delivery")["target"], target);
    let written = hook(["inspect", journal.to_str().unwrap(), "1", "--as", "http"]).run().exits(0);
    assert_eq!(written.stdout, head.as_bytes());
    let file = folder.path().join("request.http");
    std::fs::write(&file, written.stdout).unwrap();
    let again = Listening::start(["--json"]);
    let base = again.url.trim_end_matches('/');
    for capture in [&journal, &file] {
        hook(["replay", capture.to_str().unwrap(), "--url", base]).run().exits(0);
        assert_eq!(again.json_of("delivery")["target"], target, "{}", capture.display());
    }
}

/// Every provider and command: the others accept the output of each.
#[test]
fn every_command_works_for_every_provider() {
    for (provider, event) in [
        ("chatzuri", "message.received"),
        ("chatzuri-legacy", "lead.submit"),
        ("chatzuri-guide", "escalation.triggered"),
        ("chatbase", "leads.submit"),
        ("oneroute", "newMessage"),
    ] {
        let listening = Listening::start(["--json", "--allow-unsigned", "--secret", SECRET]);
        let send = ["send", event, "--provider", provider, "--secret", SECRET, "--url"];
        hook(send).arg(&listening.url).run().exits(0);
        let line = listening.json_of("delivery");
        assert_eq!(line["provider"], provider);
        assert_eq!(line["event"], event);
        assert_eq!(line["signature"]["verdict"], "valid");
        assert_eq!(line["validation"]["verdict"], "valid");
        assert_eq!(line["response"]["status"], 200);

        let sign =
            ["sign", event, "--provider", provider, "--secret", SECRET, "--print", "request"];
        let request = hook(sign).run().exits(0);
        let checked =
            hook(["verify", "--json", "--secret", SECRET]).stdin(request.stdout).run().exits(0);
        assert_eq!(checked.json()[0]["provider"], provider);
        assert_eq!(checked.json()[0]["verdict"], "valid");
    }
}
