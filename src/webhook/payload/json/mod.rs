//! The JSON parser, which alone decides what is JSON. It keeps a flat list of values with their places in the text:
//! number texts, key order, duplicate keys, escapes and lone surrogates stay, and no nesting overflows the stack.

mod convert;
mod parser;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

pub use convert::Unfaithful;
pub(super) use convert::{Path, Step};
pub use parser::{parse, parse_body, parse_fields};

/// The byte order mark that some editors write before UTF-8. It is not JSON.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text after a byte order mark, if there is one: the parsers of many frameworks skip it, too.
pub fn without_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix(BOM).unwrap_or(text)
}

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
    /// From 1.
    pub line: usize,
    /// In bytes, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl SyntaxError {
    fn new(text: &[u8], offset: usize, reason: &'static str) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Self {
            offset,
            line: 1 + memchr::memchr_iter(b'\n', before).count(),
            column: 1 + before.len() - start,
            reason,
        }
    }
}

/// The member names and array items on the way to the values that a lookup needs. A document that is parsed for
/// them keeps nothing else, however large it is.
#[derive(Clone, Debug, Default)]
pub struct FieldIndex {
    /// Sorted.
    names: Vec<String>,
    /// How many levels of nesting are kept.
    depth: usize,
    /// How many items of each array are kept.
    items: u32,
}

impl FieldIndex {
    /// Adds the steps of a JSON Pointer.
    pub fn add(&mut self, pointer: &str) {
        let mut depth = 0;
        for step in steps(pointer) {
            depth += 1;
            if let Ok(index) = step.parse::<u16>() {
                self.items = self.items.max(u32::from(index) + 1);
            }
            self.add_name(step);
        }
        self.depth = self.depth.max(depth);
    }

    /// Adds a member of the object at a JSON Pointer.
    pub fn add_member(&mut self, parent: &str, key: &str) {
        self.add(parent);
        self.add_name(Cow::Borrowed(key));
        self.depth = self.depth.max(steps(parent).count() + 1);
    }

    fn add_name(&mut self, name: Cow<'_, str>) {
        if let Err(at) = self.names.binary_search_by(|own| own.as_str().cmp(&name)) {
            self.names.insert(at, name.into_owned());
        }
    }

    /// The name of these that is `name`.
    pub(crate) fn known(&self, name: &str) -> Option<&str> {
        let found = self.names.binary_search_by(|own| own.as_str().cmp(name));
        found.ok().and_then(|at| self.names.get(at)).map(String::as_str)
    }
}

/// The content of a well-formed string without its quotes, as generalised UTF-8 (WTF-8).
pub fn unescape(inner: &[u8]) -> Vec<u8> {
    decode(inner, Vec::new(), |c, out| match c {
        Ok(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        Err(code) => out.extend([
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ]),
    })
}

/// Hands each character of a well-formed string to `push`, and the number of each lone surrogate.
fn decode<O>(inner: &[u8], mut out: O, push: impl Fn(Result<char, u32>, &mut O)) -> O {
    let text = std::str::from_utf8(inner).unwrap_or_default();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at += c.len_utf8();
        if c != '\\' {
            push(Ok(c), &mut out);
            continue;
        }
        let escape = inner.get(at).copied().unwrap_or(b'\\');
        at += 1;
        if escape != b'u' {
            let c = match escape {
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                other => char::from(other),
            };
            push(Ok(c), &mut out);
            continue;
        }
        let mut code = hex(inner, at);
        at += 4;
        let is_high = (0xD800..0xDC00).contains(&code);
        let rest = inner.get(at..).unwrap_or_default();
        if is_high && rest.starts_with(b"\\u") {
            let low = hex(inner, at + 2);
            if (0xDC00..0xE000).contains(&low) {
                code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                at += 6;
            }
        }
        push(char::from_u32(code).ok_or(code), &mut out);
    }
    out
}

fn hex(inner: &[u8], at: usize) -> u32 {
    let digits = inner.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |code, digit| code << 4 | char::from(*digit).to_digit(16).unwrap_or(0))
}

/// The steps of a JSON Pointer, without their escapes.
fn steps(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape_step)
}

/// A step of a JSON Pointer (RFC 6901) without its escapes.
pub(super) fn unescape_step(step: &str) -> Cow<'_, str> {
    if step.contains('~') {
        Cow::Owned(step.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(step)
    }
}

/// A key as a step of a JSON Pointer.
pub(crate) fn escape_step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
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

impl Entry {
    /// A string's place without its quotes.
    fn inner(self) -> Range<usize> {
        self.start as usize + 1..self.end as usize - 1
    }

    /// Whether this is a string of this content in `text`.
    fn is_text(self, text: &[u8], content: &[u8]) -> bool {
        let inner = &text[self.inner()];
        if self.escaped { unescape(inner) == content } else { inner == content }
    }
}

impl<'t> Document<'t> {
    /// The outermost value.
    pub fn root(&self) -> Node<'_, 't> {
        Node { document: self, index: 0 }
    }

    /// The whole text, with the white space around the value.
    pub fn text(&self) -> &'t str {
        self.text
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
            let inner = &self.document.text.as_bytes()[entry.inner()];
            if entry.escaped { Cow::Owned(unescape(inner)) } else { Cow::Borrowed(inner) }
        })
    }

    /// A string's content as text, each lone surrogate replaced; `None` for everything else.
    pub fn text(self) -> Option<Cow<'t, str>> {
        let entry = self.entry();
        (entry.kind == Kind::String).then(|| {
            let inner = &self.document.text[entry.inner()];
            if entry.escaped {
                Cow::Owned(decode(inner.as_bytes(), String::new(), |c, out| {
                    out.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
                }))
            } else {
                Cow::Borrowed(inner)
            }
        })
    }

    /// The value of a key, the last one of several; `None` where this is not an object.
    pub fn get(self, name: &str) -> Option<Self> {
        let text = self.document.text.as_bytes();
        let is_named = |key: Self| key.entry().is_text(text, name.as_bytes());
        let named = self.entries().filter(|(key, _)| is_named(*key));
        named.last().map(|(_, value)| value)
    }

    /// The value at a JSON Pointer (RFC 6901).
    pub fn at_pointer(self, pointer: &str) -> Option<Self> {
        let mut steps = pointer.split('/');
        if steps.next() != Some("") {
            return None;
        }
        steps.try_fold(self, |node, step| node.step(&unescape_step(step)))
    }

    /// The value of a key of an object, or at an index of an array.
    pub(super) fn step(self, step: &str) -> Option<Self> {
        match self.kind() {
            Kind::Object => self.get(step),
            Kind::Array => {
                let is_canonical = step == "0" || !step.starts_with(['0', '+']);
                let index = is_canonical.then(|| step.parse().ok()).flatten()?;
                self.items().nth(index)
            }
            _ => None,
        }
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

    /// White space that follows the outermost value; nothing for the others.
    pub fn trailing(self) -> &'t str {
        if self.index == 0 { &self.document.text[self.span().end..] } else { "" }
    }

    /// This value, and every key and value in it, in the text's order.
    pub(crate) fn walk(self) -> impl Iterator<Item = Node<'d, 't>> {
        (self.index..self.entry().next as usize).map(move |index| Self { index, ..self })
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
        let index = self.index + 1;
        let entry = self.entry();
        Children {
            document: self.document,
            index,
            end: if entry.kind == kind { entry.next as usize } else { index },
        }
    }

    fn entry(self) -> Entry {
        self.document.tape[self.index]
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
            let node = Node { document: self.document, index: self.index };
            self.index = node.entry().next as usize;
            node
        })
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.reason, self.line, self.column)
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
mod tests {
    use super::*;

    #[test]
    fn every_value_keeps_its_place() {
        let text = " {\"a\" : [1.0, \"\\u00e9\", {}], \"a\": null, \"\":true }\n";
        let document = parse(text).unwrap();
        let root = document.root();
        assert_eq!(root.kind(), Kind::Object);
        assert_eq!(root.raw(), text.trim());
        assert_eq!(root.trailing(), "\n");
        let entries: Vec<_> = root.entries().map(|(k, v)| (k.raw(), v.raw())).collect();
        assert_eq!(
            entries,
            [("\"a\"", "[1.0, \"\\u00e9\", {}]"), ("\"a\"", "null"), ("\"\"", "true")]
        );
        let (_, list) = root.entries().next().unwrap();
        let kinds: Vec<_> = list.items().map(Node::kind).collect();
        assert_eq!(kinds, [Kind::Number, Kind::String, Kind::Object]);
        assert_eq!(list.trailing(), "");
        assert_eq!(&text[list.span()], list.raw());
        assert_eq!(list.entries().count(), 0);
        assert_eq!(root.items().count(), 0);
    }

    #[test]
    fn parsing_for_fields_keeps_the_last_of_equal_keys_and_nothing_below_them() {
        let mut fields = FieldIndex::default();
        fields.add("/event");
        fields.add("/data/1");
        let body = r#"{"event":"a","data":[0,{"data":[1]}],"x":{"event":1},"data":[2,3,4],"\u0065vent":"b"}"#;
        let document = parse_fields(body.as_bytes(), &fields).unwrap();
        let root = document.root();
        assert_eq!(root.at_pointer("/event").unwrap().raw(), "\"b\"");
        assert_eq!(root.at_pointer("/data/1").unwrap().raw(), "3");
        assert_eq!(root.entries().count(), 2);
        let member = r#""event":{"data":{"event":{"data":{}}}},"data":[0,1],"#;
        let body = format!("{{{}\"event\":\"b\"}}", member.repeat(10_000));
        let document = parse_fields(body.as_bytes(), &fields).unwrap();
        assert_eq!(document.root().get("event").unwrap().raw(), "\"b\"");
        assert_eq!(document.root().size(), 7);
    }

    #[test]
    fn strings_are_generalised_utf_8() {
        for (text, bytes) in [
            (r#""""#, &b""[..]),
            (r#""\"\\\/\b\f\n\r\t""#, b"\"\\/\x08\x0c\n\r\t"),
            (r#""\ud83d\ude00\u00E9""#, "😀é".as_bytes()),
            (r#""\ud800""#, b"\xed\xa0\x80"),
            (r#""\udfff\ud800\u0041""#, b"\xed\xbf\xbf\xed\xa0\x80A"),
            (r#""\ud83d😀""#, b"\xed\xa0\xbd\xf0\x9f\x98\x80"),
            (r#""\ud83d\ud83d\ude00""#, b"\xed\xa0\xbd\xf0\x9f\x98\x80"),
            (r#""\\ud800""#, b"\\ud800"),
        ] {
            let document = parse(text).unwrap();
            assert_eq!(document.root().string().as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(parse("1").unwrap().root().string(), None);
    }

    #[test]
    fn what_is_not_json_says_where() {
        for (text, offset) in [
            ("", 0),
            (" ", 1),
            ("\u{feff}1", 0),
            ("\u{a0}1", 0),
            ("[1,]", 3),
            ("{\"a\":1,}", 7),
            ("[1 2]", 3),
            ("[1}", 2),
            ("{\"a\":1]", 6),
            ("{\"a\" 1}", 5),
            ("{a:1}", 1),
            ("[", 1),
            ("1 1", 2),
            ("01", 1),
            ("-", 1),
            ("+1", 0),
            ("1.", 2),
            (".5", 0),
            ("1e", 2),
            ("1e+", 3),
            ("nul", 3),
            ("nulll", 4),
            ("NaN", 0),
            ("\"\n\"", 1),
            ("\"\\x\"", 2),
            ("\"\\u12g4\"", 5),
            ("\"a", 2),
            ("'a'", 0),
            ("]", 0),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.offset, offset, "{text}: {error}");
        }
    }

    #[test]
    fn depth_costs_memory_and_nothing_else() {
        let open = "[".repeat(1_000_000);
        assert_eq!(parse(&open).unwrap_err().offset, 1_000_000);
        let deep = open + &"]".repeat(1_000_000);
        let document = parse(&deep).unwrap();
        assert_eq!(document.root().raw(), deep);
        assert_eq!(document.root().walk().count(), 1_000_000);
    }
}
