//! Where one request ends and the next begins; and no response contains the expected signature.

use serde_json::json;

use super::{listen, refused, still_serves};
use crate::support::listening::status;
use crate::support::{BODY, SECRET, SIGNATURE};

#[test]
fn pipelined_requests_are_answered_in_order_each_with_its_own_head() {
    let listening = listen([]);
    let size = format!("{:x}", BODY.len());
    let all = format!(
        "POST /1 HTTP/1.1\r\nHost: h\r\nX-N: 1\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\n\r\n{BODY}\
         POST /2 HTTP/1.1\r\nHost: h\r\nX-N: 2\r\nTransfer-Encoding: chunked\r\n\r\n{size};a=\"\r\n{BODY}\r\n0\r\nX: y\r\n\r\n\
         POST /3 HTTP/1.1\r\nHost: h\r\nX-N: 3\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        BODY.len(),
    );
    let answer = listening.exchange(all.as_bytes());
    let codes: Vec<_> = answer.split("HTTP/1.1 ").skip(1).map(|a| &a[..3]).collect();
    assert_eq!(codes, ["200", "400", "400"], "{answer}");
    let lines = still_serves(&listening);
    let seen: Vec<_> = lines
        .iter()
        .map(|l| {
            (
                l["id"].clone(),
                l["target"].clone(),
                l["headers"][1][1].clone(),
                l["signature"]["verdict"].clone(),
            )
        })
        .collect();
    let expected = [("1", "valid"), ("2", "missing"), ("3", "invalid")].map(|(n, verdict)| {
        (json!(n.parse::<u64>().unwrap()), json!(format!("/{n}")), json!(n), json!(verdict))
    });
    assert_eq!(seen, expected);
}

/// A signed request that must not be read as one.
fn smuggled() -> String {
    format!(
        "POST /smuggled HTTP/1.1\r\nHost: h\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
}

#[test]
fn no_request_is_smuggled_after_an_ambiguous_body() {
    let none = "0\r\n\r\n";
    let requests = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", none),
        ("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", none),
        ("Content-Length: 0\r\nTransfer-Encoding: identity\r\n", ""),
        ("Transfer-Encoding : chunked\r\n", none),
        ("Transfer-Encoding\t: chunked\r\n", none),
        ("X: y\r\n Transfer-Encoding: chunked\r\n", none),
        (" Transfer-Encoding: chunked\r\n", none),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", none),
        ("Transfer-Encoding: \x0bchunked\r\n", none),
        ("Transfer-Encoding: \"chunked\"\r\n", none),
        ("X: y\rTransfer-Encoding: chunked\r\n", none),
        ("X: y\0\r\n", ""),
        ("Content-Length: 0\r\nContent-Length: 1\r\n", ""),
        ("Content-Length : 0\r\n", ""),
        ("Content-Length: 0,0\r\n", ""),
    ]
    .map(|(headers, body)| {
        format!("POST / HTTP/1.1\r\nHost: h\r\n{headers}\r\n{body}{}", smuggled()).into_bytes()
    });
    let old = format!("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{none}{}", smuggled());
    let listening = listen([]);
    refused(&listening, 400, &requests);
    refused(&listening, 400, &[old.into_bytes()]);
}

#[test]
fn a_request_inside_a_body_is_a_body() {
    let listening = listen(["--max-body", "200"]);
    let inner = smuggled();
    let all = format!(
        "GET /1 HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{inner}\
         POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{inner}\
         POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{inner}\r\n0\r\n\r\n\
         POST /4 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}",
        length = inner.len(),
    );
    let answer = listening.exchange(all.as_bytes());
    let codes: Vec<_> = answer.split("HTTP/1.1 ").skip(1).map(|a| &a[..3]).collect();
    assert_eq!(codes, ["405", "413", "413", "400"], "{answer}");
    let lines = still_serves(&listening);
    let targets: Vec<_> = lines.iter().map(|l| l["target"].clone()).collect();
    assert_eq!(targets, ["/1", "/2", "/3", "/4"], "{lines:?}");
}

#[test]
fn odd_line_ends_in_trailers_do_not_mix_up_heads() {
    let listening = listen([]);
    for trailers in ["\n", "X: y\n\r\n", "X: y\n\n"] {
        let all = format!(
            "POST /1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{trailers}\
             POST /smuggled HTTP/1.1\r\nHost: h\r\nX-Smuggled: yes\r\n\r\n\
             POST /2 HTTP/1.1\r\nHost: h\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{BODY}",
            BODY.len(),
        );
        let answer = listening.exchange(all.as_bytes());
        for line in still_serves(&listening) {
            let is_second = line["body"] == BODY;
            assert!(!is_second || line["target"] == "/2", "{trailers:?}: {line}\n{answer}");
        }
    }
}

#[test]
fn no_response_and_no_output_contains_the_expected_signature() {
    let listening = listen([]);
    let raw: Vec<u8> = (0..SIGNATURE.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&SIGNATURE[at..at + 2], 16).unwrap())
        .collect();
    let in_base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, raw);
    let wrong = SIGNATURE.replacen('8', "9", 1);
    let upper = SIGNATURE.to_uppercase().replacen('8', "9", 1);
    let long = format!("{wrong}00");
    let values =
        [wrong.as_str(), &upper, &wrong[..39], &long, "", "sha1=", "\u{ff}", "%s%n", "null"];
    for value in values {
        let answer = listening.post(&[("x-chatzuri-signature", value)], BODY.as_bytes());
        assert_eq!(status(&answer), 400, "{value:?}");
        let line = listening.json_of("delivery");
        assert_ne!(line["signature"]["verdict"], "valid");
        for said in [answer, line.to_string()] {
            let said = said.to_lowercase();
            for tell in [SIGNATURE, &in_base64.to_lowercase(), SECRET] {
                assert!(!said.contains(tell), "{value:?}: {said}");
            }
            // Nor a part of it that was not sent.
            assert!(!said.replace(&wrong[..39], "").contains(&SIGNATURE[..8]), "{said}");
        }
    }
    assert!(still_serves(&listening).is_empty());
}
