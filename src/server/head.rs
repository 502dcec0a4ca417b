//! The heads of requests as they were on the wire. hyper lowers the case of header names and groups duplicates; a
//! delivery keeps them as sent, so a parser of our own follows the bytes of the connection and cuts out each head.

use std::collections::VecDeque;
use std::mem::MaybeUninit;

use bytes::Bytes;
use memchr::memchr;

use crate::webhook::delivery::Headers;

/// The maximum number of headers of one request: that of hyper.
const MAX_HEADERS: usize = 100;
/// The maximum length of a head in bytes, request line included.
pub const MAX_HEAD: usize = 64 << 10;

/// One request's head: request line and headers, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) is_http_1_0: bool,
    /// The headers.
    pub headers: Headers,
}

impl Head {
    /// The head that these bytes begin with, if it is complete, and its length.
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let bytes = Bytes::copy_from_slice(bytes);
        let read = with_parsed(&bytes, |request, length| {
            Some((Self::from_parsed(&bytes, request)?, length))
        });
        read.ok()??
    }

    /// The length of the body, if it is announced once, without a transfer coding and without `Expect`.
    pub fn plain_length(&self) -> Option<usize> {
        let mut lengths = self.headers.all("content-length");
        let length = lengths.next()?;
        let is_plain = lengths.next().is_none()
            && self.headers.get("transfer-encoding").is_none()
            && self.headers.get("expect").is_none();
        let length = is_plain.then(|| std::str::from_utf8(length).ok()?.trim().parse().ok());
        length.flatten()
    }

    /// The target's path, without the query, and without the host of a target in absolute form.
    pub fn path(&self) -> &str {
        let target = self.target.split('?').next().unwrap_or_default();
        match target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains('/') => {
                rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
            }
            _ => target,
        }
    }

    /// The host and port of a target in absolute form.
    pub(super) fn authority(&self) -> Option<&str> {
        if self.target.starts_with('/') {
            return None;
        }
        let (_, rest) = self.target.split_once("://")?;
        rest.split(['/', '?', '#']).next()
    }

    /// How much memory the head takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.method.len() + self.target.len() + headers.sum::<usize>()
    }

    /// Whether hyper read the same request. Both parsers follow the same bytes, and if they ever disagreed no delivery
    /// may get another one's head. Equal lengths that are sent twice count once for hyper.
    pub(super) fn matches<B>(&self, request: &http::Request<B>) -> bool {
        let is_length = |name: &str| name.eq_ignore_ascii_case("content-length");
        let own = self.headers.iter().filter(|(n, _)| !is_length(n)).count();
        let theirs = request.headers().iter();
        let theirs = theirs.filter(|(n, _)| !is_length(n.as_str())).count();
        request.method().as_str() == self.method && own == theirs
    }

    fn from_parsed(bytes: &Bytes, request: &httparse::Request<'_, '_>) -> Option<Self> {
        Some(Self {
            method: request.method?.to_owned(),
            target: request.path?.to_owned(),
            is_http_1_0: request.version? == 0,
            headers: Headers::within(bytes, request.headers.iter().map(|h| (h.name, h.value))),
        })
    }
}

/// How many bytes of empty lines precede a request: they are allowed (RFC 9112, 2.2) and not part of its head.
pub(super) fn blank(bytes: &[u8]) -> usize {
    let is_blank = |b: &&u8| matches!(b, b'\r' | b'\n');
    bytes.iter().take_while(is_blank).count()
}

/// The length of a head including the empty line that ends it, if that line ends after `from`.
pub fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr(b'\n', bytes.get(at..)?)? + 1;
        match bytes.get(at..) {
            Some([b'\n', ..]) => return Some(at + 1),
            Some([b'\r', b'\n', ..]) => return Some(at + 2),
            _ => {}
        }
    }
}

/// Whether these bytes can never become a head.
pub fn is_invalid(bytes: &[u8]) -> bool {
    with_parsed(bytes, |_, _| ()).is_err()
}

/// Applies `read` to the head that these bytes begin with, if it is complete, and to its length.
fn with_parsed<T>(
    bytes: &[u8],
    read: impl FnOnce(&httparse::Request<'_, '_>, usize) -> T,
) -> Result<Option<T>, httparse::Error> {
    let mut slots = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    Ok(match request.parse_with_uninit_headers(bytes, &mut slots)? {
        httparse::Status::Complete(length) => Some(read(&request, length)),
        httparse::Status::Partial => None,
    })
}

/// Follows the incoming bytes of one connection, over the bodies between the heads, and collects complete heads.
#[derive(Debug, Default)]
pub struct HeaderParser {
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
    Chunked(ChunkedDecoder),
    /// The bytes cannot be followed as HTTP; hyper responds to that.
    Lost,
}

impl HeaderParser {
    /// Takes the next bytes of the connection.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match &mut self.state {
                State::Head => self.feed_head(bytes),
                State::Fixed(left) => {
                    let n = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= n as u64;
                    if *left == 0 {
                        self.state = State::Head;
                    }
                    bytes.get(n..).unwrap_or_default()
                }
                State::Chunked(decoder) => match decoder.feed(bytes) {
                    Progress::Inside => return,
                    Progress::Ended(used) => {
                        self.state = State::Head;
                        bytes.get(used..).unwrap_or_default()
                    }
                    Progress::Invalid => {
                        self.give_up();
                        return;
                    }
                },
                State::Lost => return,
            };
        }
    }

    /// Removes the oldest complete head.
    pub fn take(&mut self) -> Option<Head> {
        self.complete.pop_front()
    }

    /// How many bytes of a head that is not complete are kept.
    pub(super) fn partial_len(&self) -> usize {
        self.partial.len()
    }

    /// Whether a request has begun whose head is not complete.
    pub fn is_partial(&self) -> bool {
        self.state == State::Head && !self.partial.is_empty()
    }

    fn feed_head<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        if self.partial.is_empty() {
            bytes = bytes.get(blank(bytes)..).unwrap_or_default();
            // Nearly always a head comes in one piece.
            if let Some(end) = end(bytes.get(..MAX_HEAD).unwrap_or(bytes), 0) {
                let (head, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
                self.complete(Bytes::copy_from_slice(head));
                return rest;
            }
        }
        // Line by line, to copy no more than belongs to this head: a buffer full of requests may follow it.
        while let Some(end) = memchr(b'\n', bytes) {
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
            let head = (state != State::Lost).then(|| Head::from_parsed(&bytes, request)).flatten();
            (state, head)
        });
        let (state, head) = read.ok().flatten().unwrap_or((State::Lost, None));
        self.state = state;
        self.complete.extend(head);
    }

    /// Adds to the head; false when it becomes too long.
    fn extend(&mut self, bytes: &[u8]) -> bool {
        if self.partial.len() + bytes.len() > MAX_HEAD {
            self.give_up();
            return false;
        }
        self.partial.extend_from_slice(bytes);
        true
    }

    fn give_up(&mut self) {
        self.state = State::Lost;
        self.partial = Vec::new();
    }
}

/// How the body after a head is delimited (RFC 9112, 6.3).
fn framing(request: &httparse::Request<'_, '_>) -> State {
    let first = |name: &str| {
        let mut headers = request.headers.iter();
        headers.find(|h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value)
    };
    if first("transfer-encoding").is_some() {
        return State::Chunked(ChunkedDecoder::default());
    }
    let Some(value) = first("content-length") else {
        return State::Head;
    };
    match std::str::from_utf8(value).map(|v| v.trim().parse()) {
        Ok(Ok(0)) => State::Head,
        Ok(Ok(n)) => State::Fixed(n),
        _ => State::Lost,
    }
}

/// Finds the end of a chunked body (RFC 9112, 7.1) without keeping its data; the variants are the positions within it.
/// As strict as hyper, so that the two agree on where the next request begins: a line ends with CR LF, and a line feed
/// alone is a byte like any other or an error.
#[derive(Debug, PartialEq, Eq)]
enum ChunkedDecoder {
    /// In a size line's digits: the size so far, and whether there was a digit.
    Size(u64, bool),
    /// After the digits, up to the CR.
    Extension(u64),
    /// Before the LF of a size line.
    SizeLf(u64),
    Data(u64),
    /// Before the CR after data.
    DataCr,
    /// Before the LF after data.
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    Line,
    /// In a trailer line.
    Trailer,
    /// Before the LF of a trailer line.
    TrailerLf,
    /// Before the last LF.
    LastLf,
}

/// The position after some bytes.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    /// Still in the body.
    Inside,
    /// The body has ended after this many bytes.
    Ended(usize),
    /// This is not a chunked body.
    Invalid,
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self::Size(0, false)
    }
}

impl ChunkedDecoder {
    /// Takes the next bytes.
    fn feed(&mut self, bytes: &[u8]) -> Progress {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Self::Data(left) = self {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                *left -= count as u64;
                at += count;
                if *left == 0 {
                    *self = Self::DataCr;
                }
                continue;
            }
            at += 1;
            *self = match (&*self, byte) {
                (Self::LastLf, b'\n') => return Progress::Ended(at),
                (state, byte) => match state.next(byte) {
                    Some(next) => next,
                    None => return Progress::Invalid,
                },
            };
        }
        Progress::Inside
    }

    fn next(&self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Size(size, true), b'\r') => Self::SizeLf(*size),
            (Self::Size(size, true), b';' | b' ' | b'\t') => Self::Extension(*size),
            (Self::Size(size, _), digit) => {
                let digit = char::from(digit).to_digit(16)?;
                let size = size.checked_mul(16)?.checked_add(u64::from(digit))?;
                Self::Size(size, true)
            }
            (Self::Extension(size), b'\r') => Self::SizeLf(*size),
            (Self::Extension(_), b'\n') => return None,
            (Self::Extension(size), _) => Self::Extension(*size),
            (Self::SizeLf(0), b'\n') => Self::Line,
            (Self::SizeLf(size), b'\n') => Self::Data(*size),
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::default(),
            (Self::Line, b'\r') => Self::LastLf,
            (Self::Trailer, b'\r') => Self::TrailerLf,
            (Self::Line | Self::Trailer, _) => Self::Trailer,
            (Self::TrailerLf, b'\n') => Self::Line,
            _ => return None,
        })
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
        let mut parser = HeaderParser::default();
        for piece in STREAM.chunks(step) {
            parser.feed(piece);
        }
        std::iter::from_fn(|| parser.take()).map(|h| h.target).collect()
    }

    #[test]
    fn heads_are_found_however_the_bytes_arrive() {
        for step in 1..=STREAM.len() {
            assert_eq!(targets(step), ["/a", "/b", "/c", "/d"], "step {step}");
        }
    }

    #[test]
    fn a_head_keeps_case_order_duplicates_and_bytes() {
        let mut parser = HeaderParser::default();
        parser.feed(STREAM);
        let head = parser.take().unwrap();
        let names: Vec<_> = head.headers.iter().map(|(n, _)| n).collect();
        assert_eq!(names, ["Host", "X-A", "x-a", "Content-Length"]);
        parser.take();
        assert_eq!(parser.take().unwrap().headers.get("x-raw"), Some(&[0xff][..]));
    }

    #[test]
    fn bytes_that_cannot_be_followed_take_no_memory() {
        let mut parser = HeaderParser::default();
        for _ in 0..1000 {
            parser.feed(&[b'a'; 1024]);
        }
        assert!(parser.take().is_none() && parser.partial.is_empty());
        for bad in [
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\nPOST /b HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nPOST /b HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        ] {
            let mut parser = HeaderParser::default();
            parser.feed(bad.as_bytes());
            parser.take();
            assert!(parser.take().is_none(), "{bad}");
        }
    }

    const BODY: &[u8] = b"5;x=y\r\nhello\r\n1 \r\n \r\n00\r\nA: b\nc\r\nD: e\r\n\r\n";

    #[test]
    fn the_end_is_found_however_the_bytes_arrive() {
        for split in 0..BODY.len() {
            let mut decoder = ChunkedDecoder::default();
            assert_eq!(decoder.feed(&BODY[..split]), Progress::Inside, "{split}");
            let rest = [&BODY[split..], b"POST"].concat();
            assert_eq!(decoder.feed(&rest), Progress::Ended(BODY.len() - split));
        }
    }

    #[test]
    fn bytes_that_are_not_chunks_are_invalid() {
        for bytes in [
            "\r\n",
            "x\r\n",
            "5\n",
            "5;a\n",
            "5\r\nhelloX",
            "0\r\n\rX",
            "fffffffffffffffff\r\n",
            "0\r\nA\rX",
        ] {
            assert_eq!(
                ChunkedDecoder::default().feed(bytes.as_bytes()),
                Progress::Invalid,
                "{bytes:?}"
            );
        }
    }
}
