//! A delivery as a curl command that sends the same bytes when pasted into any POSIX shell.

use crate::webhook::delivery::Delivery;

/// Headers that curl sets for itself: from the URL and from the body.
const CURLS_OWN: [&str; 2] = ["host", "content-length"];

/// The command that sends `delivery` to `url`.
pub fn command(url: &str, delivery: &Delivery) -> Vec<u8> {
    let mut out = Vec::new();
    let text = as_argument(&delivery.body);
    if text.is_none() {
        out.extend_from_slice(b"printf '");
        out.extend(delivery.body.iter().flat_map(|b| octal(*b)));
        out.extend_from_slice(b"' | ");
    }
    out.extend_from_slice(b"curl -X ");
    quote(delivery.method.as_bytes(), &mut out);
    out.push(b' ');
    quote(url.as_bytes(), &mut out);
    for (name, value) in delivery.headers.iter() {
        if CURLS_OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            continue;
        }
        out.extend_from_slice(b" \\\n  -H ");
        // curl leaves out a header without a value, unless a semicolon says that it is meant.
        let header = if value.is_empty() {
            [name.as_bytes(), b";"].concat()
        } else {
            [name.as_bytes(), b": ", value].concat()
        };
        quote(&header, &mut out);
    }
    match text {
        Some(text) => {
            out.extend_from_slice(b" \\\n  --data-raw ");
            quote(text, &mut out);
        }
        None => out.extend_from_slice(b" \\\n  --data-binary @-"),
    }
    out.push(b'\n');
    out
}

/// The body, if it can be an argument: text without control characters, and not too long for one.
fn as_argument(body: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 100 << 10;
    let text = std::str::from_utf8(body).ok()?;
    let plain = text
        .chars()
        .all(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    (plain && body.len() <= LONGEST).then_some(body)
}

/// Single quotes: nothing inside is special to a shell, and a quote is written outside of them.
fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    for &byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            other => out.push(other),
        }
    }
    out.push(b'\'');
}

/// A byte as POSIX `printf` reads it.
fn octal(byte: u8) -> Vec<u8> {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'{' | b'}' | b'"' | b':' | b',' => {
            vec![byte]
        }
        _ => format!("\\{byte:03o}").into_bytes(),
    }
}
