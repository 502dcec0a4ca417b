//! A request of a test as a curl command that sends the same method, URL, signature, content type and body. It
//! consists of printable characters in lines that fit a terminal, whatever the request contains. Secrets in the URL are
//! masked: others read reports.

use crate::capture::curl::{self, MAX_ARGUMENT, is_shown};
use crate::conformance::Request;
use crate::mask;
use crate::webhook::delivery::Delivery;

/// The width of a line, for a terminal of 100 columns.
const WIDTH: usize = 96;
/// A run of at least this many equal characters is written as a count.
const MIN_RUN: usize = 64;
/// Headers that do not belong to the delivery.
const OMITTED: [&str; 3] = ["connection", "user-agent", "accept"];

/// The command; `None` for a request that was cut off, which curl cannot send.
pub fn command(request: &Request) -> Option<String> {
    match request.cut_at {
        Some(_) => None,
        None => Some(of_delivery(&request.url, &request.delivery)),
    }
}

/// The command for a delivery to this URL.
pub fn of_delivery(url: &str, delivery: &Delivery) -> String {
    let mut out = String::new();
    let has_body = !delivery.body.is_empty() || delivery.method == "POST";
    let is_piped = delivery.body.len() > MAX_ARGUMENT;
    if is_piped {
        out.push_str(&format!("printf %s {} |\n", word(&delivery.body, 9)));
    }
    out.push_str("curl -i");
    match delivery.method.as_str() {
        "HEAD" => out.push_str(" -I"),
        "GET" => {}
        "POST" if has_body => {}
        method => out.push_str(&format!(" -X {method}")),
    }
    if curl::globs(url) {
        out.push_str(" -g");
    }
    let start = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    out.push_str(&format!(" {}", word(mask::url(url).as_bytes(), start + 1)));
    for header in headers(delivery, has_body) {
        out.push_str(&format!(" \\\n  -H {}", word(&header, 5)));
    }
    if is_piped {
        out.push_str(" \\\n  --data-binary @-");
    } else if has_body {
        out.push_str(&format!(" \\\n  --data-raw {}", word(&delivery.body, 13)));
    }
    out
}

fn headers(delivery: &Delivery, has_body: bool) -> Vec<Vec<u8>> {
    let all = delivery.headers.iter();
    let is_included =
        |name: &str| !curl::is_own(name) && !OMITTED.iter().any(|l| name.eq_ignore_ascii_case(l));
    let included = all.filter(|(name, _)| is_included(name));
    let mut headers: Vec<Vec<u8>> =
        included.map(|(name, value)| curl::header(name, value)).collect();
    if has_body && delivery.headers.get("content-type").is_none() {
        headers.push(curl::no_header("Content-Type"));
    }
    if curl::asks_before(&delivery.body) {
        headers.push(curl::no_header("Expect"));
    }
    headers
}

/// Bytes as one word of a shell command, which begins in column `column`: quoted pieces without a space between
/// them, on as many lines as needed.
fn word(bytes: &[u8], column: usize) -> String {
    if bytes.is_empty() {
        return "''".to_owned();
    }
    let mut writer = ShellWriter { out: String::new(), column, is_quoted: false };
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let run = rest.iter().take_while(|b| **b == first).count();
        let written = match character(rest) {
            _ if run >= MIN_RUN && first.is_ascii_graphic() => {
                // Octal, because brackets and dashes mean something to tr.
                writer.piece(&format!("\"$(printf %{run}s | tr ' ' '\\{first:03o}')\""));
                run
            }
            Some(c) if is_shown(c) => {
                writer.char(c);
                c.len_utf8()
            }
            _ => {
                let unprintable = unprintable(rest);
                let octal: String = unprintable.iter().map(|b| format!("\\{b:03o}")).collect();
                writer.piece(&format!("\"$(printf '{octal}')\""));
                unprintable.len()
            }
        };
        rest = rest.get(written..).unwrap_or_default();
    }
    writer.close();
    writer.out
}

/// The character that bytes begin with, if they begin with one.
fn character(bytes: &[u8]) -> Option<char> {
    let chunk = bytes.get(..4).unwrap_or(bytes).utf8_chunks().next()?;
    chunk.valid().chars().next()
}

/// The bytes before the next printable one, but not too many for one line. Line feeds are not among them: a
/// command substitution drops them at the end.
fn unprintable(bytes: &[u8]) -> &[u8] {
    const MAX: usize = 16;
    let length = bytes
        .iter()
        .take(MAX)
        .take_while(|b| !b.is_ascii_graphic() && !matches!(b, b' ' | b'\n'))
        .count();
    bytes.get(..length.max(1)).unwrap_or(bytes)
}

/// Writes pieces of a word; a backslash at the end of a line joins it to the next.
struct ShellWriter {
    out: String,
    column: usize,
    is_quoted: bool,
}

impl ShellWriter {
    fn char(&mut self, c: char) {
        let width = match c {
            '\'' => 4,
            // What is not ASCII may take two columns.
            c => 1 + usize::from(!c.is_ascii()),
        };
        if self.column + width + 2 > WIDTH {
            self.close();
            self.line();
        }
        if !self.is_quoted {
            self.out.push('\'');
            self.column += 1;
            self.is_quoted = true;
        }
        match c {
            '\'' => self.out.push_str("'\\''"),
            c => self.out.push(c),
        }
        self.column = if c == '\n' { 0 } else { self.column + width };
    }

    fn piece(&mut self, piece: &str) {
        self.close();
        if self.column + piece.len() + 1 > WIDTH {
            self.line();
        }
        self.out.push_str(piece);
        self.column += piece.len();
    }

    fn close(&mut self) {
        if self.is_quoted {
            self.out.push('\'');
            self.column += 1;
            self.is_quoted = false;
        }
    }

    fn line(&mut self) {
        self.out.push_str("\\\n");
        self.column = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::is_dangerous;
    use std::process::Command;

    /// How a shell reads a word.
    fn read_back(word: &str) -> Vec<u8> {
        let script = format!("printf %s {word}");
        let shell = Command::new("sh").args(["-c", &script]).output();
        shell.expect("sh runs").stdout
    }

    #[test]
    fn a_shell_reads_every_word_back_and_lines_fit_the_width() {
        let long = "wörter 'quoted' \"$HOME\" `x` \\ ".repeat(20);
        let padded = format!("{{\"a\":\"{}\"}}", "x".repeat(50_000));
        let nested = ["[".repeat(5000), "]".repeat(5000)].concat();
        for bytes in [
            &b""[..],
            b"plain",
            b"it's",
            b"-n",
            b"x-sig: \xc3\xa9\xff\xfe\x01\x1b[31m.",
            "\u{2028}\u{202e}\u{1f600}".as_bytes(),
            b"two\nlines\n",
            b"a\r\n",
            b"\xff\n\r\n",
            b"----------------------------------------------------------------------",
            long.as_bytes(),
            padded.as_bytes(),
            nested.as_bytes(),
        ] {
            let word = word(bytes, 13);
            assert_eq!(read_back(&word), bytes, "{word}");
            for line in word.lines() {
                assert!(line.chars().count() <= 100, "{line}");
                assert!(!line.chars().any(|c| is_dangerous(c) && c != '\t'));
            }
        }
    }
}
