//! The writer of all serializers. It keeps its own stack, so that depth costs memory and never overflows, and
//! stops at the first byte above the limit.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map;
use std::vec;

use super::{Decode, Keys, Style, Tail};
use crate::webhook::payload::json::{Children, Kind, Node};
use crate::webhook::payload::stringify::array_index;

/// The deepest nesting that is written, far more than any runtime allows: each open container takes memory.
const MAX_DEPTH: usize = 50_000;

pub(super) fn write(style: &Style, node: Node<'_, '_>, limit: usize) -> Option<Vec<u8>> {
    if !accepts(style, node) {
        return None;
    }
    let mut writer = Writer { style, out: Vec::new(), limit, open: Vec::new(), indented: 0 };
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

/// Whether a key cannot be a property's name in PHP, which keeps names that start with a NUL for itself.
fn hides(style: &Style, key: Node<'_, '_>) -> bool {
    (style.decode)(key).is_some_and(|key| key.first() == Some(&0))
}

struct Writer<'s, 'd, 't> {
    style: &'s Style,
    out: Vec<u8>,
    limit: usize,
    open: Vec<Frame<'d, 't>>,
    /// How many of the open containers have their members on lines.
    indented: usize,
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
            self.out.extend_from_slice(std::str::from_utf8(&text).ok()?.as_bytes());
            return Some(());
        }
        self.value(node)?;
        while let Some(frame) = self.open.last_mut() {
            let member = frame.members.next();
            let is_first = std::mem::take(&mut frame.is_first);
            let close = frame.close;
            let Some((key, value)) = member else {
                self.open.pop();
                self.indented -= usize::from(self.has_lines(close));
                if !is_first {
                    self.space(close);
                } else if !self.style.layout.open_when_empty {
                    self.out.extend_from_slice(self.style.layout.inner[1].as_bytes());
                } else {
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
            if is_first {
                self.space(close);
            } else {
                let layout = &self.style.layout;
                let flat = layout.flat_arrays.filter(|_| close == b']');
                self.out.extend_from_slice(flat.unwrap_or(layout.item).as_bytes());
                if self.has_lines(close) {
                    self.line();
                }
            }
            if let Some(key) = key {
                (self.style.string)(&key, &mut self.out).then_some(())?;
                self.out.extend_from_slice(self.style.layout.key.as_bytes());
            }
            self.value(value)?;
        }
        Some(())
    }

    /// Writes a value; of a container only the opening bracket.
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
                if self.open.len() == MAX_DEPTH {
                    return None;
                }
                let (members, [open, close]) = members(self.style, node, self.open.is_empty())?;
                self.out.push(open);
                self.indented += usize::from(self.has_lines(close));
                self.open.push(Frame { members, close, is_first: true });
            }
        }
        self.check()
    }

    /// Whether the members of a container with this bracket are on lines.
    fn has_lines(&self, close: u8) -> bool {
        let layout = &self.style.layout;
        layout.indent.is_some() && !(close == b']' && layout.flat_arrays.is_some())
    }

    /// What is between a bracket and a member.
    fn space(&mut self, close: u8) {
        match self.has_lines(close) {
            true => self.line(),
            false => self.out.extend_from_slice(self.style.layout.inner[0].as_bytes()),
        }
    }

    /// Starts a line where the layout has lines.
    fn line(&mut self) {
        let Some(indent) = self.style.layout.indent else {
            return;
        };
        self.out.push(b'\n');
        for _ in 0..self.indented {
            self.out.extend_from_slice(indent.as_bytes());
        }
    }

    fn check(&self) -> Option<()> {
        (self.out.len() <= self.limit).then_some(())
    }
}

/// What is printed within a container, in order; keys as the runtime holds them.
enum Members<'d, 't> {
    Items(Children<'d, 't>),
    Kept(Children<'d, 't>, Decode),
    Entries(vec::IntoIter<Entry<'d, 't>>),
    Values(vec::IntoIter<Entry<'d, 't>>),
}

type Entry<'d, 't> = (Cow<'t, [u8]>, Node<'d, 't>);
type Member<'d, 't> = (Option<Cow<'t, [u8]>>, Node<'d, 't>);

impl<'d, 't> Iterator for Members<'d, 't> {
    type Item = Member<'d, 't>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Items(items) => items.next().map(|value| (None, value)),
            Self::Kept(children, decode) => {
                let key = decode(children.next()?)?;
                Some((Some(key), children.next()?))
            }
            Self::Entries(entries) => entries.next().map(|(key, value)| (Some(key), value)),
            Self::Values(entries) => entries.next().map(|(_, value)| (None, value)),
        }
    }
}

/// A container's members and its brackets. `None` where the runtime refuses the object.
fn members<'d, 't>(
    style: &Style,
    node: Node<'d, 't>,
    is_top: bool,
) -> Option<(Members<'d, 't>, [u8; 2])> {
    if node.kind() == Kind::Array {
        return Some((Members::Items(node.children(Kind::Array)), *b"[]"));
    }
    let is_kept = style.keys == Keys::Kept || style.keys == Keys::UniqueAtTop && !is_top;
    if is_kept {
        let children = node.children(Kind::Object);
        return Some((Members::Kept(children, style.decode), *b"{}"));
    }
    let mut entries = unique(style, node)?;
    if style.skips_null {
        entries.retain(|(_, value)| value.kind() != Kind::Null);
    }
    match style.keys {
        Keys::Sorted => entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b)),
        Keys::Ecmascript => {
            // A stable sort: keys that are no index keep their order after those that are.
            entries.sort_by_cached_key(|(key, _)| array_index(key).unwrap_or(u32::MAX));
        }
        Keys::PhpArray if counts_from_zero(&entries) => {
            return Some((Members::Values(entries.into_iter()), *b"[]"));
        }
        _ => {}
    }
    Some((Members::Entries(entries.into_iter()), *b"{}"))
}

/// As many keys as are compared faster than they are hashed.
const FEW_KEYS: usize = 12;

/// The entries, of duplicate keys the first place and the last value. Beyond a few they are found by hash, so that many
/// keys take time in proportion to their number.
fn unique<'d, 't>(style: &Style, node: Node<'d, 't>) -> Option<Vec<Entry<'d, 't>>> {
    let mut entries: Vec<Entry<'d, 't>> = Vec::new();
    let mut places: HashMap<Cow<'t, [u8]>, usize> = HashMap::new();
    for (key, value) in node.entries() {
        let key = (style.decode)(key)?;
        if entries.len() < FEW_KEYS {
            match entries.iter_mut().find(|(known, _)| *known == key) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
            continue;
        }
        if places.is_empty() {
            let known = entries.iter().enumerate();
            places.extend(known.map(|(place, (key, _))| (key.clone(), place)));
        }
        match places.entry(key.clone()) {
            hash_map::Entry::Occupied(place) => entries[*place.get()].1 = value,
            hash_map::Entry::Vacant(place) => {
                place.insert(entries.len());
                entries.push((key, value));
            }
        }
    }
    Some(entries)
}

/// Whether the keys are `0`, `1`, `2` … in order; true of no keys.
fn counts_from_zero(entries: &[Entry<'_, '_>]) -> bool {
    entries.iter().enumerate().all(|(index, (key, _))| **key == *index.to_string().as_bytes())
}
