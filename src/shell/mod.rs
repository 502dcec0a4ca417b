//! Words as a POSIX shell or bash splits them, for command lines that people paste or configure. Nothing is
//! run or looked up: what only a shell could know is an error, not a guess.

mod ansi_c;
mod error;

pub use error::ShellError;

/// A piece of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word, quotes undone.
    Word(Vec<u8>),
    /// An unquoted `|`.
    Pipe,
    /// The end of a command: a line end, or a `;` before one.
    End,
}

/// Splits a command line, or several.
///
/// # Errors
/// For an open quote, and for everything that needs a real shell.
pub fn split(text: &[u8]) -> Result<Vec<Token>, ShellError> {
    let mut splitter = Splitter {
        text,
        at: 0,
        tokens: Vec::new(),
        word: None,
        is_in_brace: false,
    };
    while let Some(byte) = splitter.next() {
        splitter.take(byte)?;
    }
    splitter.end(Token::End);
    Ok(splitter.tokens)
}

struct Splitter<'t> {
    text: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    word: Option<Vec<u8>>,
    /// Inside an unquoted `{`, where a comma or two full stops would make several words.
    is_in_brace: bool,
}

impl Splitter<'_> {
    fn take(&mut self, byte: u8) -> Result<(), ShellError> {
        match byte {
            b' ' | b'\t' => self.end_word(),
            b'\n' => self.end(Token::End),
            b'\r' if matches!(self.peek(), None | Some(b'\n')) => self.end_word(),
            b'#' if self.word.is_none() => self.skip_comment(),
            b'|' if matches!(self.peek(), Some(b'|' | b'&')) => {
                return self.needs_shell("a list of commands");
            }
            b'|' => self.end(Token::Pipe),
            b';' if self.is_last_on_line() => self.end(Token::End),
            b';' => return self.needs_shell("`;`"),
            b'&' => return self.needs_shell("`&` outside of quotes"),
            b'<' | b'>' => return self.needs_shell("a redirection"),
            b'(' | b')' => return self.needs_shell("a parenthesis outside of quotes"),
            b'`' => return self.needs_shell("a backtick"),
            b'~' if self.word.is_none() => return self.needs_shell("`~`"),
            b',' if self.is_in_brace => return self.needs_shell("`{a,b}` outside of quotes"),
            b'.' if self.is_in_brace && self.peek() == Some(b'.') => {
                return self.needs_shell("`{1..3}` outside of quotes");
            }
            b'^' if matches!(self.peek(), Some(b'"' | b'\r' | b'\n')) => {
                return Err(ShellError::Windows);
            }
            b'\\' => self.escaped(),
            b'\'' => return self.single_quoted(),
            b'"' => return self.double_quoted(),
            b'$' => return self.dollar(),
            other => {
                match other {
                    b'{' => self.is_in_brace = true,
                    b'}' => self.is_in_brace = false,
                    _ => {}
                }
                self.push(other);
            }
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Begins a word where there is none: quotes make one even when nothing is in them.
    fn word(&mut self) -> &mut Vec<u8> {
        self.word.get_or_insert_with(Vec::new)
    }

    fn push(&mut self, byte: u8) {
        self.word().push(byte);
    }

    fn end_word(&mut self) {
        self.is_in_brace = false;
        self.tokens.extend(self.word.take().map(Token::Word));
    }

    fn end(&mut self, token: Token) {
        self.end_word();
        // A command goes on behind a pipe at the end of its line, and an empty line is no command.
        let is_idle = matches!(self.tokens.last(), None | Some(Token::Pipe | Token::End));
        if token != Token::End || !is_idle {
            self.tokens.push(token);
        }
    }

    fn skip_comment(&mut self) {
        while self.peek().is_some_and(|b| b != b'\n') {
            self.at += 1;
        }
    }

    fn is_last_on_line(&self) -> bool {
        let rest = self
            .rest()
            .iter()
            .find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        rest.is_none_or(|b| *b == b'\n')
    }

    /// The length of the line end here, if there is one: a backslash before it takes it away.
    fn line_end(&self) -> Option<usize> {
        match self.rest() {
            [b'\r', b'\n', ..] => Some(2),
            [b'\n', ..] => Some(1),
            _ => None,
        }
    }

    fn escaped(&mut self) {
        match self.line_end() {
            Some(length) => self.at += length,
            None => {
                let byte = self.next().unwrap_or(b'\\');
                self.push(byte);
            }
        }
    }

    fn single_quoted(&mut self) -> Result<(), ShellError> {
        let Some(length) = self.rest().iter().position(|b| *b == b'\'') else {
            return self.unclosed("single quote");
        };
        let quoted = self.text.get(self.at..self.at + length);
        self.word().extend_from_slice(quoted.unwrap_or_default());
        self.at += length + 1;
        Ok(())
    }

    fn double_quoted(&mut self) -> Result<(), ShellError> {
        let start = self.at;
        self.word();
        loop {
            match self.next() {
                None => {
                    self.at = start;
                    return self.unclosed("double quote");
                }
                Some(b'"') => return Ok(()),
                Some(b'`') => return self.needs_shell("a backtick"),
                Some(b'$') if self.is_expansion() => return self.needs_shell("a `$`"),
                Some(b'\\') => match (self.line_end(), self.peek()) {
                    (Some(length), _) => self.at += length,
                    (None, Some(byte @ (b'$' | b'`' | b'"' | b'\\'))) => {
                        self.at += 1;
                        self.push(byte);
                    }
                    _ => self.push(b'\\'),
                },
                Some(other) => self.push(other),
            }
        }
    }

    fn dollar(&mut self) -> Result<(), ShellError> {
        match self.peek() {
            Some(b'\'') => {
                let inside = self.text.get(self.at + 1..).unwrap_or_default();
                let Some((bytes, length)) = ansi_c::read(inside) else {
                    return self.unclosed("quote `$'`");
                };
                self.word().extend_from_slice(&bytes);
                self.at += 1 + length;
                Ok(())
            }
            Some(b'"') => self.needs_shell("`$\"`"),
            _ if self.is_expansion() => self.needs_shell("a `$`"),
            _ => {
                self.push(b'$');
                Ok(())
            }
        }
    }

    /// Whether a `$` before this place would be replaced.
    fn is_expansion(&self) -> bool {
        self.peek().is_some_and(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'_' | b'{' | b'(' | b'[' | b'?' | b'@' | b'*' | b'#' | b'!' | b'$' | b'-'
                )
        })
    }

    fn line(&self) -> usize {
        let read = self
            .text
            .get(..self.at.saturating_sub(1))
            .unwrap_or_default();
        1 + read.iter().filter(|b| **b == b'\n').count()
    }

    fn unclosed(&self, quote: &'static str) -> Result<(), ShellError> {
        let line = self.line();
        Err(ShellError::Unclosed { quote, line })
    }

    fn needs_shell(&self, what: &'static str) -> Result<(), ShellError> {
        let line = self.line();
        Err(ShellError::NeedsShell { what, line })
    }
}

#[cfg(test)]
mod tests;
