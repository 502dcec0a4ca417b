//! What other runtimes print for a document that they have parsed, byte for byte: the bytes that a signer hashed who
//! did not hash the body. A serializer is data: which documents its runtime refuses, what it makes of keys, strings
//! and numbers, and how it lays the result out. A new runtime is one file, named below.

mod dotnet;
mod escape;
mod go;
mod jackson;
mod node;
mod number;
mod php;
mod python;
mod ruby;
mod writer;

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::webhook::payload::json::Node;

/// Every serializer, the most frequent of a runtime before its options. Where two print the same bytes for a
/// document, the earlier one is the simpler explanation.
pub fn all() -> &'static [Serializer] {
    static ALL: LazyLock<Vec<Serializer>> = LazyLock::new(|| {
        [
            node::all(),
            python::all(),
            python::orjson(),
            php::all(),
            ruby::all(),
            go::all(),
            dotnet::all(),
            jackson::all(),
        ]
        .concat()
    });
    &ALL
}

/// The bytes that a serializer's runtime prints for a value of a document. `None` where it refuses the value,
/// as its parser or its printer throws, and where the bytes would be more than `limit`.
pub fn write(serializer: &Serializer, node: Node<'_, '_>, limit: usize) -> Option<Vec<u8>> {
    writer::write(&serializer.style, node, limit)
}

/// One way to parse a body and write it again.
#[derive(Clone)]
pub struct Serializer {
    /// The stable codes of what it does; more than one where options come together.
    pub codes: Vec<&'static str>,
    /// The runtime that it belongs to: what a fix has to be written for.
    pub runtime: Runtime,
    formula: String,
    style: Style,
}

impl Serializer {
    /// `formula` has `…` in the place of what is parsed and nowhere else.
    fn new(
        runtime: Runtime,
        codes: &[&'static str],
        formula: impl Into<String>,
        style: Style,
    ) -> Self {
        const PRETTY: &str = "body.pretty";
        let mut codes = codes.to_vec();
        if style.layout.indent.is_some() && !codes.contains(&PRETTY) {
            codes.push(PRETTY);
        }
        let formula = formula.into();
        Self {
            codes,
            runtime,
            formula,
            style,
        }
    }

    /// The expression that prints these bytes, with `input` in the place of what is parsed:
    /// `JSON.stringify(JSON.parse(body))`.
    pub fn formula(&self, input: &str) -> String {
        self.formula.replace('…', input)
    }
}

/// The runtime or library that a serializer belongs to, by its name in data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Runtime(&'static str);

impl Runtime {
    /// Any: only white space outside strings differs.
    pub const ANY: Self = Self("any");
    /// `JSON.stringify` of Node.js and every other ECMAScript engine.
    pub const NODE: Self = Self("node");
    /// Python's own `json`, or `str` of a `dict`.
    pub const PYTHON: Self = Self("python");
    /// The `orjson` package of Python.
    pub const ORJSON: Self = Self("orjson");
    /// PHP's `json_encode`.
    pub const PHP: Self = Self("php");
    /// Ruby's `json`.
    pub const RUBY: Self = Self("ruby");
    /// Rails' `to_json`.
    pub const RAILS: Self = Self("rails");
    /// Go's `encoding/json`.
    pub const GO: Self = Self("go");
    /// .NET's `System.Text.Json`.
    pub const DOTNET: Self = Self("dotnet");
    /// Java's Jackson.
    pub const JACKSON: Self = Self("jackson");

    /// Its name in data.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// A string's content as the runtime holds it; `None` where its parser refuses the string.
type Decode = for<'t> fn(Node<'_, 't>) -> Option<Cow<'t, [u8]>>;

/// Prints a string that was decoded, quotes included; `false` where the runtime refuses.
type PrintString = fn(&[u8], &mut Vec<u8>) -> bool;

/// Prints a number from its text; `false` where the runtime refuses.
type PrintNumber = fn(&str, &mut Vec<u8>) -> bool;

/// All that the writer asks about a runtime.
#[derive(Clone, Copy)]
struct Style {
    layout: Layout,
    keys: Keys,
    decode: Decode,
    string: PrintString,
    number: PrintNumber,
    /// Whether the parser takes a number at all.
    takes: fn(&str) -> bool,
    /// `null`, `true` and `false`.
    words: [&'static str; 3],
    /// How many containers may stand in one another.
    depth: Option<usize>,
    /// Whether a string that is the whole document is printed as it is, without quotes.
    bare: bool,
}

/// White space and separators.
#[derive(Clone, Copy)]
struct Layout {
    item: &'static str,
    key: &'static str,
    /// One step of indentation; with it every item starts a line.
    indent: Option<&'static str>,
    /// Whether an empty container has lines too.
    open_when_empty: bool,
    /// What follows the value.
    tail: Tail,
}

#[derive(Clone, Copy)]
enum Tail {
    Nothing,
    Newline,
    /// The white space that followed the value in the text.
    Kept,
}

/// What a runtime's parser and printer make of an object's entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Unchanged, duplicates included.
    Kept,
    /// Of duplicates the first place and the last value.
    Unique,
    /// `Unique` in the outermost object, `Kept` further down.
    UniqueAtTop,
    /// As `Unique`, but array indices come first, ascending.
    Ecmascript,
    /// As `Unique`, then sorted by code point.
    Sorted,
    /// As `Unique`; a NUL at a key's start is refused.
    PhpObject,
    /// As `Unique`; keys that count from 0 make it a list.
    PhpArray,
}

impl Style {
    /// Compact JSON that keeps its numbers' text, to start from. Strings are held as generalised UTF-8.
    const PLAIN: Self = Self {
        layout: Layout::COMPACT,
        keys: Keys::Unique,
        decode: |node| node.string(),
        string: escape::ecmascript,
        number: kept,
        takes: |_| true,
        words: ["null", "true", "false"],
        depth: None,
        bare: false,
    };

    /// Every token unchanged; a string keeps its own text, quotes included.
    const RAW: Self = Self {
        keys: Keys::Kept,
        decode: |node| Some(Cow::Borrowed(node.raw().as_bytes())),
        string: copied,
        ..Self::PLAIN
    };
}

impl Layout {
    const COMPACT: Self = Self {
        item: ",",
        key: ":",
        indent: None,
        open_when_empty: false,
        tail: Tail::Nothing,
    };

    const fn pretty(indent: &'static str) -> Self {
        Self {
            key: ": ",
            indent: Some(indent),
            ..Self::COMPACT
        }
    }

    const fn tail(self, tail: Tail) -> Self {
        Self { tail, ..self }
    }
}

/// A string whose lone surrogates are refused.
fn well_formed<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    node.string().filter(|text| match text {
        Cow::Borrowed(_) => true,
        Cow::Owned(bytes) => std::str::from_utf8(bytes).is_ok(),
    })
}

/// Prints a text unchanged.
fn copied(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(text);
    true
}

/// Prints a number unchanged.
fn kept(text: &str, out: &mut Vec<u8>) -> bool {
    copied(text.as_bytes(), out)
}

#[cfg(test)]
mod tests;
