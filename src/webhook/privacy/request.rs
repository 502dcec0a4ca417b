//! Other values in the place of private ones in headers and targets. Headers that may hold a signature stay, so that it
//! can be made again.

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzEncoder;

use crate::read_limited;
use crate::webhook::content_coding::{Decoded, gunzip};
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::signature::mac::Hash;
use crate::webhook::signature::request::is_form;

use super::body::masked;
use super::judge::{Kind, is_word};
use super::units::Coding;
use super::{At, Redactor};

/// Headers of HTTP itself, whose values are no data. The program of the sender is part of what a diagnosis shows.
const PLAIN: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "expect",
    "keep-alive",
    "pragma",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-scheme",
];

/// The longest part of a path that is taken for a word of the application's.
const MAX_SEGMENT: usize = 24;

/// Whether a header may hold a signature by its name.
pub fn is_signature_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("signature") || name.contains("hmac")
}

impl Redactor {
    /// The delivery with other values. `signatures` are the names of headers that stay as they are.
    pub fn delivery(&mut self, delivery: &Delivery, signatures: &[String]) -> Delivery {
        let body = self.coded_body(delivery);
        let hashes = hashes(&delivery.body, &body);
        let rehash = |old: &[u8], new: &[u8]| rehashed(old, new, &hashes);
        let target = self.target(&delivery.target);
        let target = rehash(delivery.target.as_bytes(), target.as_bytes());
        let mut headers = Headers::default();
        for (name, value) in delivery.headers.iter() {
            let is_signature = is_signature_name(name)
                || signatures.iter().any(|own| own.eq_ignore_ascii_case(name));
            let value = match is_signature {
                true => value.to_vec(),
                false => rehash(value, &self.header(name, value)),
            };
            headers.push(name, value);
        }
        if body.len() != delivery.body.len() && headers.get("content-length").is_some() {
            headers.set_value("content-length", body.len().to_string());
        }
        Delivery {
            method: delivery.method.clone(),
            target: String::from_utf8(target).unwrap_or_default(),
            headers,
            body,
            received_at: delivery.received_at,
            peer: None,
        }
    }

    /// A body, which may be compressed. What can be compressed again is changed inside.
    fn coded_body(&mut self, delivery: &Delivery) -> Bytes {
        let (body, is_form) = (&delivery.body, is_form(delivery));
        let decoded = Decoded::new(&delivery.headers, body);
        let content = match &decoded {
            Some(Decoded { codings, body: Ok(content), .. }) => {
                matches!(codings.as_slice(), [one] if one.ends_with("gzip"))
                    .then(|| content.clone())
            }
            Some(_) => None,
            None => gunzip(body),
        };
        let Some(content) = content else {
            return self.body(body, is_form && decoded.is_none()).into();
        };
        // A body without a content coding is a form by its first byte only, which says nothing here.
        let other = self.body(&content, is_form && decoded.is_some());
        let limit = 2 * other.len() + 1024;
        let compressed =
            read_limited::all(GzEncoder::new(&other[..], Compression::default()), limit);
        match compressed {
            Ok(Some(compressed)) => {
                self.unsure("the body was decompressed, changed and compressed again");
                compressed.into()
            }
            _ => self.words.bytes(body).into(),
        }
    }

    /// The value of a header that may hold signatures, with others in their places: what is too long for a name or a
    /// time, and is not the header's own name. With `is_token`, the whole value but the name of a scheme before it.
    pub(crate) fn signature_header(&self, name: &str, value: &[u8], is_token: bool) -> Vec<u8> {
        masked(value, |text| match is_token {
            true => {
                const SCHEMES: [&str; 5] = ["basic", "bearer", "digest", "hmac", "token"];
                let scheme = |at: &usize| text.get(..*at).unwrap_or_default().to_ascii_lowercase();
                let is_scheme = |at: &usize| SCHEMES.contains(&&*scheme(at));
                let start = text.find(' ').filter(is_scheme).map_or(0, |at| at + 1);
                let (scheme, rest) = text.split_at(start);
                format!("{scheme}{}", self.words.text(rest))
            }
            false => self.signatures(name, text),
        })
    }

    fn signatures(&self, header: &str, text: &str) -> String {
        const MAX_NAME: usize = 16;
        const MIN_SIGNATURE: usize = 5;
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-');
        // A secret may be several runs.
        let is_secret = self.is_secret(text);
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let (between, from) = rest.split_at(start);
            let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
            let padding = from.get(end..).unwrap_or_default();
            let padding = padding.len() - padding.trim_start_matches('=').len();
            let after = from.get(end + padding..).unwrap_or_default();
            let is_name = end <= MAX_NAME
                && (padding == 1 && after.starts_with(is_part)
                    || padding == 0 && after.starts_with([':', ',', ' ']));
            let is_own_name = from.get(..end).is_some_and(|run| run.eq_ignore_ascii_case(header));
            let is_time = from.bytes().take(end).all(|b| b.is_ascii_digit()) && end <= 13;
            let (run, after) = from.split_at(end + padding);
            out.push_str(between);
            match (is_name || is_own_name || is_time || end < MIN_SIGNATURE) && !is_secret {
                true => out.push_str(run),
                false => out.push_str(&self.words.text(run)),
            }
            rest = after;
        }
        out + rest
    }

    fn header(&mut self, name: &str, value: &[u8]) -> Vec<u8> {
        let lower = name.to_ascii_lowercase();
        let is_secret = self.is_secret(&String::from_utf8_lossy(value));
        let is_kept = PLAIN.contains(&lower.as_str()) || self.rules.headers.contains(&lower);
        if is_kept && !is_secret {
            return value.to_vec();
        }
        masked(value, |text| self.header_text(text, &lower))
    }

    fn header_text(&mut self, text: &str, name: &str) -> String {
        // The name of the scheme, as in `Bearer …`, stays.
        let scheme = match name.ends_with("authorization") {
            true => text.find(' ').map_or(0, |at| at + 1),
            false => 0,
        };
        let (scheme, rest) = text.split_at(scheme);
        let is_local = |host: &str| {
            let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
            matches!(host, "localhost" | "127.0.0.1" | "[::1]")
        };
        if name == "host" && is_local(rest) {
            return text.to_owned();
        }
        let at = At { path: "", shown: &format!("header {name}"), key: name };
        let other = self.value(rest, at, 0).unwrap_or_else(|| rest.to_owned());
        format!("{scheme}{other}")
    }

    /// A target: the words of its path stay, and its ids and its query do not.
    fn target(&mut self, target: &str) -> String {
        let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
        let (origin, path) = match path.split_once("://") {
            Some((scheme, rest)) => {
                let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                self.count(Kind::Url);
                (format!("{scheme}://{}", self.words.text(host)), path)
            }
            None => (String::new(), path),
        };
        let segment = |raw: &str| {
            let text = Coding::Percent.decode(raw);
            let is_route = text.len() <= MAX_SEGMENT
                && is_word(&text, MAX_SEGMENT)
                && !text.bytes().any(|b| b.is_ascii_uppercase())
                && text.bytes().filter(u8::is_ascii_digit).count() <= 1;
            let is_plain = text.is_empty() || is_route && !self.is_secret(&text);
            if is_plain || !text.contains(char::is_alphanumeric) {
                return raw.to_owned();
            }
            self.count(Kind::Id);
            Coding::Percent.rewrite(raw, &self.words.text(&text))
        };
        let path = path.split('/').map(segment).collect::<Vec<_>>().join("/");
        let query = match query.strip_prefix('?') {
            Some(query) => format!("?{}", self.form(query)),
            None => String::new(),
        };
        format!("{origin}{path}{query}")
    }
}

/// The texts that hold a hash of the old body, and those of the new one.
fn hashes(old: &[u8], new: &[u8]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for hash in [Hash::Sha256, Hash::Sha512, Hash::Md5, Hash::Sha1] {
        let (old, new) = (hash.digest(&[old]), hash.digest(&[new]));
        for codec in [data_encoding::HEXLOWER, data_encoding::HEXUPPER, data_encoding::BASE64] {
            all.push((codec.encode(&old), codec.encode(&new)));
        }
    }
    all
}

/// The new text with hashes of the new body where the old one has those of the old body.
fn rehashed(old: &[u8], new: &[u8], hashes: &[(String, String)]) -> Vec<u8> {
    let mut out = new.to_vec();
    for (before, after) in hashes {
        if let Some(at) = memchr::memmem::find(old, before.as_bytes())
            && let Some(place) = out.get_mut(at..at + after.len())
        {
            place.copy_from_slice(after.as_bytes());
        }
    }
    out
}
