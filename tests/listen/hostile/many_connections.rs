//! Many connections at once: idle ones, pipelined requests, concurrent deliveries of one body.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{MIB, answer_head, head, held_at_most, listen, rest, still_serves};
use crate::support::listening::{Listening, request, status};
use crate::support::{BODY, SECRET, SIGNED, hook};

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
fn three_hundred_idle_connections_do_not_block_a_delivery() {
    let listening = listen_with_few_descriptors();
    let idle: Vec<_> = (0..300).map(|_| listening.connect()).collect();
    assert_eq!(still_serves(&listening), [] as [Value; 0]);
    drop(idle);
    assert!(still_serves(&listening).is_empty());
}

#[cfg(unix)]
#[test]
fn three_hundred_unfinished_bodies_do_not_block_a_delivery() {
    let listening = listen_with_few_descriptors();
    let bytes = head(&["POST / HTTP/1.1", "Content-Length: 1000", "Expect: 100-continue"]);
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
    assert!(busy.len() > 300 - 256, "{} were evicted", busy.len());
    assert!(busy.iter().all(|line| line["reason"] == "busy"), "{busy:?}");
    drop(reading);
    let all = still_serves(&listening);
    assert!(all.iter().all(|line| line["type"] == "turned_away"), "{all:?}");
}

#[cfg(unix)]
#[test]
fn a_rush_of_idle_connections_does_not_evict_a_new_delivery() {
    let listening = listen_with_few_descriptors();
    let bytes = head(&["POST / HTTP/1.1", "Content-Length: 1000", "Expect: 100-continue"]);
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

#[test]
fn many_small_requests_in_one_piece_take_little_memory() {
    const MANY: usize = 3000;
    let listening = listen([]);
    let mut stream = listening.connect();
    let last = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let all = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(MANY) + last;
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
fn each_listener_counts_every_concurrent_delivery_once() {
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
fn of_concurrent_equal_bodies_all_repeat_the_first() {
    for lines in crowd(&[listen([]), listen([]), listen([]), listen([])]) {
        for line in &lines {
            let first = if line["id"] == 1 { Value::Null } else { json!(1) };
            assert_eq!(line["duplicate_of"], first, "{line}");
        }
    }
}
