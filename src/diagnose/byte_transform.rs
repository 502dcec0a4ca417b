//! Changes of a body's bytes on the way: line ends, white space, encodings, and what is hashed in its place. A change
//! is data; `transform_table` has those that are tried.

use std::borrow::Cow;

use super::cause::Cause;
use super::form::{self, Dialect};
use super::framework;
use super::json_text::{self, Escaping};
use super::text_encoding::{self as text, Instead};

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
    pub code: &'static str,
    pub detail: Cow<'static, str>,
    /// The formula of the result; `…` is that of the input.
    pub formula: Cow<'static, str>,
    pub step: Step,
    pub weight: usize,
    pub make: Make,
}

/// What makes the bytes; `None` when it does not apply.
#[derive(Clone, Debug)]
pub enum Make {
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
    /// One with fixed texts.
    pub const fn new(
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
