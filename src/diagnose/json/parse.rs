//! The grammar: exactly what ECMAScript's `JSON.parse` accepts. No byte order mark, no trailing comma, only
//! four kinds of white space, any depth.

use super::{Document, Entry, Kind, SyntaxError};

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
