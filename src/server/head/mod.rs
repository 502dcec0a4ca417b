//! The heads of requests as they were on the wire. The HTTP library lowers the case of header names and
//! groups duplicates; a delivery keeps them as sent, so this follows the bytes beside the library and
//! cuts out each head.

mod log;

use std::mem::MaybeUninit;

use bytes::Bytes;

use crate::webhook::delivery::Headers;

pub use log::HeadLog;

/// The most headers one request may have: as many as the library takes.
const MAX_HEADERS: usize = 100;
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

impl Head {
    /// The head that these bytes begin with, when it is whole, and its length.
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let bytes = Bytes::copy_from_slice(bytes);
        with_parsed(&bytes, |request, length| {
            Some((Self::of(&bytes, request)?, length))
        })?
    }

    /// The length of a body that is one, announced once and not asked to be asked for.
    pub fn plain_length(&self) -> Option<usize> {
        let mut lengths = self.headers.all("content-length");
        let length = lengths.next()?;
        let is_plain = lengths.next().is_none()
            && self.headers.get("transfer-encoding").is_none()
            && self.headers.get("expect").is_none();
        let length = is_plain.then(|| std::str::from_utf8(length).ok()?.trim().parse().ok());
        length.flatten()
    }

    /// The head that was read from `bytes`.
    fn of(bytes: &Bytes, request: &httparse::Request<'_, '_>) -> Option<Self> {
        Some(Self {
            method: request.method?.to_owned(),
            target: request.path?.to_owned(),
            headers: Headers::within(bytes, request.headers.iter().map(|h| (h.name, h.value))),
        })
    }

    /// The request line's method and target.
    pub fn line(&self) -> (String, String) {
        (self.method.clone(), self.target.clone())
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

    /// Whether the library read the same request: both follow the same bytes, and where they should ever
    /// part no delivery may get another's head. Equal lengths sent twice count once for the library.
    pub fn is_of<B>(&self, request: &http::Request<B>) -> bool {
        let is_length = |name: &str| name.eq_ignore_ascii_case("content-length");
        let own = self.headers.iter().filter(|(n, _)| !is_length(n)).count();
        let theirs = request.headers().iter();
        let theirs = theirs.filter(|(n, _)| !is_length(n.as_str())).count();
        request.method().as_str() == self.method && own == theirs
    }
}

/// How many bytes of empty lines stand before a request: they are allowed (RFC 9112, 2.2) and belong to no
/// head.
pub fn blank(bytes: &[u8]) -> usize {
    let is_blank = |b: &&u8| matches!(b, b'\r' | b'\n');
    bytes.iter().take_while(is_blank).count()
}

/// Just behind the empty line that ends a head, if there is one whose end is behind `from`.
pub fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == b'\n')? + 1;
        match bytes.get(at..) {
            Some([b'\n', ..]) => return Some(at + 1),
            Some([b'\r', b'\n', ..]) => return Some(at + 2),
            _ => {}
        }
    }
}

/// Whether these bytes can never become a head.
pub fn is_nonsense(bytes: &[u8]) -> bool {
    let mut slots = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    request
        .parse_with_uninit_headers(bytes, &mut slots)
        .is_err()
}

/// What `read` makes of the head that these bytes begin with, when it is whole, and of its length.
fn with_parsed<T>(
    bytes: &[u8],
    read: impl FnOnce(&httparse::Request<'_, '_>, usize) -> T,
) -> Option<T> {
    let mut slots = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(bytes, &mut slots) {
        Ok(httparse::Status::Complete(length)) => Some(read(&request, length)),
        _ => None,
    }
}
