//! Heads that are too long, ambiguous, truncated or not HTTP.

use std::io::Write;
use std::net::Shutdown;

use serde_json::json;

use super::{
    MIB, announced, head, held_at_most, listen, refused, rest, send_until_cut_off, still_serves,
    still_serves_on, turned_away,
};
use crate::support::listening::{request, status};
use crate::support::{BODY, SIGNATURE, SIGNED};

#[test]
fn an_endless_header_is_cut_off() {
    let listening = listen([]);
    let mut stream = listening.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nX-Endless: ").unwrap();
    send_until_cut_off(&mut stream, &[b'a'; 65_536]);
    let answer = rest(stream);
    assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
    turned_away(&listening, "malformed");
    held_at_most(&listening, 64 * MIB);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn sixteen_thousand_headers_are_too_many() {
    let many = "X: y\r\n".repeat(16_000);
    let few = "X: y\r\n".repeat(101);
    let with =
        |headers| format!("POST / HTTP/1.1\r\nContent-Length: 0\r\n{headers}\r\n").into_bytes();
    refused(&listen([]), 431, &[with(many), with(few)]);
}

#[test]
fn an_invalid_content_length_is_rejected() {
    let lengths = [
        "18446744073709551616",
        "-1",
        "+5",
        "abc",
        "0x10",
        "1e3",
        "5 5",
        "5, 5",
        "5.0",
        "\u{665}",
        "",
    ];
    refused(&listen([]), 400, &lengths.map(announced));
}

#[test]
fn a_content_length_of_terabytes_is_rejected_at_once() {
    let listening = listen([]);
    for length in ["200000000000000", "9223372036854775808"] {
        assert_eq!(status(&listening.exchange(&announced(length))), 413);
        turned_away(&listening, "too_large");
    }
    // The library keeps the two highest numbers for itself.
    let answer = listening.exchange(&announced("18446744073709551615"));
    assert!((400..500).contains(&status(&answer)), "{answer}");
    listening.json_of("turned_away");
    held_at_most(&listening, 64 * MIB);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn two_equal_content_lengths_are_accepted_and_different_ones_rejected() {
    let listening = listen([]);
    let length = BODY.len().to_string();
    let agreeing = listening.post(&[SIGNED, ("Content-Length", &length)], BODY.as_bytes());
    assert_eq!(status(&agreeing), 200);
    let line = listening.json_of("delivery");
    assert_eq!((&line["id"], &line["body"]), (&json!(1), &json!(BODY)));
    let other = request("POST", "/", &[SIGNED, ("Content-Length", "5")], BODY.as_bytes());
    refused(&listening, 400, &[other]);
}

#[test]
fn an_unknown_transfer_coding_is_rejected() {
    let codings = ["gzip", "identity", "chunked, gzip", "xchunked", "chunked;q=1", ""];
    let requests = codings.map(|coding| {
        let mut all = head(&["POST / HTTP/1.1", &format!("Transfer-Encoding: {coding}")]);
        all.extend_from_slice(b"0\r\n\r\n");
        all
    });
    refused(&listen([]), 400, &requests);
}

#[test]
fn another_version_of_http_is_rejected() {
    let http2 = b"POST / HTTP/2.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    let old = b"POST /\r\n\r\n";
    let http3 = b"POST / HTTP/3\r\n\r\n";
    refused(&listen([]), 400, &[http2.to_vec(), old.to_vec(), http3.to_vec()]);
}

#[test]
fn the_preface_of_http_2_gets_505() {
    let listening = listen([]);
    let answer = listening.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    assert_eq!(status(&answer), 505, "{answer}");
    assert!(answer.contains("HTTP/2 is not supported: use HTTP/1.1"), "{answer}");
    let line = turned_away(&listening, "malformed");
    assert_eq!(line["response"]["status"], 505);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn bytes_that_are_not_http_are_rejected() {
    let hello = [b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".as_slice(), &[0x5a; 512]].concat();
    let garbage = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let zeros = vec![0; 4096];
    let reset = b"POST / HTTP/1.1\r\nX: \x1b[2J\r\n\r\n".to_vec();
    let no_name = b"POST / HTTP/1.1\r\n: x\r\n\r\n".to_vec();
    refused(&listen([]), 400, &[hello, garbage, zeros, reset, no_name]);
}

#[test]
fn a_request_cut_off_in_its_head_is_truncated() {
    let listening = listen([]);
    for part in ["P", "POST / HTTP/1.1", "POST / HTTP/1.1\r\nContent-Length: 0\r\n"] {
        let mut stream = listening.connect();
        stream.write_all(part.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = rest(stream);
        assert_eq!(status(&answer), 400, "{part:?}: {answer}");
        let line = turned_away(&listening, "truncated");
        assert_eq!(line["response"]["status"], 400);
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_silent_connection_is_not_reported() {
    let listening = listen([]);
    for bytes in ["", "\r\n\r\n"] {
        let mut stream = listening.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(rest(stream), "");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn header_names_and_bytes_are_kept_as_sent() {
    let listening = listen([]);
    let mut bytes = b"POST /a HTTP/1.1\r\nhOsT: localhost\r\nX-Raw: caf\xe9\xff\r\nx-raw: two\r\nX-RAW: Zo\xc3\xab\r\n"
        .to_vec();
    bytes.extend(format!("X-CHATZURI-signature: {SIGNATURE}\r\nConnection: close\r\n").bytes());
    bytes.extend(format!("content-LENGTH: {}\r\n\r\n{BODY}", BODY.len()).bytes());
    assert_eq!(status(&listening.exchange(&bytes)), 200);
    let line = listening.json_of("delivery");
    let expected = json!([
        ["hOsT", "localhost"],
        ["X-Raw", {"base64": "Y2Fm6f8="}],
        ["x-raw", "two"],
        ["X-RAW", "Zoë"],
        ["X-CHATZURI-signature", SIGNATURE],
        ["Connection", "close"],
        ["content-LENGTH", BODY.len().to_string()],
    ]);
    assert_eq!(line["headers"], expected);
    assert_eq!(line["signature"]["verdict"], "valid");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn an_absolute_target_is_kept_and_routed_by_its_path() {
    let listening = listen(["--path", "/hook"]);
    let target = "http://elsewhere.example/hook?x=1";
    let answer = listening.exchange(&request("POST", target, &[SIGNED], BODY.as_bytes()));
    let why = "RFC 9112, 3.2.2: a server must accept the absolute form";
    assert_eq!(status(&answer), 200, "{why}");
    assert_eq!(listening.json_of("delivery")["target"], target);
    for other in [
        "http://elsewhere.example/other",
        "http://elsewhere.example",
        "http://elsewhere.example?x=/hook",
        "http://elsewhere.example/other?x=http://y/hook",
        "/other?x=http://y/hook",
    ] {
        let answer = listening.exchange(&request("POST", other, &[SIGNED], BODY.as_bytes()));
        assert_eq!(status(&answer), 404, "{other}");
        turned_away(&listening, "path");
    }
    assert!(still_serves_on(&listening, "/hook").is_empty());
}

#[test]
fn an_upgrade_request_is_handled_as_http_1() {
    let listening = listen([]);
    let upgrade =
        [SIGNED, ("Upgrade", "h2c, websocket"), ("HTTP2-Settings", "AAAA"), ("TE", "gzip")];
    assert_eq!(status(&listening.post(&upgrade, BODY.as_bytes())), 200);
    assert_eq!(listening.json_of("delivery")["signature"]["verdict"], "valid");
    for line in ["CONNECT elsewhere.example:443 HTTP/1.1", "OPTIONS * HTTP/1.1", "GET / HTTP/1.1"] {
        let answer = listening.exchange(&head(&[line, "Connection: close"]));
        assert_eq!(status(&answer), 405, "{line}");
        turned_away(&listening, "method");
    }
    assert!(still_serves(&listening).is_empty());
}
