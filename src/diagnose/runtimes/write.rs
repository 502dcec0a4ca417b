//! The one writer of all styles. It keeps its own stack, so that depth costs memory and never overflows, and
//! stops at the first byte too many.

use super::entries::{Members, members};
use super::style::{Keys, Style, Tail};
use crate::webhook::payload::json::{Kind, Node};

/// How many containers may stand in one another, far more than any of the runtimes allows: each that is open
/// takes memory.
const DEEPEST: usize = 50_000;

pub(super) fn write(style: &Style, node: Node<'_, '_>, limit: usize) -> Option<Vec<u8>> {
    if !accepts(style, node) {
        return None;
    }
    let mut writer = Writer {
        style,
        out: Vec::new(),
        limit,
        open: Vec::new(),
    };
    writer.document(node)?;
    match style.layout.tail {
        Tail::Nothing => {}
        Tail::Newline => writer.out.push(b'\n'),
        Tail::Kept => writer.out.extend_from_slice(node.trailing().as_bytes()),
    }
    (writer.out.len() <= limit).then_some(writer.out)
}

/// Whether the runtime's parser takes all of it, what a later duplicate replaces included.
fn accepts(style: &Style, node: Node<'_, '_>) -> bool {
    if style.keys == Keys::UniqueAtTop && !matches!(node.kind(), Kind::Object | Kind::Null) {
        return false;
    }
    let mut open: Vec<usize> = Vec::new();
    node.walk().all(|node| match node.kind() {
        Kind::Array | Kind::Object => {
            if style.keys == Keys::PhpObject && node.entries().any(|(key, _)| hides(style, key)) {
                return false;
            }
            let Some(depth) = style.depth else {
                return true;
            };
            while open.last().is_some_and(|end| *end <= node.span().start) {
                open.pop();
            }
            open.push(node.span().end);
            open.len() <= depth
        }
        Kind::String => (style.decode)(node).is_some(),
        Kind::Number => (style.takes)(node.raw()),
        Kind::Null | Kind::Bool => true,
    })
}

/// Whether a key cannot be the name of a property of PHP's: those that start with a NUL are its own.
fn hides(style: &Style, key: Node<'_, '_>) -> bool {
    (style.decode)(key).is_some_and(|key| key.first() == Some(&0))
}

struct Writer<'s, 'd, 't> {
    style: &'s Style,
    out: Vec<u8>,
    limit: usize,
    open: Vec<Frame<'d, 't>>,
}

/// A container whose members are being written.
struct Frame<'d, 't> {
    members: Members<'d, 't>,
    close: u8,
    is_first: bool,
}

impl<'d, 't> Writer<'_, 'd, 't> {
    fn document(&mut self, node: Node<'d, 't>) -> Option<()> {
        if self.style.bare && node.kind() == Kind::String {
            // What has no quotes must still be text.
            let text = (self.style.decode)(node)?;
            self.out
                .extend_from_slice(std::str::from_utf8(&text).ok()?.as_bytes());
            return Some(());
        }
        self.value(node)?;
        while let Some(frame) = self.open.last_mut() {
            let member = frame.members.next();
            let is_first = std::mem::take(&mut frame.is_first);
            let Some((key, value)) = member else {
                let close = frame.close;
                self.open.pop();
                if !is_first {
                    self.line();
                } else if self.style.layout.open_when_empty {
                    // Where the items of an array would have been there is an empty line.
                    if close == b']' {
                        self.out.push(b'\n');
                    }
                    self.line();
                }
                self.out.push(close);
                self.check()?;
                continue;
            };
            if !is_first {
                self.out
                    .extend_from_slice(self.style.layout.item.as_bytes());
            }
            self.line();
            if let Some(key) = key {
                (self.style.string)(&key, &mut self.out).then_some(())?;
                self.out.extend_from_slice(self.style.layout.key.as_bytes());
            }
            self.value(value)?;
        }
        Some(())
    }

    /// Writes a value, or as much of it as stands before its first member.
    fn value(&mut self, node: Node<'d, 't>) -> Option<()> {
        let [null, yes, no] = self.style.words;
        match node.kind() {
            Kind::Null => self.out.extend_from_slice(null.as_bytes()),
            Kind::Bool if node.raw() == "true" => self.out.extend_from_slice(yes.as_bytes()),
            Kind::Bool => self.out.extend_from_slice(no.as_bytes()),
            Kind::Number => (self.style.number)(node.raw(), &mut self.out).then_some(())?,
            Kind::String => {
                let text = (self.style.decode)(node)?;
                (self.style.string)(&text, &mut self.out).then_some(())?;
            }
            Kind::Array | Kind::Object => {
                if self.open.len() == DEEPEST {
                    return None;
                }
                let (members, [open, close]) = members(self.style, node, self.open.is_empty())?;
                self.out.push(open);
                self.open.push(Frame {
                    members,
                    close,
                    is_first: true,
                });
            }
        }
        self.check()
    }

    /// Starts a line where the layout has lines.
    fn line(&mut self) {
        let Some(indent) = self.style.layout.indent else {
            return;
        };
        self.out.push(b'\n');
        for _ in 0..self.open.len() {
            self.out.extend_from_slice(indent.as_bytes());
        }
    }

    fn check(&self) -> Option<()> {
        (self.out.len() <= self.limit).then_some(())
    }
}
