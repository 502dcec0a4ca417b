//! The web inspector: `cz-hook listen --ui` and `cz-hook ui`.

mod api;
mod described;
mod private;
mod security;
mod sending;
mod stream;

use std::net::TcpStream;

use serde_json::Value;

use crate::support::listening::{Listening, Started, TIMEOUT, exchange_bytes, request};
use crate::support::{BODY, Hook, SIGNED, hook};

/// The address of an inspector.
pub struct Page {
    pub port: u16,
    pub token: String,
}

/// A response, taken out of its chunks.
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&self.body)))
    }

    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.body).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

impl Page {
    pub fn of(url: &str) -> Self {
        let (address, token) = url.split_once("/#").expect("a token");
        let port = address.strip_prefix("http://127.0.0.1:").expect("this machine");
        Self { port: port.parse().expect("a port"), token: token.to_owned() }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
        stream
    }

    /// Sends a request with these headers and no others but `Content-Length` and `Connection`.
    pub fn raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()));
        parsed(&exchange_bytes(self.port, &[head.as_bytes(), body].concat()))
    }

    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub fn get(&self, path: &str) -> Response {
        self.get_with(path, &[])
    }

    pub fn get_with(&self, path: &str, more: &[(&str, &str)]) -> Response {
        let (host, bearer) = (self.host(), self.bearer());
        let mut headers = vec![("Host", &*host), ("Authorization", &*bearer)];
        headers.extend(more);
        self.raw("GET", path, &headers, b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        let (host, bearer) = (self.host(), self.bearer());
        let headers =
            [("Host", &*host), ("Authorization", &*bearer), ("Content-Type", "application/json")];
        self.raw("POST", path, &headers, body.to_string().as_bytes())
    }
}

fn parsed(answer: &[u8]) -> Response {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(answer[..end].to_vec()).expect("UTF-8");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let headers: Vec<_> = lines
        .map(|line| line.split_once(": ").expect("a header"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut body = answer[end + 4..].to_vec();
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
        body = unchunked(&body);
    }
    Response { status: status.parse().expect("a status"), headers, body }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let length = std::str::from_utf8(&bytes[..end]).expect("a length");
        let length = usize::from_str_radix(length, 16).expect("a length");
        if length == 0 {
            break;
        }
        out.extend_from_slice(&bytes[end + 2..end + 2 + length]);
        bytes = &bytes[end + 2 + length + 2..];
    }
    out
}

/// A listener with an inspector.
pub fn listening<'a>(args: impl IntoIterator<Item = &'a str>) -> (Listening, Page) {
    of(hook(["listen", "--port", "0", "--ui", "--json"]).args(args))
}

pub fn of(hook: Hook) -> (Listening, Page) {
    let listening = Listening::of(hook);
    let ready = listening.json_of("ready");
    let page = Page::of(ready["ui"].as_str().expect("the address of the inspector"));
    (listening, page)
}

/// Sends a delivery with a valid signature.
pub fn deliver(listening: &Listening) {
    listening.exchange(&request("POST", "/in?a=b", &[SIGNED], BODY.as_bytes()));
}

/// Sends a delivery with these bytes.
pub fn deliver_body(listening: &Listening, body: &[u8]) {
    listening.exchange(&request("POST", "/", &[], body));
}

/// A running `cz-hook ui`; it is killed when dropped.
pub struct Ui {
    program: Started,
    pub page: Page,
}

impl Ui {
    pub fn of(hook: &Hook) -> Self {
        let (program, url) = Started::until(hook.command(), "inspector: ");
        Self { program, page: Page::of(&url) }
    }

    /// Interrupts it; the exit code and what it printed on standard error.
    #[cfg(unix)]
    pub fn end(self) -> (Option<i32>, String) {
        self.program.interrupt();
        self.program.end()
    }
}
