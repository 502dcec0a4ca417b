//! Values as programs print them, written as JSON: what `util.inspect` and `console.log` of JavaScript, `repr` of Python
//! and `inspect` of Ruby write, and the literals of JavaScript source code. Bytes become `{"type":"Buffer",
//! "base64":…}`, and what the program left out becomes `{"type":"Omitted","text":…}`.

mod strings;

use super::brackets::{closing, closing_of_list};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::webhook::payload::json::{Kind, Node, parse};
use crate::webhook::payload::stringify::string as json_string;

use super::exported::decode_base64;

/// How deep values are nested at most.
const MAX_DEPTH: usize = 48;

/// A value that stands in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// The value as JSON.
    pub json: String,
    /// How many bytes of the text it takes.
    pub length: usize,
}

/// Reads the value that a text starts with.
///
/// # Errors
/// How many bytes were understood when it is none.
pub(super) fn read(text: &[u8]) -> Result<Literal, usize> {
    read_within(text, &mut fuel(text))
}

/// How many bytes may be searched for the ends of values in a text, however often it is tried.
pub(super) fn fuel(text: &[u8]) -> usize {
    text.len().saturating_mul(4).saturating_add(4096)
}

/// The same, with so much fuel left for all values of a text.
pub(super) fn read_within(text: &[u8], fuel: &mut usize) -> Result<Literal, usize> {
    let mut reader = Reader { text, at: 0, out: Vec::new(), fuel: *fuel };
    let value = reader.value(0);
    *fuel = reader.fuel;
    match value {
        Some(()) => match String::from_utf8(reader.out) {
            Ok(json) => Ok(Literal { json, length: reader.at }),
            Err(_) => Err(reader.at),
        },
        None => Err(reader.at),
    }
}

/// The bytes that a value written by [`read`] is: a string's text or a buffer's bytes.
pub(super) fn bytes_of(node: Node<'_, '_>) -> Option<Vec<u8>> {
    match node.kind() {
        Kind::String => node.text().map(|text| text.as_bytes().to_vec()),
        Kind::Object => buffer(node),
        _ => None,
    }
}

/// The bytes of an object that is a buffer: Node's JSON of one has its bytes as numbers.
pub(super) fn buffer(node: Node<'_, '_>) -> Option<Vec<u8>> {
    if node.get("type")?.text()? != "Buffer" {
        return None;
    }
    if let Some(base64) = node.get("base64") {
        return decode_base64(&base64.text()?).ok();
    }
    let data = node.get("data").filter(|data| data.kind() == Kind::Array)?;
    data.items().map(|byte| byte.raw().parse().ok()).collect()
}

/// What the program left out, in its own words.
pub(super) fn omitted<'t>(node: Node<'_, 't>) -> Option<std::borrow::Cow<'t, str>> {
    if node.kind() != Kind::Object || node.get("type")?.text()? != "Omitted" {
        return None;
    }
    node.get("text")?.text()
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    out: Vec<u8>,
    fuel: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, word: &[u8]) -> bool {
        let is_there = self.rest().starts_with(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// Finds where something ends; it takes as much fuel as bytes are looked at.
    fn search(&mut self, find: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let rest = rest.get(..self.fuel).unwrap_or(rest);
        let found = find(rest);
        self.fuel = self.fuel.saturating_sub(found.unwrap_or(rest.len()));
        found
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_blanks();
        match self.peek()? {
            b'{' => self.map(depth),
            b'[' => self.list_or_note(depth),
            b'(' => self.items(b')', depth),
            b'\'' | b'"' | b'`' => self.strings(),
            b'<' => self.angled(depth),
            b'-' | b'0'..=b'9' => self.number(),
            // A symbol of Ruby.
            b':' => {
                self.at += 1;
                let name = self.word();
                (!name.is_empty()).then(|| json_string(&name, &mut self.out))
            }
            _ => self.named(depth),
        }
    }

    fn map(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.out.push(b'{');
        let mut is_first = true;
        loop {
            self.skip_blanks();
            match self.peek()? {
                b'}' => break self.at += 1,
                b',' => self.at += 1,
                _ => {
                    if !is_first {
                        self.out.push(b',');
                    }
                    is_first = false;
                    self.entry(depth)?;
                }
            }
        }
        self.out.push(b'}');
        Some(())
    }

    /// `key: value` or `key => value`.
    fn entry(&mut self, depth: usize) -> Option<()> {
        if self.rest().starts_with(b"...") {
            json_string(b"...", &mut self.out);
            self.out.push(b':');
            return self.note_to(b",}\n");
        }
        match self.peek()? {
            b'\'' | b'"' | b'`' => {
                let key = self.one_string(false)?;
                json_string(&key, &mut self.out);
            }
            b'[' => {
                let end = self.search(|rest| memchr::memchr(b']', rest))?;
                let name = self.rest().get(..=end)?.to_vec();
                json_string(&name, &mut self.out);
                self.at += end + 1;
            }
            byte => {
                self.at += usize::from(byte == b':');
                let key = self.word();
                if key.is_empty() {
                    return None;
                }
                json_string(&key, &mut self.out);
            }
        }
        self.skip_blanks();
        if !self.eat(b"=>") && !self.eat(b":") {
            return None;
        }
        self.out.push(b':');
        self.value(depth + 1)
    }

    /// A list, or `[Object]` and the like.
    fn list_or_note(&mut self, depth: usize) -> Option<()> {
        const NOTES: &[&[u8]] = &[
            b"[Object",
            b"[Array",
            b"[Function",
            b"[Circular",
            b"[Getter",
            b"[Setter",
            b"[Symbol",
            b"[class ",
            b"[Async",
            b"[Generator",
            b"[REDACTED]",
            b"[Redacted]",
            b"[FILTERED]",
        ];
        if !NOTES.iter().any(|note| self.rest().starts_with(note)) {
            return self.items(b']', depth);
        }
        let end = self.search(|rest| memchr::memchr(b']', rest))?;
        let note = self.rest().get(..=end)?.to_vec();
        self.at += end + 1;
        // The name of a prototype, with the object after it.
        if note.starts_with(b"[Object: ") && self.rest().starts_with(b" {") {
            self.at += 1;
            return self.map(depth);
        }
        self.omit(&note);
        Some(())
    }

    fn items(&mut self, close: u8, depth: usize) -> Option<()> {
        self.at += 1;
        self.out.push(b'[');
        let mut is_first = true;
        loop {
            self.skip_blanks();
            match self.peek()? {
                byte if byte == close => break self.at += 1,
                b',' => self.at += 1,
                _ => {
                    if !is_first {
                        self.out.push(b',');
                    }
                    is_first = false;
                    match self.rest().starts_with(b"...") {
                        true => self.note_to(b",])\n")?,
                        false => self.value(depth + 1)?,
                    }
                }
            }
        }
        self.out.push(b']');
        Some(())
    }

    fn omit(&mut self, text: &[u8]) {
        self.out.extend_from_slice(b"{\"type\":\"Omitted\",\"text\":");
        json_string(String::from_utf8_lossy(text).as_bytes(), &mut self.out);
        self.out.push(b'}');
    }

    /// What is left out up to one of these bytes: `... 3 more items`.
    fn note_to(&mut self, ends: &[u8]) -> Option<()> {
        let length = self.search(|rest| rest.iter().position(|b| ends.contains(b)))?;
        let note = self.rest().get(..length)?.trim_ascii().to_vec();
        self.at += length;
        self.omit(&note);
        Some(())
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(b"{\"type\":\"Buffer\",\"base64\":\"");
        self.out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
        self.out.extend_from_slice(b"\"}");
    }

    /// `<Buffer 7b 7d>`, or what a program shows of other objects.
    fn angled(&mut self, depth: usize) -> Option<()> {
        if self.eat(b"<CIMultiDictProxy(") || self.eat(b"<CIMultiDict(") {
            // An object of names and values in parentheses.
            self.at -= 1;
            self.map_until(b")>", depth)?;
            return Some(());
        }
        let end = self.search(|rest| memchr::memchr(b'>', rest))?;
        let inner = self.rest().get(1..end)?.to_vec();
        self.at += end + 1;
        let Some(hex) = inner.strip_prefix(b"Buffer") else {
            self.omit(&[b"<", &inner[..], b">"].concat());
            return Some(());
        };
        let pairs = hex.split(|b| *b == b' ').filter(|pair| !pair.is_empty());
        let byte = |pair: &[u8]| {
            let is_byte =
                |digits: &&str| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            let digits = std::str::from_utf8(pair).ok().filter(is_byte)?;
            u8::from_str_radix(digits, 16).ok()
        };
        match pairs.map(byte).collect::<Option<Vec<_>>>() {
            Some(bytes) => self.bytes(&bytes),
            None => self.omit(b"a Buffer that is cut off"),
        }
        Some(())
    }

    /// `('a': 'b', 'c': 'd')` with the closing marks.
    fn map_until(&mut self, close: &[u8], depth: usize) -> Option<()> {
        self.at += 1;
        self.out.push(b'{');
        let mut is_first = true;
        loop {
            self.skip_blanks();
            if self.eat(close) {
                break;
            }
            if self.eat(b",") {
                continue;
            }
            if !is_first {
                self.out.push(b',');
            }
            is_first = false;
            self.entry(depth)?;
        }
        self.out.push(b'}');
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"+-._".contains(b);
        let length = self.rest().iter().take_while(|b| is_part(b)).count();
        let text = self.rest().get(..length)?.to_vec();
        self.at += length;
        // A date or another word that starts with a digit is text.
        let is_number = std::str::from_utf8(&text)
            .ok()
            .and_then(|text| parse(text).ok().map(|document| document.root().kind()));
        match is_number {
            Some(Kind::Number) => self.out.extend_from_slice(&text),
            _ => json_string(&text, &mut self.out),
        }
        Some(())
    }

    fn word(&mut self) -> Vec<u8> {
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"_$-.".contains(b) || *b >= 0x80;
        let length = self.rest().iter().take_while(|b| is_part(b)).count();
        let word = self.rest().get(..length).unwrap_or_default().to_vec();
        self.at += length;
        word
    }

    /// What starts with a name: a constant, bytes, a class with its content, a call.
    fn named(&mut self, depth: usize) -> Option<()> {
        let start = self.at;
        let mut word = self.word();
        if word == b"new" {
            self.skip_blanks();
            word = self.word();
        }
        if word.is_empty() {
            return None;
        }
        match (word.as_slice(), self.peek()) {
            (b"b" | b"B", Some(b'\'' | b'"')) => {
                let bytes = self.one_string(true)?;
                self.bytes(&bytes);
                return Some(());
            }
            (b"u" | b"U", Some(b'\'' | b'"')) => return self.strings(),
            (b"null" | b"None" | b"nil" | b"undefined", _) => {
                self.out.extend_from_slice(b"null");
                return Some(());
            }
            (b"true" | b"True", _) => {
                self.out.extend_from_slice(b"true");
                return Some(());
            }
            (b"false" | b"False", _) => {
                self.out.extend_from_slice(b"false");
                return Some(());
            }
            (_, Some(b'(')) => return self.call(&word, depth),
            _ => {}
        }
        self.skip_blanks();
        // `IncomingMessage {`
        if self.peek() == Some(b'{') && word.first().is_some_and(u8::is_ascii_uppercase) {
            return self.map(depth);
        }
        self.at = start + word.len();
        self.omit(&word);
        Some(())
    }

    /// `Buffer.from("…", "base64")`, `Headers({…})`, `Map(2) {…}`, `Uint8Array(2) [ 1, 2 ]`.
    fn call(&mut self, name: &[u8], depth: usize) -> Option<()> {
        const WRAPPERS: &[&[u8]] = &[
            b"Headers",
            b"OrderedDict",
            b"dict",
            b"EnvironHeaders",
            b"ImmutableMultiDict",
            b"MultiDict",
            b"CaseInsensitiveDict",
            b"HTTPHeaderDict",
            b"QueryDict",
            b"bytearray",
            b"bytes",
            b"Uint8Array",
            b"Uint8Array.from",
            b"Buffer.from",
            b"atob",
            b"Map",
        ];
        let open = self.at;
        let out = self.out.len();
        let is_known = WRAPPERS.contains(&name);
        let arguments = is_known.then(|| self.arguments(depth)).flatten();
        let Some(json) = arguments else {
            // Passed over: its value is not known.
            self.out.truncate(out);
            self.at = open;
            let end = self.search(closing)?;
            let text = [name, self.rest().get(..end)?].concat();
            self.at += end;
            self.omit(&text);
            return Some(());
        };
        self.skip_blanks();
        // The number was a length: `Map(2) {`.
        if matches!(self.peek(), Some(b'{' | b'[')) && json.first().is_some_and(|j| is_digits(j)) {
            let start = self.out.len();
            self.value(depth + 1)?;
            if name == b"Uint8Array" {
                self.numbers_as_bytes(start);
            }
            return Some(());
        }
        let first = json.first().cloned().unwrap_or_else(|| "{}".to_owned());
        match name {
            b"atob" | b"Buffer.from" => {
                let document = parse(&first).ok()?;
                let encoding = match json.get(1) {
                    Some(second) => parse(second).ok()?.root().text()?.to_ascii_lowercase(),
                    None if name == b"atob" => "base64".to_owned(),
                    None => "utf8".to_owned(),
                };
                let text = document.root().text()?;
                let bytes = match encoding.as_str() {
                    "base64" => decode_base64(&text).ok()?,
                    "utf8" | "utf-8" => text.as_bytes().to_vec(),
                    "latin1" | "binary" => text
                        .chars()
                        .map(|c| u8::try_from(u32::from(c)).ok())
                        .collect::<Option<_>>()?,
                    _ => return None,
                };
                self.bytes(&bytes);
            }
            b"Uint8Array" => {
                let start = self.out.len();
                self.out.extend_from_slice(first.as_bytes());
                self.numbers_as_bytes(start);
            }
            _ => self.out.extend_from_slice(first.as_bytes()),
        }
        Some(())
    }

    /// The arguments of a call, each as JSON.
    fn arguments(&mut self, depth: usize) -> Option<Vec<String>> {
        self.at += 1;
        let mut all = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek()? {
                b')' => break self.at += 1,
                b',' => self.at += 1,
                // A function: `(c) => c.charCodeAt(0)`.
                _ if !all.is_empty() && !matches!(self.peek()?, b'\'' | b'"' | b'0'..=b'9') => {
                    self.at += self.search(closing_of_list)?;
                }
                _ => {
                    let start = self.out.len();
                    self.value(depth + 1)?;
                    all.push(String::from_utf8(self.out.split_off(start)).ok()?);
                }
            }
        }
        Some(all)
    }

    fn numbers_as_bytes(&mut self, start: usize) {
        let json = String::from_utf8(self.out.split_off(start)).unwrap_or_default();
        let bytes = parse(&json).ok().and_then(|document| {
            let root = document.root();
            let list = (root.kind() == Kind::Array).then(|| root.items());
            list?.map(|item| item.raw().parse::<u8>().ok()).collect::<Option<Vec<u8>>>()
        });
        match bytes {
            Some(bytes) => self.bytes(&bytes),
            None => self.out.extend_from_slice(json.as_bytes()),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        read(text.as_bytes()).unwrap_or_else(|at| panic!("{text}: {at}")).json
    }

    #[test]
    fn what_programs_print_is_json() {
        for (text, expected) in [
            (
                "{ a: 1, 'x-b': 'it\\'s', \"c\": [ 1, -2.5e3, null, undefined ] }",
                r#"{"a":1,"x-b":"it's","c":[1,-2.5e3,null,null]}"#,
            ),
            ("{'a': True, \"b\": None, 'c': ('x', 1)}", r#"{"a":true,"b":null,"c":["x",1]}"#),
            (r#"{"a"=>nil, :b=>"c\u00e9\e", d: 1}"#, r#"{"a":null,"b":"cé\u001b","d":1}"#),
            ("[Object: null prototype] { a: '1' }", r#"{"a":"1"}"#),
            ("IncomingMessage {\n  headers: Headers { a: '1' },\n}", r#"{"headers":{"a":"1"}}"#),
            ("Map(1) { 'a' => 'b' }", r#"{"a":"b"}"#),
            ("Headers({'host': 'h'})", r#"{"host":"h"}"#),
            ("<CIMultiDictProxy('Host': 'h', 'A': 'b')>", r#"{"Host":"h","A":"b"}"#),
            ("EnvironHeaders([('Host', 'h')])", r#"[["Host","h"]]"#),
            ("'a' +\n  'b\\n'", r#""ab\n""#),
            ("'\\ud83d\\ude00 \\u{1f600} \\U0001f600 \\x41\\101\\0'", r#""😀 😀 😀 AA\u0000""#),
            ("<Buffer 7b 7d>", r#"{"type":"Buffer","base64":"e30="}"#),
            ("b'{\"\\xff\\'\\n'", r#"{"type":"Buffer","base64":"eyL/Jwo="}"#),
            ("Uint8Array(2) [ 123, 125 ]", r#"{"type":"Buffer","base64":"e30="}"#),
            ("Buffer.from(\"e30=\", 'base64')", r#"{"type":"Buffer","base64":"e30="}"#),
            (
                "Uint8Array.from(atob(\"e30=\"), (c) => c.charCodeAt(0))",
                r#"{"type":"Buffer","base64":"e30="}"#,
            ),
            (
                "{ a: [Object], b: [Function (anonymous)] }",
                r#"{"a":{"type":"Omitted","text":"[Object]"},"b":{"type":"Omitted","text":"[Function (anonymous)]"}}"#,
            ),
            (
                "JSON.stringify({ a: ')' })",
                r#"{"type":"Omitted","text":"JSON.stringify({ a: ')' })"}"#,
            ),
            (
                "<Buffer 7b ... 3 more bytes>",
                r#"{"type":"Omitted","text":"a Buffer that is cut off"}"#,
            ),
            ("[ 1, ... 2 more items ]", r#"[1,{"type":"Omitted","text":"... 2 more items"}]"#),
        ] {
            assert_eq!(json(text), expected, "{text}");
            assert!(parse(expected).is_ok());
        }
    }

    #[test]
    fn what_is_no_value_says_how_far_it_is_one() {
        for text in ["{", "{a", "{a:", "{a:1", "'a", "`${x}`", "{ a b }", "[1,", "f(", "", "<a"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err());
        let deep = "f(".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err());
    }

    #[test]
    fn buffers_are_bytes() {
        let bytes = |json: &str| bytes_of(parse(json).unwrap().root());
        assert_eq!(bytes(r#"{"type":"Buffer","data":[123,125,255]}"#), Some(b"{}\xff".to_vec()));
        assert_eq!(bytes(r#"{"type":"Buffer","data":[256]}"#), None);
        assert_eq!(bytes(r#"{"type":"buffer"}"#), None);
        assert_eq!(bytes("\"a\""), Some(b"a".to_vec()));
    }
}
