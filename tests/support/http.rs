//! A strict HTTP/1.1 parser and writer, so that an endpoint can be wrong in exactly one respect.

use std::io::{self, BufRead, ErrorKind, Read, Write};

/// The longest body that is read.
pub const MAX_BODY: usize = 2 << 20;
const MAX_HEAD: usize = 128 << 10;

/// The head of a request.
pub struct Head {
    pub method: String,
    pub target: String,
    /// Names as they were written, values as bytes.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The connection was closed before anything was sent.
    Nothing,
    /// The connection was closed in the middle of it.
    CutOff,
    /// It took too long.
    Late,
    /// It gets a response with this status.
    Status(u16),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Late,
            _ => Self::CutOff,
        }
    }
}

const BAD: Trouble = Trouble::Status(400);

impl Head {
    pub fn read(reader: &mut impl BufRead) -> Result<Self, Trouble> {
        if reader.fill_buf()?.is_empty() {
            return Err(Trouble::Nothing);
        }
        let mut left = MAX_HEAD;
        let first = text(line(reader, &mut left)?)?;
        let mut words = first.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(BAD);
        };
        if !is_token(method) || !matches!(version, "HTTP/1.0" | "HTTP/1.1") {
            return Err(BAD);
        }
        let mut headers = Vec::new();
        loop {
            let line = line(reader, &mut left)?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|b| *b == b':').ok_or(BAD)?;
            let name = text(line[..colon].to_vec())?;
            let value = line[colon + 1..].trim_ascii();
            let is_control = |b: &u8| *b < 0x20 && *b != b'\t' || *b == 0x7f;
            if !is_token(&name) || value.iter().any(is_control) {
                return Err(BAD);
            }
            headers.push((name, value.to_vec()));
        }
        Ok(Self { method: method.to_owned(), target: target.to_owned(), headers })
    }

    /// Every value of a header, by its name in any case.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        let same = |(n, _): &&(String, Vec<u8>)| n.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, v)| &v[..]).collect()
    }

    pub fn is_chunked(&self) -> bool {
        !self.values("transfer-encoding").is_empty()
    }

    /// Reads the body, after 100 Continue if the client waits for it.
    pub fn body(
        &self,
        reader: &mut impl BufRead,
        writer: &mut impl Write,
    ) -> Result<Vec<u8>, Trouble> {
        let lengths = self.values("content-length");
        let codings = self.values("transfer-encoding");
        let length = match (&lengths[..], &codings[..]) {
            ([], []) => Some(0),
            ([one], []) => Some(decimal(one)?),
            ([], [one]) if one.eq_ignore_ascii_case(b"chunked") => None,
            _ => return Err(BAD),
        };
        if length.is_some_and(|length| length > MAX_BODY) {
            return Err(Trouble::Status(413));
        }
        if self.values("expect") == [b"100-continue"] {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        match length {
            Some(length) => exactly(reader, length),
            None => chunks(reader),
        }
    }
}

fn chunks(reader: &mut impl BufRead) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    loop {
        let size = text(line(reader, &mut 256)?)?;
        let size = size.split(';').next().unwrap_or_default().trim_end();
        if size.is_empty() || !size.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(BAD);
        }
        let size = usize::from_str_radix(size, 16).map_err(|_| Trouble::Status(413))?;
        if size > MAX_BODY - body.len() {
            return Err(Trouble::Status(413));
        }
        if size == 0 {
            break;
        }
        body.extend(exactly(reader, size)?);
        if exactly(reader, 2)? != b"\r\n" {
            return Err(BAD);
        }
    }
    let mut left = MAX_HEAD;
    while !line(reader, &mut left)?.is_empty() {}
    Ok(body)
}

fn exactly(reader: &mut impl BufRead, length: usize) -> Result<Vec<u8>, Trouble> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A line without its end.
fn line(reader: &mut impl BufRead, left: &mut usize) -> Result<Vec<u8>, Trouble> {
    let mut line = Vec::new();
    let limit = u64::try_from(*left).unwrap_or(u64::MAX);
    let n = reader.by_ref().take(limit).read_until(b'\n', &mut line)?;
    *left -= n;
    if line.pop() != Some(b'\n') {
        return Err(match *left {
            0 => Trouble::Status(431),
            _ => Trouble::CutOff,
        });
    }
    match line.pop() {
        Some(b'\r') => Ok(line),
        _ => Err(BAD),
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Trouble> {
    String::from_utf8(bytes).map_err(|_| BAD)
}

fn decimal(bytes: &[u8]) -> Result<usize, Trouble> {
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return Err(BAD);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BAD)?;
    text.parse().map_err(|_| Trouble::Status(413))
}

fn is_token(name: &str) -> bool {
    let is_mark = |b: u8| b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || is_mark(b))
}

/// An answer.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: String,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("Content-Type", "application/json")], body: body.into() }
    }

    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The bytes that go out; the answer to a HEAD has no body.
    pub fn bytes(&self, has_body: bool) -> Vec<u8> {
        let mut out = format!("HTTP/1.1 {} -\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        if has_body {
            out.push_str(&self.body);
        }
        out.into_bytes()
    }
}
