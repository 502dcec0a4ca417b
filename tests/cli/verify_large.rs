//! Inputs above the limit of what is held in memory get the same verdicts and messages as small ones.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::support::{Ran, SECRET, hook};
use bytes::Bytes;
use cz_hook::capture::journal::Journal;
use cz_hook::webhook::analysis::Analyzer;
use cz_hook::webhook::delivery::{Delivery, Headers};
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::record::DeliveryRecord;
use cz_hook::webhook::signature;
use cz_hook::webhook::signature::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The most that is held in memory.
const MOST_HELD: usize = 8 << 20;

const API: &str = r#"{"eventType":"lead.submit","agentId":"a","payload":{}}"#;
const OLDER: &str = r#"{"eventType":"leads.submit","chatbotId":"x","payload":{}}"#;
const GUIDE: &str =
    r#"{"event":"lead.submit","timestamp":"2026-04-26T08:30:14Z","agent_id":"a","data":{}}"#;
const ROUTE: &str = r#"{"event":"newMessage","message":{},"conversation":{}}"#;

fn signature(provider: &str, body: &[u8]) -> String {
    let provider = Catalog::builtin().provider(provider).unwrap();
    let secret = Secret::new(SECRET.as_bytes().to_vec(), "test");
    let scheme = provider.scheme().unwrap();
    signature::signature(scheme, &secret, &Headers::default(), body).unwrap()
}

/// Trailing white space does not change what JSON means.
fn padded(text: &[u8], length: usize) -> Vec<u8> {
    let mut body = text.to_vec();
    body.resize(length, b' ');
    body
}

/// The output, without the lengths and signatures, which differ between bodies.
fn seen(ran: &Ran) -> (Option<i32>, String, String) {
    let length = |text: &str| {
        let text = text.replace(&MOST_HELD.to_string(), "N");
        text.replace(&(MOST_HELD + 1).to_string(), "N")
    };
    let lines = ran.out().split_inclusive('\n');
    let mut out: String = lines.filter(|line| !line.starts_with("  x-")).collect();
    if let Some((before, received)) = out.clone().split_once("\"received\":") {
        let behind = received.split_once(['}', ',']).map_or("", |(_, behind)| behind);
        out = format!("{before}{behind}");
    }
    (ran.code, length(&out), length(&ran.stderr))
}

/// Runs on a body at the limit and on one above it; returns the output, which must be the same.
#[track_caller]
fn both(text: &[u8], args: impl Fn(&[u8]) -> Vec<String>) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let run = |length: usize, by_stdin: bool| {
        let body = padded(text, length);
        let path = folder.path().join("body");
        fs::write(&path, &body).unwrap();
        let args = ["verify", "--secret", "other", "--secret", SECRET, "--verbose", "--no-explain"]
            .map(str::to_owned)
            .into_iter()
            .chain(args(&body));
        let hook = hook(args);
        let ran = match by_stdin {
            true => hook.arg("-").stdin(body).run(),
            false => hook.arg(&path).run(),
        };
        seen(&ran)
    };
    let held = run(MOST_HELD, false);
    assert_eq!(run(MOST_HELD + 1, false), held);
    assert_eq!(run(MOST_HELD + 1, true), held);
    held
}

fn with_signature(provider: &'static str, more: &'static [&str]) -> impl Fn(&[u8]) -> Vec<String> {
    move |body| {
        let given = ["--signature".to_owned(), signature(provider, body)];
        given.into_iter().chain(more.iter().map(ToString::to_string)).collect()
    }
}

#[test]
fn a_correct_signature_of_a_large_body_is_valid() {
    for (text, provider, more) in [
        (API, "chatzuri", &["--provider", "chatzuri"][..]),
        (API, "chatzuri", &[]),
        (API, "chatzuri", &["--json"]),
        (GUIDE, "chatzuri-guide", &[]),
        (GUIDE, "chatzuri-guide", &["--provider", "chatzuri-guide", "--json"]),
        (
            concat!("\u{feff}", r#"{"eventType":"lead.submit","agentId":"a","payload":{}}"#),
            "chatzuri",
            &[],
        ),
        ("no JSON at all", "chatzuri", &["--provider", "chatzuri"]),
    ] {
        let (code, out, err) = both(text.as_bytes(), with_signature(provider, more));
        assert_eq!(code, Some(0), "{text} {more:?}: {out}{err}");
        assert!(out.contains("valid"), "{out}");
    }
    let header = |body: &[u8]| {
        let value = signature("chatbase", body);
        vec!["--header".to_owned(), format!("X-Chatbase-Signature: {value}")]
    };
    let (code, out, _) = both(OLDER.as_bytes(), header);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("chatbase"), "{out}");
}

#[test]
fn a_large_body_gets_the_same_messages_as_a_small_one() {
    const WRONG: &str = crate::support::SIGNATURE;
    for (text, args, code, word) in [
        (API, &["--signature", WRONG][..], 1, "invalid"),
        (API, &["--signature", WRONG, "--provider", "chatbase"], 1, "invalid"),
        (API, &["--signature", "8CB4"], 1, "malformed"),
        (API, &["--provider", "chatzuri"], 1, "missing"),
        (API, &["-H", "x-chatzuri-signature: 1", "-H", "X-Chatzuri-Signature: 1"], 1, "malformed"),
        (API, &["-H", "x-chatzuri-signature:"], 1, "malformed"),
        (ROUTE, &[], 1, "missing"),
        (ROUTE, &["--signature", WRONG], 1, "malformed"),
        (OLDER.trim_end_matches('}'), &["--signature", WRONG], 2, ""),
        ("no JSON at all", &["--signature", WRONG], 2, ""),
        ("\"no object\"", &[], 2, ""),
        (r#"{"event":"\ud800"}"#, &["--signature", WRONG], 2, ""),
    ] {
        let (ended, out, err) =
            both(text.as_bytes(), |_| args.iter().map(ToString::to_string).collect());
        assert_eq!(ended, Some(code), "{text} {args:?}: {out}{err}");
        assert!(out.contains(word), "{text} {args:?}: {out}");
    }
    let (code, out, _) = both(API.as_bytes(), with_signature("chatzuri-guide", &[]));
    assert_eq!(code, Some(1));
    assert!(out.contains("the body that of chatzuri"), "{out}");
}

#[test]
fn a_large_http_request_is_read_as_a_capture() {
    let request = |length: usize| {
        let body = padded(API.as_bytes(), length);
        let value = signature("chatzuri", &body);
        let head = format!(
            "POST / HTTP/1.1\r\nContent-Length: {length}\r\nX-Chatzuri-Signature: {value}\r\n\r\n"
        );
        [head.into_bytes(), body].concat()
    };
    for length in [10, MOST_HELD + 1] {
        let length = length.max(API.len());
        let ran = hook(["verify", "--secret", SECRET, "-"]).stdin(request(length)).run();
        assert_eq!(ran.exits(0).out().split_whitespace().next(), Some("valid"));
    }
}

fn line(id: Option<u64>, text: &str) -> Value {
    let mut line = json!({
        "type": "delivery", "received_at": "2026-04-26T08:30:14.123Z", "method": "POST", "target": "/",
        "headers": [["X-Chatzuri-Signature", signature("chatzuri", text.as_bytes())]], "body": text,
    });
    if let Some(id) = id {
        line["id"] = id.into();
    }
    line
}

/// A log with these lines in it and enough blank lines to be as long as that.
fn log(lines: &[Value], length: usize) -> Vec<u8> {
    let mut text: Vec<u8> = b"{\"type\":\"ready\",\"url\":\"http://127.0.0.1:1\"}\n".to_vec();
    for (number, line) in lines.iter().enumerate() {
        text.extend(format!("{line}\n").into_bytes());
        // Some far apart, so that they are in different chunks, and some close together.
        if number % 3 == 0 {
            let share = length.saturating_sub(2000 * lines.len()) * (number + 1) / lines.len();
            blanks(&mut text, share);
        }
    }
    blanks(&mut text, length);
    text
}

/// Adds blank lines up to this length. Lines of spaces are faster to read than as many line ends.
fn blanks(text: &mut Vec<u8>, length: usize) {
    const BLANK: &[u8; 100] = &[b' '; 100];
    while text.len() < length {
        text.extend(BLANK);
        text.push(b'\n');
    }
}

fn verified(path: &Path, text: &[u8], args: &[&str]) -> (Option<i32>, String, String) {
    fs::write(path, text).unwrap();
    let ran = hook(["verify", "--secret", SECRET]).arg(path);
    seen(&args.iter().fold(ran, |ran, arg| ran.arg(arg)).run())
}

#[test]
fn a_large_log_gets_the_same_verdicts_as_a_small_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut tampered = line(Some(7), API);
    tampered["body"] = Value::from(API.replace("\"a\"", "\"b\""));
    let many: Vec<_> = (0..40u64)
        .map(|n| match n % 5 {
            0 => line(Some(n * 10), API),
            3 => tampered.clone(),
            _ => line(None, API),
        })
        .collect();
    for (lines, args, code) in [
        (&many[..], &[][..], 1),
        (&many[..], &["--json"], 1),
        (&many[..3], &["--quiet"], 0),
        (&many[..2], &["--signature", "x"], 2),
        // A log of one delivery is that delivery; a log of none has nothing to verify.
        (&many[..1], &["--json"], 0),
        (&many[3..4], &[], 1),
        (&many[..1], &["--signature", "x"], 2),
        (&[], &["--signature", "x"], 2),
        (&[], &[], 3),
    ] {
        let small = verified(&path, &log(lines, 100), args);
        let large = verified(&path, &log(lines, MOST_HELD + 100_000), args);
        assert_eq!(large, small, "{} {args:?}", lines.len());
        let (ended, out, err) = large;
        assert_eq!(ended, Some(code), "{} {args:?}: {out}{err}", lines.len());
    }
}

#[test]
fn an_invalid_line_of_a_large_log_is_an_error_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let lines = [line(None, API), line(None, API), json!({"type": "verdict"}), line(None, API)];
    let text = log(&lines, MOST_HELD + 100_000);
    let at = text.windows(9).position(|w| w == b"\"verdict\"").unwrap();
    let number = text[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let (code, _, err) = verified(&path, &text, &[]);
    assert_eq!(code, Some(3));
    assert!(err.contains(&format!("line {number} ")), "{number}: {err}");
}

/// Every seventh is signed for another body.
fn received(number: u64) -> DeliveryRecord {
    let body = |n: u64| API.replace("{}", &format!("{{\"n\":{n}}}"));
    let signed = body(number + u64::from(number.is_multiple_of(7)));
    let mut delivery = Delivery::post("/", Bytes::from(body(number)));
    let value = signature("chatzuri", signed.as_bytes());
    delivery.headers.push("X-Chatzuri-Signature", value);
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    delivery.received_at = Some(now);
    let analyzer = Analyzer {
        catalog: Catalog::builtin(),
        provider: None,
        secrets: Vec::new(),
        allow_unsigned: false,
        context: Default::default(),
    };
    DeliveryRecord {
        id: number,
        analysis: Some(analyzer.analyze(&delivery, now).into()),
        delivery,
        duplicate_of: None,
        status: Some(200),
        injected: None,
        forwarded: None,
        sender_left: false,
        duration: Some(Duration::ZERO),
        unread_body: None,
        losses: Vec::new(),
    }
}

#[test]
fn a_journal_gets_the_same_verdicts_as_its_log_in_the_same_order() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, log) = (folder.path().join("j.db"), folder.path().join("log"));
    let received: Vec<_> = (1..=1500).map(received).collect();
    let mut writer = Journal::record(&journal).unwrap();
    writer.append(&received.iter().collect::<Vec<_>>()).unwrap();
    let lines = hook(["inspect", "--as", "ndjson"]).arg(&journal).run();
    fs::write(&log, lines.out()).unwrap();
    for more in [&["--json"][..], &["--json", "--provider", "chatzuri"], &[]] {
        let run = |path: &Path| {
            let args = ["verify", "--no-explain", "--secret", SECRET];
            let ran = hook(args.iter().chain(more)).arg(path).run();
            (ran.code, ran.out().to_owned(), ran.stderr)
        };
        let (code, out, said) = run(&journal);
        assert_eq!(code, Some(1));
        assert_eq!(out.lines().count(), 1500);
        assert_eq!(said, "note: 1500 deliveries: 1286 valid, 214 invalid\n");
        assert!((code, out, said) == run(&log));
    }
}

#[test]
fn a_body_over_256_mib_is_an_error_that_says_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    fs::File::create(&path).unwrap().set_len((256 << 20) + 1).unwrap();
    let args = ["verify", "--secret", SECRET, "--signature", crate::support::SIGNATURE];
    let ran = hook(args).arg(&path).run();
    assert_eq!(ran.code, Some(3));
    assert!(ran.stderr.contains("longer than 256 MiB"), "{}", ran.stderr);
}
