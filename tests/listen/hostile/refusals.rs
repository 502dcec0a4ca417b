//! Every sender that waits for a response gets one, also when there is no place, no memory or no time for its request.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::{MIB, answer_head, connect_with, head, held_at_most, listen, rest, still_serves};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::http::Answer;
use crate::support::listening::{Listening, exchange, request, status};
use crate::support::server::Server;
use crate::support::{BODY, SECRET, SIGNED, hook};

/// An endpoint that responds when its gate is opened.
struct Gate {
    endpoint: Server,
    asked: Arc<AtomicUsize>,
    open: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    fn closed() -> Self {
        let open = Arc::<(Mutex<bool>, Condvar)>::default();
        let asked = Arc::<AtomicUsize>::default();
        let (gate, counter) = (Arc::clone(&open), Arc::clone(&asked));
        let endpoint = Server::saying(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            let is_open = gate.0.lock().unwrap();
            drop(gate.1.wait_while(is_open, |is_open| !*is_open).unwrap());
            Answer::new(204, "").into()
        });
        Self { endpoint, asked, open }
    }

    fn open(&self) {
        *self.open.0.lock().unwrap() = true;
        self.open.1.notify_all();
    }

    /// Connections that wait for the endpoint, as many as the listener has places for.
    fn fill(&self, listening: &Listening, places: usize) -> Vec<TcpStream> {
        let bytes = request("POST", "/", &[SIGNED], BODY.as_bytes());
        let connect = |_| {
            let mut stream = listening.connect();
            stream.write_all(&bytes).unwrap();
            stream
        };
        let waiting = (0..places).map(connect).collect();
        while self.asked.load(Ordering::SeqCst) < places {
            std::thread::sleep(Duration::from_millis(1));
        }
        waiting
    }
}

/// A listener with this gate as its endpoint and places for two connections.
fn full(gate: &Gate) -> (Listening, Vec<TcpStream>) {
    let url = gate.endpoint.url();
    let listening = Listening::of(hook([
        "listen",
        "--port",
        "0",
        "--json",
        "--secret",
        SECRET,
        "--max-connections",
        "2",
        "--forward-to",
        &url,
        "--health-path",
        "/healthz",
    ]));
    let waiting = gate.fill(&listening, 2);
    (listening, waiting)
}

#[test]
fn a_full_listener_responds_with_503() {
    let gate = Gate::closed();
    let (listening, waiting) = full(&gate);
    let small = request("POST", "/", &[SIGNED], BODY.as_bytes());
    let large = request("POST", "/", &[SIGNED], &vec![b'x'; 4 * MIB]);
    for bytes in [
        &small,
        &large,
        &b"nonsense\r\n\r\n".to_vec(),
        &b"POST / HTTP/1.1\r\nHost: a\r\n".to_vec(),
        &Vec::new(),
    ] {
        let response = listening.exchange(bytes);
        assert_eq!(status(&response), 503, "{response}");
        assert!(response.contains("retry-after: 1\r\n"), "{response}");
        assert!(response.contains("connection: close\r\n"), "{response}");
        assert!(response.ends_with(r#"{"message":"Busy, try again"}"#), "{response}");
        // A connection without a request is not reported.
        if !bytes.is_empty() {
            let line = listening.json_of("turned_away");
            let said = (&line["reason"], &line["response"]["status"]);
            assert_eq!(said, (&"busy".into(), &503.into()));
        }
    }
    // Many at once wait for one another, and each gets its response.
    let port = listening.port;
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(status(&exchange(port, &small)), 503));
        }
    });
    // A health check is answered nevertheless.
    let healthy = listening.exchange(&request("GET", "/healthz", &[], b""));
    assert_eq!(status(&healthy), 200, "{healthy}");
    let head = listening.exchange(&request("HEAD", "/healthz", &[], b""));
    assert!(head.ends_with("\r\n\r\n") && status(&head) == 200, "{head}");
    gate.open();
    for stream in waiting {
        assert_eq!(status(&rest(stream)), 204);
    }
    while status(&listening.exchange(&small)) == 503 {}
}

#[test]
fn a_head_that_cannot_be_read_gets_its_response_although_it_goes_on() {
    let listening = listen([]);
    let mut stream = listening.connect();
    stream.write_all(&head(&["GET / HTTP/1.1"])).unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 405);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    let response = rest(stream);
    assert!(response.contains("HTTP/1.1 400"), "{response}");
    listening.json_of("turned_away");
    assert_eq!(listening.json_of("turned_away")["response"]["status"], 400);
    let long = format!("POST / HTTP/1.1\r\nHost: a\r\nX: {}", "a".repeat(200 << 10));
    for (bytes, code) in [(long.into_bytes(), 431), (vec![0; 200 << 10], 400)] {
        let response = exchange(listening.port, &bytes);
        assert_eq!(status(&response), code);
        assert_eq!(listening.json_of("turned_away")["response"]["status"], code);
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn an_evicted_request_gets_503() {
    let listening = listen(["--max-connections", "2"]);
    let started = [
        "POST / HTTP/1.1\r\nHost: a\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n{",
    ];
    for part in started {
        let mut slow = listening.connect();
        slow.write_all(part.as_bytes()).unwrap();
        // Until it is read: two newer connections take both places.
        std::thread::sleep(Duration::from_millis(100));
        let newer = [listening.connect(), listening.connect()];
        let response = rest(slow);
        assert_eq!(status(&response), 503, "{part:?}: {response}");
        let line = listening.json_of("turned_away");
        assert_eq!((&line["reason"], &line["response"]["status"]), (&"busy".into(), &503.into()));
        drop(newer);
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_head_that_is_late_on_a_used_connection_gets_408() {
    let listening = listen(["--read-timeout", "300ms"]);
    let mut stream = listening.connect();
    stream.write_all(&head(&["GET / HTTP/1.1"])).unwrap();
    assert_eq!(status(&answer_head(&mut stream)), 405);
    stream.write_all(b"POST / HTTP/1.1\r\nX-Slow: ").unwrap();
    let response = rest(stream);
    let at = response.find("HTTP/1.1 ").expect("a second response");
    assert_eq!(status(&response[at..]), 408, "{response}");
    listening.json_of("turned_away");
    let line = listening.json_of("turned_away");
    assert_eq!((&line["reason"], &line["response"]["status"]), (&"timed_out".into(), &408.into()));
    assert!(still_serves(&listening).is_empty());
}

#[cfg(unix)]
#[test]
fn a_request_that_has_begun_when_the_listener_stops_gets_503() {
    let listening = listen([]);
    let mut fresh = listening.connect();
    fresh.write_all(b"POST / HTTP/1.1\r\nHost: a\r\n").unwrap();
    let mut used = listening.connect();
    used.write_all(&head(&["GET / HTTP/1.1"])).unwrap();
    answer_head(&mut used);
    used.write_all(b"POST / HTTP/1.1\r\nHost: a\r\n").unwrap();
    // Until both are read.
    std::thread::sleep(Duration::from_millis(100));
    listening.interrupt();
    for stream in [fresh, used] {
        let response = rest(stream);
        assert!(response.contains("HTTP/1.1 503"), "{response}");
    }
    assert_eq!(listening.end().0, Some(130));
}

/// Senders of deliveries whose endpoint responds with 16 MB, and who do not read that.
#[test]
fn responses_that_nobody_reads_are_bounded_in_sum() {
    const LENGTH: usize = 16 << 20;
    const SENDERS: usize = 60;
    let endpoint = Endpoint::start(|_| Reply::new(200, vec![b'x'; LENGTH]));
    let url = endpoint.url("/");
    let listening = Listening::start(["--json", "--read-timeout", "5s", "--forward-to", &url]);
    let bytes = request("POST", "/", &[], BODY.as_bytes());
    let senders: Vec<TcpStream> = (0..SENDERS)
        .map(|_| {
            let mut stream = connect_with(&listening, |s| s.set_recv_buffer_size(4096).unwrap());
            stream.write_all(&bytes).unwrap();
            stream
        })
        .collect();
    let mut codes = Vec::new();
    for _ in 0..SENDERS {
        let line = listening.json_of("delivery");
        codes.push(line["response"]["status"].as_u64().unwrap());
        let error = &line["forwarded"]["error"];
        assert_eq!(error.is_null(), codes.last() == Some(&200), "{line}");
    }
    assert!(codes.contains(&200) && codes.contains(&503), "{codes:?}");
    assert!(codes.iter().all(|code| [200, 503].contains(code)), "{codes:?}");
    held_at_most(&listening, 400 * MIB);
    // Each is disconnected after the timeout: then there is memory again.
    std::thread::sleep(Duration::from_secs(6));
    let mut late = senders.into_iter().next().unwrap();
    late.set_read_timeout(Some(crate::support::listening::TIMEOUT)).unwrap();
    assert_eq!(status(&listening.exchange(&bytes)), 200);
    let mut seen = 0;
    let mut buffer = vec![0; MIB];
    loop {
        match late.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => seen += count,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                break;
            }
        }
    }
    assert!(seen < LENGTH, "it was disconnected");
}
