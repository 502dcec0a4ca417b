//! Reads the lines of a script: quotes, variables, redirections and here-documents.

use super::command::Input;
use super::line::{Assignment, Line, name_length};
use crate::shell::{self, Token};

/// The host that stands for one in a variable whose value the script does not hold.
pub(in crate::capture) const UNKNOWN_HOST: &str = "unknown.invalid";

/// The longest `${…}`, in bytes.
const MAX_NAME: usize = 4096;

/// A variable: the value that the script gives it first, if it is a literal, and how often it gives it one.
struct Variable {
    name: Vec<u8>,
    value: Option<Vec<u8>>,
    count: usize,
    /// Whether every later assignment is `+=`.
    is_only_extended: bool,
}

pub(super) struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    variables: Vec<Variable>,
    /// How many bytes variables may still stand for: one may hold another several times.
    expansion_left: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        let expansion_left = text.len() * 4 + 4096;
        Self { text, at: 0, variables: Vec::new(), expansion_left }
    }

    pub(super) fn is_over(&self) -> bool {
        self.at >= self.text.len()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads a line with those that continue it and its here-document.
    pub(super) fn line(&mut self) -> Line {
        let mut line = Line::default();
        let mut delimiter = None;
        let mut is_word_start = true;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    break;
                }
                b'#' if is_word_start => {
                    self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
                    continue;
                }
                b'\\' => {
                    let length = match self.rest() {
                        [_, b'\r', b'\n', ..] => 3,
                        [_, _, ..] => 2,
                        _ => 1,
                    };
                    line.text.extend_from_slice(self.rest().get(..length).unwrap_or_default());
                    self.at += length;
                }
                b'\'' => self.single_quoted(&mut line),
                b'"' => self.double_quoted(&mut line),
                b'$' if self.rest().starts_with(b"$'") => self.ansi_quoted(&mut line),
                b'$' => self.dollar(&mut line, false),
                b'`' => {
                    line.unknown.get_or_insert("a backtick");
                    self.at += 1;
                }
                b'<' => self.input(&mut line, &mut delimiter),
                b'>' => self.output(&mut line),
                // `&> file`: what follows is a redirection.
                b'&' if self.rest().starts_with(b"&>") => self.at += 1,
                // Another command follows, which is read as a line of its own.
                b'&' | b';' | b'|' if byte != b'|' || self.rest().starts_with(b"||") => {
                    let rest = self.rest();
                    self.at += match delimiter {
                        // A here-document starts after the whole line.
                        Some(_) => memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1),
                        None => 1 + usize::from(rest.get(1) == Some(&byte)),
                    };
                    break;
                }
                other => {
                    line.text.push(other);
                    self.at += 1;
                }
            }
            is_word_start = byte.is_ascii_whitespace();
        }
        if let Some(delimiter) = delimiter {
            self.here_document(&delimiter, &mut line);
        }
        line
    }

    fn single_quoted(&mut self, line: &mut Line) {
        let rest = self.rest();
        let inner = rest.get(1..).unwrap_or_default();
        let length = memchr::memchr(b'\'', inner).map_or(rest.len(), |end| end + 2);
        line.text.extend_from_slice(rest.get(..length).unwrap_or_default());
        self.at += length;
    }

    fn ansi_quoted(&mut self, line: &mut Line) {
        let rest = self.rest();
        let mut end = 2;
        loop {
            match rest.get(end) {
                None => break,
                Some(b'\\') => end += 2,
                Some(b'\'') => {
                    end += 1;
                    break;
                }
                Some(_) => end += 1,
            }
        }
        let end = end.min(rest.len());
        line.text.extend_from_slice(rest.get(..end).unwrap_or_default());
        self.at += end;
    }

    fn double_quoted(&mut self, line: &mut Line) {
        line.text.push(b'"');
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    line.text.push(b'"');
                    self.at += 1;
                    return;
                }
                b'\\' => {
                    line.text.extend_from_slice(self.rest().get(..2).unwrap_or(b"\\"));
                    self.at += 2;
                }
                b'$' => self.dollar(line, true),
                b'`' => {
                    line.unknown.get_or_insert("a backtick");
                    self.at += 1;
                }
                other => {
                    line.text.push(other);
                    self.at += 1;
                }
            }
        }
    }

    /// A variable, with its value in its place when it is known.
    fn dollar(&mut self, line: &mut Line, is_quoted: bool) {
        let is_first = matches!(line.text.last(), None | Some(b' ' | b'\t' | b'\n' | b'"' | b'='));
        let rest = self.rest().get(1..).unwrap_or_default();
        let (name, length, default) = match rest.strip_prefix(b"{") {
            Some(inner) => {
                let name = inner.get(..name_length(inner)).unwrap_or_default();
                let Some(end) = memchr::memchr(b'}', inner.get(..MAX_NAME).unwrap_or(inner)) else {
                    line.unknown.get_or_insert("a `$`");
                    self.at += 1;
                    return;
                };
                let rest = inner.get(name.len()..end).unwrap_or_default();
                let default = rest.strip_prefix(b":-").or_else(|| rest.strip_prefix(b"-"));
                let is_plain = rest.is_empty() || default.is_some();
                (if is_plain { name } else { b"" }, end + 3, default)
            }
            None => {
                let length = name_length(rest);
                (rest.get(..length).unwrap_or_default(), length + 1, None)
            }
        };
        if name.is_empty() {
            match rest.first() {
                // A lone `$` is text.
                None | Some(b' ' | b'"' | b'\'' | b'\n') => line.text.push(b'$'),
                _ => {
                    line.unknown.get_or_insert("a `$`");
                }
            }
            self.at += 1;
            return;
        }
        let value = self.value(name).or_else(|| {
            default.filter(|text| !text.contains(&b'$')).map(|text| trim_quotes(text).to_vec())
        });
        let value = match value {
            Some(value) => Some(value),
            None if is_first && names_url(name) => {
                Some(format!("http://{UNKNOWN_HOST}").into_bytes())
            }
            None => None,
        };
        self.at += length;
        let length = value.as_ref().map_or(0, Vec::len);
        let Some(left) = self.expansion_left.checked_sub(length) else {
            line.unknown.get_or_insert("a variable that is too long");
            return;
        };
        self.expansion_left = left;
        match value {
            None => {
                line.unknown.get_or_insert("a variable whose value the script does not hold");
            }
            Some(value) if is_quoted => {
                for byte in value {
                    if matches!(byte, b'"' | b'\\' | b'$' | b'`') {
                        line.text.push(b'\\');
                    }
                    line.text.push(byte);
                }
            }
            Some(value) => {
                let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b" -_=/:.,+@%".contains(b);
                match value.iter().all(is_plain) {
                    true => line.text.extend_from_slice(&value),
                    false => {
                        line.unknown.get_or_insert("a variable outside of quotes");
                    }
                }
            }
        }
    }

    /// The value of a variable. One that is assigned several times has a value only if it is a URL, or options to which
    /// more are added: the first value is that of a script without arguments.
    fn value(&self, name: &[u8]) -> Option<Vec<u8>> {
        let variable = self.variables.iter().find(|variable| variable.name == name)?;
        let value = variable.value.as_ref()?;
        let is_url = value.starts_with(b"http://") || value.starts_with(b"https://");
        let is_extended = variable.is_only_extended && value.starts_with(b"-");
        (variable.count == 1 || is_url || is_extended).then(|| value.clone())
    }

    pub(super) fn assign(
        &mut self,
        Assignment { name, value: text, is_extension }: Assignment<'_>,
        is_known: bool,
    ) {
        const MAX_VARIABLES: usize = 100;
        let words = shell::split(text).ok().filter(|_| is_known);
        let value = words.and_then(|tokens| match tokens.as_slice() {
            [Token::Word(word), Token::End] => Some(word.clone()),
            _ => None,
        });
        if let Some(known) = self.variables.iter_mut().find(|variable| variable.name == name) {
            known.count += 1;
            known.is_only_extended &= is_extension;
        } else if self.variables.len() < MAX_VARIABLES {
            self.variables.push(Variable {
                name: name.to_vec(),
                value,
                count: 1,
                is_only_extended: true,
            });
        }
    }

    /// `< file`, `<<< text` or `<<END`.
    fn input(&mut self, line: &mut Line, delimiter: &mut Option<Delimiter>) {
        let arrows = self.rest().iter().take(3).take_while(|b| **b == b'<').count();
        self.at += arrows;
        let strips_tabs = arrows == 2 && self.peek() == Some(b'-');
        self.at += usize::from(strips_tabs);
        if arrows == 1 && matches!(self.peek(), Some(b'(' | b'&')) {
            line.unknown.get_or_insert("a redirection");
            return;
        }
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        // One word, with its quotes.
        let mut word = Line::default();
        let is_quoted = matches!(self.peek(), Some(b'\'' | b'"' | b'\\'));
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b'<' | b'>' | b')' => break,
                b'\'' => self.single_quoted(&mut word),
                b'"' => self.double_quoted(&mut word),
                b'$' if self.rest().starts_with(b"$'") => self.ansi_quoted(&mut word),
                b'$' => self.dollar(&mut word, false),
                other => {
                    word.text.push(other);
                    self.at += 1;
                }
            }
        }
        if line.unknown.is_none() {
            line.unknown = word.unknown;
        }
        let words = match shell::split(&word.text).as_deref() {
            Ok([Token::Word(text), Token::End]) => Some(text.clone()),
            _ => None,
        };
        let Some(text) = words else {
            line.unknown.get_or_insert("a redirection");
            return;
        };
        match arrows {
            1 => line.input = Some(Input::File(text)),
            2 => *delimiter = Some(Delimiter { text, is_quoted, strips_tabs }),
            _ => line.input = Some(Input::Bytes([&text[..], b"\n"].concat())),
        }
    }

    /// `> file`, `2>&1`: where the output goes changes no request.
    fn output(&mut self, line: &mut Line) {
        if line.text.last().is_some_and(u8::is_ascii_digit)
            && line.text.iter().nth_back(1).is_none_or(u8::is_ascii_whitespace)
        {
            line.text.pop();
        }
        while matches!(self.peek(), Some(b'>' | b'&' | b'|' | b' ')) {
            self.at += 1;
        }
        let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b';' | b'|' | b'&');
        let length = self.rest().iter().position(is_end).unwrap_or(self.rest().len());
        self.at += length;
    }

    fn here_document(&mut self, delimiter: &Delimiter, line: &mut Line) {
        let mut content = Vec::new();
        loop {
            let rest = self.rest();
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let mut one = rest.get(..length).unwrap_or_default();
            if delimiter.strips_tabs {
                let tabs = one.iter().take_while(|b| **b == b'\t').count();
                one = one.get(tabs..).unwrap_or_default();
            }
            let text = one.strip_suffix(b"\n").unwrap_or(one);
            let is_end = text.strip_suffix(b"\r").unwrap_or(text) == delimiter.text;
            if !is_end {
                content.extend_from_slice(one);
            }
            self.at += length;
            if is_end {
                break;
            }
            if length == 0 {
                line.unknown.get_or_insert("a here-document without its end");
                return;
            }
        }
        if !delimiter.is_quoted && content.iter().any(|b| matches!(b, b'$' | b'`' | b'\\')) {
            line.unknown.get_or_insert("a here-document whose delimiter is not quoted");
        }
        line.input = Some(Input::Bytes(content));
    }
}

struct Delimiter {
    text: Vec<u8>,
    is_quoted: bool,
    strips_tabs: bool,
}

fn trim_quotes(text: &[u8]) -> &[u8] {
    let inner = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    inner.unwrap_or(text)
}

fn names_url(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    [&b"url"[..], b"target", b"host", b"endpoint", b"base", b"server"]
        .iter()
        .any(|part| memchr::memmem::find(&name, part).is_some())
}
