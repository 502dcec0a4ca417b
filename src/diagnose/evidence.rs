//! Whether a file can be what was sent. Logs and viewers change bodies: they indent JSON, round numbers, replace what they
//! cannot decode, and cut off what is long. Then no advice about a handler helps.

use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{Kind, parse_body};
use crate::webhook::payload::stringify;

use super::cause::Cause;
use super::text_encoding::REPLACEMENT;
use super::view::unescaped;

/// The length that the request says its body has; `None` when it says none, or that of other bytes.
pub fn announced_length(delivery: &Delivery) -> Option<usize> {
    let headers = &delivery.headers;
    if headers.get("transfer-encoding").is_some() {
        return None;
    }
    let text = std::str::from_utf8(headers.get("content-length")?).ok()?;
    text.trim().parse().ok()
}

/// What proves that the body is not the one that was sent.
pub fn proof(delivery: &Delivery) -> Option<Cause> {
    let length = announced_length(delivery).filter(|length| *length != delivery.body.len())?;
    let has = delivery.body.len();
    let coding = delivery.headers.get("content-encoding").map(String::from_utf8_lossy);
    let coding = coding.filter(|coding| !coding.trim().eq_ignore_ascii_case("identity"));
    Some(match coding {
        Some(coding) if !is_compressed(&delivery.body) => {
            let coding: String = coding.chars().take(40).collect();
            let says = format!(
                "`Content-Encoding` is {coding} and `Content-Length` is {length}, and the body has {has} bytes that are not compressed"
            );
            Cause::with("capture.decompressed", says)
        }
        _ => {
            let says = format!("`Content-Length` is {length}, and the body has {has} bytes");
            Cause::with("capture.length", says)
        }
    })
}

fn is_compressed(body: &[u8]) -> bool {
    !matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"' | b'<') | None)
        && body.iter().take(64).any(|b| !(b.is_ascii_graphic() || b.is_ascii_whitespace()))
}

/// What makes it likely that the body is not the one that was sent. It counts only where nothing explains the
/// signature.
pub fn signs(delivery: &Delivery) -> Vec<Cause> {
    let body = &delivery.body[..];
    let mut all = Vec::new();
    let mut add = |code, says: &str| all.push(Cause::with(code, says));
    if memchr::memmem::find(body, REPLACEMENT).is_some() {
        add("capture.replacement_char", "");
    }
    let text = String::from_utf8_lossy(body);
    let bare = text.trim();
    let document = parse_body(body).ok();
    match &document {
        Some(document) if document.root().kind() == Kind::String => {
            add("capture.string", "a JSON string that holds the body")
        }
        Some(document) => {
            let root = document.root();
            let rounded =
                root.walk().find(|node| node.kind() == Kind::Number && is_rounded(node.raw()));
            if let Some(number) = rounded {
                let shown: String = number.raw().chars().take(40).collect();
                add(
                    "capture.rounded",
                    &format!(
                        "the number {shown} looks rounded, as JavaScript and others write integers above 2^53"
                    ),
                );
            }
            if is_indented(bare) {
                add("capture.indented", "");
            }
        }
        None => {
            if unescaped(body).is_some() {
                add("capture.string", "the inside of a string, with a backslash before each quote");
            } else if let Some(word) = ["Infinity", "NaN"].iter().find(|word| has_value(bare, word))
            {
                add("capture.rounded", &format!("it holds `{word}`, which is no JSON number"));
            } else if let Some(whose) = printed_by(bare) {
                add("capture.printed", whose);
            } else if is_cut_off(bare) {
                add("capture.cut_off", "");
            }
        }
    }
    all
}

/// Whether a number is the text of a double that cannot tell it from its neighbours.
fn is_rounded(number: &str) -> bool {
    const EXACT: u64 = 1 << 53;
    let digits = number.trim_start_matches('-');
    let is_large = digits.bytes().all(|b| b.is_ascii_digit())
        && (digits.len() > 16 || digits.parse::<u64>().is_ok_and(|number| number > EXACT));
    let mut written = Vec::new();
    is_large && stringify::number(number, &mut written) && written == number.as_bytes()
}

fn is_indented(text: &str) -> bool {
    let inner = text.strip_prefix(['{', '[']).unwrap_or_default();
    inner
        .trim_start_matches('\r')
        .strip_prefix('\n')
        .is_some_and(|line| line.starts_with([' ', '\t']))
}

/// Whether a word stands where a value does.
fn has_value(text: &str, word: &str) -> bool {
    text.starts_with(['{', '['])
        && text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default().trim_end().trim_end_matches('-');
            let after = text.get(at + word.len()..).unwrap_or_default().trim_start();
            before.ends_with([':', ',', '[']) && after.starts_with([',', '}', ']'])
        })
}

/// Whose text of an object or of bytes it is, which is no JSON.
fn printed_by(text: &str) -> Option<&'static str> {
    let inner = text.strip_prefix(['{', '[']).map(str::trim_start);
    let is_word = |text: &str| {
        let word = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        word > 0 && text.get(word..).is_some_and(|rest| rest.starts_with(": "))
    };
    match inner {
        _ if text.starts_with("b'") || text.starts_with("b\"") => {
            Some("bytes as Python prints them")
        }
        _ if text.starts_with("<Buffer ") => Some("a Buffer as Node prints it"),
        _ if text.starts_with("map[") => Some("a map as Go prints it"),
        Some(inner) if inner.starts_with('\'') => Some("an object as Python or Node prints it"),
        Some(inner) if inner.starts_with('"') && inner.contains("=>") => {
            Some("a hash as Ruby prints it")
        }
        Some(inner) if is_word(inner) => Some("an object as Node prints it"),
        _ => None,
    }
}

/// Whether a text ends before its JSON does, or says that it was cut off.
fn is_cut_off(text: &str) -> bool {
    let ends = ["…", "...", "[truncated]", "(truncated)", "more bytes)", "more characters)"];
    let is_open = text.starts_with('{') && !text.ends_with('}')
        || text.starts_with('[') && !text.ends_with(']');
    ends.iter().any(|end| text.ends_with(end)) || is_open
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn codes(body: &str) -> Vec<&'static str> {
        let delivery = Delivery::post("/", Bytes::copy_from_slice(body.as_bytes()));
        signs(&delivery).iter().map(|cause| cause.code).collect()
    }

    #[test]
    fn every_kind_of_damage_is_recognised() {
        for (body, code) in [
            ("{\"a\":\"\u{fffd}\"}", "capture.replacement_char"),
            ("{\n  \"a\": 1\n}", "capture.indented"),
            ("{\"a\":Infinity}", "capture.rounded"),
            ("{\"a\":12345678901234567000}", "capture.rounded"),
            (r#""{\"a\":1}""#, "capture.string"),
            (r#"{\"a\":1}"#, "capture.string"),
            ("{'a': 1}", "capture.printed"),
            ("{ a: 1 }", "capture.printed"),
            ("b'{\"a\":1}'", "capture.printed"),
            ("{\"a\"=>1}", "capture.printed"),
            ("{\"a\":1,\"b", "capture.cut_off"),
        ] {
            assert_eq!(codes(body), [code], "{body}");
        }
        for body in ["", "{}", "{\"a\":12345678901234567001}", "a=1&b=2", "{\"a\":\"Infinity\"}"] {
            assert!(codes(body).is_empty(), "{body}: {:?}", codes(body));
        }
    }

    #[test]
    fn a_length_that_is_not_that_of_the_body_is_a_proof() {
        let mut delivery = Delivery::post("/", Bytes::from_static(b"{}"));
        delivery.headers.push("content-length", "2");
        assert_eq!(proof(&delivery), None);
        delivery.headers.set("content-length", "3");
        assert_eq!(proof(&delivery).unwrap().code, "capture.length");
        delivery.headers.push("content-encoding", "gzip");
        assert_eq!(proof(&delivery).unwrap().code, "capture.decompressed");
    }
}
