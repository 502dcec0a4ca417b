//! Bodies that differ from the signed one in one part, and signatures of one part of the body: a signature protects
//! only what is hashed.

use bytes::Bytes;

use super::super::case::{BodyChange, Forgery};
use super::super::request_builder::RequestBuilder;
use super::super::sample_body::with_field;
use super::Candidate;
use crate::webhook::payload::json::{Kind, Node, parse_body};

/// At most this many fields are changed, one at a time.
const MAX_FIELDS: usize = 14;
/// At most this many parts are signed.
const MAX_PARTS: usize = 6;
/// The length of a long body, in bytes.
const LONG: usize = 40 << 10;

/// The error says, in a clause, why no part can be changed.
pub fn all(builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    if !scheme.covers_body() {
        return Err("the signature does not cover the body".to_owned());
    }
    let body = builder.sample_body(0);
    if builder.provider().envelope.form {
        return Ok(vec![tampered("another field in the form", |body| {
            Ok([body, b"&czHookTest=added"].concat())
        })]);
    }
    let document = parse_body(&body).map_err(|why| why.to_string())?;
    let mut fields = Vec::new();
    collect(document.root(), String::new(), &mut fields);
    // The data is what other forgeries change: what surrounds it comes first.
    let data = builder.provider().envelope.data.clone().unwrap_or_default();
    let is_data = |pointer: &str| !data.is_empty() && pointer.starts_with(&format!("{data}/"));
    fields.sort_by_key(|pointer| is_data(pointer));
    fields.truncate(MAX_FIELDS);
    let mut all: Vec<Candidate> = fields
        .into_iter()
        .map(|pointer| {
            let what = format!("another value at {pointer} than the signed one");
            tampered(what, move |body| {
                changed(body, &pointer).ok_or_else(|| "the field cannot be changed".to_owned())
            })
        })
        .collect();
    all.push(tampered("a field that was not signed", |body| {
        let text = std::str::from_utf8(body).map_err(|why| why.to_string())?;
        Ok(with_field(text, "czHookTest", "\"added\"")?.into_bytes())
    }));
    all.extend([true, false].map(long));
    let root = document.root();
    let inner: Vec<(String, String)> = root
        .entries()
        .filter_map(|(key, value)| Some((key.text()?.into_owned(), value.raw().to_owned())))
        .collect();
    for (name, raw) in inner.into_iter().take(MAX_PARTS) {
        let what = format!("the signature of the part {name} alone");
        all.push(Candidate::new(what, Forgery::OtherBody, move |builder| {
            let signing = builder.sign(builder.sample_body(0))?;
            let body = signing.request().body.clone();
            let other = signing.signature_of(raw.as_bytes()).map_err(|why| why.to_string())?;
            builder.placed(&signing, body, &[signing.write(&other)])
        }));
    }
    Ok(all)
}

/// The pointers of the texts, numbers and truth values of a body.
fn collect(node: Node<'_, '_>, pointer: String, out: &mut Vec<String>) {
    match node.kind() {
        Kind::Object => {
            for (key, value) in node.entries() {
                let key = key.text().unwrap_or_default().replace('~', "~0").replace('/', "~1");
                collect(value, format!("{pointer}/{key}"), out);
            }
        }
        Kind::Array => {
            for (number, value) in node.items().enumerate() {
                collect(value, format!("{pointer}/{number}"), out);
            }
        }
        Kind::Null => {}
        _ => out.push(pointer),
    }
}

/// A body with another value at a pointer; everything else stays as it is written.
fn changed(body: &[u8], pointer: &str) -> Option<Vec<u8>> {
    let document = parse_body(body).ok()?;
    let node = document.root().at_pointer(pointer)?;
    let raw = node.raw();
    let other = match (node.kind(), raw) {
        (Kind::String, _) => format!("{}x\"", raw.strip_suffix('"')?),
        (_, "true") => "false".to_owned(),
        (_, "false") => "true".to_owned(),
        (_, "1") => "2".to_owned(),
        _ => "1".to_owned(),
    };
    let mut text = document.text().to_owned();
    text.replace_range(node.span(), &other);
    Some(text.into_bytes())
}

/// The correct signature of the sample, on a changed body.
fn tampered(
    what: impl Into<String>,
    change: impl Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync + 'static,
) -> Candidate {
    signed_before(what, |builder| Ok(builder.sample_body(0)), change)
}

/// A long body whose beginning or end is changed.
fn long(at_end: bool) -> Candidate {
    let what = match at_end {
        true => "another end of a long body than the signed one",
        false => "another beginning of a long body than the signed one",
    };
    signed_before(
        what,
        |builder| builder.first_sample().changed(BodyChange::Length(LONG)),
        move |body| {
            let mut changed = body.to_vec();
            // The padding is at the end, and all of it is the same letter.
            let last = changed.iter_mut().rev().find(|byte| **byte == b'x');
            if at_end {
                *last.ok_or("the body has no padding")? = b'y';
                return Ok(changed);
            }
            let document = parse_body(body).map_err(|why| why.to_string())?;
            let mut fields = Vec::new();
            collect(document.root(), String::new(), &mut fields);
            let first = fields.first().ok_or("the body has no field")?;
            super::parts::changed(body, first).ok_or_else(|| "nothing can be changed".to_owned())
        },
    )
}

fn signed_before(
    what: impl Into<String>,
    body: impl Fn(&RequestBuilder) -> Result<Bytes, String> + Send + Sync + 'static,
    change: impl Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync + 'static,
) -> Candidate {
    Candidate::new(what, Forgery::BitOfBody, move |builder| {
        let signing = builder.sign(body(builder)?)?;
        let right = signing.signature().map_err(|why| why.to_string())?;
        let changed: Bytes = change(&signing.request().body)?.into();
        let of_changed = signing.signature_of(&changed).map_err(|why| why.to_string())?;
        // A scheme may sign no more than some fields.
        if !signing.scheme.algorithm.has_public_key() && of_changed == right {
            return Err("the signature does not cover this part".to_owned());
        }
        builder.placed(&signing, changed, &[signing.write(&right)])
    })
}
