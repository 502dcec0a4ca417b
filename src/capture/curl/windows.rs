//! Words as the command prompt of Windows and the C library of its programs split them: carets and quotes of the first,
//! quotes and backslashes of the second.

/// The words of each command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub commands: Vec<Vec<Vec<u8>>>,
    /// Whether Windows itself would give other words: browsers double backslashes that are not before a quote, and some
    /// wrote carets inside of quotes.
    pub is_as_meant: bool,
}

/// Why a command cannot be split, as a clause.
pub(super) type WindowsError = &'static str;

/// Whether words that a POSIX shell also understands are quoted for Windows: a shell would keep the carets, and drop
/// the doubled quotes.
pub(super) fn is_quoted_for_windows(text: &[u8]) -> bool {
    const MARKS: &[&[u8]] =
        &[b"\"^{", b"^}\"", b"\"^[", b"^]\"", b"{\"\"", b"\"\":", b"\"\"}", b"[\"\""];
    let has = |mark: &[u8]| memchr::memmem::find(text, mark).is_some();
    !text.contains(&b'\'') && MARKS.iter().any(|mark| has(mark))
}

/// Splits the commands as the browser that wrote them means them.
pub(super) fn split(text: &[u8]) -> Result<Split, WindowsError> {
    let all = |is_meant| -> Result<Vec<_>, WindowsError> {
        lines(text, is_meant)?.iter().map(|line| words(line, is_meant)).collect()
    };
    let meant = all(true)?;
    let is_as_meant = all(false).as_ref() != Ok(&meant);
    Ok(Split { is_as_meant, commands: meant })
}

/// What the command prompt makes of a text: its lines, carets undone. With `are_all_carets` also those inside of
/// quotes, where the prompt keeps them.
fn lines(text: &[u8], are_all_carets: bool) -> Result<Vec<Vec<u8>>, WindowsError> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut is_quoted = false;
    let mut at = 0;
    while let Some(byte) = text.get(at).copied() {
        at += 1;
        match byte {
            b'^' if !is_quoted || (are_all_carets && is_special(text.get(at))) => {
                // A line end after a caret is nothing, and what follows it is text.
                let rest = text.get(at..).unwrap_or_default();
                if rest.starts_with(b"\r\n") || rest.starts_with(b"\n") {
                    at += if rest.starts_with(b"\r\n") { 2 } else { 1 };
                    let rest = text.get(at..).unwrap_or_default();
                    if rest.starts_with(b"\r\n") {
                        at += 1;
                    }
                    // Blanks that only indent the next line separate words.
                    if !matches!(text.get(at), Some(b'\n')) {
                        continue;
                    }
                }
                line.extend(text.get(at));
                at += 1;
            }
            b'"' => {
                let slashes = line.iter().rev().take_while(|b| **b == b'\\').count();
                let is_escaped = are_all_carets && slashes % 2 == 1;
                is_quoted = is_quoted == is_escaped;
                line.push(byte);
            }
            b'\r' if text.get(at) == Some(&b'\n') => {}
            b'\n' => {
                lines.push(std::mem::take(&mut line));
                is_quoted = false;
            }
            b'%' if is_variable(text.get(at..).unwrap_or_default()) => {
                return Err("a `%NAME%`, which is a variable");
            }
            b'&' | b'|' | b'<' | b'>' if !is_quoted => {
                // Copies of several requests are joined with `&`.
                let rest = text.get(at..).unwrap_or_default();
                let is_last = rest.iter().all(u8::is_ascii_whitespace);
                let is_between =
                    byte == b'&' && (is_last || rest.trim_ascii_start().starts_with(b"curl"));
                if !is_between {
                    return Err("a `&`, `|`, `<` or `>` outside of quotes");
                }
                lines.push(std::mem::take(&mut line));
            }
            other => line.push(other),
        }
    }
    lines.push(line);
    lines.retain(|line| !line.trim_ascii().is_empty());
    Ok(lines)
}

/// Whether browsers write a caret before this.
fn is_special(byte: Option<&u8>) -> bool {
    byte.is_some_and(|b| !b.is_ascii_alphanumeric() && !b.is_ascii_whitespace())
}

/// Whether a `%` before this begins a variable. Two hexadecimal digits are an escape of a URL.
fn is_variable(text: &[u8]) -> bool {
    let name = text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let starts = text.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    let is_escape = name == 2 && text.iter().take(2).all(u8::is_ascii_hexdigit);
    starts && !is_escape && text.get(name) == Some(&b'%')
}

/// The words that the C library makes of a line. With `are_doubled` every backslash was doubled.
fn words(line: &[u8], are_doubled: bool) -> Result<Vec<Vec<u8>>, WindowsError> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut is_quoted = false;
    let mut at = 0;
    while let Some(byte) = line.get(at).copied() {
        match byte {
            b'\\' => {
                let rest = line.get(at..).unwrap_or_default();
                let count = rest.iter().take_while(|b| **b == b'\\').count();
                let is_before_quote = rest.get(count) == Some(&b'"');
                let is_escaped = is_before_quote && count % 2 == 1;
                let kept = if is_before_quote || are_doubled { count / 2 } else { count };
                let odd = usize::from(!is_before_quote && are_doubled && count % 2 == 1);
                let out = word.get_or_insert_default();
                out.resize(out.len() + kept + odd, b'\\');
                at += count;
                if is_escaped {
                    out.push(b'"');
                    at += 1;
                }
                continue;
            }
            b'"' => {
                let out = word.get_or_insert_default();
                match is_quoted && line.get(at + 1) == Some(&b'"') {
                    true => {
                        out.push(b'"');
                        at += 1;
                    }
                    false => is_quoted = !is_quoted,
                }
            }
            b' ' | b'\t' if !is_quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
        at += 1;
    }
    if is_quoted {
        return Err("a quote that is not closed");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> (Vec<String>, bool) {
        let mut split = split(text.as_bytes()).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(split.commands.len(), 1, "{text}");
        let words = split.commands.remove(0);
        let words = words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect();
        (words, split.is_as_meant)
    }

    /// As Chrome quotes a text.
    fn chrome(text: &str) -> String {
        let mut out = "^\"".to_owned();
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let is_plain =
                c.is_ascii_alphanumeric() || c.is_whitespace() || "_-:=+~'/.',?;()*`".contains(c);
            match c {
                '\n' => out.push_str("^\n\n"),
                '%' => out.push_str("^%"),
                _ if is_plain => out.push(c),
                _ => out.extend(['^', c]),
            }
            if c == '%' && chars.peek().is_some_and(char::is_ascii_alphanumeric) {
                out.push('^');
            }
        }
        out + "^\""
    }

    #[test]
    fn chromes_quotes_are_undone() {
        for body in ["{\"a\":\"b c\"}", "{\"a\":\"^%PATH%&|<>\"}", "a\nb", "{\"é\":[1]}", "$`!"] {
            let (words, is_as_meant) =
                only(&format!("curl ^\"http://h/^\" ^\n  -d {}", chrome(body)));
            assert_eq!(words, ["curl", "http://h/", "-d", body]);
            assert!(!is_as_meant, "{body}");
        }
        let (words, is_as_meant) =
            only(&format!("curl ^\"h^\" ^\r\n -d {}", chrome("{\"a\":\"x\\\\y\\n\"}")));
        assert_eq!(words[3], "{\"a\":\"x\\\\y\\n\"}");
        assert!(is_as_meant, "Windows keeps both backslashes of a pair");
    }

    #[test]
    fn older_quotes_are_undone_with_a_note() {
        let (words, is_as_meant) =
            only("curl \"http://h/\" ^\n  --data-raw \"^{^\\\"a^\\\":1^}\" ^\n  --compressed");
        assert_eq!(words, ["curl", "http://h/", "--data-raw", "{\"a\":1}", "--compressed"]);
        assert!(is_as_meant);
        let firefox = "curl \"http://h/\"%\"20\" --data-raw \"{\"\"a\"\":\"\"b\"\"}\"";
        assert!(is_quoted_for_windows(firefox.as_bytes()));
        assert_eq!(only(firefox).0[3], "{\"a\":\"b\"}");
        let lines = "curl \"h\" -d \"a\"^\r\n\r\n\"b\"";
        assert_eq!(only(lines).0[3], "a\nb");
    }

    #[test]
    fn what_the_prompt_would_run_or_replace_is_an_error() {
        for text in
            ["curl h -d %BODY%", "curl h | more", "curl h > f", "curl h & del x", "curl \"h"]
        {
            assert!(split(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(split(b"curl h/%E2%82%AC &\ncurl i").unwrap().commands.len(), 2);
    }
}
