//! A request as other tools export it: method, URL, headers and body, each in the tool's own form. The readers of
//! exports say where each one is, and this makes the delivery, with what the export does not keep.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;

use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::{Document, Kind, Node, parse, parse_body, without_bom};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::error::{CaptureError, excerpt};
use super::http::validate_head;
use super::outline::value_end;
use super::url::{self, Url};

/// A request, as far as an export holds it.
#[derive(Debug, Default)]
pub(super) struct ExportedRequest {
    /// `None` when the export does not hold it.
    pub method: Option<String>,
    /// The URL, or its path and query; `None` when the export does not hold it.
    pub url: Option<String>,
    /// Without pseudo headers of HTTP/2.
    pub headers: Headers,
    pub body: Vec<u8>,
    pub received_at: Option<Timestamp>,
    pub losses: Vec<Loss>,
}

impl ExportedRequest {
    /// The delivery of this number. The error is a clause that is safe to show.
    pub fn into_record(self, number: u64) -> Result<DeliveryRecord, String> {
        let (delivery, losses) = self.into_delivery()?;
        Ok(DeliveryRecord { losses, ..DeliveryRecord::new(number, delivery) })
    }

    /// The delivery, and what is lost of it.
    pub fn into_delivery(mut self) -> Result<Exported, String> {
        if self.method.is_none() {
            self.lose(Loss::Method);
        }
        let target = self.target()?;
        self.check_body();
        self.losses.sort_unstable();
        let delivery = Delivery {
            method: self.method.unwrap_or_else(|| "POST".to_owned()),
            target,
            headers: self.headers,
            body: self.body.into(),
            received_at: self.received_at,
            peer: None,
        };
        validate_head(&delivery)?;
        Ok((delivery, self.losses))
    }

    /// Compares the body with what the headers say of it.
    fn check_body(&mut self) {
        if is_decompressed(&self.headers, &self.body) {
            self.lose(Loss::BodyDecompressed);
            return;
        }
        let length = self.headers.get("content-length").and_then(|v| std::str::from_utf8(v).ok());
        let Some(length) = length.and_then(|text| text.trim().parse::<usize>().ok()) else {
            return;
        };
        if length == self.body.len() {
            return;
        }
        match latin1(&self.body).filter(|bytes| bytes.len() == length) {
            Some(bytes) if !self.losses.contains(&Loss::BodyReserialized) => {
                self.body = bytes;
                self.lose(Loss::BodyLatin1);
            }
            _ if length == self.body.len() + lone_line_feeds(&self.body) => {
                self.lose(Loss::BodyLineEnds);
            }
            _ => self.lose(Loss::BodyLength),
        }
    }

    /// Notes once that something is lost.
    pub fn lose(&mut self, loss: Loss) {
        if !self.losses.contains(&loss) {
            self.losses.push(loss);
        }
    }

    /// The target of the URL; its host becomes a header if there is none.
    fn target(&mut self) -> Result<String, String> {
        let Some(text) = self.url.take().filter(|url| !url.is_empty()) else {
            self.lose(Loss::Target);
            return Ok("/".to_owned());
        };
        if text.starts_with('/') {
            // On the wire there was none: some tools undo the encoding.
            return Ok(text.split('#').next().unwrap_or_default().replace(' ', "%20"));
        }
        // A WebSocket begins as a request over HTTP.
        let ws = text.strip_prefix("ws").filter(|rest| rest.contains("://"));
        let ws = ws.map(|rest| format!("http{rest}"));
        let url = Url::parse(ws.as_ref().unwrap_or(&text))
            .map_err(|why| format!("its URL {}: {why}", excerpt(text.as_bytes())))?;
        if self.headers.get("host").is_none() {
            let host = ("Host", url.host.as_bytes());
            self.headers = std::iter::once(host).chain(self.headers.iter()).collect();
        }
        Ok(url.target.replace(' ', "%20"))
    }

    /// Adds a header; a pseudo header of HTTP/2, such as `:authority`, says what the URL says.
    pub fn header(&mut self, name: &str, value: &[u8]) {
        if !name.starts_with(':') {
            self.headers.push(name, value);
        }
    }

    /// Adds the headers of a JSON value: an object of names and one or more values, or an array of pairs, of
    /// objects with `name` or `key` and `value`, or of names and values in turn.
    pub fn headers_of(&mut self, node: Node<'_, '_>) -> Result<(), String> {
        for (name, value) in node.entries() {
            self.header_value(name, value)?;
        }
        let mut items = node.items();
        while let Some(item) = items.next() {
            match item.kind() {
                Kind::Object => {
                    let name = item.get("name").or_else(|| item.get("key"));
                    let name = name.or_else(|| item.get("Name")).ok_or("a header has no name")?;
                    let value = item.get("value").or_else(|| item.get("Value"));
                    value.map_or(Ok(()), |value| self.header_value(name, value))?;
                }
                Kind::Array => {
                    let mut pair = item.items();
                    match (pair.next(), pair.next()) {
                        (Some(name), Some(value)) => self.header_value(name, value)?,
                        _ => return Err("a header is no pair of name and value".to_owned()),
                    }
                }
                _ => {
                    let value = items.next().ok_or("a header has no value")?;
                    self.header_value(item, value)?;
                }
            }
        }
        Ok(())
    }

    fn header_value(&mut self, name: Node<'_, '_>, value: Node<'_, '_>) -> Result<(), String> {
        let name = name.text().ok_or("the name of a header is no text")?;
        match value.kind() {
            Kind::Null => {}
            Kind::String => self.header(&name, value.text().unwrap_or_default().as_bytes()),
            Kind::Number | Kind::Bool => self.header(&name, value.raw().as_bytes()),
            Kind::Array => {
                for one in value.items() {
                    if one.kind() == Kind::Array {
                        return Err(no_header(&name));
                    }
                    self.header(&name, one.text().unwrap_or(one.raw().into()).as_bytes());
                }
            }
            Kind::Object => return Err(no_header(&name)),
        }
        Ok(())
    }

    /// Takes text as the body.
    pub fn text_body(&mut self, text: &str) {
        if text.contains(char::REPLACEMENT_CHARACTER) {
            self.lose(Loss::BodyReplacementCharacters);
        }
        self.body = text.as_bytes().to_vec();
    }

    /// Takes the content of a JSON string, as WTF-8, as the body. Python writes bytes that are not UTF-8 as lone
    /// surrogates, which can be undone.
    pub fn string_body(&mut self, wtf8: &[u8]) {
        match (std::str::from_utf8(wtf8), surrogates_undone(wtf8)) {
            (Ok(text), _) => self.text_body(text),
            (_, Some(bytes)) => self.body = bytes,
            _ => self.text_body(&String::from_utf8_lossy(wtf8)),
        }
    }

    /// Takes a JSON value as the body: a string is its text, anything else was parsed by the tool.
    pub fn body_of(&mut self, node: Node<'_, '_>) {
        match node.kind() {
            Kind::Null => {}
            Kind::String => self.string_body(&node.string().unwrap_or_default()),
            _ => {
                self.lose(Loss::BodyReserialized);
                self.text_body(&minified(node.raw()));
            }
        }
    }

    /// Takes base64 as the body.
    pub fn base64_body(&mut self, base64: &str) -> Result<(), String> {
        self.body = decode_base64(base64)?;
        Ok(())
    }
}

fn no_header(name: &str) -> String {
    format!("the {} header is no text", excerpt(name.as_bytes()))
}

/// Whether the headers say that the body is compressed, and it is not.
fn is_decompressed(headers: &Headers, body: &[u8]) -> bool {
    let coding = headers.get("content-encoding").unwrap_or_default().trim_ascii();
    let magic: &[u8] = match coding.to_ascii_lowercase().as_slice() {
        b"gzip" | b"x-gzip" => b"\x1f\x8b",
        b"zstd" => b"\x28\xb5\x2f\xfd",
        // These have no mark; text is neither.
        b"br" | b"deflate" => return !body.is_empty() && std::str::from_utf8(body).is_ok(),
        _ => return false,
    };
    !body.is_empty() && !body.starts_with(magic)
}

/// WTF-8 with the bytes that its lone surrogates U+DC80 to U+DCFF stand for; `None` when it holds others.
pub(super) fn surrogates_undone(wtf8: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(wtf8.len());
    let mut rest = wtf8;
    while let Some(first) = rest.first() {
        let (byte, length) = match rest {
            // U+DC80 to U+DCBF, and from there to U+DCFF.
            [0xed, 0xb2, byte @ 0x80..=0xbf, ..] => (*byte, 3),
            [0xed, 0xb3, byte @ 0x80..=0xbf, ..] => (*byte | 0x40, 3),
            [0xed, 0xa0..=0xbf, ..] => return None,
            _ => (*first, 1),
        };
        out.push(byte);
        rest = rest.get(length..).unwrap_or_default();
    }
    Some(out)
}

/// The bytes that this text shows as characters of Latin-1; `None` when it holds others.
fn latin1(text: &[u8]) -> Option<Vec<u8>> {
    std::str::from_utf8(text).ok()?.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

fn lone_line_feeds(text: &[u8]) -> usize {
    let all = memchr::memchr_iter(b'\n', text);
    all.filter(|at| at.checked_sub(1).and_then(|before| text.get(before)) != Some(&b'\r')).count()
}

/// JSON without the white space between its values.
pub(super) fn minified(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut is_string, mut is_escaped) = (false, false);
    for c in json.chars() {
        if is_string {
            is_string = c != '"' || is_escaped;
            is_escaped = c == '\\' && !is_escaped;
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            is_string = c == '"';
        }
        out.push(c);
    }
    out
}

/// Undoes base64, with padding or without, and with line ends in it.
pub(super) fn decode_base64(base64: &str) -> Result<Vec<u8>, String> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let compact: Vec<u8> = base64.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    GeneralPurpose::new(&alphabet::STANDARD, lenient)
        .decode(compact)
        .map_err(|why| format!("its base64 is broken: {why}"))
}

/// What errors say of an export that cannot be read.
#[derive(Clone, Copy)]
pub(super) struct Export {
    /// "the export of ngrok".
    pub name: &'static str,
    /// What one of its requests is: "request".
    pub entry: &'static str,
    /// What to do, and that `--format body` reads a body.
    pub hint: &'static str,
}

impl Export {
    /// The JSON document that an export is.
    pub fn document<'b>(self, bytes: &'b [u8]) -> Result<Document<'b>, CaptureError> {
        parse_body(bytes).map_err(|why| self.unreadable(&why.to_string()))
    }

    /// The JSON documents of an export that follow one another.
    pub fn documents<'b>(self, bytes: &'b [u8]) -> Result<Vec<Document<'b>>, CaptureError> {
        let text = without_bom(bytes).trim_ascii();
        let mut text = std::str::from_utf8(text).map_err(|_| self.unreadable("it is not UTF-8"))?;
        let mut all = Vec::new();
        while !text.is_empty() {
            let end = value_end(text.as_bytes()).unwrap_or(text.len());
            let (first, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            let document = parse(first).map_err(|why| self.unreadable(&why.to_string()))?;
            all.push(document);
            text = rest.trim_ascii_start();
        }
        Ok(all)
    }

    pub fn unreadable(self, why: &str) -> CaptureError {
        CaptureError::new(format!("{} cannot be read: {why}", self.name), self.hint)
    }

    /// The records of an export's entries, which keep their numbers; what `read` gives `None` for is no request.
    pub fn records<T>(
        self,
        entries: impl Iterator<Item = T>,
        read: impl Fn(T) -> Result<Option<ExportedRequest>, String>,
    ) -> Result<Vec<DeliveryRecord>, CaptureError> {
        self.numbered(entries, |number, entry| {
            let request = read(entry)?;
            Ok(request
                .map(|request| request.into_record(number))
                .transpose()?
                .into_iter()
                .collect())
        })
    }

    /// The same for entries that hold whole requests, one or several. The requests are numbered.
    pub fn whole_records<T>(
        self,
        entries: impl Iterator<Item = T>,
        read: impl Fn(T) -> Result<Vec<Exported>, String>,
    ) -> Result<Vec<DeliveryRecord>, CaptureError> {
        let mut all = self.numbered(entries, |_, entry| {
            let record =
                |(delivery, losses)| DeliveryRecord { losses, ..DeliveryRecord::new(0, delivery) };
            read(entry).map(|all| all.into_iter().map(record).collect())
        })?;
        for (number, record) in (1..).zip(&mut all) {
            record.id = number;
        }
        Ok(all)
    }

    fn numbered<T>(
        self,
        entries: impl Iterator<Item = T>,
        read: impl Fn(u64, T) -> Result<Vec<DeliveryRecord>, String>,
    ) -> Result<Vec<DeliveryRecord>, CaptureError> {
        /// A record takes some hundred bytes, and an entry may be short.
        const MAX_RECORDS: usize = 1_000_000;
        let mut all = Vec::new();
        for (number, entry) in (1..).zip(entries) {
            if all.len() >= MAX_RECORDS {
                return Err(self.unreadable("it holds more than a million deliveries"));
            }
            let records = read(number, entry).map_err(|why| {
                let Self { name, entry, hint } = self;
                CaptureError::new(format!("{entry} {number} of {name} cannot be read: {why}"), hint)
            })?;
            all.extend(records);
        }
        Ok(all)
    }
}

/// A delivery, and what the export does not keep of it.
pub(super) type Exported = (Delivery, Vec<Loss>);

/// The entries of some documents: the items of an array, those of the array at one of these keys, or the document.
pub(super) fn entries<'d, 't>(documents: &'d [Document<'t>], lists: &[&str]) -> Vec<Node<'d, 't>> {
    let of = |document: &'d Document<'t>| {
        let root = document.root();
        let list = lists.iter().find_map(|key| root.get(key));
        match list.filter(|list| list.kind() == Kind::Array) {
            Some(list) => list.items().collect(),
            None if root.kind() == Kind::Array => root.items().collect(),
            None => vec![root],
        }
    };
    documents.iter().flat_map(of).collect()
}

/// The text at a JSON Pointer.
pub(super) fn text<'t>(node: Node<'_, 't>, pointer: &str) -> Option<Cow<'t, str>> {
    node.at_pointer(pointer)?.text()
}

/// The query of decoded names and values: an object of names and one or more values.
pub(super) fn query_of(node: Node<'_, '_>) -> String {
    let mut pairs = Vec::new();
    for (name, value) in node.entries() {
        let name = name.text().unwrap_or_default();
        let mut add = |value: Node<'_, '_>| {
            let text = value.text().unwrap_or(value.raw().into());
            let encoded = |part: &str| {
                String::from_utf8_lossy(&url::form_encoded(part.as_bytes())).into_owned()
            };
            pairs.push(format!("{}={}", encoded(&name), encoded(&text)));
        };
        match value.kind() {
            Kind::Array => value.items().for_each(add),
            _ => add(value),
        }
    }
    pairs.join("&")
}

/// A time as text or as seconds or milliseconds since 1970; `None` when it cannot be read: no verdict rests on it.
pub(super) fn time(node: Node<'_, '_>) -> Option<Timestamp> {
    match node.kind() {
        Kind::String => text_time(&node.text()?),
        Kind::Number => number_time(node.raw()),
        _ => None,
    }
}

/// The same for text.
pub(super) fn text_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let parsed = text.parse().ok();
    // Many tools write a space instead of `T`, and no zone where they mean UTC.
    let spaced = || format!("{}Z", text.replacen(' ', "T", 1)).parse().ok();
    parsed.or_else(spaced).or_else(|| number_time(text))
}

fn number_time(text: &str) -> Option<Timestamp> {
    let number: f64 =
        text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)?;
    // From here on they are milliseconds: as seconds this is the year 5138.
    const FIRST_MILLISECOND: f64 = 1e11;
    let milliseconds = if number < FIRST_MILLISECOND { number * 1000.0 } else { number };
    Timestamp::from_millisecond(milliseconds as i64).ok()
}
