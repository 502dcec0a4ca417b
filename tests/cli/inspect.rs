//! `cz-hook inspect`, and captures in every command that reads them: detected by content, converted without loss.

use std::path::PathBuf;

use crate::support::listening::{Listening, request};
use crate::support::{BODY, Hook, SECRET, SIGNATURE, SIGNED, hook};
use base64::Engine;
use serde_json::{Value, json};

/// A journal of four deliveries: valid, invalid, of another provider, and unrecognised bytes.
fn journal() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let listening = Listening::start([
        "--quiet",
        "--allow-unsigned",
        "--secret",
        SECRET,
        "--count",
        "4",
        "--record",
        path.to_str().unwrap(),
    ]);
    listening.exchange(&request(
        "POST",
        "/hook?a=b",
        &[SIGNED, ("x-one", "1"), ("X-One", "2")],
        BODY.as_bytes(),
    ));
    listening.exchange(&request("POST", "/", &[SIGNED], BODY.replace("Sarah", "Sarai").as_bytes()));
    let send = ["send", "newMessage", "--provider", "oneroute", "--url", &listening.url];
    hook(send).run().exits(0);
    listening.exchange(b"POST /x HTTP/1.1\r\nHost: h\r\nX-Raw: \xe9'!\r\nConnection: close\r\nContent-Length: 8\r\n\r\n\xff\0'!\n$a\n");
    assert_eq!(listening.end().0, Some(0));
    (dir, path)
}

fn inspect(path: &std::path::Path, args: &[&str]) -> Hook {
    hook(["inspect", path.to_str().unwrap()].iter().chain(args))
}

fn verdict(capture: impl Into<Vec<u8>>) -> Value {
    let ran = hook(["verify", "-", "--json", "--provider", "chatzuri", "--secret", SECRET])
        .stdin(capture)
        .run();
    ran.json().pop().unwrap_or_else(|| panic!("{}", ran.stderr))["verdict"].clone()
}

#[test]
fn the_list_can_be_narrowed() {
    let (_dir, path) = journal();
    let ids = |args: &[&str]| -> Vec<Value> {
        let ran = inspect(&path, args).arg("--json").run().exits(0);
        ran.json().iter().map(|line| line["id"].clone()).collect()
    };
    assert_eq!(ids(&[]), [1, 2, 3, 4]);
    assert_eq!(ids(&["--event", "lead.submit"]), [1, 2]);
    assert_eq!(ids(&["--provider", "oneroute"]), [3]);
    assert_eq!(ids(&["--verdict", "invalid"]), [2]);
    assert_eq!(ids(&["--event", "lead.submit", "--last", "1"]), [2]);
    assert_eq!(ids(&["--last", "2"]), [3, 4]);
    assert_eq!(ids(&["--since", "1h"]), [1, 2, 3, 4]);
    assert_eq!(ids(&["--since", "2100-01-01T00:00:00Z"]), [0_u64; 0]);
    let table = inspect(&path, &[]).run().exits(0);
    let lines: Vec<_> = table.out().lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].starts_with("ID  RECEIVED"), "{}", lines[0]);
    for word in ["1 ", "lead.submit", "chatzuri", "valid", "200"] {
        assert!(lines[1].contains(word), "{word} not in {}", lines[1]);
    }
    let one = inspect(&path, &["1"]).run().exits(0);
    for text in ["POST /hook?a=b", "X-Chatzuri-Signature: ", "\"eventType\": \"lead.submit\""] {
        assert!(one.out().contains(text), "{text} not in {}", one.out());
    }
    inspect(&path, &["9"]).run().exits(2);
    inspect(&path, &["--as", "http"]).run().exits(2);
    inspect(&path, &["--verdict", "maybe"]).run().exits(2);
}

/// The listener's findings about one delivery are shown again, from its journal and from its JSON lines.
#[test]
fn the_findings_of_the_listener_are_shown_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let listening = Listening::start([
        "--json",
        "--secret",
        SECRET,
        "--no-explain",
        "--record",
        path.to_str().unwrap(),
        "--forward-to",
        "http://127.0.0.1:1/hook",
        "--forward-invalid",
    ]);
    let body = BODY.replace("\"agentId\":\"agent_abc123\"", "\"agentId\":7,\"extra\":true");
    for _ in 0..2 {
        listening.exchange(&request("POST", "/", &[SIGNED], body.as_bytes()));
    }
    let printed = [(); 2].map(|()| listening.json_of("delivery"));
    drop(listening);
    let told = |path: &std::path::Path, id: &str, more: &[&str]| {
        let ran = inspect(path, &[id]).arg("--color=never");
        let ran = more.iter().fold(ran, |ran, arg| ran.arg(arg)).run().exits(0);
        ran.out().to_owned()
    };
    let log = dir.path().join("log.ndjson");
    let lines: String = printed.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&log, lines).unwrap();
    for file in [&path, &log] {
        let first = told(file, "1", &[]);
        for text in [
            "  signature: it is not the HMAC-SHA1 of the body under the secret from --secret\n",
            "<-- ",
            "  http://127.0.0.1:1/hook  ",
            "  ✗ /agentId  ",
            "  + /extra  not in the provider's document\n",
        ] {
            assert!(first.contains(text), "{text:?} is not in {first}");
        }
        assert!(!first.contains("response:"), "{first}");
        let second = told(file, "2", &["--verbose"]);
        assert!(second.contains("  body: same body as #1: a retry or a duplicate\n"));
        assert!(second.contains("  response: in "), "{second}");
        // After verifying again, it is printed once.
        let again = told(file, "1", &["--secret", SECRET, "--no-explain"]);
        assert_eq!(again.matches("it is not the HMAC-SHA1").count(), 1, "{again}");
    }
    // The journal's line is the listener's.
    let kept = inspect(&path, &["--as", "ndjson"]).run().exits(0).json();
    assert_eq!(kept, printed);
}

/// The verdict of the listener, from every format that contains the request.
#[test]
fn every_format_verifies_as_the_listener_did() {
    let (_dir, path) = journal();
    for (id, expected) in [("1", "valid"), ("2", "invalid")] {
        for form in ["http", "curl", "har", "ndjson"] {
            let printed = inspect(&path, &[id, "--as", form]).run().exits(0);
            assert_eq!(verdict(printed.stdout), expected, "{id} as {form}");
        }
    }
}

#[test]
fn every_format_keeps_the_bytes() {
    let (_dir, path) = journal();
    let original: Vec<Value> = inspect(&path, &["--as", "ndjson"]).run().exits(0).json();
    let raw = original[3]["body_base64"].as_str().unwrap();
    let raw = base64::engine::general_purpose::STANDARD.decode(raw).unwrap();
    assert_eq!(raw, b"\xff\0'!\n$a\n");
    let body = inspect(&path, &["4", "--as", "body"]).run().exits(0);
    assert_eq!(body.stdout, raw);
    for id in 1..=4 {
        for form in ["http", "curl", "har"] {
            let printed = inspect(&path, &[&id.to_string(), "--as", form]).run().exits(0);
            let again =
                hook(["inspect", "-", "--as", "ndjson"]).stdin(printed.stdout).run().exits(0);
            let again = &again.json()[0];
            let mut first = original[id - 1].clone();
            if form == "curl" {
                // curl writes the length of the body itself.
                let headers = first["headers"].as_array_mut().unwrap();
                let is_length = |name: &str| name.eq_ignore_ascii_case("content-length");
                headers.retain(|header| !is_length(header[0].as_str().unwrap()));
            }
            for key in ["method", "target", "headers", "body", "body_base64"] {
                assert_eq!(again[key], first[key], "{key} of {id} as {form}");
            }
        }
    }
    // The whole list at once, converted in both directions.
    for form in ["har", "ndjson"] {
        let all = inspect(&path, &["--as", form]).run().exits(0);
        let again =
            hook(["inspect", "-", "--as", "ndjson"]).stdin(all.stdout).run().exits(0).json();
        assert_eq!(again.len(), 4, "{form}");
        for (again, first) in again.iter().zip(&original) {
            assert_eq!((&again["headers"], &again["body"]), (&first["headers"], &first["body"]));
        }
    }
}

#[test]
fn many_deliveries_are_verified_one_line_each() {
    let (_dir, path) = journal();
    let ran = hook(["verify", path.to_str().unwrap(), "--secret", SECRET])
        .arg("--no-explain")
        .run()
        .exits(1);
    let lines: Vec<_> = ran.out().lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("#1  valid  chatzuri"), "{}", lines[0]);
    assert!(lines[1].starts_with("#2  invalid  chatzuri"), "{}", lines[1]);
    assert!(ran.stderr.contains("4 deliveries: 1 valid, 1 invalid"), "{}", ran.stderr);
    let valid = hook(["send", "--all", "--dry-run", "--url", "http://h/", "--secret", SECRET])
        .run()
        .exits(0);
    let all = hook(["verify", "-", "--json", "--secret", SECRET])
        .stdin(valid.stdout.clone())
        .run()
        .exits(0);
    assert_eq!(all.json().len(), 7);
    let tail = [&valid.stdout[..], b"POST /evil HTTP/1.1\r\nContent-Length: 0\r\n\r\n"].concat();
    hook(["verify", "-q", "--secret", SECRET]).stdin(tail).run().exits(1);
    let rest = [&valid.stdout[..], b"{}"].concat();
    let ran = hook(["verify", "--secret", SECRET]).stdin(rest).run().exits(3);
    assert!(ran.stdout.is_empty(), "{}", ran.out());
}

#[test]
fn events_are_validated_wherever_they_were_captured() {
    let (_dir, path) = journal();
    let ran = hook(["events", "validate", path.to_str().unwrap(), "--json"]).run().exits(1);
    let verdicts: Vec<_> = ran.json().iter().map(|l| l["verdict"].clone()).collect();
    assert_eq!(verdicts, ["valid", "valid", "valid", "not_json"]);
    let curl = format!(
        "curl 'https://example.com/hook' -H 'content-type: application/json' --data-raw '{BODY}'"
    );
    hook(["events", "validate"]).stdin(curl).run().exits(0);
}

#[test]
fn a_request_copied_from_a_browser_is_a_capture() {
    let curl = format!(
        "curl 'https://example.com/hook?a=b' \\\n  -H 'accept: */*' \\\n  -H 'content-type: application/json' \\\n  \
         -H 'x-chatzuri-signature: {SIGNATURE}' \\\n  --data-raw $'{}' \\\n  --compressed --insecure",
        BODY.replace("Sarah", "\\u0053arah")
    );
    let ran = hook(["verify", "--json", "--secret", SECRET]).stdin(curl).run().exits(0);
    assert_eq!(ran.json()[0]["verdict"], "valid");
    let har = json!({"log": {"version": "1.2", "creator": {"name": "b", "version": "1"}, "entries": [{
        "startedDateTime": "2026-01-01T00:00:00.000Z",
        "request": {"method": "POST", "url": "https://example.com/hook", "httpVersion": "HTTP/2", "headers": [
            {"name": ":authority", "value": "example.com"},
            {"name": "x-chatzuri-signature", "value": SIGNATURE}],
            "postData": {"mimeType": "application/json", "text": BODY}}}]}});
    hook(["verify", "--secret", SECRET]).stdin(har.to_string()).run().exits(0);
}

#[test]
fn a_capture_that_cannot_be_read_gives_a_hint() {
    for (input, said) in [
        ("curl http://h -d \"$BODY\"", "shell"),
        ("curl http://h --unknown-option", "--unknown-option"),
        ("{\"log\":{\"version\":\"1.2\",\"entries\":[{}]}}", "HAR"),
        (
            "{\"type\":\"delivery\",\"method\":\"POST\",\"target\":\"/\",\"headers\":[]}\nnot json\n",
            "line",
        ),
    ] {
        let ran = hook(["inspect", "-"]).stdin(input).run().exits(3);
        assert!(ran.stderr.contains(said), "{said} not in {}", ran.stderr);
        assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
    }
    let (_dir, path) = journal();
    let ran = hook(["inspect", "-"]).stdin(std::fs::read(path).unwrap()).run().exits(2);
    assert!(ran.stderr.contains("name its file"), "{}", ran.stderr);
}

/// The output of a listener that was killed while it wrote.
#[test]
fn a_truncated_log_is_inspected_but_not_verified() {
    let (_dir, path) = journal();
    let log = inspect(&path, &["--as", "ndjson"]).run().exits(0).stdout;
    let cut = &log[..log.len() - 20];
    let ran = hook(["inspect", "-", "--json"]).stdin(cut).run().exits(0);
    assert_eq!(ran.json().len(), 3);
    assert!(ran.stderr.contains("cut off"), "{}", ran.stderr);
    hook(["verify", "--secret", SECRET]).stdin(cut).run().exits(3);
}

#[test]
fn a_journal_on_standard_input_is_rejected_also_by_file_name() {
    let ran = hook(["verify", "--secret", SECRET, "--format", "db", "-"])
        .stdin("SQLite format 3\0")
        .run()
        .exits(2);
    assert!(ran.stderr.contains("name its file"), "{}", ran.stderr);
}
