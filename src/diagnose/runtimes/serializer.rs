//! A serializer as data: which documents its runtime refuses, what it makes of keys, strings and numbers, and how
//! it lays the result out.

use std::borrow::Cow;

use crate::webhook::payload::json::Node;

/// One way to parse a body and write it again.
pub struct Serializer {
    /// The stable codes of what it does; more than one where options come together.
    pub codes: Vec<&'static str>,
    /// The runtime that it belongs to.
    pub runtime: Runtime,
    pub(super) formula: String,
    pub(super) style: Style,
}

/// The runtime or library that a serializer belongs to, by its name in data: what a fix has to be written for.
/// Each is a constant in the file of its serializers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Runtime(pub(super) &'static str);

impl Runtime {
    /// Its name in data.
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl Serializer {
    /// The expression that prints these bytes, with `input` in the place of what is parsed:
    /// `JSON.stringify(JSON.parse(body))`.
    pub fn formula(&self, input: &str) -> String {
        self.formula.replace(INPUT, input)
    }
}

/// Stands for what is parsed in a formula. No formula has this sign for anything else.
const INPUT: &str = "…";

/// All that the writer asks about a runtime.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub layout: Layout,
    pub keys: Keys,
    /// A string's content as the runtime holds it; `None` where its parser refuses the string.
    pub decode: for<'t> fn(Node<'_, 't>) -> Option<Cow<'t, [u8]>>,
    /// Prints what `decode` gave, quotes included; `false` where the runtime refuses.
    pub string: fn(&[u8], &mut Vec<u8>) -> bool,
    /// Prints a number from its text; `false` where the runtime refuses.
    pub number: fn(&str, &mut Vec<u8>) -> bool,
    /// Whether the parser takes a number at all.
    pub takes: fn(&str) -> bool,
    /// `null`, `true` and `false`.
    pub words: [&'static str; 3],
    /// How many containers may stand in one another.
    pub depth: Option<usize>,
    /// Whether a string that is the whole document is printed as it is, without quotes.
    pub bare: bool,
}

/// White space and separators.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub item: &'static str,
    pub key: &'static str,
    /// One step of indentation; with it every item starts a line.
    pub indent: Option<&'static str>,
    /// Whether an empty container has lines too.
    pub open_when_empty: bool,
    /// What follows the value.
    pub tail: Tail,
}

#[derive(Clone, Copy)]
pub(super) enum Tail {
    Nothing,
    Newline,
    /// The white space that followed the value in the text.
    Kept,
}

/// What a runtime's parser and printer make of an object's entries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
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
    /// Compact JSON that keeps its numbers' text, to start from.
    pub const PLAIN: Self = Self {
        layout: Layout::COMPACT,
        keys: Keys::Unique,
        decode: held,
        string: super::escape::ecmascript,
        number: kept,
        takes: |_| true,
        words: ["null", "true", "false"],
        depth: None,
        bare: false,
    };

    /// Every token unchanged.
    pub const RAW: Self = Self {
        keys: Keys::Kept,
        decode: raw,
        string: copied,
        ..Self::PLAIN
    };
}

impl Layout {
    pub const COMPACT: Self = Self {
        item: ",",
        key: ":",
        indent: None,
        open_when_empty: false,
        tail: Tail::Nothing,
    };

    pub const fn pretty(indent: &'static str) -> Self {
        Self {
            item: ",",
            key: ": ",
            indent: Some(indent),
            ..Self::COMPACT
        }
    }

    pub const fn tail(self, tail: Tail) -> Self {
        Self { tail, ..self }
    }
}

/// A string as generalised UTF-8.
fn held<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    node.string()
}

/// A string whose lone surrogates are refused.
pub(super) fn well_formed<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    node.string().filter(|text| match text {
        Cow::Borrowed(_) => true,
        Cow::Owned(bytes) => std::str::from_utf8(bytes).is_ok(),
    })
}

/// A string's own text, quotes included.
fn raw<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    Some(Cow::Borrowed(node.raw().as_bytes()))
}

/// Prints a text unchanged.
pub(super) fn copied(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(text);
    true
}

/// Prints a number unchanged.
pub(super) fn kept(text: &str, out: &mut Vec<u8>) -> bool {
    copied(text.as_bytes(), out)
}
