//! The changes of a body that are tried, likeliest first.

use data_encoding::{BASE64, HEXLOWER};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::webhook::payload::json::BOM;

use super::byte_change as change;
use super::byte_transform::{ByteTransform, Make, Step};
use super::cause::{COMMON, RARE, UNLIKELY};
use super::form::{self, DIALECTS};
use super::framework;
use super::json_text;
use super::text_encoding::{self as text, Instead};

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
    with!(NEWLINE, "without its final newline", "chomp(…)", Step::Ends, change::chomp),
    with!(NEWLINE, "with a newline at its end", "… + \"\\n\"", Step::Ends, |b| change::join(
        b, b"\n"
    )),
    with!(
        NEWLINE,
        "with a carriage return and a newline at its end",
        "… + \"\\r\\n\"",
        Step::Ends,
        |b| change::join(b, b"\r\n")
    ),
    with!("body.crlf", "LF for CRLF", "lf(…)", Step::Lines, change::lf),
    with!("body.crlf", "CRLF for LF", "crlf(…)", Step::Lines, change::crlf),
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
        change::base64_lines,
        UNLIKELY
    ),
    with!("body.hex", "", "hex(…)", Step::Wrap, |b| Some(HEXLOWER.encode(b).into_bytes()), RARE),
    with!(
        "body.json_string",
        "the body as a JSON string, in quotes,",
        "JSON.stringify(…)",
        Step::Wrap,
        change::json_string
    ),
    with!(
        "body.json_string",
        "the body as a JSON string, in quotes and in ASCII,",
        "json.dumps(…)",
        Step::Wrap,
        |b| json_text::escape(&change::json_string(b)?, json_text::ASCII_ONLY),
        RARE
    ),
    with!(
        "body.buffer",
        "JSON.stringify of a Buffer",
        "JSON.stringify(Buffer.from(…))",
        Step::Wrap,
        change::buffer
    ),
    with!(
        "body.buffer",
        "the text of a Uint8Array",
        "String(new Uint8Array(…))",
        Step::Wrap,
        |b| Some(change::numbers(b).into_bytes()),
        RARE
    ),
    with!("body.python_bytes", "", "str(…)", Step::Wrap, change::python_bytes),
    with!(FORM, "the body in URL encoding", "encodeURIComponent(…)", Step::Wrap, |b| {
        Some(percent_encode(b, COMPONENT).to_string().into())
    }),
    with!(FORM, "the body in form encoding", "form(…)", Step::Wrap, |b| Some(change::encoded(b))),
    with!(
        FORM,
        "a form with the body as its field `payload`",
        "\"payload=\" + form(…)",
        Step::Wrap,
        |b| Some([b"payload=", &change::encoded(b)[..]].concat())
    ),
    with!(
        FORM,
        "a form with the body as the name of an empty field",
        "form(…) + \"=\"",
        Step::Wrap,
        |b| Some([&change::encoded(b)[..], b"="].concat())
    ),
    with!(
        FORM,
        "an object with the body as its only key, as a form parser makes it of JSON",
        "JSON.stringify(form_parse(…))",
        Step::Wrap,
        change::keyed
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
