//! The JSON parser: a flat list of values with their places in the text, so that number texts, key order,
//! duplicate keys, escapes and lone surrogates are kept, and no depth of nesting overflows the stack.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

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
                Cow::Owned(unescape(inner))
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

/// Reads a text that is one JSON value.
///
/// # Errors
/// The first byte at which the text stops being JSON.
pub fn parse(text: &str) -> Result<Document<'_>, SyntaxError> {
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError {
            offset: 0,
            reason: "longer than 4 GiB",
        });
    }
    let mut parser = Parser {
        bytes: text.as_bytes(),
        at: 0,
        tape: Vec::new(),
        open: NONE,
    };
    parser.document()?;
    Ok(Document {
        text,
        tape: parser.tape,
    })
}

/// No container is open.
const NONE: u32 = u32::MAX;

struct Parser<'t> {
    bytes: &'t [u8],
    at: usize,
    tape: Vec<Entry>,
    /// The innermost open container. While one is open, its entry's `next` is the one around it.
    open: u32,
}

/// What may stand at this place.
enum Expected {
    Value,
    /// A value or `]`
    FirstItem,
    Key,
    /// A key or `}`
    FirstKey,
    /// `,` or the end of what is open
    After,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), SyntaxError> {
        let mut expected = Expected::Value;
        loop {
            self.white_space();
            expected = match (expected, self.peek()) {
                (Expected::FirstItem, Some(b']')) | (Expected::FirstKey, Some(b'}')) => {
                    self.close();
                    Expected::After
                }
                (Expected::Value | Expected::FirstItem, _) => self.value()?,
                (Expected::Key | Expected::FirstKey, Some(b'"')) => self.key()?,
                (Expected::Key | Expected::FirstKey, _) => {
                    return Err(self.error("expected a key in double quotes"));
                }
                (Expected::After, byte) => match (self.open_kind(), byte) {
                    (None, None) => return Ok(()),
                    (None, Some(_)) => return Err(self.error("text after the JSON value")),
                    (Some(Kind::Array), Some(b']')) | (Some(Kind::Object), Some(b'}')) => {
                        self.close();
                        Expected::After
                    }
                    (Some(kind), Some(b',')) => {
                        self.at += 1;
                        if kind == Kind::Array {
                            Expected::Value
                        } else {
                            Expected::Key
                        }
                    }
                    (Some(Kind::Array), _) => return Err(self.error("expected , or ]")),
                    (Some(_), _) => return Err(self.error("expected , or }")),
                },
            };
        }
    }

    fn value(&mut self) -> Result<Expected, SyntaxError> {
        match self.peek() {
            Some(b'[') => {
                self.open(Kind::Array);
                return Ok(Expected::FirstItem);
            }
            Some(b'{') => {
                self.open(Kind::Object);
                return Ok(Expected::FirstKey);
            }
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'n') => self.word("null", Kind::Null)?,
            Some(b't') => self.word("true", Kind::Bool)?,
            Some(b'f') => self.word("false", Kind::Bool)?,
            _ => return Err(self.error("expected a JSON value")),
        }
        Ok(Expected::After)
    }

    fn key(&mut self) -> Result<Expected, SyntaxError> {
        self.string()?;
        self.white_space();
        if self.peek() != Some(b':') {
            return Err(self.error("expected : after a key"));
        }
        self.at += 1;
        Ok(Expected::Value)
    }

    fn string(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0..=0x1F) => return Err(self.error("a control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.error("a string without its end")),
            }
        }
        self.at += 1;
        self.leaf(start, Kind::String, escaped);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        self.at += 1;
        let digits = match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
            Some(b'u') => 4,
            _ => return Err(self.error("not an escape of JSON")),
        };
        self.at += 1;
        for _ in 0..digits {
            if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                return Err(self.error("expected four hexadecimal digits"));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            if !self.skip(b'+') {
                self.skip(b'-');
            }
            self.digits()?;
        }
        self.leaf(start, Kind::Number, false);
        Ok(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error("expected a digit"));
        }
        Ok(())
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), SyntaxError> {
        let start = self.at;
        for byte in word.bytes() {
            if !self.skip(byte) {
                return Err(self.error("expected null, true or false"));
            }
        }
        self.leaf(start, kind, false);
        Ok(())
    }

    fn open(&mut self, kind: Kind) {
        let around = std::mem::replace(&mut self.open, self.tape.len() as u32);
        self.tape.push(Entry {
            start: self.at as u32,
            end: 0,
            next: around,
            kind,
            escaped: false,
        });
        self.at += 1;
    }

    fn close(&mut self) {
        self.at += 1;
        let after = self.tape.len() as u32;
        if let Some(entry) = self.tape.get_mut(self.open as usize) {
            entry.end = self.at as u32;
            self.open = std::mem::replace(&mut entry.next, after);
        }
    }

    fn open_kind(&self) -> Option<Kind> {
        self.tape.get(self.open as usize).map(|entry| entry.kind)
    }

    fn leaf(&mut self, start: usize, kind: Kind, escaped: bool) {
        self.tape.push(Entry {
            start: start as u32,
            end: self.at as u32,
            next: self.tape.len() as u32 + 1,
            kind,
            escaped,
        });
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn error(&self, reason: &'static str) -> SyntaxError {
        SyntaxError {
            offset: self.at,
            reason,
        }
    }
}

/// The content of a well-formed string without its quotes.
pub fn unescape(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while at < inner.len() {
        let byte = inner[at];
        if byte != b'\\' {
            out.push(byte);
            at += 1;
            continue;
        }
        let escape = inner.get(at + 1).copied().unwrap_or(b'\\');
        at += 2;
        if escape == b'u' {
            let mut code = hex(inner, at);
            at += 4;
            let is_high = (0xD800..0xDC00).contains(&code);
            if is_high && inner[at..].starts_with(b"\\u") {
                let low = hex(inner, at + 2);
                if (0xDC00..0xE000).contains(&low) {
                    code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    at += 6;
                }
            }
            push(code, &mut out);
        } else {
            out.push(match escape {
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            });
        }
    }
    out
}

/// The bytes of a code point, also of a surrogate.
fn push(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ]),
    }
}

fn hex(inner: &[u8], at: usize) -> u32 {
    let digits = inner.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |code, digit| {
        code << 4 | char::from(*digit).to_digit(16).unwrap_or(0)
    })
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
            [
                ("\"a\"", "[1.0, \"\\u00e9\", {}]"),
                ("\"a\"", "null"),
                ("\"\"", "true")
            ]
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
