//! Untrusted peers and a listener that runs all day: whatever bytes they send, and however slowly, it goes on accepting
//! signed deliveries. Every test here ends with one.

mod bodies;
mod boundaries;
mod heads;
mod many_connections;
mod payload;
mod refusals;
mod slow_peers;
mod terminal;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::support::listening::{Listening, TIMEOUT, request, status};
use crate::support::{BODY, SECRET, SIGNATURE, SIGNED, hook};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

const MIB: usize = 1 << 20;

fn listen<const N: usize>(args: [&str; N]) -> Listening {
    let mut all = vec!["listen", "--port", "0", "--json", "--secret", SECRET];
    all.extend(args);
    Listening::of(hook(all))
}

/// A signed delivery is accepted, whatever was sent before. Returns the lines that were printed before its own.
#[track_caller]
fn still_serves(listening: &Listening) -> Vec<Value> {
    still_serves_on(listening, "/")
}

#[track_caller]
fn still_serves_on(listening: &Listening, path: &str) -> Vec<Value> {
    let marker = json!(["X-Last", "yes"]);
    let last = request("POST", path, &[SIGNED, ("X-Last", "yes")], BODY.as_bytes());
    let answer = listening.exchange(&last);
    assert_eq!(status(&answer), 200, "{answer}");
    let mut before = Vec::new();
    loop {
        let line = listening.json();
        let headers = line["headers"].as_array();
        if headers.is_some_and(|all| all.contains(&marker)) {
            assert_eq!(line["signature"]["verdict"], "valid", "{line}");
            assert_eq!(line["body"], BODY);
            return before;
        }
        if line["type"] != "ready" {
            before.push(line);
        }
    }
}

/// The next line, which must report a request that was rejected for this reason.
#[track_caller]
fn turned_away(listening: &Listening, reason: &str) -> Value {
    let line = loop {
        let line = listening.json();
        if line["type"] != "ready" {
            break line;
        }
    };
    assert_eq!(line["type"], "turned_away", "{line}");
    assert_eq!(line["reason"], reason, "{line}");
    line
}

/// A head of these lines.
fn head(lines: &[&str]) -> Vec<u8> {
    format!("{}\r\nHost: localhost\r\n\r\n", lines.join("\r\n")).into_bytes()
}

fn chunked(body: &str) -> Vec<u8> {
    let mut all = head(&[
        "POST / HTTP/1.1",
        "Transfer-Encoding: chunked",
        &format!("x-chatzuri-signature: {SIGNATURE}"),
        "Connection: close",
    ]);
    all.extend_from_slice(body.as_bytes());
    all
}

/// A request with this announced length and these bytes, from a sender that keeps the connection open.
fn announced(length: &str) -> Vec<u8> {
    head(&["POST / HTTP/1.1", &format!("Content-Length: {length}"), "Connection: close"])
}

/// Sends `piece` until the listener closes the connection.
#[track_caller]
fn send_until_cut_off(stream: &mut TcpStream, piece: &[u8]) {
    const MOST: usize = 256 * MIB;
    for _ in 0..MOST / piece.len() {
        if let Err(error) = stream.write_all(piece) {
            let closed = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
            assert!(closed.contains(&error.kind()), "{error}");
            return;
        }
    }
    panic!("{MOST} bytes were read from one connection");
}

/// The rest of the response. A connection that is closed with unread bytes may lose it.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The head of the response, on a connection that stays open.
#[track_caller]
fn answer_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("an answer");
        head.push(byte[0]);
    }
    String::from_utf8(head).expect("text")
}

/// Sends some bytes, then one more after every 50 ms of silence, until the listener responds or closes. Returns the
/// beginning of the response.
#[track_caller]
fn trickle(listening: &Listening, first: &[u8]) -> String {
    let pause = Duration::from_millis(50);
    let mut stream = listening.connect();
    stream.write_all(first).expect("a connection");
    stream.set_read_timeout(Some(pause)).expect("a time-out");
    let mut answer = [0; 1024];
    for _ in 0..TIMEOUT.as_millis() / pause.as_millis() {
        match stream.read(&mut answer) {
            Ok(n) => return String::from_utf8_lossy(&answer[..n]).into_owned(),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // If it is closed, the next read returns the end.
                let _ = stream.write_all(b"a");
            }
            Err(_) => return String::new(),
        }
    }
    panic!("the listener waits as long as bytes come");
}

/// A connection whose socket has options that the standard library does not set.
fn connect_with(listening: &Listening, set: impl FnOnce(&TcpSocket)) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let stream = runtime.unwrap().block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        set(&socket);
        let address = SocketAddr::from(([127, 0, 0, 1], listening.port));
        socket.connect(address).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream
}

/// Fails when the listener has ever held more memory than this.
#[track_caller]
pub fn held_at_most(listening: &Listening, most: usize) {
    if cfg!(target_os = "linux") {
        let path = format!("/proc/{}/status", listening.pid());
        let all = std::fs::read_to_string(path).expect("a process");
        let peak = all.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("a peak");
        let peak: usize = peak.trim_end_matches("kB").trim().parse().expect("a number");
        assert!(peak * 1024 < most, "it held {peak} KiB");
    }
}

/// None of these is a valid request: each gets this response and is reported in one line.
#[track_caller]
fn refused(listening: &Listening, code: u16, requests: &[Vec<u8>]) {
    for bytes in requests {
        let shown = String::from_utf8_lossy(bytes);
        let answer = listening.exchange(bytes);
        assert!(!answer.is_empty(), "no answer to {shown:?}");
        assert_eq!(status(&answer), code, "{shown:?}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{shown:?}: {answer}");
        turned_away(listening, "malformed");
    }
    assert_eq!(still_serves(listening), [] as [Value; 0]);
}
