//! Words as a POSIX shell or bash splits them, for command lines that users paste or configure. Nothing is
//! run or looked up: what only a shell could know is an error, not a guess.

use std::fmt;

/// A token of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word, quotes undone.
    Word(Vec<u8>),
    /// An unquoted `|`.
    Pipe,
    /// The end of a command: a line end, or a `;` before one.
    End,
}

/// Splits a command line, or several. An open quote is an error, and so is everything that needs a real shell.
pub fn split(text: &[u8]) -> Result<Vec<Token>, ShellError> {
    let mut splitter = Splitter { text, at: 0, tokens: Vec::new(), word: None, is_in_brace: false };
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
                self.is_in_brace = other == b'{' || (self.is_in_brace && other != b'}');
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
        // A command goes on after a pipe at the end of its line, and an empty line is no command.
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
        let mut rest = self.rest().iter().filter(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        rest.next().is_none_or(|b| *b == b'\n')
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
                let Some((bytes, length)) = read_ansi_c(inside) else {
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
        self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b"_{([?@*#!$-".contains(&b))
    }

    fn line(&self) -> usize {
        let read = self.text.get(..self.at.saturating_sub(1)).unwrap_or_default();
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

/// Reads what stands between `$'` and `'`, up to the closing quote: the bytes, and how many were used, the quote
/// included. `None` when it is not closed.
fn read_ansi_c(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'\'' => return Some((out, at + 1)),
            b'\\' => at += 1 + ansi_c_escape(text.get(at + 1..)?, &mut out)?,
            other => {
                out.push(other);
                at += 1;
            }
        }
    }
}

/// Undoes the escape after a backslash; returns how many bytes it has.
fn ansi_c_escape(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let letter = *text.first()?;
    let after = text.get(1..).unwrap_or_default();
    let plain = match letter {
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' | b'\'' | b'"' | b'?' => letter,
        b'0'..=b'7' => {
            let (value, length) = number(text, 3, 8);
            out.extend(value.to_le_bytes().first());
            return Some(length);
        }
        b'c' => {
            out.push(after.first()? & 0x1f);
            return Some(2);
        }
        b'x' | b'u' | b'U' => return Some(1 + ansi_c_code(letter, after, out)),
        _ => {
            out.extend([b'\\', letter]);
            return Some(1);
        }
    };
    out.push(plain);
    Some(1)
}

/// A byte or character by its number; says how many digits it has.
fn ansi_c_code(letter: u8, text: &[u8], out: &mut Vec<u8>) -> usize {
    let most = match letter {
        b'x' => 2,
        b'u' => 4,
        _ => 8,
    };
    let (value, length) = number(text, most, 16);
    if length == 0 {
        out.extend([b'\\', letter]);
        return 0;
    }
    if letter == b'x' {
        out.extend(value.to_le_bytes().first());
        return length;
    }
    // A browser's strings are UTF-16, and some write both halves of a pair; bash would make two broken
    // characters of what was one.
    if let Some(low) = text.get(length..).and_then(|t| t.strip_prefix(b"\\u")) {
        let (low, digits) = number(low, 4, 16);
        let units = [value, low].map(|unit| u16::try_from(unit).unwrap_or(0));
        if (0xd800..0xdc00).contains(&value) && (0xdc00..0xe000).contains(&low) {
            out.extend_from_slice(String::from_utf16_lossy(&units).as_bytes());
            return length + 2 + digits;
        }
    }
    match char::from_u32(value) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        // Half a pair, as bash writes it: three bytes like any other character of its size.
        None if value < 0x1_0000 => {
            for (shift, mark, mask) in [(12, 0xe0, 0x0f), (6, 0x80, 0x3f), (0, 0x80, 0x3f)] {
                out.extend(u8::try_from(mark | ((value >> shift) & mask)));
            }
        }
        None => out.extend_from_slice("\u{fffd}".as_bytes()),
    }
    length
}

/// A number of at most `most` digits, and how many it has.
fn number(text: &[u8], most: usize, radix: u32) -> (u32, usize) {
    let digits = text.iter().take(most).map_while(|b| char::from(*b).to_digit(radix));
    digits.fold((0u32, 0), |(value, length), digit| (value.wrapping_mul(radix) | digit, length + 1))
}

/// Why a command line cannot be split into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellError {
    /// A quote is not closed; the line it opens on, from 1.
    Unclosed { quote: &'static str, line: usize },
    /// Something means more to a shell than its text; its line, from 1.
    NeedsShell { what: &'static str, line: usize },
    /// It is quoted for the command prompt of Windows.
    Windows,
}

impl ShellError {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unclosed { .. } => "copy the whole command",
            Self::NeedsShell { .. } => {
                "put it in single quotes if it is meant as it stands; \
                 else run the command against cz-hook listen --json and read what that prints"
            }
            Self::Windows => "copy it again, as cURL (bash)",
        }
    }
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed { quote, line } => write!(f, "the {quote} on line {line} is not closed"),
            Self::NeedsShell { what, line } => {
                write!(f, "{what} on line {line} needs a real shell")
            }
            Self::Windows => write!(f, "it is written for the command prompt of Windows"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut tokens = split(text.as_bytes()).unwrap();
        assert_eq!(tokens.pop(), Some(Token::End));
        tokens
            .into_iter()
            .map(|token| match token {
                Token::Word(word) => String::from_utf8(word).unwrap(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        for (text, expected) in [
            ("a  b\tc", &["a", "b", "c"][..]),
            ("'a b'c\"d e\" ''", &["a bcd e", ""]),
            (r#"'it'\''s' "\"\\\$\`\a\n""#, &["it's", r#""\$`\a\n"#]),
            ("a\\ b \\'", &["a b", "'"]),
            ("a \\\n  b \\\r\n c\r\n", &["a", "b", "c"]),
            ("\"a\\\nb\" 'a\\\nb'", &["ab", "a\\\nb"]),
            (r"$'a\n\t\\\'\x41\u00e9\101' 'b'$'c'", &["a\n\t\\'Aé\u{41}", "bc"]),
            ("a#b # c 'd\n# e", &["a#b"]),
            ("$ curl '$x' $ \"$\" $. a$", &["$", "curl", "$x", "$", "$", "$.", "a$"]),
            ("a|b '|'", &["a", "Pipe", "b", "|"]),
            ("a |\n b", &["a", "Pipe", "b"]),
            ("http://h/?a[]=b", &["http://h/?a[]=b"]),
            ("{} x{y}z {a.b}.. '{1..3}' !a ^b", &["{}", "x{y}z", "{a.b}..", "{1..3}", "!a", "^b"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn commands_end_with_their_line() {
        let tokens = split(b"\n a \n\n b ;\n 'c\nd' ; ").unwrap();
        let word = |text: &str| Token::Word(text.as_bytes().to_vec());
        let end = || Token::End;
        assert_eq!(tokens, [word("a"), end(), word("b"), end(), word("c\nd"), end()]);
        assert_eq!(split(b" # nothing\n"), Ok(vec![]));
    }

    #[test]
    fn what_needs_a_shell_is_an_error_with_its_line() {
        for text in [
            "$HOME",
            "\"$HOME\"",
            "${a}",
            "$(id)",
            "\"$(id)\"",
            "`id`",
            "\"`id`\"",
            "a;b",
            "a&",
            "a&&b",
            "a||b",
            "a>b",
            "a<b",
            "(a)",
            "~/x",
            "{a,b}",
            "a{1..3}",
            "$1",
            "$$",
            "$\"a\"",
            "a |& b",
            "a & b",
        ] {
            let error = split(format!("x \\\n{text}").as_bytes()).unwrap_err();
            assert!(matches!(error, ShellError::NeedsShell { line: 2, .. }), "{text}: {error:?}");
        }
        for (text, line) in [("a '", 1), ("\n\"a\n", 2), ("$'\\'", 1)] {
            let error = split(text.as_bytes()).unwrap_err();
            assert!(matches!(error, ShellError::Unclosed { line: at, .. } if at == line), "{text}");
        }
        assert_eq!(split(b"curl ^\"http://h/^\" ^\r\n -H x"), Err(ShellError::Windows));
    }

    #[test]
    fn escapes_are_undone_as_bash_does() {
        for (text, expected) in [
            (r"a\n\r\t\\\'\?\e", &b"a\n\r\t\\'?\x1b"[..]),
            (r"\0\0411\377", b"\0!1\xff"),
            (r"\x0a\xe9\x4zz\xg", b"\n\xe9\x04zz\\xg"),
            (r"\u0021\u00e9\ue9g\U1F600", "!éég😀".as_bytes()),
            (r"\ud83d\ude00", "😀".as_bytes()),
            (r"\ud83dx", b"\xed\xa0\xbdx"),
            (r"\q\ca", b"\\q\x01"),
            (r"\UFFFFFFFF", "\u{fffd}".as_bytes()),
        ] {
            let quoted = [text.as_bytes(), b"' rest"].concat();
            let read = read_ansi_c(&quoted).unwrap();
            assert_eq!(read, (expected.to_vec(), text.len() + 1), "{text}");
        }
    }

    #[test]
    fn an_open_quote_is_nothing() {
        for text in [&b""[..], b"a", b"\\", b"\\'", b"\\x", b"\\c"] {
            assert_eq!(read_ansi_c(text), None, "{text:?}");
        }
    }
}
