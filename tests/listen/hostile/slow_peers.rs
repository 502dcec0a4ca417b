//! Peers that send slowly, and peers that do not read.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{
    MIB, announced, answer_head, chunked, connect_with, held_at_most, listen, rest, still_serves,
    trickle, turned_away,
};
use crate::support::listening::{Listening, TIMEOUT, status};

#[test]
fn a_slow_head_is_cut_off() {
    let listening = listen(["--read-timeout", "300ms"]);
    let mut stream = listening.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nX-Slow: ").unwrap();
    assert_eq!(status(&rest(stream)), 408);
    let line = turned_away(&listening, "timed_out");
    assert_eq!(line["response"]["status"], 408);
    // A connection without any byte is closed too, without a response.
    assert_eq!(rest(listening.connect()), "");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_slow_body_is_cut_off() {
    let listening = listen(["--read-timeout", "300ms"]);
    for bytes in [announced("5"), chunked("5\r\nhel")] {
        let mut stream = listening.connect();
        stream.write_all(&bytes).unwrap();
        assert_eq!(status(&answer_head(&mut stream)), 408);
        turned_away(&listening, "timed_out");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_slow_trickle_of_bytes_does_not_extend_the_deadline() {
    let listening = listen(["--read-timeout", "300ms"]);
    let answer = trickle(&listening, b"POST / HTTP/1.1\r\nHost: h\r\nX-Trickle: ");
    assert_eq!(status(&answer), 408, "{answer}");
    turned_away(&listening, "timed_out");
    for first in [announced("100000"), chunked("ffff\r\n"), chunked("5;"), chunked("0\r\nX: ")] {
        assert_eq!(status(&trickle(&listening, &first)), 408);
        turned_away(&listening, "timed_out");
    }
    assert!(still_serves(&listening).is_empty());
}

/// A client that sends pipelined requests and reads nothing.
struct Flood {
    stream: TcpStream,
    requests: Vec<u8>,
    sent: usize,
}

impl Flood {
    /// Sends until the listener stops reading.
    fn stuck(listening: &Listening) -> Self {
        const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        let stream = connect_with(listening, |s| s.set_recv_buffer_size(4096).unwrap());
        let pause = Some(Duration::from_millis(500));
        stream.set_write_timeout(pause).unwrap();
        let mut flood = Self { stream, requests: REQUEST.repeat(1000), sent: 0 };
        while flood.goes_on().is_ok() {}
        flood
    }

    /// Sends as much as is accepted at once.
    fn goes_on(&mut self) -> std::io::Result<()> {
        let rest = &self.requests[self.sent % self.requests.len()..];
        self.sent += self.stream.write(rest)?;
        assert!(self.sent < 64 * MIB, "it is still being read");
        Ok(())
    }
}

#[test]
fn the_listener_stops_reading_from_a_client_that_never_reads() {
    let listening = listen([]);
    let stuck = Flood::stuck(&listening);
    let before = still_serves(&listening);
    assert!(before.iter().all(|line| line["reason"] == "method"));
    held_at_most(&listening, 64 * MIB);
    drop(stuck);
}

#[test]
fn a_client_that_never_reads_is_disconnected() {
    let listening = listen(["--read-timeout", "300ms"]);
    let mut stuck = Flood::stuck(&listening);
    let blocked = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    let deadline = Instant::now() + TIMEOUT;
    let is_open = |stuck: &mut Flood| match stuck.goes_on() {
        Ok(()) => true,
        Err(error) => blocked.contains(&error.kind()),
    };
    while is_open(&mut stuck) {
        assert!(Instant::now() < deadline, "a connection that nobody reads stays open for ever");
    }
    still_serves(&listening);
}
