//! Changes of a body's bytes on the way, without regard to what they mean: line ends, white space, encodings.

use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::cause::Cause;

use Order::{Alone, Any, First, Last};

/// The most bytes that a compressed body is expanded to.
const MAX_EXPANDED: usize = 4 << 20;

/// The characters that `encodeURIComponent` does not encode.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What a transform is combined with.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// Nothing: it leaves little of the body, or undoes an encoding.
    Alone,
    /// Another transform after it.
    First,
    /// Another transform or a serializer before it.
    Last,
    /// Either.
    Any,
}

/// One change of bytes.
#[derive(Debug)]
pub struct ByteTransform {
    code: &'static str,
    detail: &'static str,
    /// The formula of the result; `{}` is that of the input.
    formula: &'static str,
    order: Order,
    /// The bytes after it; `None` when they are the same or it does not apply.
    make: fn(&[u8]) -> Option<Vec<u8>>,
}

impl ByteTransform {
    pub fn cause(&self) -> Cause {
        Cause::with(self.code, self.detail)
    }

    pub fn formula(&self, input: &str) -> String {
        self.formula.replace("{}", input)
    }

    /// Whether another transform is likely to follow it.
    pub fn is_followed(&self) -> bool {
        matches!(self.order, First | Any)
    }

    /// Whether it is likely to follow another transform or a serializer.
    pub fn follows(&self) -> bool {
        matches!(self.order, Last | Any)
    }

    /// The bytes after it; `None` when it changes nothing.
    pub fn apply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        (self.make)(bytes).filter(|made| made != bytes)
    }
}

const fn transform(
    code: &'static str,
    detail: &'static str,
    formula: &'static str,
    order: Order,
    make: fn(&[u8]) -> Option<Vec<u8>>,
) -> ByteTransform {
    ByteTransform { code, detail, formula, order, make }
}

const NEWLINE: &str = "body.trailing_newline";
const OBJECT: &str = "body.object_object";
const LATIN1: &str = "body.latin1";
const FORM: &str = "body.form_encoded";

/// Every transform that is tried, likeliest first.
pub static TRANSFORMS: &[ByteTransform] = &[
    transform(NEWLINE, "without its final newline", "chomp({})", Last, chomp),
    transform(NEWLINE, "with a newline at its end", "{} + \"\\n\"", Last, |b| join(b"", b, b"\n")),
    transform(
        NEWLINE,
        "with a carriage return and a newline at its end",
        "{} + \"\\r\\n\"",
        Last,
        |b| join(b"", b, b"\r\n"),
    ),
    transform("body.crlf", "LF for CRLF", "lf({})", Any, lf),
    transform("body.crlf", "CRLF for LF", "crlf({})", Any, crlf),
    transform("body.bom", "without", "strip_bom({})", Any, |b| b.strip_prefix(BOM).map(Vec::from)),
    transform("body.bom", "with", "\"\\ufeff\" + {}", Any, |b| join(BOM, b, b"")),
    transform("body.trimmed", "", "trim({})", Any, |b| Some(b.trim_ascii().into())),
    transform("body.empty", "", "\"\"", Alone, |_| Some(vec![])),
    // The detail is `{}` because the sentence shows a literal `{}`.
    transform("body.empty_object", "{}", "\"{}\"", Alone, |_| Some(b"{}".into())),
    transform(OBJECT, "", "\"[object Object]\"", Alone, |_| Some(b"[object Object]".into())),
    transform("body.replacement_char", "", "utf8_lossy({})", Any, replaced),
    transform(
        LATIN1,
        "read as Latin-1 and written as UTF-8",
        "utf8(latin1_decode({}))",
        Alone,
        mojibake,
    ),
    transform(
        LATIN1,
        "written as Latin-1, the upper bytes cut off (Node: 'latin1' or 'binary')",
        "latin1({})",
        Last,
        latin1,
    ),
    transform(
        LATIN1,
        "written as Latin-1 or ASCII, with `?` for other characters",
        "ascii_or_question({})",
        Last,
        |b| questioned(b, 0x7f),
    ),
    transform(
        LATIN1,
        "written as Latin-1, with `?` for other characters",
        "latin1_or_question({})",
        Last,
        |b| questioned(b, 0xff),
    ),
    transform("body.gzip", "", "gunzip({})", First, gunzip),
    transform(FORM, "the body in URL encoding", "encodeURIComponent({})", Last, |b| {
        Some(percent_encode(b, COMPONENT).to_string().into())
    }),
    transform(FORM, "the body in form encoding", "form({})", Last, |b| Some(form(b))),
    transform(
        FORM,
        "a form with the body as its field `payload`",
        "\"payload=\" + form({})",
        Last,
        |b| join(b"payload=", &form(b), b""),
    ),
    transform(
        FORM,
        "a form with the body as the name of an empty field",
        "form({}) + \"=\"",
        Last,
        |b| join(b"", &form(b), b"="),
    ),
    transform(FORM, "the body decoded from URL encoding", "form_decode({})", Alone, |b| {
        Some(unform(b))
    }),
    transform(
        FORM,
        "the value of the form's field `payload`",
        "form_field({}, \"payload\")",
        Alone,
        |b| field(b, b"payload="),
    ),
    transform(
        FORM,
        "the value of the form's field `data`",
        "form_field({}, \"data\")",
        Alone,
        |b| field(b, b"data="),
    ),
    transform(
        FORM,
        "the value of the form's field `body`",
        "form_field({}, \"body\")",
        Alone,
        |b| field(b, b"body="),
    ),
    transform(
        FORM,
        "an object with the body as its only key, as a form parser makes it of JSON",
        "JSON.stringify(form_parse({}))",
        Last,
        keyed,
    ),
];

const BOM: &[u8] = b"\xef\xbb\xbf";

fn join(before: &[u8], body: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    Some([before, body, after].concat())
}

/// Without the final line end.
fn chomp(body: &[u8]) -> Option<Vec<u8>> {
    let bare = body.strip_suffix(b"\n")?;
    Some(bare.strip_suffix(b"\r").unwrap_or(bare).to_vec())
}

fn lf(body: &[u8]) -> Option<Vec<u8>> {
    let mut made = Vec::with_capacity(body.len());
    let mut rest = body.iter().peekable();
    while let Some(byte) = rest.next() {
        if *byte != b'\r' || rest.peek() != Some(&&b'\n') {
            made.push(*byte);
        }
    }
    Some(made)
}

/// CRLF for each bare LF.
fn crlf(body: &[u8]) -> Option<Vec<u8>> {
    let mut made = Vec::with_capacity(body.len() + body.len() / 16);
    let mut last = 0;
    for byte in body {
        if *byte == b'\n' && last != b'\r' {
            made.push(b'\r');
        }
        made.push(*byte);
        last = *byte;
    }
    Some(made)
}

/// U+FFFD for invalid UTF-8.
fn replaced(body: &[u8]) -> Option<Vec<u8>> {
    Some(String::from_utf8_lossy(body).into_owned().into_bytes())
}

/// Each byte as a Latin-1 character, in UTF-8.
fn mojibake(body: &[u8]) -> Option<Vec<u8>> {
    let text: String = body.iter().map(|b| char::from(*b)).collect();
    Some(text.into_bytes())
}

/// The low byte of each UTF-16 code unit, as Node does.
fn latin1(body: &[u8]) -> Option<Vec<u8>> {
    let units = std::str::from_utf8(body).ok()?.encode_utf16();
    Some(units.map(|unit| (unit & 0xff) as u8).collect())
}

/// A byte for each character up to `last`, and `?` for every other.
fn questioned(body: &[u8], last: u8) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let byte = |c: char| u8::try_from(u32::from(c)).ok().filter(|b| *b <= last);
    Some(text.chars().map(|c| byte(c).unwrap_or(b'?')).collect())
}

/// The content of a gzip or zlib body, unless it is too large or damaged.
pub fn gunzip(body: &[u8]) -> Option<Vec<u8>> {
    match body {
        [0x1f, 0x8b, 8, flags, ..] => {
            let start = gzip_header(body, *flags)?;
            decompress_to_vec_with_limit(body.get(start..)?, MAX_EXPANDED).ok()
        }
        [0x78, ..] => decompress_to_vec_zlib_with_limit(body, MAX_EXPANDED).ok(),
        _ => None,
    }
}

/// The length of a gzip header (RFC 1952): ten bytes, then what the flags announce.
fn gzip_header(body: &[u8], flags: u8) -> Option<usize> {
    let mut at = 10;
    if flags & 4 != 0 {
        let length = [*body.get(at)?, *body.get(at + 1)?];
        at += 2 + usize::from(u16::from_le_bytes(length));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            at += body.get(at..)?.iter().position(|b| *b == 0)? + 1;
        }
    }
    Some(at + usize::from(flags & 2))
}

/// `application/x-www-form-urlencoded`.
fn form(body: &[u8]) -> Vec<u8> {
    const KEPT: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');
    let encoded = percent_encode(body, KEPT).to_string();
    encoded.replace(' ', "+").into_bytes()
}

pub fn unform(body: &[u8]) -> Vec<u8> {
    let spaced = body.iter().map(|b| if *b == b'+' { b' ' } else { *b });
    percent_decode(&spaced.collect::<Vec<_>>()).collect()
}

/// The decoded value of a form's field that begins with `name`, which ends in `=`.
fn field(body: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut fields = body.split(|b| *b == b'&');
    let value = fields.find_map(|one| one.strip_prefix(name))?;
    Some(unform(value))
}

/// JSON without `&` or `=` in it, sent as a form, is one field's name.
fn keyed(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.replace('+', " ");
    if text.contains(['&', '=', '%']) {
        return None;
    }
    join(b"{", serde_json::to_string(&text).ok()?.as_bytes(), b":\"\"}")
}
