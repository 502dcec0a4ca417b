//! The strings of PowerShell: in single and double quotes, and over several lines.

use super::script::{Script, Value, is_name};
use crate::capture::code_points::{joined_surrogates, push_code};

impl Script<'_, '_, '_> {
    pub(super) fn single_quoted(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            match self.rest() {
                [] => return Err("a quote is not closed".to_owned()),
                [b'\'', b'\'', ..] => {
                    out.push(b'\'');
                    self.at += 2;
                }
                [b'\'', ..] => {
                    self.at += 1;
                    return text(out);
                }
                [byte, ..] => {
                    out.push(*byte);
                    self.at += 1;
                }
            }
        }
    }

    pub(super) fn double_quoted(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            match self.rest() {
                [] => return Err("a quote is not closed".to_owned()),
                [b'"', b'"', ..] => {
                    out.push(b'"');
                    self.at += 2;
                }
                [b'"', ..] => {
                    self.at += 1;
                    return text(joined_surrogates(out));
                }
                _ => self.quoted_byte(&mut out)?,
            }
        }
    }

    /// One byte, escape or character number inside of double quotes.
    fn quoted_byte(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        match *self.rest() {
            [b'`', letter, ..] => {
                self.at += 2;
                out.push(match letter {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'0' => 0,
                    b'a' => 7,
                    b'b' => 8,
                    b'e' => 27,
                    b'f' => 12,
                    b'v' => 11,
                    b'u' if self.peek() == Some(b'{') => {
                        let end = memchr::memchr(b'}', self.rest().get(..8).unwrap_or(self.rest()));
                        let end = end.ok_or("a character number is not closed")?;
                        let digits = self.rest().get(1..end).unwrap_or_default();
                        let code = std::str::from_utf8(digits)
                            .ok()
                            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
                            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
                        push(code, out)?;
                        self.at += end + 1;
                        return Ok(());
                    }
                    other => other,
                });
            }
            [b'$', b'(', ..] => {
                // The only expression that browsers write.
                if !self.eat(b"$([char]") {
                    return Err(format!("`{}` is an expression", self.excerpt()));
                }
                let digits = self.rest().iter().take(7).take_while(|b| b.is_ascii_digit()).count();
                let number =
                    std::str::from_utf8(self.rest().get(..digits).unwrap_or_default()).ok();
                push(number.and_then(|number| number.parse().ok()), out)?;
                self.at += digits;
                if !self.eat(b")") {
                    return Err(format!("`{}` is an expression", self.excerpt()));
                }
            }
            [b'$', next, ..] if is_name(next) || next == b'{' => match self.variable()? {
                Value::Text(text) => out.extend_from_slice(text.as_bytes()),
                Value::Other(what) => return Err(format!("`{what}` is not known")),
                _ => return Err("a table stands inside of text".to_owned()),
            },
            [byte, ..] => {
                out.push(byte);
                self.at += 1;
            }
            [] => {}
        }
        Ok(())
    }

    /// `@"`, lines, `"@`.
    pub(super) fn here_string(&mut self) -> Result<String, String> {
        let is_double = self.rest().get(1) == Some(&b'"');
        self.at += 2;
        let rest = self.rest();
        let blank = memchr::memchr(b'\n', rest).ok_or("a here-string is not closed")?;
        self.at += blank + 1;
        let mark: &[u8] = if is_double { b"\n\"@" } else { b"\n'@" };
        let rest = self.rest();
        // An empty one has its mark in the first line.
        let end = match rest.starts_with(mark.get(1..).unwrap_or_default()) {
            true => 0,
            false => memchr::memmem::find(rest, mark).ok_or("a here-string is not closed")?,
        };
        let after = self.at + end + if end == 0 { 2 } else { 3 };
        let content = rest.get(..end).unwrap_or_default();
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let stop = self.at + content.len();
        let mut out = Vec::new();
        match is_double {
            false => out.extend_from_slice(content),
            true => {
                while self.at < stop {
                    self.quoted_byte(&mut out)?;
                }
            }
        }
        self.at = after;
        text(joined_surrogates(out))
    }
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

/// A character by its number; half a pair as generalised UTF-8 has it.
fn push(code: Option<u32>, out: &mut Vec<u8>) -> Result<(), String> {
    let code = code.filter(|code| *code <= 0x10_ffff).ok_or("a character has no such number")?;
    push_code(code, out);
    Ok(())
}
