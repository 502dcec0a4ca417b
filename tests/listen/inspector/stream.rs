//! The event stream: no delivery is lost or comes twice, however often the connection breaks.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::{Page, deliver, listening};
use crate::support::http::Answer;
use crate::support::listening::{exchange, request};
use crate::support::server::{Asked, Said, Server};

/// An open stream of events.
struct Events {
    reader: BufReader<TcpStream>,
    /// What is left of the current chunk.
    text: String,
}

/// An event: its name, its id, its data.
type Event = (String, Option<u64>, Value);

impl Events {
    fn open(page: &Page, query: &str) -> Self {
        let mut stream = page.connect();
        let head = format!(
            "GET /api/v1/stream{query} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n",
            page.host(),
            page.bearer()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        Self { reader, text: String::new() }
    }

    /// The next event; comments are skipped. `None` at the end.
    fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    let mut lines = block.lines();
                    lines.find_map(|line| line.strip_prefix(name)).map(str::to_owned)
                };
                if let Some(name) = field("event: ") {
                    let data = serde_json::from_str(&field("data: ").unwrap()).unwrap();
                    return Some((name, field("id: ").map(|id| id.parse().unwrap()), data));
                }
                continue;
            }
            let mut length = String::new();
            if self.reader.read_line(&mut length).ok()? == 0 {
                return None;
            }
            let length = usize::from_str_radix(length.trim(), 16).ok()?;
            let mut chunk = vec![0; length + 2];
            std::io::Read::read_exact(&mut self.reader, &mut chunk).ok()?;
            if length == 0 {
                return None;
            }
            chunk.truncate(length);
            self.text.push_str(&String::from_utf8(chunk).unwrap());
        }
    }

    /// The id of the next row.
    fn row(&mut self) -> u64 {
        loop {
            let (name, id, data) = self.next().expect("another event");
            if name == "row" {
                assert_eq!(data["id"], id.unwrap());
                return id.unwrap();
            }
        }
    }
}

#[test]
fn two_hundred_broken_connections_lose_nothing_and_double_nothing() {
    const ALL: u64 = 3000;
    let (listening, page) = listening([]);
    std::thread::scope(|scope| {
        for part in 0..3 {
            let port = listening.port;
            scope.spawn(move || {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                for n in 0..ALL / 3 {
                    let body = format!("{{\"part\":{part},\"n\":{n}}}");
                    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
                    stream
                        .write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes())
                        .unwrap();
                    let mut line = String::new();
                    let mut length = 0;
                    while line != "\r\n" {
                        line.clear();
                        reader.read_line(&mut line).unwrap();
                        if let Some(value) = line.strip_prefix("content-length: ") {
                            length = value.trim().parse().unwrap();
                        }
                    }
                    std::io::Read::read_exact(&mut reader, &mut vec![0; length]).unwrap();
                }
            });
        }
        let mut seen = Vec::new();
        let mut breaks = 0;
        let mut seed = 7_u64;
        while (seen.len() as u64) < ALL || breaks < 200 {
            let after = seen.last().copied().unwrap_or(0);
            let mut events = match breaks % 2 {
                0 => Events::open(&page, &format!("?after={after}")),
                _ => Events::open(&page, &format!("?after={after}&rejected=0")),
            };
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let count = (seed >> 33) % 40;
            for _ in 0..count {
                if seen.len() as u64 == ALL {
                    break;
                }
                seen.push(events.row());
            }
            // In the middle of whatever it is writing.
            let _ = events.reader.get_ref().shutdown(Shutdown::Both);
            breaks += 1;
        }
        let mut sorted = seen.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(seen.len() as u64, ALL, "one came twice");
        assert_eq!(sorted, (1..=ALL).collect::<Vec<_>>());
    });
}

#[test]
fn a_delivery_that_waited_for_its_endpoint_comes_late_and_once() {
    let (is_received, is_released) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (received, released) = (Arc::clone(&is_received), Arc::clone(&is_released));
    let endpoint = Server::start(move |asked: &Asked| {
        if asked.body == b"slow" {
            received.store(true, Ordering::SeqCst);
            while !released.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        }
        Said::from(Answer::new(200, ""))
    });
    let url = endpoint.url();
    let (listening, page) = listening(["--forward-to", &url, "--forward-invalid"]);
    let mut events = Events::open(&page, "?after=0");
    std::thread::scope(|scope| {
        let port = listening.port;
        let slow = scope.spawn(move || exchange(port, &request("POST", "/", &[], b"slow")));
        // The slow one has its number once the endpoint has its request.
        while !is_received.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        listening.exchange(&request("POST", "/", &[], b"fast"));
        assert_eq!(events.row(), 2);
        let list = page.get("/api/v1/deliveries").json();
        assert_eq!(list["cursor"], 2);
        is_released.store(true, Ordering::SeqCst);
        slow.join().unwrap();
        assert_eq!(events.row(), 1);
        // A reader that had only the fast one gets the slow one.
        assert_eq!(Events::open(&page, "?after=2").row(), 1);
        let list = page.get("/api/v1/deliveries").json();
        assert_eq!((&list["cursor"], list["rows"].as_array().unwrap().len()), (&1.into(), 2));
        listening.exchange(&request("POST", "/", &[], b"last"));
        assert_eq!(Events::open(&page, "?after=1").row(), 3);
        assert_eq!(events.row(), 3);
    });
}

#[test]
fn rejected_requests_and_changed_behaviour_come_as_events() {
    let (listening, page) = listening([]);
    let mut events = Events::open(&page, "");
    listening.exchange(&request("GET", "/", &[], b""));
    let (name, id, data) = events.next().unwrap();
    assert_eq!((&*name, id, &data["rejected"]), ("rejected", None, &"method".into()));
    page.post("/api/v1/behaviour", &serde_json::json!({"fail_first": 2})).is(200);
    let (name, _, data) = events.next().unwrap();
    assert_eq!((&*name, &data["fail_first"]), ("behaviour", &2.into()));
    let mut later = Events::open(&page, "?rejected=0");
    assert_eq!(later.next().unwrap().2["id"], -1);
    deliver(&listening);
    assert_eq!(events.row(), 1);
}

#[cfg(unix)]
#[test]
fn the_end_of_the_listener_is_an_event() {
    let (listening, page) = listening([]);
    let mut events = Events::open(&page, "");
    deliver(&listening);
    assert_eq!(events.row(), 1);
    listening.interrupt();
    assert_eq!(events.next().map(|(name, ..)| name), Some("ended".to_owned()));
}

#[test]
fn a_last_event_id_resumes_as_well() {
    let (listening, page) = listening([]);
    for _ in 0..3 {
        deliver(&listening);
    }
    let bearer = page.bearer();
    let mut stream = page.connect();
    let head = format!(
        "GET /api/v1/stream HTTP/1.1\r\nHost: {}\r\nAuthorization: {bearer}\r\nLast-Event-ID: 2\r\n\r\n",
        page.host()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while !text.contains("id: ") {
        assert!(reader.read_line(&mut text).unwrap() > 0, "{text}");
    }
    assert!(text.ends_with("id: 3\n"), "{text}");
}
