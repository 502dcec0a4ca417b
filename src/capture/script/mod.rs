//! Shell scripts that wrap one command for each request: what stands before the command, variables whose values the
//! script holds, and what the command reads from a file, a here-document or a pipe. Nothing is run: what only a shell
//! could know is an error.

mod command;
mod line;
mod piped;
mod scanner;

use line::assignment;
use scanner::Scanner;

pub(super) use command::{Command, ScriptError};
pub(super) use piped::printf;
pub(super) use scanner::UNKNOWN_HOST;

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
    let mut scanner = Scanner::new(text);
    let mut found = Vec::new();
    while !scanner.is_over() {
        let line = scanner.line();
        let Some(words) = first_words(&line.text) else { continue };
        if let Some(assignment) = assignment(&words) {
            scanner.assign(assignment, line.unknown.is_none());
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
        // Continued lines stand as they are in the text.
        let blanks = text.iter().take_while(|b| b.is_ascii_whitespace() || **b == b'\\').count();
        let text = text.get(blanks..).unwrap_or_default();
        let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
        text.get(..end).unwrap_or_default().to_vec()
    };
    let first = word(line);
    is_program(&first)
        || (matches!(first.as_slice(), b"printf" | b"echo" | b"cat")
            && line.split(|b| *b == b'|').skip(1).any(|stage| is_program(&word(stage))))
}

#[cfg(test)]
mod tests {
    use super::command::Input;
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

    /// A command after another one on a line neither changes the first one nor disappears.
    #[test]
    fn each_command_of_a_line_is_a_command() {
        let words = |text: &str| -> Vec<String> {
            let all = commands(text.as_bytes(), is_curl).unwrap();
            all.iter().map(|one| String::from_utf8(one.words.join(&b'|')).unwrap()).collect()
        };
        assert_eq!(words("curl h -d a && curl h -d b"), ["curl|h|-d|a", "curl|h|-d|b"]);
        assert_eq!(words("cd x; curl h -d a || curl h -d b &"), ["curl|h|-d|a", "curl|h|-d|b"]);
        let input = bytes("x\n");
        assert_eq!(only("curl h -d @- <<< 'x' && cat <<< 'y'"), ("curl|h|-d|@-".to_owned(), input));
    }

    #[test]
    fn what_only_a_shell_knows_is_an_error() {
        for text in [
            "curl -d \"$BODY\" h",
            "a=1\na=2\ncurl -d $a h",
            "a='-d x'\na='-d y'\ncurl $a h",
            "curl h -d @- <<'EOF'\na\nEOF  \n",
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
