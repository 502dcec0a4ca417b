//! `cz-hook replay`: the same bytes again, or changed and re-signed.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, request};
use crate::support::sockets::answering;
use crate::support::{BODY, Hook, SECRET, SIGNATURE, SIGNED, hook};
use serde_json::Value;

fn journal() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let listening =
        Listening::start(["--quiet", "--count", "3", "--record", path.to_str().unwrap()]);
    listening.exchange(&request(
        "POST",
        "/a",
        &[SIGNED, ("X-Old", "1"), ("x-old", "2")],
        BODY.as_bytes(),
    ));
    let send = [
        "send",
        "message.received",
        "--channel",
        "web",
        "--secret",
        SECRET,
        "--url",
        &listening.url,
    ];
    hook(send).run().exits(0);
    listening.exchange(&request("POST", "/c", &[], b"\xff\0 not json\r\n"));
    assert_eq!(listening.end().0, Some(0));
    (dir, path)
}

fn replay(path: &Path, endpoint: &Endpoint, args: &[&str]) -> Hook {
    let url = endpoint.url("/hook");
    hook(["replay", path.to_str().unwrap(), "--url", &url].iter().chain(args))
}

#[test]
fn deliveries_are_replayed_byte_for_byte_with_their_signatures() {
    let (_dir, path) = journal();
    let endpoint = Endpoint::accepting();
    let ran = replay(&path, &endpoint, &[]).run().exits(0);
    let seen = endpoint.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0].body, BODY.as_bytes());
    assert_eq!(seen[0].header("x-chatzuri-signature"), Some(SIGNATURE));
    assert_eq!(seen[2].body, b"\xff\0 not json\r\n");
    assert!(seen.iter().all(|s| s.target == "/hook"));
    let lines: Vec<_> = ran.out().lines().collect();
    assert_eq!(lines.len(), 3);
    for word in ["#1", "lead.submit", "chatzuri", "200", " ms"] {
        assert!(lines[0].contains(word), "{word} not in {}", lines[0]);
    }
}

/// The request on the wire: case, order and duplicates of headers are kept, those of the old connection removed.
#[test]
fn the_head_is_replayed_except_for_the_address() {
    let (_dir, path) = journal();
    let (url, endpoint) = answering([b"HTTP/1.1 204 No Content\r\n\r\n"]);
    let address = &url["http://".len()..url.len() - 1];
    let url = format!("{url}hook");
    hook(["replay", path.to_str().unwrap(), "--id", "1", "--url", &url]).run().exits(0);
    let seen = String::from_utf8(endpoint.join().unwrap().concat()).unwrap();
    let expected = format!(
        "POST /hook HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nX-Old: 1\r\nx-old: 2\r\n\r\n{BODY}",
        BODY.len()
    );
    assert_eq!(seen, expected);
}

#[test]
fn deliveries_can_be_selected() {
    let (_dir, path) = journal();
    let count = |args: &[&str]| {
        let endpoint = Endpoint::accepting();
        replay(&path, &endpoint, args).run().exits(0);
        endpoint.seen().len()
    };
    assert_eq!(count(&["--id", "1", "--id", "3"]), 2);
    assert_eq!(count(&["--last", "1"]), 1);
    assert_eq!(count(&["--event", "message.received/web"]), 1);
    let endpoint = Endpoint::accepting();
    replay(&path, &endpoint, &["--id", "9"]).run().exits(2);
    replay(&path, &endpoint, &["--event", "lead.sumbit"]).run().exits(2);
    assert!(endpoint.was_untouched());
}

#[test]
fn deliveries_can_be_changed_and_re_signed() {
    let (_dir, path) = journal();
    let endpoint = Endpoint::accepting();
    replay(&path, &endpoint, &["--id", "1", "--resign", "--secret", "other"]).run().exits(0);
    let args = ["--id=1", "--set=payload.customerName=Zoë", "--secret", "other"];
    replay(&path, &endpoint, &args).run().exits(0);
    let seen = endpoint.seen();
    assert_eq!(seen[0].body, BODY.as_bytes());
    for one in &seen {
        let own = hook(["sign", "--body", "-", "--print", "value", "--secret", "other"])
            .stdin(one.body.clone())
            .run();
        assert_eq!(one.header("x-chatzuri-signature"), Some(own.out().trim_end()));
        assert_eq!(
            one.headers
                .iter()
                .filter(|(n, _)| n.eq_ignore_ascii_case("x-chatzuri-signature"))
                .count(),
            1
        );
    }
    let changed: Value = serde_json::from_slice(&seen[1].body).unwrap();
    assert_eq!(changed["payload"]["customerName"], "Zoë");
    for args in [&["--resign"][..], &["--set", "a=b"], &["--secret", "x"]] {
        replay(&path, &endpoint, args).run().exits(2);
    }
}

#[test]
fn a_response_that_is_not_2xx_is_a_negative_verdict() {
    let (_dir, path) = journal();
    let endpoint = Endpoint::start(|seen| {
        Reply::new(if seen.body == BODY.as_bytes() { 200 } else { 500 }, "")
    });
    let ran = replay(&path, &endpoint, &["--json"]).run().exits(1);
    let statuses: Vec<_> = ran.json().iter().map(|l| l["status"].clone()).collect();
    assert_eq!(statuses, [200, 500, 500]);
    assert!(ran.stderr.contains("3 deliveries sent, 2 without a 2xx response"), "{}", ran.stderr);
    let nobody = ["replay", path.to_str().unwrap(), "--url", "http://127.0.0.1:1/"];
    hook(nobody).run().exits(3);
}

#[test]
fn any_capture_can_be_replayed() {
    let (_dir, path) = journal();
    let dir = tempfile::tempdir().unwrap();
    for form in ["http", "curl", "har", "ndjson"] {
        let printed = hook(["inspect", path.to_str().unwrap(), "1", "--as", form]).run().exits(0);
        let file = dir.path().join(form);
        std::fs::write(&file, printed.stdout).unwrap();
        let endpoint = Endpoint::accepting();
        replay(&file, &endpoint, &["--speed", "original"]).run().exits(0);
        let seen = endpoint.only();
        assert_eq!(
            (seen.body.as_slice(), seen.header("x-chatzuri-signature")),
            (BODY.as_bytes(), Some(SIGNATURE)),
            "{form}"
        );
    }
}

/// An endpoint that accepts the three deliveries of the journal, and closes the connection of some.
fn breaking_off(is_broken: fn(usize) -> bool) -> (String, JoinHandle<Vec<Vec<u8>>>) {
    answering((0..3).map(move |i| match is_broken(i) {
        true => "",
        false => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    }))
}

/// A closed connection must not end the run, and nothing is sent when an ID is unknown.
#[test]
fn a_delivery_without_a_response_does_not_end_the_run() {
    let (_dir, path) = journal();
    let (url, endpoint) = breaking_off(|i| i == 1);
    let ran = hook(["replay", path.to_str().unwrap(), "--json", "--url", &url]).run().exits(1);
    endpoint.join().unwrap();
    let statuses: Vec<_> = ran.json().iter().map(|l| l["status"].clone()).collect();
    assert_eq!(statuses, [Value::from(200), Value::Null, Value::from(200)]);
    assert!(ran.json()[1]["error"].as_str().unwrap().contains("failed:"));
    let untouched = Endpoint::accepting();
    replay(&path, &untouched, &["--id", "1", "--id", "9"]).run().exits(2);
    assert!(untouched.was_untouched());
}

/// An endpoint that fails on the first delivery may accept the others.
#[test]
fn a_first_delivery_without_a_response_does_not_end_the_run() {
    let (_dir, path) = journal();
    let all = ["replay", path.to_str().unwrap(), "--json", "--url"];
    let (url, endpoint) = breaking_off(|i| i == 0);
    let ran = hook(all).arg(url).run().exits(1);
    endpoint.join().unwrap();
    let statuses: Vec<_> = ran.json().iter().map(|l| l["status"].clone()).collect();
    assert_eq!(statuses, [Value::Null, Value::from(200), Value::from(200)]);
    // Without any response there is no verdict.
    let (url, endpoint) = breaking_off(|_| true);
    let ran = hook(all).arg(url).run().exits(3);
    endpoint.join().unwrap();
    assert_eq!(ran.json().len(), 3);
    assert!(ran.stderr.contains("failed:"), "{}", ran.stderr);
}

#[test]
fn an_unrecognised_delivery_is_re_signed_as_the_hint_says() {
    let endpoint = Endpoint::accepting();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("body.bin");
    std::fs::write(&path, b"\xff no JSON").unwrap();
    let resign = ["--format", "body", "--resign", "--secret", SECRET];
    let ran = replay(&path, &endpoint, &resign).run().exits(2);
    assert!(ran.stderr.contains("--id 1 --provider NAME"), "{}", ran.stderr);
    replay(&path, &endpoint, &resign).args(["--id", "1", "--provider", "chatzuri"]).run().exits(0);
    let seen = endpoint.only();
    let signed = crate::support::signature(b"\xff no JSON");
    assert_eq!(seen.header("x-chatzuri-signature"), Some(&*signed));
}

#[test]
fn an_empty_capture_is_an_error() {
    let endpoint = Endpoint::accepting();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    std::fs::write(&path, "{\"type\":\"ready\",\"url\":\"http://h\"}\n").unwrap();
    let ran = replay(&path, &endpoint, &[]).run().exits(3);
    assert!(ran.stderr.contains("no delivery"), "{}", ran.stderr);
}

/// `--set` without a secret changes only the bytes of the value, and the signature stays.
#[test]
fn only_the_bytes_of_a_set_value_change() {
    let endpoint = Endpoint::accepting();
    let body = "\u{feff}{ \"eventType\" :\t\"lead.submit\",\r\n \"n\":1.50,\"s\":\"Zo\\u00eb \\/\", \"payload\":{\"a\":1,\"a\":2}}\n";
    let request = format!(
        "POST /in HTTP/1.1\r\nHost: h\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let run = |more: &[&str]| {
        hook([
            "replay",
            "-",
            "--provider",
            "chatzuri",
            "--url",
            &endpoint.url("/hook"),
            "--set=payload.a=345",
        ])
        .args(more)
        .stdin(request.clone())
        .run()
        .exits(0)
    };
    let ran = run(&[]);
    assert!(ran.stderr.contains("no longer fit: --resign makes new ones"), "{}", ran.stderr);
    run(&["--resign", "--secret", SECRET]);
    let seen = endpoint.seen();
    let expected = body.replace("\"a\":2", "\"a\":345");
    for one in &seen {
        assert_eq!(String::from_utf8_lossy(&one.body), expected);
        assert_eq!(one.header("content-length"), Some(&*expected.len().to_string()));
    }
    assert_eq!(seen[0].header("x-chatzuri-signature"), Some(SIGNATURE));
    let made = crate::support::signature(expected.as_bytes());
    assert_eq!(seen[1].header("x-chatzuri-signature"), Some(&*made));
}

#[test]
fn a_url_without_a_path_keeps_the_path_of_the_delivery() {
    let endpoint = Endpoint::accepting();
    let bare = endpoint.url("");
    let request = "POST /hook?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
    for url in [bare.clone(), format!("{bare}/"), format!("{bare}/x")] {
        let args = ["replay", "-", "--json", "--url", &url];
        let ran = hook(args).stdin(request).run().exits(0);
        let seen = endpoint.seen().pop().unwrap();
        let target = seen.target.clone();
        let sent = if url == bare { format!("{bare}{target}") } else { url.clone() };
        assert_eq!(ran.json()[0]["url"], sent);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let expected = match url.rsplit('/').next() {
            Some("x") => "/x",
            Some("") => "/",
            _ => "/hook",
        };
        assert_eq!((path, query), (expected, "a=b"), "{url}");
    }
}

#[test]
fn headers_are_added_to_every_delivery_and_not_printed() {
    let (_dir, path) = journal();
    let endpoint = Endpoint::accepting();
    let header = ["-H", "Authorization: Bearer hunter2", "-H", "X-Old: new"];
    let ran = replay(&path, &endpoint, &header).arg("--json").run().exits(0);
    let seen = endpoint.seen();
    for one in &seen {
        assert_eq!(one.header("authorization"), Some("Bearer hunter2"));
        let old = one.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-old"));
        assert_eq!(old.map(|(_, value)| &**value).collect::<Vec<_>>(), ["new"]);
    }
    // The signature and the bytes that it covers are the same.
    assert_eq!(seen[0].header("x-chatzuri-signature"), Some(SIGNATURE));
    assert_eq!(seen[0].body, BODY.as_bytes());
    assert!(!ran.out().contains("hunter2") && ran.out().contains("given with -H"));
}
