//! Changes that are made to a body's bytes on the way, without looking at what they mean.

mod make;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::cause::Cause;
use make::{
    chomp, crlf, field, form, gunzip, keyed, latin1, latin1_questioned, lf, mojibake, questioned,
    replaced, unform,
};

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
