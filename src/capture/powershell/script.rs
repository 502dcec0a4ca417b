//! A script of PowerShell, the place in it, and what its variables hold.

use crate::capture::error::excerpt;
use crate::capture::files::FileReader;

/// What a parameter can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// Text as its bytes in UTF-8.
    Bytes(Vec<u8>),
    Table(Vec<(String, Value)>),
    /// What is not looked into.
    Other(String),
}

impl Value {
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Other(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Table(table) => table.iter().map(|(key, value)| key.len() + value.len()).sum(),
        }
    }
}

pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What `$session` adds to requests.
#[derive(Default)]
pub(super) struct Session {
    pub agent: Option<String>,
    pub cookies: Vec<String>,
}

pub(super) struct Script<'t, 'r, 'f> {
    pub text: &'t [u8],
    pub at: usize,
    pub variables: Vec<(String, Value)>,
    pub session: Session,
    /// How many bytes variables may still stand for: one may hold another several times.
    pub expansion_left: usize,
    /// How many bytes may be searched for closing parentheses.
    pub fuel: usize,
    pub files: FileReader<'r, 'f>,
}

impl Script<'_, '_, '_> {
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub fn eat(&mut self, word: &[u8]) -> bool {
        let is_there =
            self.rest().get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// Blanks and continued lines.
    pub fn skip_blanks(&mut self) {
        loop {
            match self.rest() {
                [b' ' | b'\t', ..] => self.at += 1,
                [b'`', b'\r', b'\n', ..] => self.at += 3,
                [b'`', b'\n', ..] => self.at += 2,
                _ => break,
            }
        }
    }

    pub fn skip_all_blanks(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\r' | b'\n' | b';') => self.at += 1,
                Some(b'#') => self.skip_line(),
                _ => break,
            }
        }
    }

    pub fn skip_line(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
    }

    pub fn excerpt(&self) -> String {
        let line = self.rest().split(|b| *b == b'\n').next().unwrap_or_default();
        excerpt(line.trim_ascii())
    }
}
