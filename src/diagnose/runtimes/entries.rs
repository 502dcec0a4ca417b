//! What a runtime makes of an object's entries: which of two equal keys stays, and in which order they are
//! printed. Equal keys are found by hash, so that many of them cost no more than their number.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map;
use std::vec;

use super::style::{Keys, Style};
use crate::webhook::payload::json::{Children, Kind, Node};

/// What is printed within a container, in order; keys as the runtime holds them.
pub(super) enum Members<'d, 't> {
    Items(Children<'d, 't>),
    Kept(Children<'d, 't>, Decode),
    Entries(vec::IntoIter<Entry<'d, 't>>),
    Values(vec::IntoIter<Entry<'d, 't>>),
}

type Decode = for<'t> fn(Node<'_, 't>) -> Option<Cow<'t, [u8]>>;
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
pub(super) fn members<'d, 't>(
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
    match style.keys {
        Keys::Sorted => entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b)),
        Keys::Ecmascript => {
            // A stable sort: all that are no index stay in their order behind those that are.
            entries.sort_by_cached_key(|(key, _)| array_index(key).unwrap_or(u32::MAX));
        }
        Keys::PhpArray if counts_from_zero(&entries) => {
            return Some((Members::Values(entries.into_iter()), *b"[]"));
        }
        _ => {}
    }
    Some((Members::Entries(entries.into_iter()), *b"{}"))
}

/// As many keys as are looked through faster than they are hashed.
const FEW: usize = 12;

/// The entries with a duplicate's first place and last value.
fn unique<'d, 't>(style: &Style, node: Node<'d, 't>) -> Option<Vec<Entry<'d, 't>>> {
    let mut entries: Vec<Entry<'d, 't>> = Vec::new();
    let mut places: HashMap<Cow<'t, [u8]>, usize> = HashMap::new();
    for (key, value) in node.entries() {
        let key = (style.decode)(key)?;
        if entries.len() < FEW {
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

/// A canonical decimal integer from 0 to 2^32 - 2, which ECMAScript treats as an array index.
fn array_index(key: &[u8]) -> Option<u32> {
    let is_canonical = matches!(key, [b'0'] | [b'1'..=b'9', ..]) && key.len() <= 10;
    let index = (is_canonical && key.iter().all(u8::is_ascii_digit))
        .then(|| std::str::from_utf8(key).ok()?.parse().ok())
        .flatten();
    index.filter(|index| *index != u32::MAX)
}

/// Whether the keys are `0`, `1`, `2` … in order; so it is with none.
fn counts_from_zero(entries: &[Entry<'_, '_>]) -> bool {
    entries
        .iter()
        .enumerate()
        .all(|(index, (key, _))| **key == *index.to_string().as_bytes())
}
