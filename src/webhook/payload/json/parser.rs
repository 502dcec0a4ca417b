//! The grammar: exactly what ECMAScript's `JSON.parse` accepts, to a depth of a million.

use std::borrow::Cow;

use super::{Document, Entry, FieldIndex, Kind, SyntaxError, unescape, without_bom};

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 1_000_000;

/// Parses a text that is one JSON value: exactly what ECMAScript's `JSON.parse` accepts.
///
/// # Errors
/// The first byte at which the text stops being JSON.
pub fn parse(text: &str) -> Result<Document<'_>, SyntaxError> {
    parse_text(text, None)
}

/// Parses a body: as [`parse`], after a byte order mark. A body that is not UTF-8 is an error, too.
pub fn parse_body(body: &[u8]) -> Result<Document<'_>, SyntaxError> {
    parse_text(utf8(body)?, None)
}

/// As [`parse_body`], and keeps only the values that `fields` needs, of equal keys the last one.
pub fn parse_fields<'b>(body: &'b [u8], fields: &FieldIndex) -> Result<Document<'b>, SyntaxError> {
    parse_text(utf8(body)?, Some(fields))
}

fn utf8(body: &[u8]) -> Result<&str, SyntaxError> {
    let text = without_bom(body);
    std::str::from_utf8(text)
        .map_err(|why| SyntaxError::new(text, why.valid_up_to(), "invalid UTF-8"))
}

fn parse_text<'t>(text: &'t str, fields: Option<&FieldIndex>) -> Result<Document<'t>, SyntaxError> {
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError::new(b"", 0, "longer than 4 GiB"));
    }
    let mut parser = Parser {
        bytes: text.as_bytes(),
        at: 0,
        tape: Vec::with_capacity(text.len().min(256) / 8),
        open: NONE,
        depth: 0,
        fields,
        is_unwanted: false,
        unwanted: NONE,
    };
    parser.document()?;
    Ok(Document { text, tape: parser.tape })
}

/// No container is open.
const NONE: u32 = u32::MAX;

struct Parser<'t, 'f> {
    bytes: &'t [u8],
    at: usize,
    tape: Vec<Entry>,
    /// The innermost open container. While one is open, its entry's `next` is the one around it, and its `end` is
    /// how many items of it began.
    open: u32,
    depth: usize,
    /// All that is kept; `None` keeps everything.
    fields: Option<&'f FieldIndex>,
    /// Whether the next value is not kept.
    is_unwanted: bool,
    /// The outermost open container that is not kept: its entry and those in it are gone when they are closed.
    unwanted: u32,
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

impl Parser<'_, '_> {
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
                (Expected::Key, Some(b'}')) => return Err(self.error("trailing comma")),
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
                        if kind == Kind::Array { Expected::Value } else { Expected::Key }
                    }
                    (Some(Kind::Array), _) => return Err(self.error("expected , or ]")),
                    (Some(_), _) => return Err(self.error("expected , or }")),
                },
            };
        }
    }

    fn value(&mut self) -> Result<Expected, SyntaxError> {
        if let Some(fields) = self.fields
            && self.unwanted == NONE
            && let Some(open) = self.tape.get_mut(self.open as usize)
            && open.kind == Kind::Array
        {
            self.is_unwanted = self.depth > fields.depth || open.end >= fields.items;
            open.end += 1;
        }
        match self.peek() {
            Some(b'[') => {
                self.open(Kind::Array)?;
                return Ok(Expected::FirstItem);
            }
            Some(b'{') => {
                self.open(Kind::Object)?;
                return Ok(Expected::FirstKey);
            }
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'n') => self.word("null", Kind::Null)?,
            Some(b't') => self.word("true", Kind::Bool)?,
            Some(b'f') => self.word("false", Kind::Bool)?,
            Some(b']') if self.open_kind() == Some(Kind::Array) => {
                return Err(self.error("trailing comma"));
            }
            _ => return Err(self.error("expected a JSON value")),
        }
        Ok(Expected::After)
    }

    fn key(&mut self) -> Result<Expected, SyntaxError> {
        let start = self.at;
        self.string()?;
        if let Some(fields) = self.fields
            && self.unwanted == NONE
        {
            let mut key = Cow::Borrowed(&self.bytes[start + 1..self.at - 1]);
            if self.tape.last().is_some_and(|entry| entry.escaped) {
                key = Cow::Owned(unescape(&key));
            }
            let name = fields.names.binary_search_by(|name| name.as_bytes().cmp(&key));
            let is_name = name.is_ok();
            self.is_unwanted = self.depth > fields.depth || !is_name;
            if self.is_unwanted {
                self.tape.pop();
            } else {
                self.drop_earlier(&key);
            }
        }
        self.white_space();
        if self.peek() != Some(b':') {
            return Err(self.error("expected : after a key"));
        }
        self.at += 1;
        Ok(Expected::Value)
    }

    /// Drops the earlier member of the key that was just read: the last one counts, and a body that repeats one key
    /// must not keep them all.
    fn drop_earlier(&mut self, key: &[u8]) {
        let mut at = self.open as usize + 1;
        while at + 1 < self.tape.len() {
            let end = self.tape[at + 1].next as usize;
            if self.tape[at].is_text(self.bytes, key) {
                self.tape.drain(at..end);
                for later in &mut self.tape[at..] {
                    later.next -= (end - at) as u32;
                }
                return;
            }
            at = end;
        }
    }

    fn string(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += plain_bytes(&self.bytes[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.error("control character in a string")),
                None => return Err(self.error("unterminated string")),
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
            _ => return Err(self.error("invalid escape")),
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
            let _ = self.skip(b'+') || self.skip(b'-');
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

    fn open(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error("nested deeper than 1,000,000 levels"));
        }
        self.depth += 1;
        let index = self.tape.len() as u32;
        if std::mem::take(&mut self.is_unwanted) {
            self.unwanted = index;
        }
        self.tape.push(Entry {
            start: self.at as u32,
            end: 0,
            next: std::mem::replace(&mut self.open, index),
            kind,
            escaped: false,
        });
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        let index = self.open;
        let after = self.tape.len() as u32;
        let Some(entry) = self.tape.get_mut(index as usize) else {
            return;
        };
        entry.end = self.at as u32;
        self.open = std::mem::replace(&mut entry.next, after);
        if self.unwanted != NONE {
            self.tape.truncate(index as usize);
            if index == self.unwanted {
                self.unwanted = NONE;
            }
        }
    }

    fn open_kind(&self) -> Option<Kind> {
        self.tape.get(self.open as usize).map(|entry| entry.kind)
    }

    fn leaf(&mut self, start: usize, kind: Kind, escaped: bool) {
        if std::mem::take(&mut self.is_unwanted) || self.unwanted != NONE {
            return;
        }
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
        SyntaxError::new(self.bytes, self.at, reason)
    }
}

/// How many bytes there are before a quotation mark, a backslash or a control character.
fn plain_bytes(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let ends =
            below(word, 0x20) | below(word ^ (LOW * 0x22), 1) | below(word ^ (LOW * 0x5c), 1);
        if ends != 0 {
            return 8 * index + ends.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| !matches!(byte, 0..0x20 | b'"' | b'\\');
    8 * words.len() + rest.iter().take_while(is_plain).count()
}

/// The lowest bit of each byte of a word.
const LOW: u64 = u64::from_le_bytes([1; 8]);

/// The highest bit of each byte that is less than `limit`, which is at most 128. Of the bytes above the lowest such
/// byte it may set others, too.
fn below(word: u64, limit: u64) -> u64 {
    word.wrapping_sub(LOW * limit) & !word & (LOW << 7)
}

#[cfg(test)]
mod tests {
    use super::plain_bytes;

    #[test]
    fn the_first_byte_that_is_not_plain_is_found_wherever_it_is() {
        let is_plain = |byte: &&u8| **byte >= 0x20 && !b"\"\\".contains(byte);
        for filler in [b'x', 0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
            for other in 0..=255 {
                for place in 0..18 {
                    for next in [filler, b'"', 0x01] {
                        let mut bytes = [filler; 19];
                        (bytes[place], bytes[place + 1]) = (other, next);
                        let expected = bytes.iter().take_while(is_plain).count();
                        assert_eq!(plain_bytes(&bytes), expected, "{bytes:?}");
                    }
                }
            }
        }
    }
}
