//! Changes of a body's bytes on the way: line ends, white space, encodings, and what is hashed in its place. A change
//! is data; which ones make sense for a body is computed from it.

use std::borrow::Cow;
use std::fmt::Write;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER};
use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::cause::{COMMON, Cause, RARE, UNLIKELY};
use super::form::{self, DIALECTS, Dialect};
use super::framework;
use super::json_text::{self, Escaping};
use super::text_encoding::{self as text, Instead};

pub use crate::webhook::payload::json::BOM;

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

/// At which step of a program a change happens. One follows another only at a later step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It leaves nothing of the body, and nothing follows it.
    Alone,
    /// The values of the JSON.
    Values,
    /// How its characters are escaped.
    Escapes,
    /// The body is put into something else.
    Wrap,
    /// Line ends, and white space at the ends.
    Lines,
    /// The encoding of text.
    Encoding,
    /// A newline or a mark at an end.
    Ends,
}

/// One change of bytes.
#[derive(Clone, Debug)]
pub struct ByteTransform {
    code: &'static str,
    detail: Cow<'static, str>,
    /// The formula of the result; `…` is that of the input.
    formula: Cow<'static, str>,
    pub step: Step,
    pub weight: usize,
    make: Make,
}

/// What makes the bytes; `None` when it does not apply.
#[derive(Clone, Debug)]
enum Make {
    With(fn(&[u8]) -> Option<Vec<u8>>),
    /// A text that is there instead.
    Instead(&'static str),
    Escape(Escaping),
    Form(&'static Dialect),
    Pieces(usize),
    Limited(char, Instead),
    /// More members of a JSON object, some with a copy of the object.
    Framework(framework::Parameters),
}

impl ByteTransform {
    const fn new(
        code: &'static str,
        detail: &'static str,
        formula: &'static str,
        (step, weight): (Step, usize),
        make: Make,
    ) -> Self {
        let (detail, formula) = (Cow::Borrowed(detail), Cow::Borrowed(formula));
        Self { code, detail, formula, step, weight, make }
    }

    pub fn cause(&self) -> Cause {
        Cause::with(self.code, self.detail.as_ref()).weighing(self.weight)
    }

    pub fn formula(&self, input: &str) -> String {
        self.formula.replace('…', input)
    }

    /// Whether it only changes which characters are escaped.
    pub fn is_escape(&self) -> bool {
        matches!(self.make, Make::Escape(_))
    }

    /// Whether it adds what a framework of this kind adds.
    pub fn is_framework(&self) -> bool {
        matches!(self.make, Make::Framework(_))
    }

    /// The bytes after it; `None` when it changes nothing.
    pub fn apply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let made = match &self.make {
            Make::With(make) => make(bytes),
            Make::Instead(text) => Some(text.as_bytes().to_vec()),
            Make::Escape(escaping) => json_text::escape(bytes, *escaping),
            Make::Form(dialect) => form::rewritten(bytes, dialect),
            Make::Pieces(size) => text::in_pieces(bytes, *size),
            Make::Limited(last, instead) => text::limited(bytes, *last, *instead),
            Make::Framework(parameters) => parameters.add(bytes),
        };
        made.filter(|made| made != bytes)
    }
}

/// Every change to try for a body, likeliest first. `target` is that of the request.
pub fn transforms(body: &[u8], target: &str) -> Vec<ByteTransform> {
    let mut all = ALWAYS.to_vec();
    if form::is_form(body) {
        all.extend(FORMS.iter().cloned());
        all.extend(DIALECTS.iter().map(|dialect| {
            let formula = match dialect.is_sorted() {
                true => "form(sort(form_parse(…)))",
                false => "form(form_parse(…))",
            };
            ByteTransform::new(
                "body.form_reencoded",
                dialect.name,
                formula,
                (Step::Wrap, RARE),
                Make::Form(dialect),
            )
        }));
    }
    if !body.is_ascii() {
        all.extend(ENCODINGS.iter().cloned());
        all.extend(PIECES.iter().map(|size| ByteTransform {
            detail: format!("in pieces of {size} bytes").into(),
            ..ByteTransform::new(
                "body.split_character",
                "",
                "decode_in_pieces(…)",
                (Step::Encoding, RARE),
                Make::Pieces(*size),
            )
        }));
    }
    all.extend(framework::parameters(target).into_iter().map(|parameters| ByteTransform {
        detail: parameters.describe().into(),
        formula: parameters.formula().into(),
        ..ByteTransform::new(
            "body.framework_fields",
            "",
            "",
            (Step::Values, parameters.weight()),
            Make::Framework(parameters),
        )
    }));
    all
}

/// The changes of which characters are escaped in a JSON text.
pub fn escapes(text: &[u8]) -> Vec<ByteTransform> {
    let all = json_text::escapings(text).into_iter();
    all.map(|escaping| ByteTransform {
        detail: json_text::describe(escaping).into(),
        ..ByteTransform::new(
            "body.escaped",
            "",
            "escape(…)",
            (Step::Escapes, RARE),
            Make::Escape(escaping),
        )
    })
    .collect()
}

/// The sizes of buffers in which bodies are read.
const PIECES: &[usize] =
    &[65536, 16384, 8192, 4096, 32768, 2048, 1024, 512, 256, 128, 64, 100, 1000, 1448, 1460];

const NEWLINE: &str = "body.trailing_newline";
const LATIN1: &str = "body.latin1";
const FORM: &str = "body.form_encoded";
const PLACEHOLDER: &str = "body.placeholder";
const VALUES: &str = "body.values_changed";

macro_rules! with {
    ($code:expr, $detail:expr, $formula:expr, $step:expr, $make:expr) => {
        ByteTransform::new($code, $detail, $formula, ($step, COMMON), Make::With($make))
    };
    ($code:expr, $detail:expr, $formula:expr, $step:expr, $make:expr, $weight:expr) => {
        ByteTransform::new($code, $detail, $formula, ($step, $weight), Make::With($make))
    };
}

const fn instead(
    code: &'static str,
    text: &'static str,
    formula: &'static str,
    weight: usize,
) -> ByteTransform {
    ByteTransform::new(code, text, formula, (Step::Alone, weight), Make::Instead(text))
}

/// The changes that are tried for every body.
static ALWAYS: &[ByteTransform] = &[
    with!(NEWLINE, "without its final newline", "chomp(…)", Step::Ends, chomp),
    with!(NEWLINE, "with a newline at its end", "… + \"\\n\"", Step::Ends, |b| join(b, b"\n")),
    with!(
        NEWLINE,
        "with a carriage return and a newline at its end",
        "… + \"\\r\\n\"",
        Step::Ends,
        |b| join(b, b"\r\n")
    ),
    with!("body.crlf", "LF for CRLF", "lf(…)", Step::Lines, lf),
    with!("body.crlf", "CRLF for LF", "crlf(…)", Step::Lines, crlf),
    with!("body.bom", "without", "strip_bom(…)", Step::Lines, |b| b
        .strip_prefix(BOM)
        .map(Vec::from)),
    with!("body.bom", "with", "\"\\ufeff\" + …", Step::Ends, text::with_bom),
    with!("body.trimmed", "", "trim(…)", Step::Lines, |b| Some(b.trim_ascii().into())),
    instead("body.empty", "", "\"\"", COMMON),
    instead("body.empty_object", "{}", "\"{}\"", COMMON),
    instead("body.object_object", "[object Object]", "\"[object Object]\"", COMMON),
    instead(PLACEHOLDER, "undefined", "\"undefined\"", COMMON),
    instead(PLACEHOLDER, "null", "\"null\"", COMMON),
    instead(PLACEHOLDER, "None", "\"None\"", COMMON),
    instead(PLACEHOLDER, "nil", "\"nil\"", RARE),
    instead(PLACEHOLDER, "[]", "\"[]\"", COMMON),
    instead(PLACEHOLDER, "\"\"", "\"\\\"\\\"\"", RARE),
    instead(PLACEHOLDER, "Array", "\"Array\"", RARE),
    instead(PLACEHOLDER, "true", "\"true\"", RARE),
    instead(PLACEHOLDER, "false", "\"false\"", RARE),
    instead(PLACEHOLDER, "NaN", "\"NaN\"", RARE),
    instead(PLACEHOLDER, "b''", "\"b''\"", RARE),
    instead(PLACEHOLDER, "map[]", "\"map[]\"", RARE),
    instead(PLACEHOLDER, "[object Undefined]", "\"[object Undefined]\"", RARE),
    instead(PLACEHOLDER, "[object ReadableStream]", "\"[object ReadableStream]\"", RARE),
    instead(PLACEHOLDER, "[object Promise]", "\"[object Promise]\"", RARE),
    instead(PLACEHOLDER, "[object ArrayBuffer]", "\"[object ArrayBuffer]\"", RARE),
    instead(PLACEHOLDER, "[object Blob]", "\"[object Blob]\"", RARE),
    instead(PLACEHOLDER, "[object Request]", "\"[object Request]\"", RARE),
    with!("body.newlines_stripped", "", "strip_newlines(…)", Step::Lines, |b| {
        Some(b.iter().filter(|b| !matches!(b, b'\r' | b'\n' | 0)).copied().collect())
    }),
    with!("body.replacement_char", "", "utf8_lossy(…)", Step::Encoding, text::replaced),
    with!("body.base64", "the base64 text of the body", "base64(…)", Step::Wrap, |b| {
        Some(BASE64.encode(b).into_bytes())
    }),
    with!(
        "body.base64",
        "the base64 text of the body, in lines",
        "base64_lines(…)",
        Step::Wrap,
        base64_lines,
        UNLIKELY
    ),
    with!("body.hex", "", "hex(…)", Step::Wrap, |b| Some(HEXLOWER.encode(b).into_bytes()), RARE),
    with!(
        "body.json_string",
        "the body as a JSON string, in quotes,",
        "JSON.stringify(…)",
        Step::Wrap,
        json_string
    ),
    with!(
        "body.json_string",
        "the body as a JSON string, in quotes and in ASCII,",
        "json.dumps(…)",
        Step::Wrap,
        |b| json_text::escape(&json_string(b)?, json_text::ASCII_ONLY),
        RARE
    ),
    with!(
        "body.buffer",
        "JSON.stringify of a Buffer",
        "JSON.stringify(Buffer.from(…))",
        Step::Wrap,
        buffer
    ),
    with!(
        "body.buffer",
        "the text of a Uint8Array",
        "String(new Uint8Array(…))",
        Step::Wrap,
        |b| Some(numbers(b).into_bytes()),
        RARE
    ),
    with!("body.python_bytes", "", "str(…)", Step::Wrap, python_bytes),
    with!(FORM, "the body in URL encoding", "encodeURIComponent(…)", Step::Wrap, |b| {
        Some(percent_encode(b, COMPONENT).to_string().into())
    }),
    with!(FORM, "the body in form encoding", "form(…)", Step::Wrap, |b| Some(encoded(b))),
    with!(
        FORM,
        "a form with the body as its field `payload`",
        "\"payload=\" + form(…)",
        Step::Wrap,
        |b| Some([b"payload=", &encoded(b)[..]].concat())
    ),
    with!(
        FORM,
        "a form with the body as the name of an empty field",
        "form(…) + \"=\"",
        Step::Wrap,
        |b| Some([&encoded(b)[..], b"="].concat())
    ),
    with!(
        FORM,
        "an object with the body as its only key, as a form parser makes it of JSON",
        "JSON.stringify(form_parse(…))",
        Step::Wrap,
        keyed
    ),
    with!(FORM, "the body decoded from URL encoding", "form_decode(…)", Step::Lines, |b| {
        Some(form::unform(b)).filter(|_| b.contains(&b'%') || b.contains(&b'+'))
    }),
    with!(VALUES, "strings trimmed", "trim_strings(…)", Step::Values, json_text::trimmed, RARE),
    with!(VALUES, "null for empty strings", "null_empty(…)", Step::Values, json_text::nulls, RARE),
    with!(
        VALUES,
        "strings trimmed and null for empty ones",
        "null_empty(trim_strings(…))",
        Step::Values,
        json_text::trimmed_nulls,
        RARE
    ),
    with!(
        VALUES,
        "empty strings for null",
        "empty_null(…)",
        Step::Values,
        json_text::empties,
        RARE
    ),
    with!(
        VALUES,
        "all values as strings",
        "stringify_values(…)",
        Step::Values,
        json_text::stringified,
        RARE
    ),
    with!(
        VALUES,
        "numbers as strings",
        "stringify_numbers(…)",
        Step::Values,
        json_text::number_strings,
        RARE
    ),
    with!(
        VALUES,
        "all values as strings, as a form has them",
        "stringify_values(…)",
        Step::Values,
        json_text::form_strings,
        RARE
    ),
    with!(
        VALUES,
        "[] for {}",
        "lists(…)",
        Step::Values,
        |b| json_text::brackets(b, "{}", "[]"),
        RARE
    ),
    with!(
        VALUES,
        "{} for []",
        "objects(…)",
        Step::Values,
        |b| json_text::brackets(b, "[]", "{}"),
        RARE
    ),
    with!("body.utf16", "UTF-16", "utf16le(…)", Step::Encoding, text::utf16, RARE),
    with!(
        "body.utf16",
        "UTF-16 with a byte order mark",
        "\"\\ufeff\" + utf16le(…)",
        Step::Encoding,
        text::utf16_bom,
        UNLIKELY
    ),
    with!(
        "body.utf16",
        "UTF-16, upper byte first",
        "utf16be(…)",
        Step::Encoding,
        text::utf16_big,
        UNLIKELY
    ),
];

/// Those that are tried for forms.
static FORMS: &[ByteTransform] = &[with!(
    "body.form_reencoded",
    "names and values, sorted, one after the other",
    "concat(sort(form_parse(…)))",
    Step::Wrap,
    form::joined,
    RARE
)];

const fn limited(
    detail: &'static str,
    formula: &'static str,
    last: char,
    instead: Instead,
) -> ByteTransform {
    ByteTransform::new(
        LATIN1,
        detail,
        formula,
        (Step::Encoding, RARE),
        Make::Limited(last, instead),
    )
}

const ASCII: char = '\u{7f}';
const BYTE: char = '\u{ff}';

/// Those that are tried for bodies with other characters than ASCII.
static ENCODINGS: &[ByteTransform] = &[
    with!(
        LATIN1,
        "read as Latin-1 and written as UTF-8",
        "utf8(latin1_decode(…))",
        Step::Encoding,
        text::mojibake
    ),
    with!(
        LATIN1,
        "read as Windows-1252 and written as UTF-8",
        "utf8(windows1252_decode(…))",
        Step::Encoding,
        text::windows_mojibake,
        RARE
    ),
    with!(
        LATIN1,
        "written as Latin-1, the upper bytes cut off (Node: 'latin1' or 'binary')",
        "latin1(…)",
        Step::Encoding,
        text::latin1
    ),
    limited(
        "written as ASCII, with `?` for each other character",
        "ascii(…)",
        ASCII,
        Instead::Character,
    ),
    limited(
        "written as Latin-1, with `?` for each other character",
        "latin1_or_question(…)",
        BYTE,
        Instead::Character,
    ),
    limited(
        "written as ASCII, with `?` for each UTF-16 unit of another character (.NET: Encoding.ASCII)",
        "ascii(…)",
        ASCII,
        Instead::Unit,
    ),
    limited(
        "written as Latin-1, with `?` for each UTF-16 unit of another character",
        "latin1_or_question(…)",
        BYTE,
        Instead::Unit,
    ),
    limited(
        "read as ASCII, with `?` for each byte of another character",
        "ascii_bytes(…)",
        ASCII,
        Instead::Byte,
    ),
    limited(
        "read as ASCII, with U+FFFD for each byte of another character",
        "utf8(ascii_decode(…))",
        ASCII,
        Instead::ReplacementOfByte,
    ),
    limited(
        "written as ASCII, without other characters",
        "ascii_ignore(…)",
        ASCII,
        Instead::Nothing,
    ),
    limited(
        "written as Latin-1, without other characters",
        "latin1_ignore(…)",
        BYTE,
        Instead::Nothing,
    ),
    limited(
        "written as ASCII, with `&#…;` for other characters",
        "ascii_xml(…)",
        ASCII,
        Instead::Reference,
    ),
    limited(
        "written as ASCII, with a backslash for other characters",
        "ascii_backslash(…)",
        ASCII,
        Instead::Backslash,
    ),
    limited(
        "written as Latin-1, with a backslash for other characters",
        "latin1_backslash(…)",
        BYTE,
        Instead::Backslash,
    ),
    with!(
        LATIN1,
        "written as Windows-1252, with `?` for other characters",
        "windows1252(…)",
        Step::Encoding,
        text::windows,
        RARE
    ),
    with!(
        LATIN1,
        "read as ASCII without the upper bit of each byte (Node: toString('ascii'))",
        "ascii_decode(…)",
        Step::Encoding,
        text::seven_bits,
        RARE
    ),
];

/// In the dialect that most programs write forms in.
fn encoded(body: &[u8]) -> Vec<u8> {
    DIALECTS.first().map(|dialect| dialect.encode(body).into_bytes()).unwrap_or_default()
}

fn join(body: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    Some([body, after].concat())
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

/// JSON without `&` or `=` in it, sent as a form, is one field's name.
fn keyed(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.replace('+', " ");
    if text.contains(['&', '=', '%']) {
        return None;
    }
    Some([b"{", serde_json::to_string(&text).ok()?.as_bytes(), b":\"\"}"].concat())
}

/// A JSON string that holds the body.
fn json_string(body: &[u8]) -> Option<Vec<u8>> {
    serde_json::to_string(std::str::from_utf8(body).ok()?).ok().map(String::into_bytes)
}

/// `JSON.stringify` of a Node buffer.
fn buffer(body: &[u8]) -> Option<Vec<u8>> {
    Some(format!("{{\"type\":\"Buffer\",\"data\":[{}]}}", numbers(body)).into_bytes())
}

/// The bytes as decimal numbers with commas, as a `Uint8Array` is as text.
fn numbers(body: &[u8]) -> String {
    let mut out = String::with_capacity(body.len() * 4);
    for (at, byte) in body.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        // Writing into a string does not fail.
        let _ = write!(out, "{byte}");
    }
    out
}

/// `str` of Python's `bytes`.
fn python_bytes(body: &[u8]) -> Option<Vec<u8>> {
    let is_double = body.contains(&b'\'') && !body.contains(&b'"');
    let quote = if is_double { b'"' } else { b'\'' };
    let mut out = vec![b'b', quote];
    for byte in body {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b if *b == quote => out.extend_from_slice(&[b'\\', quote]),
            b' '..=b'~' => out.push(*byte),
            b => out.extend_from_slice(format!("\\x{b:02x}").as_bytes()),
        }
    }
    out.push(quote);
    Some(out)
}

/// The bytes of which this is `str` in Python: `b'…'`.
pub fn from_python_bytes(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii().strip_prefix(b"b")?;
    let quote = *text.first().filter(|quote| matches!(quote, b'\'' | b'"'))?;
    let inner = text.get(1..)?.strip_suffix(&[quote])?;
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let (escape, after) = rest.split_first()?;
        rest = after;
        out.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            other => *other,
        });
    }
    Some(out)
}

/// The bytes that a base64 body holds, which may be in lines.
pub fn unbase64(body: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = body.iter().filter(|b| !b.is_ascii_whitespace()).copied().collect();
    let codecs = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    let decoded = codecs.iter().find_map(|codec| codec.decode(&text).ok());
    decoded.filter(|decoded| decoded.len() > 1)
}

/// Base64 in lines of 76 characters, each of which ends in a newline.
fn base64_lines(body: &[u8]) -> Option<Vec<u8>> {
    let text = BASE64.encode(body).into_bytes();
    let lines = text.chunks(76).flat_map(|line| [line, b"\n"].concat());
    Some(lines.collect())
}
