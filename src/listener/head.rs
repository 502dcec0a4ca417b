//! The heads of requests as they were on the wire. The HTTP library lowers the case of header names and
//! groups duplicates; a delivery keeps them as sent, so this follows the bytes beside the library and
//! cuts out each head.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::webhook::delivery::Headers;

/// The most headers one request may have.
pub const MAX_HEADERS: usize = 100;
/// The longest head in bytes, request line included.
pub const MAX_HEAD: usize = 64 << 10;

/// One request's head: request line and headers, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method.
    pub method: String,
    /// The target.
    pub target: String,
    /// The headers.
    pub headers: Headers,
}

/// Follows one connection's incoming bytes and collects the heads that were completed.
#[derive(Debug, Default)]
pub struct HeadLog {
    state: State,
    partial: Vec<u8>,
    complete: VecDeque<Bytes>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// Inside a head, or before one.
    #[default]
    Head,
    /// Inside a body with this many bytes to come.
    Fixed(u64),
    /// Inside a chunked body.
    Chunked(Chunk),
    /// The bytes are no HTTP that can be followed; the library says so to the sender.
    Lost,
}

#[derive(Debug, PartialEq, Eq)]
enum Chunk {
    /// In a size line: the size so far, and whether an extension has begun.
    Size(u64, bool),
    /// In data, its line end included.
    Data(u64),
    /// In the trailers: how long the current line is.
    Trailer(usize),
}

impl HeadLog {
    /// Takes the next bytes of the connection.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match &mut self.state {
                State::Head => self.feed_head(bytes),
                State::Fixed(left) => {
                    let n = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len());
                    *left -= n as u64;
                    if *left == 0 {
                        self.state = State::Head;
                    }
                    bytes.get(n..).unwrap_or_default()
                }
                State::Chunked(chunk) => {
                    let (used, next) = chunk.feed(bytes);
                    if let Some(next) = next {
                        self.state = next;
                    }
                    bytes.get(used..).unwrap_or_default()
                }
                State::Lost => return,
            };
        }
    }

    /// The oldest complete head that was not taken yet.
    pub fn take(&mut self) -> Option<Head> {
        let bytes = self.complete.pop_front()?;
        let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut slots);
        request.parse(&bytes).ok()?;
        Some(Head {
            method: request.method?.to_owned(),
            target: request.path?.to_owned(),
            headers: request.headers.iter().map(|h| (h.name, h.value)).collect(),
        })
    }

    /// Whether a request has begun whose head is not complete.
    pub fn is_partial(&self) -> bool {
        self.state == State::Head && !self.partial.is_empty()
    }

    fn feed_head<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        if self.partial.is_empty() {
            // Empty lines before a request are allowed (RFC 9112, 2.2) and belong to no head.
            let blank = bytes
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
            bytes = bytes.get(blank..).unwrap_or_default();
        }
        let before = self.partial.len();
        let room = MAX_HEAD.saturating_sub(before);
        self.partial
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        let Some(end) = end_of_head(&self.partial, before.saturating_sub(3)) else {
            if self.partial.len() >= MAX_HEAD {
                self.lose();
            }
            return &[];
        };
        self.partial.truncate(end);
        let head = std::mem::take(&mut self.partial);
        self.state = framing(&head);
        if self.state != State::Lost {
            self.complete.push_back(head.into());
        }
        bytes.get(end - before..).unwrap_or_default()
    }

    fn lose(&mut self) {
        self.state = State::Lost;
        self.partial = Vec::new();
    }
}

/// Just behind the empty line that ends a head, if it is there at or after `from`.
fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let tail = bytes.get(from..)?;
    tail.iter()
        .enumerate()
        .filter(|(_, b)| **b == b'\n')
        .find_map(|(at, _)| match tail.get(at + 1..)? {
            [b'\n', ..] => Some(from + at + 2),
            [b'\r', b'\n', ..] => Some(from + at + 3),
            _ => None,
        })
}

/// How the body behind a head is delimited (RFC 9112, 6.3).
fn framing(head: &[u8]) -> State {
    let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut slots);
    if !matches!(request.parse(head), Ok(httparse::Status::Complete(_))) {
        return State::Lost;
    }
    let first = |name: &str| {
        let mut headers = request.headers.iter();
        headers
            .find(|h| h.name.eq_ignore_ascii_case(name))
            .map(|h| h.value)
    };
    if first("transfer-encoding").is_some() {
        return State::Chunked(Chunk::Size(0, false));
    }
    match first("content-length") {
        None => State::Head,
        Some(value) => {
            let length = std::str::from_utf8(value)
                .ok()
                .and_then(|v| v.trim().parse().ok());
            match length {
                Some(0) => State::Head,
                Some(n) => State::Fixed(n),
                None => State::Lost,
            }
        }
    }
}

impl Chunk {
    /// How many bytes were used, and the state that follows if it is another.
    fn feed(&mut self, bytes: &[u8]) -> (usize, Option<State>) {
        if let Self::Data(left) = self {
            let n = usize::try_from(*left)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            *left -= n as u64;
            let done = *left == 0;
            return (n, done.then_some(State::Chunked(Self::Size(0, false))));
        }
        for (at, &byte) in bytes.iter().enumerate() {
            let used = at + 1;
            match self {
                Self::Size(size, extension) => match byte {
                    b'\n' if *size == 0 => *self = Self::Trailer(0),
                    b'\n' => {
                        let Some(data) = size.checked_add(2) else {
                            return (used, Some(State::Lost));
                        };
                        return (used, Some(State::Chunked(Self::Data(data))));
                    }
                    b';' => *extension = true,
                    _ if *extension => {}
                    b'\r' | b' ' | b'\t' => {}
                    _ => {
                        let digit = char::from(byte).to_digit(16);
                        let next =
                            digit.and_then(|d| size.checked_mul(16)?.checked_add(u64::from(d)));
                        match next {
                            Some(next) => *size = next,
                            None => return (used, Some(State::Lost)),
                        }
                    }
                },
                Self::Trailer(length) => match byte {
                    b'\n' if *length == 0 => return (used, Some(State::Head)),
                    b'\n' => *length = 0,
                    b'\r' => {}
                    _ => *length += 1,
                },
                Self::Data(_) => return (at, None),
            }
        }
        (bytes.len(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"\r\nPOST /a HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 5\r\n\r\nhello\
        POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\n\
        GET /c HTTP/1.1\nX-Raw: \xff\n\n\
        POST /d HTTP/1.1\r\nContent-Length: 0\r\n\r\n";

    fn targets(step: usize) -> Vec<String> {
        let mut log = HeadLog::default();
        for piece in STREAM.chunks(step) {
            log.feed(piece);
        }
        std::iter::from_fn(|| log.take())
            .map(|h| h.target)
            .collect()
    }

    #[test]
    fn heads_are_found_however_the_bytes_arrive() {
        for step in 1..=STREAM.len() {
            assert_eq!(targets(step), ["/a", "/b", "/c", "/d"], "step {step}");
        }
    }

    #[test]
    fn a_head_keeps_case_order_duplicates_and_bytes() {
        let mut log = HeadLog::default();
        log.feed(STREAM);
        let head = log.take().unwrap();
        let names: Vec<_> = head.headers.iter().map(|(n, _)| n).collect();
        assert_eq!(names, ["Host", "X-A", "x-a", "Content-Length"]);
        log.take();
        assert_eq!(log.take().unwrap().headers.get("x-raw"), Some(&[0xff][..]));
    }

    #[test]
    fn what_cannot_be_followed_takes_no_memory() {
        let mut log = HeadLog::default();
        for _ in 0..1000 {
            log.feed(&[b'a'; 1024]);
        }
        assert!(log.take().is_none() && log.partial.is_empty());
        for bad in [
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\nPOST /b HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nPOST /b HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        ] {
            let mut log = HeadLog::default();
            log.feed(bad.as_bytes());
            log.take();
            assert!(log.take().is_none(), "{bad}");
        }
    }
}
