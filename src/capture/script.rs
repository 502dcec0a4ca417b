//! Shell scripts that wrap one command for each request: what stands before the command, variables whose values the
//! script holds, and what the command reads from a file, a here-document or a pipe. Nothing is run: what only a shell
//! could know is an error.

use crate::shell::{self, Token};

use super::error::excerpt;
use super::files::{FileError, FileReader};

/// The host that stands for one in a variable whose value the script does not hold.
pub(super) const UNKNOWN_HOST: &str = "unknown.invalid";

/// A command of a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// Its words, with the name of the program.
    pub words: Vec<Vec<u8>>,
    /// What it reads from standard input.
    pub input: Option<Input>,
}

/// What a command reads from standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Bytes(Vec<u8>),
    File(Vec<u8>),
}

impl Input {
    pub fn read(self, files: &mut FileReader<'_, '_>) -> Result<Vec<u8>, String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::File(name) => files.read(&name).map_err(|why| match why {
                FileError::Unread(why) => why,
                FileError::TooLong => {
                    "the files that it names are longer than the limit".to_owned()
                }
            }),
        }
    }
}

/// Why a script is not understood.
#[derive(Debug)]
pub(super) struct ScriptError {
    /// A clause that is safe to show.
    pub why: String,
    pub hint: &'static str,
}

const RUN_IT: &str = "write the value in its place, or run the script against cz-hook listen --json and read what that prints";

/// Whether a text is more than one plain command: it has an interpreter line, an assignment or a here-document.
pub(super) fn is_script(text: &[u8]) -> bool {
    text.starts_with(b"#!")
        || memchr::memmem::find(text, b"<<").is_some()
        || text.split(|b| *b == b'\n').any(|line| assignment(line.trim_ascii_start()).is_some())
}

/// Whether some line of a script starts with a command that `is_program` knows.
pub(super) fn has_program(text: &[u8], is_program: fn(&[u8]) -> bool) -> bool {
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_start);
    let first_word = |line: &[u8]| {
        let end = line.iter().position(u8::is_ascii_whitespace)?;
        line.get(..end).map(is_program)
    };
    lines.any(|line| first_word(line) == Some(true))
}

/// The commands of a script that `is_program` knows by their first word.
pub(super) fn commands(
    text: &[u8],
    is_program: fn(&[u8]) -> bool,
) -> Result<Vec<Command>, ScriptError> {
    let mut scanner =
        Scanner { text, at: 0, variables: Vec::new(), expansion_left: text.len() * 4 + 4096 };
    let mut found = Vec::new();
    while scanner.at < text.len() {
        let line = scanner.line();
        let Some(words) = first_words(&line.text) else { continue };
        if let Some((name, value)) = assignment(&words) {
            scanner.assign(name, value, line.unknown.is_none());
        } else if starts_program(&words, is_program) {
            found.push(line.command(is_program)?);
        }
    }
    Ok(found)
}

/// A line without the blanks before it; `None` for an empty one.
fn first_words(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"$ ").unwrap_or(line);
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    (!line.is_empty()).then(|| line.to_vec())
}

/// Whether a command, or what it is piped into, is the program.
fn starts_program(line: &[u8], is_program: fn(&[u8]) -> bool) -> bool {
    let word = |text: &[u8]| {
        let text = text.trim_ascii_start();
        let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
        text.get(..end).unwrap_or_default().to_vec()
    };
    let first = word(line);
    is_program(&first)
        || (matches!(first.as_slice(), b"printf" | b"echo" | b"cat")
            && line.split(|b| *b == b'|').skip(1).any(|stage| is_program(&word(stage))))
}

/// `NAME=value` or `NAME+=value`.
fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let length = name_length(line);
    let name = line.get(..length).filter(|name| !name.is_empty())?;
    let rest = line.get(length..)?;
    let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b"+="))?;
    Some((name, value))
}

fn name_length(text: &[u8]) -> usize {
    if text.first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
}

/// A variable: the value that the script gives it first, if it is a literal, and how often it gives it one.
struct Variable {
    name: Vec<u8>,
    value: Option<Vec<u8>>,
    count: usize,
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    variables: Vec<Variable>,
    /// How many bytes variables may still stand for: one may hold another several times.
    expansion_left: usize,
}

/// A line of a script, with the lines that continue it.
#[derive(Default)]
struct Line {
    /// Without redirections, and with the values of variables, quoted.
    text: Vec<u8>,
    input: Option<Input>,
    /// What of it only a shell could know.
    unknown: Option<&'static str>,
}

impl Line {
    fn command(self, is_program: fn(&[u8]) -> bool) -> Result<Command, ScriptError> {
        if let Some(what) = self.unknown {
            let why = format!("{what} in it needs a real shell");
            return Err(ScriptError { why, hint: RUN_IT });
        }
        let tokens = shell::split(&self.text)
            .map_err(|why| ScriptError { why: why.to_string(), hint: why.hint() })?;
        let mut stages = vec![Vec::new()];
        for token in tokens {
            match token {
                Token::Word(word) => {
                    let is_first = stages.len() == 1 && stages.iter().all(Vec::is_empty);
                    let is_prompt = word == b"$" && is_first;
                    if let (Some(stage), false) = (stages.last_mut(), is_prompt) {
                        stage.push(word);
                    }
                }
                Token::Pipe => stages.push(Vec::new()),
                Token::End => break,
            }
        }
        let mut stages = stages.into_iter();
        let first = stages.next().unwrap_or_default();
        if first.first().is_some_and(|word| is_program(word)) {
            return Ok(Command { words: first, input: self.input });
        }
        let input = piped(&first, self.input)?;
        let words = stages.next().unwrap_or_default();
        match words.first().is_some_and(|word| is_program(word)) {
            true => Ok(Command { words, input: Some(input) }),
            false => Err(ScriptError {
                why: "it has more than one pipe".to_owned(),
                hint: "write the body into a file, and give it with `<`",
            }),
        }
    }
}

/// What `printf FORMAT`, `echo TEXT` or `cat FILE` writes.
fn piped(words: &[Vec<u8>], input: Option<Input>) -> Result<Input, ScriptError> {
    let beyond = |why: String| {
        let hint = "write the body into printf's format, bytes as \\NNN and % as %%";
        Err(ScriptError { why, hint })
    };
    match words {
        [program, ..] if program == b"printf" => match printf(words) {
            Ok(bytes) => Ok(Input::Bytes(bytes)),
            Err(why) => beyond(why),
        },
        [program, flag, text] if program == b"echo" && flag == b"-n" && !text.contains(&b'\\') => {
            Ok(Input::Bytes(text.clone()))
        }
        [program, text]
            if program == b"echo" && !text.contains(&b'\\') && !text.starts_with(b"-") =>
        {
            Ok(Input::Bytes([text, &b"\n"[..]].concat()))
        }
        [program, file] if program == b"cat" && !file.starts_with(b"-") => {
            Ok(Input::File(file.clone()))
        }
        [program] if program == b"cat" => match input {
            Some(input) => Ok(input),
            None => beyond("`cat` has no input".to_owned()),
        },
        _ => beyond(format!(
            "what `{}` writes is not known",
            excerpt(words.first().map(Vec::as_slice).unwrap_or_default())
        )),
    }
}

/// What `printf FORMAT` writes. The error is a clause that is safe to show.
pub(super) fn printf(words: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let [_, format] = words else {
        return Err("printf has more or less than one argument".to_owned());
    };
    let mut out = Vec::with_capacity(format.len());
    let mut bytes = format.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let letter = match byte {
            b'%' | b'\\' => bytes.next(),
            _ => None,
        };
        let plain = match (byte, letter) {
            (b'%', Some(b'%')) => b'%',
            (b'\\', Some(b'\\')) => b'\\',
            (b'\\', Some(b'a')) => 7,
            (b'\\', Some(b'b')) => 8,
            (b'\\', Some(b'f')) => 12,
            (b'\\', Some(b'n')) => b'\n',
            (b'\\', Some(b'r')) => b'\r',
            (b'\\', Some(b't')) => b'\t',
            (b'\\', Some(b'v')) => 11,
            (b'\\', Some(first @ b'0'..=b'7')) => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    if let Some(digit) = bytes.next_if(|b| matches!(b, b'0'..=b'7')) {
                        value = value * 8 + u32::from(digit - b'0');
                    }
                }
                value.to_le_bytes().first().copied().unwrap_or_default()
            }
            (b'%' | b'\\', letter) => {
                let directive: Vec<_> = [Some(byte), letter].into_iter().flatten().collect();
                return Err(format!("printf's `{}` is not understood", excerpt(&directive)));
            }
            (other, _) => other,
        };
        out.push(plain);
    }
    Ok(out)
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads a line with those that continue it and its here-document.
    fn line(&mut self) -> Line {
        let mut line = Line::default();
        let mut delimiter = None;
        let mut is_over = false;
        let mut is_word_start = true;
        while let Some(byte) = self.peek() {
            let (kept, unknown) = (line.text.len(), line.unknown);
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
                b'&' | b';' => {
                    // Another command: what follows changes no request.
                    is_over = true;
                    self.at += 1;
                }
                b'|' if self.rest().starts_with(b"||") => {
                    is_over = true;
                    self.at += 2;
                }
                other => {
                    line.text.push(other);
                    self.at += 1;
                }
            }
            if is_over {
                line.text.truncate(kept);
                line.unknown = unknown;
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
                let Some(end) = memchr::memchr(b'}', inner) else {
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

    /// The value of a variable; one that is assigned several times only when it is a URL or options: the first one is
    /// that without arguments.
    fn value(&self, name: &[u8]) -> Option<Vec<u8>> {
        let variable = self.variables.iter().find(|variable| variable.name == name)?;
        let value = variable.value.as_ref()?;
        let is_default = [&b"http://"[..], b"https://", b"-"].iter().any(|p| value.starts_with(p));
        (variable.count == 1 || is_default).then(|| value.clone())
    }

    fn assign(&mut self, name: &[u8], text: &[u8], is_known: bool) {
        const MAX_VARIABLES: usize = 100;
        let words = shell::split(text).ok().filter(|_| is_known);
        let value = words.and_then(|tokens| match tokens.as_slice() {
            [Token::Word(word), Token::End] => Some(word.clone()),
            _ => None,
        });
        if let Some(known) = self.variables.iter_mut().find(|variable| variable.name == name) {
            known.count += 1;
        } else if self.variables.len() < MAX_VARIABLES {
            self.variables.push(Variable { name: name.to_vec(), value, count: 1 });
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
            let is_end = one.trim_ascii_end() == delimiter.text;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_curl(word: &[u8]) -> bool {
        word == b"curl"
    }

    fn only(text: &str) -> (String, Option<Input>) {
        let mut all =
            commands(text.as_bytes(), is_curl).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        assert_eq!(all.len(), 1, "{text}");
        let Command { words, input } = all.remove(0);
        (String::from_utf8(words.join(&b'|')).unwrap(), input)
    }

    fn bytes(text: &str) -> Option<Input> {
        Some(Input::Bytes(text.as_bytes().to_vec()))
    }

    #[test]
    fn the_command_of_a_script_is_found_with_its_values() {
        let script = r#"#!/usr/bin/env bash
# Replay script
set -euxfo pipefail
cd $(dirname $(readlink -f $0))

targetURL="http://localhost:8080/a b"
if [[ ${1:-""} == -l ]]; then
  targetURL="http://localhost:9"
elif [[ -n ${1:-""} ]]; then
  targetURL=${1}
fi
token='it is'"'"'s'
curl -sSi -H "X-A: $token \$x" -d @./a.json "${targetURL}" 2>&1 > /dev/null && echo "$?"
"#;
        let (words, input) = only(script);
        assert_eq!(words, "curl|-sSi|-H|X-A: it is's $x|-d|@./a.json|http://localhost:8080/a b");
        assert_eq!(input, None);
    }

    #[test]
    fn input_comes_from_files_texts_and_pipes() {
        for (text, words, input) in [
            (
                "curl h -d @- <<'EOF'\n{\"a\": \"$b\"}\nEOF\necho",
                "curl|h|-d|@-",
                bytes("{\"a\": \"$b\"}\n"),
            ),
            ("curl h -d @- <<-EOF | jq\n\tx\n\tEOF\n", "curl|h|-d|@-", bytes("x\n")),
            ("curl h <<< '{\"a\"}'", "curl|h", bytes("{\"a\"}\n")),
            ("curl h < ./a.json", "curl|h", Some(Input::File(b"./a.json".to_vec()))),
            ("cat a.json | curl h", "curl|h", Some(Input::File(b"a.json".to_vec()))),
            ("echo -n 'a|b' | curl h", "curl|h", bytes("a|b")),
            ("echo '{}' | curl h", "curl|h", bytes("{}\n")),
            ("printf '\\173}' | curl h", "curl|h", bytes("{}")),
            ("$ curl \"$TARGET_URL/x\" $'a\\'b'", "curl|http://unknown.invalid/x|a'b", None),
            ("curl ${URL:-http://h}/x # y", "curl|http://h/x", None),
        ] {
            assert_eq!(only(text), (words.to_owned(), input), "{text}");
        }
    }

    #[test]
    fn what_only_a_shell_knows_is_an_error() {
        for text in [
            "curl -d \"$BODY\" h",
            "a=1\na=2\ncurl -d $a h",
            "curl -d \"$(date)\" h",
            "curl -d `date` h",
            "curl -d @- <<EOF\n$a\nEOF\n",
            "curl -d @- <<'EOF'\na\n",
            "curl -d \"$1\" h",
            "curl <(echo) h",
            "echo -e 'a\\n' | curl h",
            "curl 'h",
            "a=\"$(cat b) c\"\ncurl -d \"$a\" h",
        ] {
            assert!(commands(text.as_bytes(), is_curl).is_err(), "{text}");
        }
        assert_eq!(commands(b"echo a\nls | wc\n", is_curl).unwrap(), []);
    }

    #[test]
    fn variables_that_hold_one_another_do_not_explode() {
        let mut text = "a0=xxxxxxxxxxxxxxxx\n".to_owned();
        for n in 0..60 {
            text += &format!("a{}=\"$a{n}$a{n}\"\n", n + 1);
        }
        text += "curl h -d \"$a60\"\n";
        assert!(commands(text.as_bytes(), is_curl).is_err());
    }
}
