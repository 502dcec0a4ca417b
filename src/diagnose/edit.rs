//! Changes that are made to a body's bytes on the way, without looking at what they mean.

use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::cause::Cause;

/// The most bytes a compressed body is expanded to.
const LARGEST: usize = 4 << 20;

/// What `encodeURIComponent` leaves as it is.
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

/// One change of bytes.
#[derive(Debug)]
pub struct Edit {
    /// The code of the cause.
    code: &'static str,
    /// The cause's detail.
    detail: &'static str,
    /// The result in formulas; `{}` is what it is made of.
    formula: &'static str,
    /// The bytes after it; `None` when they are the same or it does not apply.
    make: fn(&[u8]) -> Option<Vec<u8>>,
}

impl Edit {
    /// The cause of a mismatch when this was done.
    pub fn cause(&self) -> Cause {
        Cause::with(self.code, self.detail)
    }

    /// The formula of the result, for that of what it is made of.
    pub fn formula(&self, of: &str) -> String {
        self.formula.replace("{}", of)
    }

    /// Whether something else is likely to have been done after it.
    pub fn is_combined(&self) -> bool {
        matches!(
            self.code,
            "body.crlf" | "body.bom" | "body.gzip" | "body.trimmed" | "body.replacement_char"
        )
    }

    /// The bytes after it; `None` when it changes nothing.
    pub fn apply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        (self.make)(bytes).filter(|made| made != bytes)
    }
}

const fn edit(
    code: &'static str,
    detail: &'static str,
    formula: &'static str,
    make: fn(&[u8]) -> Option<Vec<u8>>,
) -> Edit {
    Edit {
        code,
        detail,
        formula,
        make,
    }
}

/// Everything that is tried on the body as it came, likeliest first.
pub const EDITS: &[Edit] = &[
    edit(
        "body.trailing_newline",
        "without its final newline",
        "chomp({})",
        chomp,
    ),
    edit(
        "body.trailing_newline",
        "with a newline at its end",
        "{} + \"\\n\"",
        |b| Some([b, b"\n"].concat()),
    ),
    edit(
        "body.trailing_newline",
        "with a carriage return and a newline at its end",
        "{} + \"\\r\\n\"",
        |b| Some([b, b"\r\n"].concat()),
    ),
    edit("body.crlf", "LF for CRLF", "lf({})", lf),
    edit("body.crlf", "CRLF for LF", "crlf({})", crlf),
    edit("body.bom", "without", "strip_bom({})", |b| {
        b.strip_prefix(BOM).map(<[u8]>::to_vec)
    }),
    edit("body.bom", "with", "\"\\ufeff\" + {}", |b| {
        Some([BOM, b].concat())
    }),
    edit("body.trimmed", "", "trim({})", |b| {
        Some(b.trim_ascii().to_vec())
    }),
    edit("body.empty", "", "\"\"", |_| Some(Vec::new())),
    // What stands for the body is the sentence's own `{}`.
    edit("body.empty_object", "{}", "\"{}\"", |_| {
        Some(b"{}".to_vec())
    }),
    edit("body.object_object", "", "\"[object Object]\"", |_| {
        Some(b"[object Object]".to_vec())
    }),
    edit("body.replacement_char", "", "utf8_lossy({})", replaced),
    edit(
        "body.latin1",
        "read as Latin-1 and written as UTF-8",
        "utf8(latin1_decode({}))",
        mojibake,
    ),
    edit(
        "body.latin1",
        "written as Latin-1, the upper bytes cut off (Node: 'latin1' or 'binary')",
        "latin1({})",
        latin1,
    ),
    edit(
        "body.latin1",
        "written as Latin-1 or ASCII, with `?` for other characters",
        "ascii_or_question({})",
        questioned,
    ),
    edit(
        "body.latin1",
        "written as Latin-1, with `?` for other characters",
        "latin1_or_question({})",
        latin1_questioned,
    ),
    edit("body.gzip", "", "gunzip({})", gunzip),
    edit(
        "body.form_encoded",
        "the body in URL encoding",
        "encodeURIComponent({})",
        |b| Some(percent_encode(b, COMPONENT).to_string().into_bytes()),
    ),
    edit(
        "body.form_encoded",
        "the body in form encoding",
        "form({})",
        |b| Some(form(b)),
    ),
    edit(
        "body.form_encoded",
        "a form with the body as its field `payload`",
        "\"payload=\" + form({})",
        |b| Some([b"payload=".as_slice(), &form(b)].concat()),
    ),
    edit(
        "body.form_encoded",
        "a form with the body as the name of an empty field",
        "form({}) + \"=\"",
        |b| Some([form(b).as_slice(), b"="].concat()),
    ),
    edit(
        "body.form_encoded",
        "the body decoded from URL encoding",
        "form_decode({})",
        |b| Some(unform(b)),
    ),
    edit(
        "body.form_encoded",
        "the value of the form's field `payload`",
        "form_field({}, \"payload\")",
        field,
    ),
    edit(
        "body.form_encoded",
        "an object with the body as its only key, as a form parser makes it of JSON",
        "JSON.stringify(form_parse({}))",
        keyed,
    ),
];

/// What may be done to the text that a serialiser has written.
pub fn after_writing() -> impl Iterator<Item = &'static Edit> {
    EDITS.iter().filter(|edit| {
        let is_fixed = matches!(
            edit.code,
            "body.empty" | "body.empty_object" | "body.object_object" | "body.gzip"
        );
        let is_decoding = edit.formula.contains("decode") || edit.formula.contains("field");
        !is_fixed && !is_decoding
    })
}

const BOM: &[u8] = b"\xef\xbb\xbf";

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

fn replaced(body: &[u8]) -> Option<Vec<u8>> {
    Some(String::from_utf8_lossy(body).into_owned().into_bytes())
}

fn mojibake(body: &[u8]) -> Option<Vec<u8>> {
    let text: String = body.iter().map(|b| char::from(*b)).collect();
    Some(text.into_bytes())
}

/// As Node does: the low byte of each UTF-16 code unit.
fn latin1(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    Some(
        text.encode_utf16()
            .map(|unit| (unit & 0xff) as u8)
            .collect(),
    )
}

fn questioned(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let ascii = |c: char| u8::try_from(c).ok().filter(u8::is_ascii);
    Some(text.chars().map(|c| ascii(c).unwrap_or(b'?')).collect())
}

fn latin1_questioned(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let byte = |c: char| u8::try_from(u32::from(c)).ok();
    Some(text.chars().map(|c| byte(c).unwrap_or(b'?')).collect())
}

/// The content of a gzip or zlib body, unless it is too large or broken.
fn gunzip(body: &[u8]) -> Option<Vec<u8>> {
    match body {
        [0x1f, 0x8b, 8, flags, ..] => {
            let start = gzip_header(body, *flags)?;
            decompress_to_vec_with_limit(body.get(start..)?, LARGEST).ok()
        }
        [0x78, ..] => decompress_to_vec_zlib_with_limit(body, LARGEST).ok(),
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
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'*')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b' ');
    let encoded = percent_encode(body, KEPT).to_string();
    encoded.replace(' ', "+").into_bytes()
}

fn unform(body: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = body
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    percent_decode(&spaced).collect()
}

fn field(body: &[u8]) -> Option<Vec<u8>> {
    let mut fields = body.split(|b| *b == b'&');
    fields.find_map(|one| {
        let value = one
            .strip_prefix(b"payload=")
            .or_else(|| one.strip_prefix(b"data="))
            .or_else(|| one.strip_prefix(b"body="))?;
        Some(unform(value))
    })
}

/// JSON without `&` or `=` in it, sent as a form, is one field's name.
fn keyed(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.replace('+', " ");
    if text.contains(['&', '=', '%']) {
        return None;
    }
    let mut made = b"{".to_vec();
    made.extend_from_slice(serde_json::to_string(&text).ok()?.as_bytes());
    made.extend_from_slice(b":\"\"}");
    Some(made)
}
