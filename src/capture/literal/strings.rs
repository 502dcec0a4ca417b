//! Quoted strings of JavaScript, Python and Ruby, with their escapes.

use super::Reader;
use crate::capture::code_points::{joined_surrogates, push_code};
use crate::webhook::payload::stringify::string as json_string;

impl Reader<'_> {
    /// A string, or several that `+` joins.
    pub(super) fn strings(&mut self) -> Option<()> {
        let mut text = self.one_string(false)?;
        loop {
            let end = self.at;
            self.skip_blanks();
            if !self.eat(b"+") {
                self.at = end;
                break;
            }
            self.skip_blanks();
            if !matches!(self.peek(), Some(b'\'' | b'"' | b'`')) {
                return None;
            }
            text.extend_from_slice(&self.one_string(false)?);
        }
        json_string(&text, &mut self.out);
        Some(())
    }

    /// The content of a quoted string, as generalised UTF-8, or the bytes of a bytes literal.
    pub(super) fn one_string(&mut self, is_bytes: bool) -> Option<Vec<u8>> {
        let quote = self.peek()?;
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                _ if byte == quote => break,
                b'\\' => self.escape(is_bytes, &mut out)?,
                // A template with an expression is no literal.
                b'$' if quote == b'`' && self.peek() == Some(b'{') => return None,
                // No language prints a line break inside of these quotes.
                b'\n' if quote != b'`' => return None,
                _ => out.push(byte),
            }
        }
        match is_bytes {
            true => Some(out),
            false => Some(joined_surrogates(out)),
        }
    }

    fn escape(&mut self, is_bytes: bool, out: &mut Vec<u8>) -> Option<()> {
        let letter = self.peek()?;
        self.at += 1;
        let plain = match letter {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'a' if is_bytes => 7,
            b'e' if !is_bytes => 27,
            b'x' => {
                let code = self.hex(2)?;
                match is_bytes {
                    true => out.push(u8::try_from(code).ok()?),
                    false => push_code(code, out),
                }
                return Some(());
            }
            b'u' if !is_bytes => {
                let code = match self.eat(b"{") {
                    true => {
                        let end = memchr::memchr(b'}', self.rest()).filter(|end| *end <= 6)?;
                        let code = self.hex(end)?;
                        self.at += 1;
                        code
                    }
                    false => self.hex(4)?,
                };
                push_code(code, out);
                return Some(());
            }
            b'U' if !is_bytes => {
                let code = self.hex(8)?;
                push_code(code, out);
                return Some(());
            }
            b'N' if self.peek() == Some(b'{') => return None,
            b'0'..=b'7' => {
                self.at -= 1;
                let digits =
                    self.rest().iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
                let code = self.digits(digits, 8)?;
                match is_bytes {
                    true => out.push(u8::try_from(code & 0xff).ok()?),
                    false => push_code(code, out),
                }
                return Some(());
            }
            b'\n' => return Some(()),
            other => other,
        };
        out.push(plain);
        Some(())
    }

    fn hex(&mut self, count: usize) -> Option<u32> {
        self.digits(count, 16)
    }

    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = std::str::from_utf8(self.rest().get(..count)?).ok()?;
        let is_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let code = is_digits.then(|| u32::from_str_radix(digits, radix).ok()).flatten()?;
        self.at += count;
        Some(code)
    }
}
