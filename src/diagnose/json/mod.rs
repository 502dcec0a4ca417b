//! JSON looked at and never changed: every value keeps its place in the text, number texts, key order,
//! duplicate keys and lone surrogates included. What other runtimes would print is made from this.
//!
//! A document is one flat tape in the text's order, so that no depth of nesting overflows a stack, neither
//! while reading nor while dropping it.

mod parse;
mod text;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

pub use parse::parse;
pub(super) use text::unescape;

/// A text that is JSON, with the place of each value in it.
pub struct Document<'t> {
    text: &'t str,
    tape: Vec<Entry>,
}

/// One value, or one key of an object.
#[derive(Clone, Copy)]
pub struct Node<'d, 't> {
    document: &'d Document<'t>,
    index: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number; its text is [`Node::raw`].
    Number,
    /// A string or a key.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Why a text is not JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte at which it stops being JSON.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// Sixteen bytes a value: a document takes at most eight times its text, and a text that turns out to be none,
/// such as `[[[[`, sixteen times until then.
#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    end: u32,
    /// The entry after this value and all that is in it.
    next: u32,
    kind: Kind,
    /// Whether a string's text holds a backslash.
    escaped: bool,
}

impl<'t> Document<'t> {
    /// The outermost value.
    pub fn root(&self) -> Node<'_, 't> {
        Node {
            document: self,
            index: 0,
        }
    }

    /// The whole text, with the white space around the value.
    pub fn text(&self) -> &'t str {
        self.text
    }

    fn entry(&self, index: usize) -> Entry {
        self.tape[index]
    }
}

impl<'d, 't> Node<'d, 't> {
    /// What it is.
    pub fn kind(self) -> Kind {
        self.entry().kind
    }

    /// Its bytes' place in the text.
    pub fn span(self) -> Range<usize> {
        self.entry().start as usize..self.entry().end as usize
    }

    /// Its own text, quotes and brackets included.
    pub fn raw(self) -> &'t str {
        &self.document.text[self.span()]
    }

    /// A string's content as generalised UTF-8 (WTF-8: a lone surrogate is three bytes); `None` for
    /// everything else.
    pub fn string(self) -> Option<Cow<'t, [u8]>> {
        let entry = self.entry();
        (entry.kind == Kind::String).then(|| {
            let inner =
                &self.document.text.as_bytes()[entry.start as usize + 1..entry.end as usize - 1];
            if entry.escaped {
                Cow::Owned(text::unescape(inner))
            } else {
                Cow::Borrowed(inner)
            }
        })
    }

    /// An array's values; nothing for everything else.
    pub fn items(self) -> impl Iterator<Item = Node<'d, 't>> {
        self.children(Kind::Array)
    }

    /// An object's keys and values as they stand, duplicates included; nothing for everything else.
    pub fn entries(self) -> impl Iterator<Item = (Node<'d, 't>, Node<'d, 't>)> {
        let mut children = self.children(Kind::Object);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// Whether this is the outermost value.
    pub fn is_root(self) -> bool {
        self.index == 0
    }

    /// White space that follows the outermost value; nothing for the others.
    pub fn trailing(self) -> &'t str {
        if self.is_root() {
            &self.document.text[self.span().end..]
        } else {
            ""
        }
    }

    /// This value, and every key and value in it, in the text's order.
    pub(crate) fn walk(self) -> impl Iterator<Item = Node<'d, 't>> {
        (self.index..self.entry().next as usize).map(move |index| self.at(index))
    }

    /// How many keys and values there are in it, itself included.
    pub(crate) fn size(self) -> usize {
        self.entry().next as usize - self.index
    }

    /// How many numbers in it are more than a few digits: those take a serialiser the longest.
    pub(crate) fn hard_numbers(self) -> usize {
        const FEW: usize = 15;
        let is_hard = |node: &Self| {
            let text = node.raw();
            let is_plain = text.len() <= FEW && !text.contains(['.', 'e', 'E']);
            node.kind() == Kind::Number && !is_plain
        };
        self.walk().filter(is_hard).count()
    }

    pub(crate) fn children(self, kind: Kind) -> Children<'d, 't> {
        let entry = self.entry();
        let end = if entry.kind == kind {
            entry.next as usize
        } else {
            self.index + 1
        };
        Children {
            document: self.document,
            index: self.index + 1,
            end,
        }
    }

    fn at(self, index: usize) -> Self {
        Self { index, ..self }
    }

    fn entry(self) -> Entry {
        self.document.entry(self.index)
    }
}

/// The keys and values directly below one.
pub(crate) struct Children<'d, 't> {
    document: &'d Document<'t>,
    index: usize,
    end: usize,
}

impl<'d, 't> Iterator for Children<'d, 't> {
    type Item = Node<'d, 't>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.index < self.end).then(|| {
            let node = Node {
                document: self.document,
                index: self.index,
            };
            self.index = node.entry().next as usize;
            node
        })
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for SyntaxError {}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document of {} entries", self.tape.len())
    }
}

impl fmt::Debug for Node<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.kind(), self.span())
    }
}

#[cfg(test)]
mod tests;
