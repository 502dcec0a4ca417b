//! A command line of HTTPie.

use crate::capture::curl::{MAX_ARGUMENT, is_shown, pipe, quote};
use crate::webhook::delivery::Delivery;

use super::{given_headers, url_of};

/// The command that sends a delivery.
///
/// # Errors
/// When the command cannot hold it; as a clause.
pub fn httpie(delivery: &Delivery) -> Result<Vec<u8>, String> {
    if !delivery.method.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err("HTTPie takes only uppercase letters as a method".to_owned());
    }
    let body = &delivery.body;
    let is_argument = body.len() <= MAX_ARGUMENT
        && std::str::from_utf8(body).is_ok_and(|text| text.chars().all(is_shown));
    let mut out = Vec::new();
    if is_argument {
        // Otherwise it would read standard input in a script.
        out.extend_from_slice(b"http --ignore-stdin ");
    } else {
        pipe(body, &mut out);
        out.extend_from_slice(b"http ");
    }
    if delivery.target.contains("/.") {
        out.extend_from_slice(b"--path-as-is ");
    }
    out.extend_from_slice(delivery.method.as_bytes());
    out.push(b' ');
    quote(url_of(delivery).as_bytes(), &mut out);
    for (name, value) in given_headers(delivery) {
        item(&header(name, value)?, &mut out);
    }
    for name in ["Accept", "Accept-Encoding", "User-Agent", "Content-Type"] {
        if delivery.headers.get(name).is_none() {
            item(format!("{name}:").as_bytes(), &mut out);
        }
    }
    if is_argument && !body.is_empty() {
        // An argument that starts with a hyphen needs the equals sign.
        out.extend_from_slice(b" \\\n  --raw=");
        quote(body, &mut out);
    }
    out.push(b'\n');
    Ok(out)
}

fn item(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b" \\\n  ");
    quote(text, out);
}

/// A header as an item. A backslash takes the meaning of a separator after it.
fn header(name: &str, value: &[u8]) -> Result<Vec<u8>, String> {
    if name.starts_with('-') {
        return Err(format!("HTTPie takes the {name} header as an option"));
    }
    let is_separator = |b: &u8| matches!(b, b':' | b';' | b'=' | b'@');
    if std::str::from_utf8(value).is_err() {
        return Err(format!("the {name} header is not UTF-8, and HTTPie takes only text"));
    }
    let mut pairs = value.iter().zip(value.iter().skip(1));
    if pairs.any(|(first, second)| *first == b'\\' && is_separator(second)) {
        return Err(format!("HTTPie would take a backslash out of the {name} header"));
    }
    let escape: &[u8] = match value.first() {
        None => return Ok([name.as_bytes(), b";"].concat()),
        // With the colon they would be another separator.
        Some(b'=' | b'@') => b"\\",
        Some(_) => b"",
    };
    Ok([name.as_bytes(), b":", escape, value].concat())
}
