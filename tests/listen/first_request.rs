//! The first request of a connection is read before the HTTP library sees it, without a visible difference.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::listening::{Listening, in_time, request, status};
use crate::support::{BODY, SECRET, SIGNED};

/// A signed request without the second half of its body, and that half.
fn half_sent(listening: &Listening) -> (TcpStream, Vec<u8>) {
    let mut first = request("POST", "/", &[SIGNED], BODY.as_bytes());
    let rest = first.split_off(first.len() - BODY.len() / 2);
    let mut stream = listening.connect();
    stream.write_all(&first).unwrap();
    (stream, rest)
}

fn answer(mut stream: TcpStream) -> u16 {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    status(&answer)
}

#[test]
fn a_request_is_the_same_in_one_piece_and_byte_by_byte() {
    let listening = Listening::start(["--json", "--secret", SECRET]);
    let bytes = request("POST", "/", &[SIGNED], BODY.as_bytes());
    let mut stream = listening.connect();
    stream.set_nodelay(true).unwrap();
    stream.write_all(b"\r\n\r\n").unwrap();
    for byte in &bytes {
        stream.write_all(&[*byte]).unwrap();
    }
    assert_eq!(answer(stream), 200);
    assert_eq!(status(&listening.exchange(&bytes)), 200);
    let mut lines = [listening.json_of("delivery"), listening.json_of("delivery")];
    assert_eq!(lines[1]["duplicate_of"], 1);
    for line in &mut lines {
        assert_eq!(line["signature"]["verdict"], "valid");
        for differing in ["id", "duplicate_of", "received_at", "duration_ms"] {
            line.as_object_mut().unwrap().remove(differing);
        }
    }
    assert_eq!(lines[0], lines[1]);
}

#[test]
fn received_bytes_of_a_slow_body_are_counted() {
    let listening = Listening::start(["--json", "--read-timeout", "300ms"]);
    let (stream, rest) = half_sent(&listening);
    assert_eq!(answer(stream), 408);
    let line = listening.json_of("turned_away");
    let got = BODY.len() - rest.len();
    let detail =
        format!("only {got} of {} bytes of the body arrived before the timeout", BODY.len());
    assert_eq!((&line["reason"], &line["detail"]), (&"timed_out".into(), &detail.into()));
}

#[test]
fn a_started_request_is_finished_at_shutdown() {
    let bytes = request("POST", "/", &[SIGNED, ("Expect", "100-continue")], BODY.as_bytes());
    let (head, body) = bytes.split_at(bytes.len() - BODY.len());
    let (listening, mut stream) = in_time(|time| {
        let listening = Listening::start(["--json", "--secret", SECRET, "--timeout", time]);
        let mut stream = listening.try_connect()?;
        stream.write_all(head).ok()?;
        // A 100 Continue shows that the listener has started with this request.
        stream.read_exact(&mut [0; 25]).ok()?;
        Some((listening, stream))
    });
    // It stops listening at the timeout.
    listening.wait_until_closed();
    stream.write_all(body).unwrap();
    assert_eq!(answer(stream), 200);
    assert_eq!(listening.json_of("delivery")["body"], BODY);
}
