//! A webhook request as it was on the wire. Every command takes or creates one, so its body and its headers are kept
//! as bytes and never rewritten.

use std::net::SocketAddr;

use bytes::Bytes;
use jiff::Timestamp;

/// One webhook request, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The request method as sent, such as `POST`.
    pub method: String,
    /// The request target as sent: path and query.
    pub target: String,
    /// The headers in the order sent.
    pub headers: Headers,
    /// The body's bytes, after the transfer coding and before any content coding is undone.
    pub body: Bytes,
    /// When the whole request had been read; `None` for one that was created or comes from a file.
    pub received_at: Option<Timestamp>,
    /// The sender; `None` for one that was created or comes from a file.
    pub peer: Option<SocketAddr>,
}

impl Delivery {
    /// A `POST` of `body` to `target` without headers.
    pub fn post(target: &str, body: Bytes) -> Self {
        Self {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: Headers::default(),
            body,
            received_at: None,
            peer: None,
        }
    }

    /// The request as it goes over the wire. A chunked body is cut into chunks of at most `max_chunk` bytes.
    pub fn to_wire(&self, max_chunk: usize) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        self.headers.write(&mut out);
        out.extend_from_slice(b"\r\n");
        if self.headers.is_chunked() {
            // Without chunks it would be read as if it had them.
            for chunk in self.body.chunks(max_chunk.max(1)) {
                out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
        } else {
            out.extend_from_slice(&self.body);
        }
        out
    }
}

/// Whether two names of headers are the same but for case. Most are equal or differ early, which
/// `eq_ignore_ascii_case` of slices, with its sixteen bytes at once, does not make use of.
pub(crate) fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    let is_same = |(a, b): (&u8, &u8)| a.eq_ignore_ascii_case(b);
    one == other || (one.len() == other.len() && one.iter().zip(other).all(is_same))
}

/// Headers in wire order: duplicates, the case of names and the bytes of values are kept.
/// Look-ups ignore the case of names, as HTTP does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

/// Name and value in one buffer, which may be that of a whole head: a delivery has many headers
/// and most are never read.
#[derive(Clone, Debug)]
struct Header {
    bytes: Bytes,
    name_end: usize,
    value_start: usize,
}

impl Header {
    fn new(name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        let (mut bytes, value) = (name.into().into_bytes(), value.into());
        let name_end = bytes.len();
        bytes.reserve_exact(value.len());
        bytes.extend_from_slice(&value);
        Self { bytes: bytes.into(), name_end, value_start: name_end }
    }

    fn name(&self) -> &str {
        // It was created from a `str`.
        std::str::from_utf8(self.name_bytes()).unwrap_or_default()
    }

    fn name_bytes(&self) -> &[u8] {
        self.bytes.get(..self.name_end).unwrap_or_default()
    }

    fn value(&self) -> &[u8] {
        self.bytes.get(self.value_start..).unwrap_or_default()
    }

    fn is(&self, name: &str) -> bool {
        self.name_end == name.len() && is_same_name(self.name_bytes(), name.as_bytes())
    }
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.value() == other.value()
    }
}

impl Eq for Header {}

impl Headers {
    /// Headers whose names and values are slices of `head`, which they keep alive; a header that is not
    /// within it, name first, is copied.
    pub fn within<'h>(head: &'h Bytes, all: impl Iterator<Item = (&'h str, &'h [u8])>) -> Self {
        let start = head.as_ptr().addr();
        let place = |piece: &[u8]| piece.as_ptr().addr().wrapping_sub(start);
        let header = |(name, value): (&str, &[u8])| {
            let from = place(name.as_bytes());
            let to = place(value).wrapping_add(value.len());
            let value_start = place(value).wrapping_sub(from);
            if from > to || to > head.len() || value_start < name.len() || value_start > to - from {
                return Header::new(name, value);
            }
            Header { bytes: head.slice(from..to), name_end: name.len(), value_start }
        };
        Self(all.map(header).collect())
    }

    /// Headers copied into one buffer.
    pub fn packed<'h>(all: impl ExactSizeIterator<Item = (&'h str, &'h [u8])> + Clone) -> Self {
        let length = all.clone().map(|(name, value)| name.len() + value.len());
        let mut packed = Vec::with_capacity(length.sum());
        for (name, value) in all.clone() {
            packed.extend_from_slice(name.as_bytes());
            packed.extend_from_slice(value);
        }
        let mut rest = Bytes::from(packed);
        let header = |(name, value): (&str, &[u8])| Header {
            bytes: rest.split_to(name.len() + value.len()),
            name_end: name.len(),
            value_start: name.len(),
        };
        Self(all.map(header).collect())
    }

    /// Adds a header at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push(Header::new(name, value));
    }

    /// Adds a header after the last one of that name, or at the end when there is none.
    pub fn push_beside(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let last = self.0.iter().rposition(|h| h.is(name));
        let place = last.map_or(self.0.len(), |at| at + 1);
        self.0.insert(place, Header::new(name, value));
    }

    /// Sets every header of `others`, in the place of the headers of that name.
    pub fn replace_all(&mut self, others: &Self) {
        let mut replaced: Vec<&str> = Vec::new();
        for (name, value) in others.iter() {
            if replaced.contains(&name) {
                self.push_beside(name, value);
            } else {
                self.set(name, value);
                replaced.push(name);
            }
        }
    }

    /// Hides the values of headers that the user gave, which may be credentials: for what is printed.
    pub fn hide_values(&mut self, given: &Self) {
        for (name, _) in given.iter() {
            self.set_value(name, "(given with -H)");
        }
    }

    /// Every header, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|h| (h.name(), h.value()))
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Header::name_bytes)
    }

    /// The values of every header called `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.0.iter().filter(move |h| h.is(name));
        named.map(Header::value)
    }

    /// The first value called `name`.
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Removes every header called `name`; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|h| !h.is(name));
        self.0.len() != before
    }

    /// Gives `name` the one value `value`, in the place of the first header of that name.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let first = self.0.iter().position(|h| h.is(name));
        let place = first.unwrap_or(self.0.len());
        self.remove(name);
        self.0.insert(place, Header::new(name, value));
    }

    /// The same, and the name stays as it is written where it is there already.
    pub fn set_value(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let written = self.0.iter().find(|h| h.is(name)).map(Header::name);
        let written = written.unwrap_or(name).to_owned();
        self.set(&written, value);
    }

    /// How many headers there are, duplicates counted.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no header at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes them as lines: name, colon, one space, value, CR LF.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in self.iter() {
            for piece in [name.as_bytes(), b": ", value, b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
    }

    /// Whether the body that follows them is chunked.
    pub(crate) fn is_chunked(&self) -> bool {
        self.all("transfer-encoding").any(|v| v.to_ascii_lowercase().ends_with(b"chunked"))
    }
}

impl<N: Into<String>, V: Into<Vec<u8>>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(iter: T) -> Self {
        Self(iter.into_iter().map(|(n, v)| Header::new(n, v)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_within_a_head_equal_copied_ones() {
        let head = Bytes::from_static(b"A: 1\r\nb:\r\n");
        let text = std::str::from_utf8(&head).unwrap();
        let pieces = [
            (&text[..1], &head[3..4]),
            (&text[6..7], &head[8..8]),
            (&text[6..7], &b"elsewhere"[..]),
            ("elsewhere", &head[3..4]),
            (&text[6..7], &head[3..4]), // the wrong way round
            ("", &b""[..]),
        ];
        let within = Headers::within(&head, pieces.into_iter());
        assert_eq!(within, pieces.into_iter().collect());
        assert_eq!(within, Headers::packed(pieces.into_iter()));
        assert_eq!(within.get("B"), Some(&b""[..]));
    }

    #[test]
    fn order_duplicates_case_and_bytes_are_kept() {
        let mut headers: Headers = [("X-B", "1"), ("x-a", "2"), ("x-b", "3")].into_iter().collect();
        headers.push("X-Raw", vec![0xff]);
        assert_eq!(headers.all("x-b").collect::<Vec<_>>(), [b"1", b"3"]);
        headers.set("x-B", "9");
        let names: Vec<_> = headers.iter().map(|(n, _)| n).collect();
        assert_eq!(names, ["x-B", "x-a", "X-Raw"]);
        assert_eq!(headers.get("x-raw"), Some(&[0xff][..]));
        headers.set_value("X-A", "0");
        headers.set_value("X-New", "1");
        let names: Vec<_> = headers.iter().map(|(n, _)| n).collect();
        assert_eq!(names, ["x-B", "x-a", "X-Raw", "X-New"]);
        assert_eq!(headers.get("x-a"), Some(&b"0"[..]));
    }

    #[test]
    fn the_bytes_are_exactly_those_of_the_request() {
        let mut delivery = Delivery::post("/a?b", Bytes::from_static(b"{}"));
        delivery.headers.push("X-Sig", &b"\xff"[..]);
        delivery.headers.push("x-sig", "2");
        let plain = &b"POST /a?b HTTP/1.1\r\nX-Sig: \xff\r\nx-sig: 2\r\n\r\n{}"[..];
        assert_eq!(delivery.to_wire(64), plain);
        delivery.headers.push("transfer-encoding", "chunked");
        delivery.body = vec![b'x'; 100].into();
        let written = String::from_utf8_lossy(&delivery.to_wire(64)).into_owned();
        assert!(written.contains("\r\n\r\n40\r\nxxx"), "{written}");
        assert!(written.ends_with("x\r\n0\r\n\r\n"), "{written}");
    }
}
