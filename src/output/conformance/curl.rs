//! A request of a test as a shell command that sends it again with curl, byte for byte in what an endpoint
//! judges by: method, URL, signature, content type and body. It is made to be looked at: plain characters
//! in lines that fit a terminal, whatever the request holds.

use crate::capture::curl::{self, MAX_ARGUMENT, is_shown};
use crate::conformance::outcome::Request;
use crate::webhook::delivery::Delivery;

/// The width of a line; a terminal of 100 columns shows it.
const WIDTH: usize = 96;
/// So many times the same character are written as a number.
const RUN: usize = 64;
/// What says nothing about the delivery.
const LEFT_OUT: [&str; 3] = ["connection", "user-agent", "accept"];

/// The command; `None` for a request that was cut off, which curl cannot do.
pub fn command(request: &Request) -> Option<String> {
    if request.cut_at.is_some() {
        return None;
    }
    let delivery = &request.delivery;
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
    if curl::globs(&request.url) {
        out.push_str(" -g");
    }
    let start = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
    out.push_str(&format!(" {}", word(request.url.as_bytes(), start + 1)));
    for header in headers(delivery, has_body) {
        out.push_str(&format!(" \\\n  -H {}", word(&header, 5)));
    }
    match (has_body, is_piped) {
        (true, true) => out.push_str(" \\\n  --data-binary @-"),
        (true, false) => {
            out.push_str(&format!(" \\\n  --data-raw {}", word(&delivery.body, 13)));
        }
        (false, _) => {}
    }
    Some(out)
}

fn headers(delivery: &Delivery, has_body: bool) -> Vec<Vec<u8>> {
    let all = delivery.headers.iter();
    let is_meant =
        |name: &str| !curl::is_own(name) && !LEFT_OUT.iter().any(|l| name.eq_ignore_ascii_case(l));
    let meant = all.filter(|(name, _)| is_meant(name));
    let mut headers: Vec<Vec<u8>> = meant
        .map(|(name, value)| curl::header(name, value))
        .collect();
    if has_body && delivery.headers.get("content-type").is_none() {
        headers.push(curl::no_header("Content-Type"));
    }
    if curl::asks_before(&delivery.body) {
        headers.push(curl::no_header("Expect"));
    }
    headers
}

/// Bytes as one word for a shell, beginning in column `column`: quoted pieces without a space between
/// them, over as many lines as it takes.
fn word(bytes: &[u8], column: usize) -> String {
    let mut pen = Pen {
        out: String::new(),
        column,
        is_quoted: false,
    };
    if bytes.is_empty() {
        return "''".to_owned();
    }
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let run = rest.iter().take_while(|b| **b == first).count();
        if run >= RUN && first.is_ascii_graphic() {
            // Octal, because brackets and dashes mean something to tr.
            pen.piece(&format!("\"$(printf %{run}s | tr ' ' '\\{first:03o}')\""));
            rest = rest.get(run..).unwrap_or_default();
            continue;
        }
        match character(rest) {
            Some(c) if is_shown(c) => {
                pen.char(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
            _ => {
                let strange = strange(rest);
                let octal: String = strange.iter().map(|b| format!("\\{b:03o}")).collect();
                pen.piece(&format!("\"$(printf '{octal}')\""));
                rest = rest.get(strange.len()..).unwrap_or_default();
            }
        }
    }
    pen.end()
}

/// The character that bytes begin with, if they begin with one.
fn character(bytes: &[u8]) -> Option<char> {
    let chunk = bytes.get(..4).unwrap_or(bytes).utf8_chunks().next()?;
    chunk.valid().chars().next()
}

/// The bytes up to the next one that can be shown, but not too many for one line. A line end is none of them:
/// a shell drops those at the end of what a command gives.
fn strange(bytes: &[u8]) -> &[u8] {
    const MOST: usize = 16;
    let length = bytes
        .iter()
        .take(MOST)
        .take_while(|b| !b.is_ascii_graphic() && !matches!(b, b' ' | b'\n'))
        .count();
    bytes.get(..length.max(1)).unwrap_or(bytes)
}

/// Writes pieces of a word; a backslash at the end of a line joins it to the next.
struct Pen {
    out: String,
    column: usize,
    is_quoted: bool,
}

impl Pen {
    fn char(&mut self, c: char) {
        // What is not ASCII may take two columns.
        let width = if c.is_ascii() { 1 } else { 2 };
        let width = if c == '\'' { 4 } else { width };
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

    fn end(mut self) -> String {
        self.close();
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::is_dangerous;
    use std::process::Command;

    /// What a shell makes of a word.
    fn read_back(word: &str) -> Vec<u8> {
        let script = format!("printf %s {word}");
        let shell = Command::new("sh").args(["-c", &script]).output();
        shell.expect("sh runs").stdout
    }

    #[test]
    fn a_shell_reads_every_word_back_in_lines_that_fit() {
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
