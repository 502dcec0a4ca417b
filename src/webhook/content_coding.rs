//! Content codings (RFC 9110, 8.4) of bodies that were compressed. Signatures are over the bytes as sent; showing,
//! detecting and validating a body is done with its decoded bytes.

use std::borrow::Cow;

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::FrameDecoderError;

use crate::read_limited;

use super::delivery::{Delivery, Headers};

/// The maximum factor by which decoding may lengthen a body. Bodies up to the second length are always decoded.
const MAX_RATIO: usize = 100;
const MAX_SHORT: usize = 1 << 20;
/// The maximum length of a decoded body, unless four times the length of the body is more.
const MAX_DECODED: usize = 8 << 20;
/// The maximum number of codings, one over the other.
const MAX_CODINGS: usize = 4;
/// The maximum window of zstd in HTTP (RFC 9659).
const MAX_WINDOW: u64 = 8 << 20;

/// A body that has content codings, decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The names of the codings, in the order in which they were applied.
    pub codings: Vec<String>,
    /// The length of the body as sent.
    pub encoded_len: usize,
    /// The decoded body, or why there is none, in a clause.
    pub body: Result<Vec<u8>, String>,
}

impl Decoded {
    /// Decodes a body; `None` when it has no content coding.
    pub fn new(headers: &Headers, body: &[u8]) -> Option<Self> {
        let codings = codings(headers);
        if codings.is_empty() || body.is_empty() {
            return None;
        }
        let decoded = decode(&codings, body);
        Some(Self { codings, encoded_len: body.len(), body: decoded })
    }

    /// What was decoded, or why it was not, in a clause.
    pub fn clause(&self) -> String {
        let (codings, encoded) = (self.codings.join(", "), grouped(self.encoded_len));
        match &self.body {
            Ok(body) => format!("{codings}, {encoded} → {} bytes", grouped(body.len())),
            Err(why) => format!("{codings}, {encoded} bytes, not decoded: {why}"),
        }
    }
}

impl Delivery {
    /// The body without its content codings; the body as sent when it has none or cannot be decoded.
    pub fn decoded_body(&self) -> Cow<'_, [u8]> {
        match Decoded::new(&self.headers, &self.body).map(|decoded| decoded.body) {
            Some(Ok(body)) => Cow::Owned(body),
            Some(Err(_)) | None => Cow::Borrowed(&self.body),
        }
    }
}

/// The content of a body that is gzip, although its headers name no content coding.
pub(crate) fn gunzip(body: &[u8]) -> Option<Vec<u8>> {
    let is_gzip = body.starts_with(&[0x1f, 0x8b]);
    is_gzip.then(|| decode(&["gzip".to_owned()], body).ok())?
}

/// The codings that the headers name, in lower case, without `identity`.
fn codings(headers: &Headers) -> Vec<String> {
    headers
        .all("content-encoding")
        .flat_map(|value| value.split(|b| *b == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect()
}

fn decode(codings: &[String], body: &[u8]) -> Result<Vec<u8>, String> {
    if codings.len() > MAX_CODINGS {
        return Err(format!("it has more than {MAX_CODINGS} codings"));
    }
    let short = body.len().saturating_mul(MAX_RATIO).max(MAX_SHORT);
    let limit = short.min(body.len().saturating_mul(4).max(MAX_DECODED));
    let mut decoded = Cow::Borrowed(body);
    for coding in codings.iter().rev() {
        decoded = match undo(coding, &decoded, limit)? {
            Some(body) => Cow::Owned(body),
            None => {
                let limit = grouped(limit);
                return Err(format!("it would be longer than {limit} bytes"));
            }
        };
    }
    Ok(decoded.into_owned())
}

/// Undoes one coding; `None` when that makes more than `limit` bytes.
fn undo(coding: &str, body: &[u8], limit: usize) -> Result<Option<Vec<u8>>, String> {
    let damaged = || format!("it is not {coding}, or damaged");
    let read = match coding {
        "gzip" | "x-gzip" => read_limited::all(MultiGzDecoder::new(body), limit),
        // The name means zlib, and some senders leave out its header.
        "deflate" => read_limited::all(ZlibDecoder::new(body), limit)
            .or_else(|_| read_limited::all(DeflateDecoder::new(body), limit)),
        "br" => read_limited::all(Decompressor::new(body, 4 << 10), limit),
        "zstd" => return unzstd(body, limit).map_err(|_| damaged()),
        _ => return Err("the coding is not supported".to_owned()),
    };
    read.map_err(|_| damaged())
}

fn unzstd(body: &[u8], limit: usize) -> Result<Option<Vec<u8>>, FrameDecoderError> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MAX_WINDOW);
    let mut decoded = Vec::with_capacity(limit);
    match decoder.decode_all_to_vec(body, &mut decoded) {
        Ok(()) => {
            decoded.shrink_to_fit();
            Ok(Some(decoded))
        }
        Err(FrameDecoderError::TargetTooSmall) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A number with a comma before every three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    const PLAIN: &[u8] = br#"{"eventType":"lead.submit","agentId":"agent_abc123","payload":{}}"#;
    /// The same, compressed with brotli.
    const BROTLI: &str =
        "G0AAUETdlvryEdT20CxJprcdtMq5YxzyADzg9jrINWzAeULJOq8rEHj9FX5opQkE6x0GZSfXrq0LPH6/dGQC";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn decoded(coding: &str, body: &[u8]) -> Option<Decoded> {
        let headers: Headers = [("content-Encoding", coding)].into_iter().collect();
        Decoded::new(&headers, body)
    }

    #[test]
    fn bodies_are_decoded_by_the_codings_that_their_headers_name() {
        let two_members = [gzip(b"{}"), gzip(b" ")].concat();
        for (coding, body, plain) in [
            ("gzip", gzip(PLAIN), PLAIN),
            ("X-GZIP", gzip(PLAIN), PLAIN),
            ("gzip", two_members, b"{} "),
            ("deflate", zlib(PLAIN), PLAIN),
            ("deflate", deflate(PLAIN), PLAIN),
            ("br", STANDARD.decode(BROTLI).unwrap(), PLAIN),
            ("zstd", zstd(PLAIN), PLAIN),
            ("gzip, deflate", zlib(&gzip(PLAIN)), PLAIN),
            (" identity,gzip ,, ", gzip(PLAIN), PLAIN),
            ("zstd, gzip", gzip(&zstd(PLAIN)), PLAIN),
        ] {
            let decoded = decoded(coding, &body).unwrap();
            assert_eq!(decoded.body.as_deref(), Ok(plain), "{coding}");
        }
        for coding in ["", "identity", ",", "Identity, identity"] {
            assert_eq!(decoded(coding, PLAIN), None);
        }
        assert_eq!(decoded("gzip", b""), None);
    }

    #[test]
    fn a_clause_says_what_was_done() {
        let long = [PLAIN, &b" ".repeat(2000)].concat();
        let body = gzip(&long);
        let said = decoded("gzip", &body).unwrap().clause();
        assert_eq!(said, format!("gzip, {} → 2,065 bytes", body.len()));
        let said = decoded("compress", PLAIN).unwrap().clause();
        assert_eq!(said, "compress, 65 bytes, not decoded: the coding is not supported");
        let said = decoded("gzip", PLAIN).unwrap().clause();
        assert_eq!(said, "gzip, 65 bytes, not decoded: it is not gzip, or damaged");
    }

    #[test]
    fn damaged_and_foreign_bodies_are_errors() {
        let mut wrong_sum = gzip(PLAIN);
        let at = wrong_sum.len() - 5;
        wrong_sum[at] ^= 1;
        let whole = [gzip(PLAIN), zstd(PLAIN), STANDARD.decode(BROTLI).unwrap(), zlib(PLAIN)];
        let codings = ["gzip", "zstd", "br", "deflate"];
        for (body, coding) in whole.iter().zip(codings) {
            let half = &body[..body.len() / 2];
            assert!(decoded(coding, half).unwrap().body.is_err(), "{coding}");
            assert!(decoded(coding, PLAIN).unwrap().body.is_err(), "{coding}");
        }
        assert!(decoded("gzip", &wrong_sum).unwrap().body.is_err());
        assert!(decoded("gzip,gzip,gzip,gzip,gzip", &wrong_sum).unwrap().body.is_err());
        // A window that is larger than HTTP allows.
        let large_window = [0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 1, 0, 0];
        assert!(decoded("zstd", &large_window).unwrap().body.is_err());
    }

    #[test]
    fn a_bomb_is_not_decoded() {
        let zeros = vec![0; 16 << 20];
        for (coding, body) in
            [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("zstd", zstd(&zeros))]
        {
            let why = decoded(coding, &body).unwrap().body.unwrap_err();
            assert!(why.starts_with("it would be longer than "), "{coding}: {why}");
        }
        let nested = gzip(&gzip(&zeros));
        assert!(decoded("gzip, gzip", &nested).unwrap().body.is_err());
    }
}
