//! Bodies that are too long, endless or truncated.

use std::io::Write;
use std::net::Shutdown;

use super::{
    MIB, answer_head, chunked, connect_with, head, held_at_most, listen, rest, send_until_cut_off,
    still_serves, turned_away,
};
use crate::support::listening::{request, status};
use crate::support::{BODY, SIGNATURE, SIGNED};

#[test]
fn a_body_over_the_limit_is_rejected_unread() {
    let limit = BODY.len().to_string();
    let listening = listen(["--max-body", &limit]);
    let one_more = format!("Content-Length: {}", BODY.len() + 1);
    let mut stream = listening.connect();
    // No byte of the body is sent, so the response did not wait for any.
    stream.write_all(&head(&["POST / HTTP/1.1", &one_more])).unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 413);
    turned_away(&listening, "too_large");
    assert!(still_serves(&listening).is_empty(), "exactly the limit is taken");
    let over = format!("{BODY} ");
    assert_eq!(status(&listening.post(&[SIGNED], over.as_bytes())), 413);
    turned_away(&listening, "too_large");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn endless_chunks_are_cut_off_and_not_kept() {
    let listening = listen(["--max-body", "64KiB"]);
    for chunk in [format!("10000\r\n{}\r\n", "a".repeat(65_536)), "1\r\na\r\n".repeat(10_000)] {
        let mut stream = listening.connect();
        stream.write_all(&chunked("")).unwrap();
        send_until_cut_off(&mut stream, chunk.as_bytes());
        let answer = rest(stream);
        assert!(answer.is_empty() || status(&answer) == 413, "{answer}");
        turned_away(&listening, "too_large");
    }
    held_at_most(&listening, 64 * MIB);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_chunked_body_slightly_over_the_limit_gets_a_response() {
    let limit = BODY.len().to_string();
    let listening = listen(["--max-body", &limit]);
    let size = format!("{:x}", BODY.len());
    let over = chunked(&format!("{size}\r\n{BODY}\r\n1\r\n \r\n0\r\n\r\n"));
    assert_eq!(status(&listening.exchange(&over)), 413);
    turned_away(&listening, "too_large");
    let whole = chunked(&format!("{size}\r\n{BODY}\r\n0\r\n\r\n"));
    assert_eq!(status(&listening.exchange(&whole)), 200);
    assert_eq!(listening.json_of("delivery")["signature"]["verdict"], "valid");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn invalid_chunk_sizes_are_rejected() {
    let listening = listen([]);
    for size in ["fffffffffffffffff", "-1", "0x5", "", " 5", "5 5", "g", "5\n"] {
        let answer = listening.exchange(&chunked(&format!("{size}\r\nhello\r\n0\r\n\r\n")));
        assert_eq!(status(&answer), 400, "{size:?}");
        turned_away(&listening, "truncated");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_chunk_of_the_maximum_size_takes_no_memory() {
    let listening = listen([]);
    let mut stream = listening.connect();
    stream.write_all(&chunked("ffffffffffffffff\r\n")).unwrap();
    stream.write_all(BODY.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(status(&rest(stream)), 400);
    turned_away(&listening, "truncated");
    let mut stream = listening.connect();
    stream.write_all(&chunked("fffffffffffffffe\r\n")).unwrap();
    send_until_cut_off(&mut stream, &[b'a'; 65_536]);
    turned_away(&listening, "too_large");
    held_at_most(&listening, 64 * MIB);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn endless_chunk_extensions_and_trailers_are_cut_off() {
    let listening = listen([]);
    let filler = "a".repeat(65_536);
    for (first, piece) in [
        ("5;x=", filler.clone()),
        ("0\r\nX-Endless: ", filler),
        ("0\r\n", "X-Many: y\r\n".repeat(1000)),
        ("", "1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n".repeat(1000)),
    ] {
        let mut stream = listening.connect();
        stream.write_all(&chunked(first)).unwrap();
        send_until_cut_off(&mut stream, piece.as_bytes());
        let answer = rest(stream);
        assert!(answer.is_empty() || status(&answer) == 400, "{first:?}: {answer}");
        turned_away(&listening, "truncated");
    }
    held_at_most(&listening, 64 * MIB);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_truncated_body_is_rejected_even_with_a_valid_signature_of_its_part() {
    let listening = listen([]);
    let longer = (BODY.len() + 1).to_string();
    let mut fixed = head(&[
        "POST / HTTP/1.1",
        &format!("x-chatzuri-signature: {SIGNATURE}"),
        &format!("Content-Length: {longer}"),
    ]);
    fixed.extend_from_slice(BODY.as_bytes());
    let size = format!("{:x}", BODY.len());
    let parts = [
        fixed,
        chunked(&format!("{size}\r\n{BODY}")),
        chunked(&format!("{size}\r\n{BODY}\r\n")),
        chunked(&format!("{size}\r\n{BODY}\r\n0\r\n")),
        chunked(&format!("{size}\r\n{BODY}\r\n0\r\nX: y\r\n")),
    ];
    for bytes in &parts {
        let mut stream = listening.connect();
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(status(&rest(stream)), 400);
        let line = turned_away(&listening, "truncated");
        assert!(!line.to_string().contains("verdict"), "{line}");
        // The same from a sender that has closed the connection.
        listening.connect().write_all(bytes).unwrap();
        turned_away(&listening, "truncated");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_connection_reset_in_mid_body_is_truncated() {
    let listening = listen([]);
    let mut stream = connect_with(&listening, |socket| socket.set_zero_linger().unwrap());
    let lines = ["POST / HTTP/1.1", "Content-Length: 1000", "Expect: 100-continue"];
    stream.write_all(&head(&lines)).unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 100, "it is reading the body now");
    stream.write_all(BODY.as_bytes()).unwrap();
    drop(stream);
    turned_away(&listening, "truncated");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_sender_may_half_close_after_its_request() {
    let listening = listen([]);
    for n in 1..=20 {
        let mut stream = listening.connect();
        stream.write_all(&request("POST", "/", &[SIGNED], BODY.as_bytes())).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = rest(stream);
        assert!(!answer.is_empty(), "no answer to request {n}");
        assert_eq!(status(&answer), 200);
    }
    assert_eq!(still_serves(&listening).len(), 20);
}

#[test]
fn a_sender_that_waits_for_100_continue_gets_it() {
    let listening = listen(["--max-body", "1000"]);
    let head_of = |length: usize| {
        head(&[
            "POST / HTTP/1.1",
            &format!("Content-Length: {length}"),
            &format!("x-chatzuri-signature: {SIGNATURE}"),
            "Expect: 100-continue",
            "Connection: close",
        ])
    };
    let mut stream = listening.connect();
    stream.write_all(&head_of(BODY.len())).unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 100);
    stream.write_all(BODY.as_bytes()).unwrap();
    assert_eq!(status(&rest(stream)), 200);
    assert_eq!(listening.json_of("delivery")["signature"]["verdict"], "valid");
    // No 100 Continue for a request that will be rejected.
    let mut stream = listening.connect();
    stream.write_all(&head_of(1001)).unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 413);
    turned_away(&listening, "too_large");
    assert!(still_serves(&listening).is_empty());
}
