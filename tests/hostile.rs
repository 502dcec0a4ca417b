//! Strangers connect to a listener that stays open all day: whatever bytes they send, and however slowly,
//! it must go on taking signed deliveries. Every test here ends with one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use support::listening::{Listening, PATIENCE, request, status};
use support::{BODY, SECRET, SIGNATURE, hook};
use tokio::net::TcpSocket;

const SIGNED: (&str, &str) = ("x-chatzuri-signature", SIGNATURE);
const MIB: usize = 1 << 20;

fn listen<const N: usize>(args: [&str; N]) -> Listening {
    let mut all = vec!["listen", "--port", "0", "--json", "--secret", SECRET];
    all.extend(args);
    Listening::of(hook(all))
}

/// Whatever came before, a signed delivery is taken. Returns the lines that were printed before its own.
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

/// The next line, which must be of a request turned away for this reason.
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

/// A head of these lines; what it announces is the test's business.
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

/// The announced length and what comes with it, from a sender that stays.
fn announced(length: &str) -> Vec<u8> {
    head(&[
        "POST / HTTP/1.1",
        &format!("Content-Length: {length}"),
        "Connection: close",
    ])
}

/// Sends `piece` until the listener closes the connection; that it stops reading is not enough.
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

/// What is left to read. A connection that is closed with bytes unread may lose its answer.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The answer's head as it comes, on a connection that stays open.
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

/// Sends some bytes, then one more whenever the listener has said nothing for 50 ms, until it answers or
/// closes. Returns the beginning of the answer.
#[track_caller]
fn trickle(listening: &Listening, first: &[u8]) -> String {
    let pause = Duration::from_millis(50);
    let mut stream = listening.connect();
    stream.write_all(first).expect("a connection");
    stream.set_read_timeout(Some(pause)).expect("a time-out");
    let mut answer = [0; 1024];
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        match stream.read(&mut answer) {
            Ok(n) => return String::from_utf8_lossy(&answer[..n]).into_owned(),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // When it is closed, the next read says so.
                let _ = stream.write_all(b"a");
            }
            Err(_) => return String::new(),
        }
    }
    panic!("the listener waits as long as bytes come");
}

/// A connection whose socket has options that the standard library does not set.
fn connect_with(listening: &Listening, set: impl FnOnce(&TcpSocket)) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    let stream = runtime.unwrap().block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        set(&socket);
        let address = SocketAddr::from(([127, 0, 0, 1], listening.port));
        socket.connect(address).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Fails when the listener has ever held more memory than this.
#[track_caller]
fn held_at_most(listening: &Listening, most: usize) {
    if cfg!(target_os = "linux") {
        let path = format!("/proc/{}/status", listening.pid());
        let all = std::fs::read_to_string(path).expect("a process");
        let peak = all
            .lines()
            .find_map(|l| l.strip_prefix("VmHWM:"))
            .expect("a peak");
        let peak: usize = peak
            .trim_end_matches("kB")
            .trim()
            .parse()
            .expect("a number");
        assert!(peak * 1024 < most, "it held {peak} KiB");
    }
}

/// Each of these is no request: it gets this answer and one line that says so.
#[track_caller]
fn refused(listening: &Listening, code: u16, requests: &[Vec<u8>]) {
    for bytes in requests {
        let shown = String::from_utf8_lossy(bytes);
        let answer = listening.exchange(bytes);
        assert!(!answer.is_empty(), "no answer to {shown:?}");
        assert_eq!(status(&answer), code, "{shown:?}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{shown:?}: {answer}"
        );
        turned_away(listening, "malformed");
    }
    assert_eq!(still_serves(listening), [] as [Value; 0]);
}

// Heads

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
fn a_length_that_is_none_is_refused() {
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
fn a_length_of_terabytes_is_too_large_at_once() {
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
fn two_lengths_count_once_when_they_agree_and_never_when_not() {
    let listening = listen([]);
    let length = BODY.len().to_string();
    let agreeing = listening.post(&[SIGNED, ("Content-Length", &length)], BODY.as_bytes());
    assert_eq!(status(&agreeing), 200);
    let line = listening.json_of("delivery");
    assert_eq!((&line["id"], &line["body"]), (&json!(1), &json!(BODY)));
    let other = request(
        "POST",
        "/",
        &[SIGNED, ("Content-Length", "5")],
        BODY.as_bytes(),
    );
    refused(&listening, 400, &[other]);
}

#[test]
fn an_unknown_transfer_coding_is_refused() {
    let codings = [
        "gzip",
        "identity",
        "chunked, gzip",
        "xchunked",
        "chunked;q=1",
        "",
    ];
    let requests = codings.map(|coding| {
        let mut all = head(&["POST / HTTP/1.1", &format!("Transfer-Encoding: {coding}")]);
        all.extend_from_slice(b"0\r\n\r\n");
        all
    });
    refused(&listen([]), 400, &requests);
}

#[test]
fn another_version_of_http_is_refused() {
    let http2 = b"POST / HTTP/2.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    let old = b"POST /\r\n\r\n";
    let http3 = b"POST / HTTP/3\r\n\r\n";
    refused(
        &listen([]),
        400,
        &[http2.to_vec(), old.to_vec(), http3.to_vec()],
    );
}

#[test]
fn the_preface_of_http_2_ends_the_connection() {
    let listening = listen([]);
    let answer = listening.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    assert!(answer.is_empty() || status(&answer) == 400, "{answer}");
    turned_away(&listening, "malformed");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn bytes_that_are_no_http_are_refused() {
    let hello = [
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".as_slice(),
        &[0x5a; 512],
    ]
    .concat();
    let garbage = (0..4096_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let zeros = vec![0; 4096];
    let reset = b"POST / HTTP/1.1\r\nX: \x1b[2J\r\n\r\n".to_vec();
    let no_name = b"POST / HTTP/1.1\r\n: x\r\n\r\n".to_vec();
    refused(&listen([]), 400, &[hello, garbage, zeros, reset, no_name]);
}

#[test]
fn a_request_cut_off_in_its_head_is_truncated() {
    let listening = listen([]);
    for part in [
        "P",
        "POST / HTTP/1.1",
        "POST / HTTP/1.1\r\nContent-Length: 0\r\n",
    ] {
        let mut stream = listening.connect();
        stream.write_all(part.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = rest(stream);
        assert!(answer.is_empty() || status(&answer) == 400, "{answer}");
        turned_away(&listening, "truncated");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_connection_that_says_nothing_is_not_worth_a_line() {
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
fn an_absolute_target_is_kept_as_sent_and_its_path_counts() {
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
fn asking_for_another_protocol_changes_nothing() {
    let listening = listen([]);
    let upgrade = [
        SIGNED,
        ("Upgrade", "h2c, websocket"),
        ("HTTP2-Settings", "AAAA"),
        ("TE", "gzip"),
    ];
    assert_eq!(status(&listening.post(&upgrade, BODY.as_bytes())), 200);
    assert_eq!(
        listening.json_of("delivery")["signature"]["verdict"],
        "valid"
    );
    for line in [
        "CONNECT elsewhere.example:443 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET / HTTP/1.1",
    ] {
        let answer = listening.exchange(&head(&[line, "Connection: close"]));
        assert_eq!(status(&answer), 405, "{line}");
        turned_away(&listening, "method");
    }
    assert!(still_serves(&listening).is_empty());
}

// Bodies

#[test]
fn a_body_over_the_limit_is_refused_unread() {
    let limit = BODY.len().to_string();
    let listening = listen(["--max-body", &limit]);
    let one_more = format!("Content-Length: {}", BODY.len() + 1);
    let mut stream = listening.connect();
    // Not one byte of the body is sent, so the answer did not wait for any.
    stream
        .write_all(&head(&["POST / HTTP/1.1", &one_more]))
        .unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 413);
    turned_away(&listening, "too_large");
    assert!(
        still_serves(&listening).is_empty(),
        "exactly the limit is taken"
    );
    let over = format!("{BODY} ");
    assert_eq!(status(&listening.post(&[SIGNED], over.as_bytes())), 413);
    turned_away(&listening, "too_large");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn endless_chunks_are_cut_off_and_not_kept() {
    let listening = listen(["--max-body", "64KiB"]);
    for chunk in [
        format!("10000\r\n{}\r\n", "a".repeat(65_536)),
        "1\r\na\r\n".repeat(10_000),
    ] {
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
fn a_little_too_many_chunks_are_answered() {
    let limit = BODY.len().to_string();
    let listening = listen(["--max-body", &limit]);
    let size = format!("{:x}", BODY.len());
    let over = chunked(&format!("{size}\r\n{BODY}\r\n1\r\n \r\n0\r\n\r\n"));
    assert_eq!(status(&listening.exchange(&over)), 413);
    turned_away(&listening, "too_large");
    let whole = chunked(&format!("{size}\r\n{BODY}\r\n0\r\n\r\n"));
    assert_eq!(status(&listening.exchange(&whole)), 200);
    assert_eq!(
        listening.json_of("delivery")["signature"]["verdict"],
        "valid"
    );
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn chunk_sizes_that_make_no_sense_are_no_delivery() {
    let listening = listen([]);
    for size in [
        "fffffffffffffffff",
        "-1",
        "0x5",
        "",
        " 5",
        "5 5",
        "g",
        "5\n",
    ] {
        let answer = listening.exchange(&chunked(&format!("{size}\r\nhello\r\n0\r\n\r\n")));
        assert_eq!(status(&answer), 400, "{size:?}");
        turned_away(&listening, "truncated");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_chunk_of_all_the_bytes_there_are_takes_no_memory() {
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
        (
            "",
            "1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n".repeat(1000),
        ),
    ] {
        let mut stream = listening.connect();
        stream.write_all(&chunked(first)).unwrap();
        send_until_cut_off(&mut stream, piece.as_bytes());
        let answer = rest(stream);
        assert!(
            answer.is_empty() || status(&answer) == 400,
            "{first:?}: {answer}"
        );
        turned_away(&listening, "truncated");
    }
    held_at_most(&listening, 64 * MIB);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_truncated_body_is_never_a_delivery_even_when_its_part_is_signed() {
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
        // The same from a sender that is gone altogether.
        listening.connect().write_all(bytes).unwrap();
        turned_away(&listening, "truncated");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_connection_reset_in_mid_body_is_truncated() {
    let listening = listen([]);
    let mut stream = connect_with(&listening, |socket| socket.set_zero_linger().unwrap());
    let lines = [
        "POST / HTTP/1.1",
        "Content-Length: 1000",
        "Expect: 100-continue",
    ];
    stream.write_all(&head(&lines)).unwrap();
    assert_eq!(
        status(&answer_head(&mut stream)),
        100,
        "it is reading the body now"
    );
    stream.write_all(BODY.as_bytes()).unwrap();
    drop(stream);
    turned_away(&listening, "truncated");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_sender_that_has_said_everything_may_close_its_side() {
    let listening = listen([]);
    for n in 1..=20 {
        let mut stream = listening.connect();
        stream
            .write_all(&request("POST", "/", &[SIGNED], BODY.as_bytes()))
            .unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = rest(stream);
        assert!(!answer.is_empty(), "no answer to request {n}");
        assert_eq!(status(&answer), 200);
    }
    assert_eq!(still_serves(&listening).len(), 20);
}

#[test]
fn a_sender_that_waits_to_be_asked_is_asked() {
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
    assert_eq!(
        listening.json_of("delivery")["signature"]["verdict"],
        "valid"
    );
    // What will be refused is not asked for.
    let mut stream = listening.connect();
    stream.write_all(&head_of(1001)).unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 413);
    turned_away(&listening, "too_large");
    assert!(still_serves(&listening).is_empty());
}

// Time

#[test]
fn a_slow_head_is_cut_off() {
    let listening = listen(["--read-timeout", "300ms"]);
    let mut stream = listening.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nX-Slow: ").unwrap();
    let answer = rest(stream);
    assert!(answer.is_empty() || status(&answer) == 408, "{answer}");
    turned_away(&listening, "timed_out");
    // Nothing at all is cut off too, without a word.
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
fn a_trickle_does_not_move_the_deadline() {
    let listening = listen(["--read-timeout", "300ms"]);
    let answer = trickle(&listening, b"POST / HTTP/1.1\r\nX-Trickle: ");
    assert!(answer.is_empty() || status(&answer) == 408, "{answer}");
    turned_away(&listening, "timed_out");
    for first in [
        announced("100000"),
        chunked("ffff\r\n"),
        chunked("5;"),
        chunked("0\r\nX: "),
    ] {
        assert_eq!(status(&trickle(&listening, &first)), 408);
        turned_away(&listening, "timed_out");
    }
    assert!(still_serves(&listening).is_empty());
}

// Crowds

/// A listener with 256 descriptors; its sender, this process, gets more.
#[cfg(unix)]
fn listen_with_few_descriptors() -> Listening {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut own = getrlimit(Resource::Nofile);
    own.current = Some(own.maximum.unwrap_or(8192).min(8192));
    setrlimit(Resource::Nofile, own).expect("a limit");
    let listen = hook(["listen", "--port", "0", "--json", "--secret", SECRET]);
    Listening::with_descriptors(256, &listen)
}

#[cfg(unix)]
#[test]
fn three_hundred_idle_connections_do_not_keep_a_delivery_out() {
    let listening = listen_with_few_descriptors();
    let idle: Vec<_> = (0..300).map(|_| listening.connect()).collect();
    assert!(still_serves(&listening).is_empty());
    drop(idle);
    assert!(still_serves(&listening).is_empty());
}

#[cfg(unix)]
#[test]
fn three_hundred_connections_in_mid_body_do_not_keep_a_delivery_out() {
    let listening = listen_with_few_descriptors();
    let bytes = head(&[
        "POST / HTTP/1.1",
        "Content-Length: 1000",
        "Expect: 100-continue",
    ]);
    let reading: Vec<_> = (0..300)
        .map(|_| {
            let mut stream = listening.connect();
            stream.write_all(&bytes).unwrap();
            assert_eq!(status(&answer_head(&mut stream)), 100);
            stream.write_all(b"some").unwrap();
            stream
        })
        .collect();
    let busy = still_serves(&listening);
    assert!(busy.len() > 300 - 256, "{} made room", busy.len());
    assert!(busy.iter().all(|line| line["reason"] == "busy"), "{busy:?}");
    drop(reading);
    let all = still_serves(&listening);
    assert!(
        all.iter().all(|line| line["type"] == "turned_away"),
        "{all:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_rush_of_idle_connections_does_not_push_out_a_delivery_that_just_came() {
    let listening = listen_with_few_descriptors();
    let bytes = head(&[
        "POST / HTTP/1.1",
        "Content-Length: 1000",
        "Expect: 100-continue",
    ]);
    let mut crowd: Vec<_> = (0..256)
        .map(|_| {
            let mut stream = listening.connect();
            stream.write_all(&bytes).unwrap();
            assert_eq!(status(&answer_head(&mut stream)), 100);
            stream
        })
        .collect();
    let delivery = request("POST", "/", &[SIGNED], BODY.as_bytes());
    let mut lost = 0;
    for _ in 0..10 {
        let mut stream = listening.connect();
        let _ = stream.write_all(&delivery);
        crowd.extend((0..30).map(|_| listening.connect()));
        let answer = rest(stream);
        if answer.is_empty() {
            lost += 1;
        } else {
            assert_eq!(status(&answer), 200);
        }
    }
    assert_eq!(lost, 0, "deliveries of 10 got no answer");
    still_serves(&listening);
}

/// Sends pipelined requests and reads nothing, until the listener does not read either.
fn stuck(listening: &Listening) -> TcpStream {
    let mut stream = connect_with(listening, |s| s.set_recv_buffer_size(4096).unwrap());
    let pause = Some(Duration::from_millis(500));
    stream.set_write_timeout(pause).unwrap();
    let many = "GET / HTTP/1.1\r\n\r\n".repeat(1000);
    let mut sent = 0;
    while stream.write_all(many.as_bytes()).is_ok() {
        sent += many.len();
        assert!(sent < 64 * MIB, "it is still being read");
    }
    stream
}

#[test]
fn a_client_that_never_reads_its_answers_is_not_read_for_ever() {
    let listening = listen([]);
    let stuck = stuck(&listening);
    let before = still_serves(&listening);
    assert!(before.iter().all(|line| line["reason"] == "method"));
    held_at_most(&listening, 64 * MIB);
    drop(stuck);
}

#[test]
fn a_client_that_never_reads_its_answers_is_cut_off() {
    let listening = listen(["--read-timeout", "300ms"]);
    let mut stuck = stuck(&listening);
    let blocked = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    let ended = (0..20).any(|_| {
        let written = stuck.write(b"G");
        written.is_err_and(|error| !blocked.contains(&error.kind()))
    });
    assert!(ended, "a connection that nobody reads stays open for ever");
    still_serves(&listening);
}

#[test]
fn many_small_requests_in_one_piece_take_little_memory() {
    const MANY: usize = 3000;
    let listening = listen([]);
    let mut stream = listening.connect();
    let last = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    let all = "GET / HTTP/1.1\r\n\r\n".repeat(MANY) + last;
    stream.write_all(all.as_bytes()).unwrap();
    let answers = rest(stream);
    assert_eq!(answers.matches("HTTP/1.1 405").count(), MANY + 1);
    held_at_most(&listening, 64 * MIB);
    assert_eq!(still_serves(&listening).len(), MANY + 1);
}

/// Sends the published vector to each listener from 32 threads at once; each listener's deliveries.
fn crowd(listeners: &[Listening]) -> Vec<Vec<Value>> {
    let bytes = request("POST", "/", &[SIGNED], BODY.as_bytes());
    let ports: Vec<_> = listeners.iter().map(|listening| listening.port).collect();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for port in &ports {
                    let mut stream = TcpStream::connect(("127.0.0.1", *port)).unwrap();
                    stream.write_all(&bytes).unwrap();
                    assert_eq!(status(&rest(stream)), 200);
                }
            });
        }
    });
    listeners.iter().map(still_serves).collect()
}

#[test]
fn one_body_from_many_senders_is_counted_once_each_by_each_listener() {
    for lines in crowd(&[listen([]), listen([])]) {
        let mut ids: Vec<_> = lines.iter().map(|l| l["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, (1..=32).collect::<Vec<_>>());
        for line in &lines {
            assert_eq!(line["signature"]["verdict"], "valid");
        }
    }
}

#[test]
fn of_equal_bodies_that_come_at_once_the_first_is_the_one_that_the_others_repeat() {
    for lines in crowd(&[listen([]), listen([]), listen([]), listen([])]) {
        for line in &lines {
            let first = if line["id"] == 1 {
                Value::Null
            } else {
                json!(1)
            };
            assert_eq!(line["duplicate_of"], first, "{line}");
        }
    }
}

// Where one request ends and the next begins

#[test]
fn pipelined_requests_are_answered_in_order_each_with_its_own_head() {
    let listening = listen([]);
    let size = format!("{:x}", BODY.len());
    let all = format!(
        "POST /1 HTTP/1.1\r\nX-N: 1\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\n\r\n{BODY}\
         POST /2 HTTP/1.1\r\nX-N: 2\r\nTransfer-Encoding: chunked\r\n\r\n{size};a=\"\r\n{BODY}\r\n0\r\nX: y\r\n\r\n\
         POST /3 HTTP/1.1\r\nX-N: 3\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
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
                l["headers"][0][1].clone(),
                l["signature"]["verdict"].clone(),
            )
        })
        .collect();
    let expected = [("1", "valid"), ("2", "missing"), ("3", "invalid")].map(|(n, verdict)| {
        (
            json!(n.parse::<u64>().unwrap()),
            json!(format!("/{n}")),
            json!(n),
            json!(verdict),
        )
    });
    assert_eq!(seen, expected);
}

/// A signed request that nobody may take for one.
fn smuggled() -> String {
    format!(
        "POST /smuggled HTTP/1.1\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
}

#[test]
fn nothing_is_smuggled_behind_a_body_whose_end_is_in_doubt() {
    let none = "0\r\n\r\n";
    let requests = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", none),
        ("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", none),
        ("Content-Length: 0\r\nTransfer-Encoding: identity\r\n", ""),
        ("Transfer-Encoding : chunked\r\n", none),
        ("Transfer-Encoding\t: chunked\r\n", none),
        ("X: y\r\n Transfer-Encoding: chunked\r\n", none),
        (" Transfer-Encoding: chunked\r\n", none),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            none,
        ),
        ("Transfer-Encoding: \x0bchunked\r\n", none),
        ("Transfer-Encoding: \"chunked\"\r\n", none),
        ("X: y\rTransfer-Encoding: chunked\r\n", none),
        ("X: y\0\r\n", ""),
        ("Content-Length: 0\r\nContent-Length: 1\r\n", ""),
        ("Content-Length : 0\r\n", ""),
        ("Content-Length: 0,0\r\n", ""),
    ]
    .map(|(headers, body)| {
        format!("POST / HTTP/1.1\r\n{headers}\r\n{body}{}", smuggled()).into_bytes()
    });
    let old = format!(
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{none}{}",
        smuggled()
    );
    let listening = listen([]);
    refused(&listening, 400, &requests);
    refused(&listening, 400, &[old.into_bytes()]);
}

#[test]
fn a_request_inside_a_body_is_a_body() {
    let listening = listen(["--max-body", "200"]);
    let inner = smuggled();
    let all = format!(
        "GET /1 HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{inner}\
         POST /2 HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{inner}\
         POST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{inner}\r\n0\r\n\r\n\
         POST /4 HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}",
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
fn odd_line_ends_in_trailers_do_not_give_a_request_the_head_of_another() {
    let listening = listen([]);
    for trailers in ["\n", "X: y\n\r\n", "X: y\n\n"] {
        let all = format!(
            "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{trailers}\
             POST /smuggled HTTP/1.1\r\nX-Smuggled: yes\r\n\r\n\
             POST /2 HTTP/1.1\r\nX-Chatzuri-Signature: {SIGNATURE}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{BODY}",
            BODY.len(),
        );
        let answer = listening.exchange(all.as_bytes());
        for line in still_serves(&listening) {
            let is_second = line["body"] == BODY;
            assert!(
                !is_second || line["target"] == "/2",
                "{trailers:?}: {line}\n{answer}"
            );
        }
    }
}

// Secrets

#[test]
fn no_answer_and_no_line_tells_the_expected_signature() {
    let listening = listen([]);
    let raw: Vec<u8> = (0..SIGNATURE.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&SIGNATURE[at..at + 2], 16).unwrap())
        .collect();
    let in_base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, raw);
    let wrong = SIGNATURE.replacen('8', "9", 1);
    let upper = SIGNATURE.to_uppercase().replacen('8', "9", 1);
    let long = format!("{wrong}00");
    let values = [
        wrong.as_str(),
        &upper,
        &wrong[..39],
        &long,
        "",
        "sha1=",
        "\u{ff}",
        "%s%n",
        "null",
    ];
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
            assert!(
                !said.replace(&wrong[..39], "").contains(&SIGNATURE[..8]),
                "{said}"
            );
        }
    }
    assert!(still_serves(&listening).is_empty());
}
