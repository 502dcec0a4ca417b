//! What a runtime does to a document, as data: which documents it refuses, what it makes of keys, strings and
//! numbers, and how it lays the result out.

use std::borrow::Cow;

use crate::webhook::payload::json::Node;

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
    /// As they stand, duplicates included.
    Kept,
    /// A duplicate has the first one's place and the last one's value.
    Unique,
    /// So has the outermost object's; further down they are as they stand.
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
        takes: anything,
        words: ["null", "true", "false"],
        depth: None,
        bare: false,
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
pub(super) fn held<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
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
pub(super) fn raw<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    Some(Cow::Borrowed(node.raw().as_bytes()))
}

/// Prints what stands there.
pub(super) fn copied(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(text);
    true
}

/// Prints a number as it stands.
pub(super) fn kept(text: &str, out: &mut Vec<u8>) -> bool {
    copied(text.as_bytes(), out)
}

pub(super) fn anything(_: &str) -> bool {
    true
}
