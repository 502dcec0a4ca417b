//! Changes that are made to a body's bytes on the way, without looking at what they mean.

mod make;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::cause::Cause;
use make::{
    chomp, crlf, field, form, keyed, latin1, latin1_questioned, lf, mojibake, questioned, replaced,
};

pub use make::{gunzip, unform};

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

/// What an edit is combined with.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// With nothing: it leaves little of the body, or undoes an encoding.
    Alone,
    /// Something else may follow it.
    First,
    /// It may follow something else.
    Last,
    /// Both.
    Any,
}

/// One change of bytes.
#[derive(Debug)]
pub struct Edit {
    /// The code of the cause.
    code: &'static str,
    /// The cause's detail.
    detail: &'static str,
    /// The result in formulas; `{}` is what it is made of.
    formula: &'static str,
    order: Order,
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
    pub fn is_followed(&self) -> bool {
        matches!(self.order, Order::First | Order::Any)
    }

    /// Whether it is likely to have been done after something else, such as a serialiser's writing.
    pub fn follows(&self) -> bool {
        matches!(self.order, Order::Last | Order::Any)
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
    order: Order,
    make: fn(&[u8]) -> Option<Vec<u8>>,
) -> Edit {
    Edit {
        code,
        detail,
        formula,
        order,
        make,
    }
}

/// Everything that is tried on the body as it came, likeliest first.
pub const EDITS: &[Edit] = &[
    edit(
        "body.trailing_newline",
        "without its final newline",
        "chomp({})",
        Order::Last,
        chomp,
    ),
    edit(
        "body.trailing_newline",
        "with a newline at its end",
        "{} + \"\\n\"",
        Order::Last,
        |b| Some([b, b"\n"].concat()),
    ),
    edit(
        "body.trailing_newline",
        "with a carriage return and a newline at its end",
        "{} + \"\\r\\n\"",
        Order::Last,
        |b| Some([b, b"\r\n"].concat()),
    ),
    edit("body.crlf", "LF for CRLF", "lf({})", Order::Any, lf),
    edit("body.crlf", "CRLF for LF", "crlf({})", Order::Any, crlf),
    edit("body.bom", "without", "strip_bom({})", Order::Any, |b| {
        b.strip_prefix(BOM).map(<[u8]>::to_vec)
    }),
    edit("body.bom", "with", "\"\\ufeff\" + {}", Order::Any, |b| {
        Some([BOM, b].concat())
    }),
    edit("body.trimmed", "", "trim({})", Order::Any, |b| {
        Some(b.trim_ascii().to_vec())
    }),
    edit("body.empty", "", "\"\"", Order::Alone, |_| Some(Vec::new())),
    // What stands for the body is the sentence's own `{}`.
    edit("body.empty_object", "{}", "\"{}\"", Order::Alone, |_| {
        Some(b"{}".to_vec())
    }),
    edit(
        "body.object_object",
        "",
        "\"[object Object]\"",
        Order::Alone,
        |_| Some(b"[object Object]".to_vec()),
    ),
    edit(
        "body.replacement_char",
        "",
        "utf8_lossy({})",
        Order::Any,
        replaced,
    ),
    edit(
        "body.latin1",
        "read as Latin-1 and written as UTF-8",
        "utf8(latin1_decode({}))",
        Order::Alone,
        mojibake,
    ),
    edit(
        "body.latin1",
        "written as Latin-1, the upper bytes cut off (Node: 'latin1' or 'binary')",
        "latin1({})",
        Order::Last,
        latin1,
    ),
    edit(
        "body.latin1",
        "written as Latin-1 or ASCII, with `?` for other characters",
        "ascii_or_question({})",
        Order::Last,
        questioned,
    ),
    edit(
        "body.latin1",
        "written as Latin-1, with `?` for other characters",
        "latin1_or_question({})",
        Order::Last,
        latin1_questioned,
    ),
    edit("body.gzip", "", "gunzip({})", Order::First, gunzip),
    edit(
        "body.form_encoded",
        "the body in URL encoding",
        "encodeURIComponent({})",
        Order::Last,
        |b| Some(percent_encode(b, COMPONENT).to_string().into_bytes()),
    ),
    edit(
        "body.form_encoded",
        "the body in form encoding",
        "form({})",
        Order::Last,
        |b| Some(form(b)),
    ),
    edit(
        "body.form_encoded",
        "a form with the body as its field `payload`",
        "\"payload=\" + form({})",
        Order::Last,
        |b| Some([b"payload=".as_slice(), &form(b)].concat()),
    ),
    edit(
        "body.form_encoded",
        "a form with the body as the name of an empty field",
        "form({}) + \"=\"",
        Order::Last,
        |b| Some([form(b).as_slice(), b"="].concat()),
    ),
    edit(
        "body.form_encoded",
        "the body decoded from URL encoding",
        "form_decode({})",
        Order::Alone,
        |b| Some(unform(b)),
    ),
    edit(
        "body.form_encoded",
        "the value of the form's field `payload`",
        "form_field({}, \"payload\")",
        Order::Alone,
        |b| field(b, b"payload="),
    ),
    edit(
        "body.form_encoded",
        "the value of the form's field `data`",
        "form_field({}, \"data\")",
        Order::Alone,
        |b| field(b, b"data="),
    ),
    edit(
        "body.form_encoded",
        "the value of the form's field `body`",
        "form_field({}, \"body\")",
        Order::Alone,
        |b| field(b, b"body="),
    ),
    edit(
        "body.form_encoded",
        "an object with the body as its only key, as a form parser makes it of JSON",
        "JSON.stringify(form_parse({}))",
        Order::Last,
        keyed,
    ),
];

const BOM: &[u8] = b"\xef\xbb\xbf";
