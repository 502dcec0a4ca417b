//! Logs that are read, written and refused.

use super::*;
use crate::capture::{CaptureError, Captured, Wanted};
use crate::webhook::payload::validate::Validity;
use crate::webhook::signature::verify::Verdict;

const LOG: &str = concat!(
    r#"{"type":"ready","url":"http://127.0.0.1:8080"}"#,
    "\n\n",
    r#"{"type":"delivery","id":7,"received_at":"2025-01-02T03:04:05.678Z","method":"POST","target":"/a?b","headers":[["Host","h"],["X-A","1"],["x-a",{"base64":"/w=="}]],"body":"{\"a\":1}","provider":"p","event":"lead.submit","channel":null,"signature":{"verdict":"valid","header":"x","algorithm":"hmac-sha1","reason":"it fits"},"validation":{"verdict":"unknown_event","errors":[],"notes":[]},"duplicate_of":3,"response":{"status":200},"duration_ms":0.41,"added_later":[1]}"#,
    "\r\n",
    r#"{"type":"turned_away","at":"2025-01-02T03:04:05.678Z","reason":"method","detail":"GET"}"#,
    "\n",
    r#"{"type":"delivery","id":8,"received_at":null,"method":"POST","target":"/","headers":[],"body_base64":"/wA=","provider":null,"event":null,"channel":null}"#,
    "\n",
    r#"{"type":"summary"}"#,
);

#[test]
fn a_listeners_log_is_read() {
    let deliveries = read(LOG.as_bytes()).unwrap();
    let [first, second] = deliveries.as_slice() else {
        panic!("{deliveries:?}");
    };
    assert_eq!(first.id, 7);
    assert_eq!(first.delivery.target, "/a?b");
    let headers: Vec<_> = first.delivery.headers.iter().collect();
    assert_eq!(
        headers,
        [("Host", &b"h"[..]), ("X-A", b"1"), ("x-a", b"\xff")]
    );
    let at = first.delivery.received_at.unwrap().to_string();
    assert_eq!(at, "2025-01-02T03:04:05.678Z");
    let found = first.found.as_ref().unwrap();
    assert_eq!(found.event.as_deref(), Some("lead.submit"));
    assert_eq!(found.signature, Verdict::Valid);
    assert_eq!(found.validation, Validity::UnknownEvent);
    assert_eq!((found.duplicate_of, found.status), (Some(3), Some(200)));
    assert_eq!(&second.delivery.body[..], b"\xff\0");
    assert_eq!(second.found, None);
}

#[test]
fn requests_alone_are_the_same_requests() {
    let all = read(LOG.as_bytes()).unwrap();
    let alone = read_piece(LOG.as_bytes(), 0, 0, Wanted::Request).unwrap();
    assert!(all.iter().any(|captured| captured.found.is_some()));
    let without = |captured| Captured {
        found: None,
        ..captured
    };
    let requests: Vec<_> = all.into_iter().map(without).collect();
    assert_eq!(alone.deliveries, requests);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let log = ["\u{feff}", LOG].concat();
    assert_eq!(read(log.as_bytes()), read(LOG.as_bytes()));
    let later = read_piece(log.as_bytes(), 1, 0, Wanted::All);
    assert!(later.is_err(), "it is one elsewhere");
}

#[test]
fn what_nobody_knew_is_left_out_and_the_rest_written_the_same() {
    let deliveries = read(LOG.as_bytes()).unwrap();
    let text = |c: &Captured| String::from_utf8(line(c)).unwrap();
    assert_eq!(
        text(&deliveries[0]),
        concat!(
            r#"{"type":"delivery","id":7,"received_at":"2025-01-02T03:04:05.678Z","method":"POST","target":"/a?b","headers":[["Host","h"],["X-A","1"],["x-a",{"base64":"/w=="}]],"body":"{\"a\":1}","provider":"p","event":"lead.submit","channel":null,"signature":{"verdict":"valid","header":"x","algorithm":"hmac-sha1","reason":"it fits"},"validation":{"verdict":"unknown_event","errors":[],"notes":[]},"duplicate_of":3,"response":{"status":200},"duration_ms":0.41}"#,
            "\n"
        )
    );
    assert_eq!(
        text(&deliveries[1]),
        concat!(
            r#"{"type":"delivery","id":8,"received_at":null,"method":"POST","target":"/","headers":[],"body_base64":"/wA=","provider":null,"event":null,"channel":null}"#,
            "\n"
        )
    );
}

#[test]
fn another_line_is_an_error_with_its_number() {
    let whole = r#"{"type":"delivery","method":"POST","target":"/","headers":[],"body":""}"#;
    assert_eq!(read(whole.as_bytes()).unwrap()[0].id, 1);
    for (bad, why) in [
        (r#"{"type":"verdict"}"#, "`verdict`"),
        (r#"{"a":1}"#, "missing field `type`"),
        ("[]", ""),
        ("{\"type\":\"deliv", "EOF"),
        (r#"{"type":"delivery"}"#, "missing field"),
        (&whole.replace(r#""body""#, r#""other""#), "`body`"),
        (
            &whole.replace(r#""body":"""#, r#""body":"","body_base64":"""#),
            "one of",
        ),
        (
            &whole
                .replace(r#""body""#, r#""body_base64""#)
                .replace(r#""""#, r#""?""#),
            "base64",
        ),
        (&whole.replace("POST", "PO ST"), "method"),
        (&whole.replace("[]", r#"[["A","b\r\nC: d"]]"#), "line break"),
        (&whole.replace("[]", r#"[["A"]]"#), ""),
        (&whole.replace("{", r#"{"received_at":"noon","#), ""),
        (
            &whole.replace(
                "{",
                r#"{"signature":{"verdict":"fine"},"validation":{"verdict":"valid"},"#,
            ),
            "`fine` is no verdict",
        ),
        (&format!(r#"{{"type":{}"#, "[".repeat(100_000)), ""),
    ] {
        let log = format!("{whole}\n\n{bad}\n");
        let error = read(log.as_bytes()).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, CaptureError::Ndjson { line: 3, .. }),
            "{bad}: {text}"
        );
        assert!(text.contains(why), "{bad}: {text}");
    }
}

#[test]
fn a_delivery_is_one_line_and_a_line_is_one_delivery() {
    let one = String::from_utf8(line(&read(LOG.as_bytes()).unwrap()[0])).unwrap();
    let one = one.trim_end();
    for (log, bad) in [
        (format!("{one}\n{one}{one}\n{one}\n"), 2),
        (format!("{one}\n{one} {one}\n"), 2),
        (format!("{one}\n{}\n", one.replacen(',', "\n,", 1)), 2),
        (format!("{one}\n\n{one} x\n{one}\n"), 3),
    ] {
        let why = read(log.as_bytes()).unwrap_err();
        assert!(
            matches!(why, CaptureError::Ndjson { line, .. } if line == bad),
            "{why:?}"
        );
    }
    let blank = format!(" {one}\t\r\n\n\u{c}{one}\u{c}\n{one}");
    assert_eq!(read(blank.as_bytes()).unwrap().len(), 3);
}
