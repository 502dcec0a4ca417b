//! Follows the bytes of a connection from head to head, over the bodies between them.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{Head, MAX_HEAD, blank, end, with_parsed};
use crate::server::chunks::{Chunks, Step};

/// Follows one connection's incoming bytes and collects the heads that were completed.
#[derive(Debug, Default)]
pub struct HeadLog {
    state: State,
    partial: Vec<u8>,
    complete: VecDeque<Head>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// Inside a head, or before one.
    #[default]
    Head,
    /// Inside a body with this many bytes to come.
    Fixed(u64),
    /// Inside a chunked body.
    Chunked(Chunks),
    /// The bytes are no HTTP that can be followed; the library says so to the sender.
    Lost,
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
                State::Chunked(chunks) => match chunks.feed(bytes) {
                    Step::Inside => return,
                    Step::Ended(used) => {
                        self.state = State::Head;
                        bytes.get(used..).unwrap_or_default()
                    }
                    Step::Broken => {
                        self.lose();
                        return;
                    }
                },
                State::Lost => return,
            };
        }
    }

    /// The oldest complete head that was not taken yet.
    pub fn take(&mut self) -> Option<Head> {
        self.complete.pop_front()
    }

    /// Whether a request has begun whose head is not complete.
    pub fn is_partial(&self) -> bool {
        self.state == State::Head && !self.partial.is_empty()
    }

    fn feed_head<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        if self.partial.is_empty() {
            bytes = bytes.get(blank(bytes)..).unwrap_or_default();
            // Nearly always it comes in one piece.
            if let Some(end) = end(bytes.get(..MAX_HEAD).unwrap_or(bytes), 0) {
                let (head, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
                self.complete(Bytes::copy_from_slice(head));
                return rest;
            }
        }
        // Line by line, so that no more is copied than belongs to this head: a whole buffer of requests
        // may follow it.
        while let Some(end) = bytes.iter().position(|b| *b == b'\n') {
            let (line, rest) = bytes.split_at_checked(end + 1).unwrap_or((bytes, &[]));
            bytes = rest;
            if !self.extend(line) {
                return &[];
            }
            if self.partial.ends_with(b"\n\r\n") || self.partial.ends_with(b"\n\n") {
                let head = std::mem::take(&mut self.partial);
                self.complete(head.into());
                return bytes;
            }
        }
        self.extend(bytes);
        &[]
    }

    fn complete(&mut self, bytes: Bytes) {
        let read = with_parsed(&bytes, |request, _| {
            let state = framing(request);
            let head = (state != State::Lost)
                .then(|| Head::of(&bytes, request))
                .flatten();
            (state, head)
        });
        let (state, head) = read.unwrap_or((State::Lost, None));
        self.state = state;
        self.complete.extend(head);
    }

    /// Adds to the head; false when it is too long to be one.
    fn extend(&mut self, bytes: &[u8]) -> bool {
        if self.partial.len() + bytes.len() > MAX_HEAD {
            self.lose();
            return false;
        }
        self.partial.extend_from_slice(bytes);
        true
    }

    fn lose(&mut self) {
        self.state = State::Lost;
        self.partial = Vec::new();
    }
}

/// How the body behind a head is delimited (RFC 9112, 6.3).
fn framing(request: &httparse::Request<'_, '_>) -> State {
    let first = |name: &str| {
        let mut headers = request.headers.iter();
        headers
            .find(|h| h.name.eq_ignore_ascii_case(name))
            .map(|h| h.value)
    };
    if first("transfer-encoding").is_some() {
        return State::Chunked(Chunks::default());
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
