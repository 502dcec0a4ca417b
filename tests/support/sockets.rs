//! Bare sockets: one that takes connections and responds with given bytes, one that takes none, and unused addresses.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use super::listening::TIMEOUT;

/// Accepts one connection and passes it to `with`, whose result is that of the thread.
pub fn once<T: Send + 'static>(
    with: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let (listener, url) = stuck();
    let thread = std::thread::spawn(move || with(accept(&listener)));
    (url, thread)
}

/// Accepts as many requests as there are answers, each on its own connection, which is then closed; an answer may be
/// any bytes. The thread returns the requests as they were on the wire.
pub fn answering<A: AsRef<[u8]> + Send + 'static>(
    answers: impl IntoIterator<Item = A>,
) -> (String, JoinHandle<Vec<Vec<u8>>>) {
    let (listener, url) = stuck();
    let answers: Vec<A> = answers.into_iter().collect();
    let thread = std::thread::spawn(move || {
        let answer = |answer: A| {
            let mut stream = accept(&listener);
            let request = read_request(&mut stream);
            stream.write_all(answer.as_ref()).expect("an answer");
            request
        };
        answers.into_iter().map(answer).collect()
    });
    (url, thread)
}

/// Lets connections wait and accepts none, as long as the listener is kept.
pub fn stuck() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    (listener, url)
}

/// A URL at which no program listens. A port that was free a moment ago could be taken by another test.
pub fn unreachable() -> String {
    "http://127.0.0.1:1/".to_owned()
}

/// A port that is free now, outside the range from which systems take the ports of other tests.
pub fn free_port() -> u16 {
    let mut ports = std::iter::repeat_with(|| fastrand::u16(20_000..30_000));
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(is_free).expect("a free port")
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().expect("a connection");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    stream
}

/// Reads a request to its end, and no byte after it; returns it as it was on the wire.
pub fn read_request(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    read_until(stream, &mut bytes, b"\r\n\r\n");
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let value = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find_map(|(n, value)| (n == name).then(|| value.trim()))
    };
    if let Some(length) = value("content-length") {
        let length = length.parse().expect("a length");
        read_exactly(stream, &mut bytes, length);
    } else if value("transfer-encoding").is_some() {
        read_chunks(stream, &mut bytes);
    }
    bytes
}

fn read_chunks(stream: &mut impl Read, bytes: &mut Vec<u8>) {
    loop {
        let start = bytes.len();
        read_until(stream, bytes, b"\r\n");
        let size = String::from_utf8_lossy(&bytes[start..]);
        let size = usize::from_str_radix(size.trim_end(), 16).expect("a size");
        read_exactly(stream, bytes, size + 2);
        if size == 0 {
            return;
        }
    }
}

fn read_until(stream: &mut impl Read, bytes: &mut Vec<u8>, end: &[u8]) {
    let start = bytes.len();
    while !bytes[start..].ends_with(end) {
        read_exactly(stream, bytes, 1);
    }
}

fn read_exactly(stream: &mut impl Read, bytes: &mut Vec<u8>, length: usize) {
    let start = bytes.len();
    bytes.resize(start + length, 0);
    stream.read_exact(&mut bytes[start..]).expect("a whole request");
}
