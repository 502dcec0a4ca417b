//! Text of programs: literals, comments, templates.

/// How a language writes a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// `'…'` for plain text, else `'…'` with `\u{…}`.
    JavaScript,
    /// `"…"`; `\U0001f600`.
    Python,
    /// `'…'` for plain text, else `"…"` with `\u{…}`.
    PhpOrRuby,
    /// `"…"`; `\U0001f600`.
    Go,
    /// `"…"`; `\u{…}`.
    Rust,
    /// `"…"`; UTF-16.
    Java,
}

/// A literal of the text. Everything but plain ASCII is escaped, so a text never leaves its literal.
pub(super) fn quote(text: &str, quoting: Quoting) -> String {
    use Quoting::{Go, Java, JavaScript, PhpOrRuby, Python, Rust};
    let is_plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '\'' | '"' | '\\' | '$' | '#');
    let plain = text.chars().all(is_plain);
    let mark = match quoting {
        JavaScript => '\'',
        PhpOrRuby if plain => '\'',
        _ => '"',
    };
    let mut out = String::from(mark);
    for c in text.chars() {
        let code = u32::from(c);
        match quoting {
            _ if is_plain(c) => out.push(c),
            // `$` and `#` are special in some languages only.
            JavaScript | Python | Go | Rust | Java if matches!(c, '$' | '#') => out.push(c),
            JavaScript | Rust | PhpOrRuby => out.push_str(&format!("\\u{{{code:x}}}")),
            Python | Go => out.push_str(&format!("\\U{code:08x}")),
            // Java replaces \uXXXX before it finds the end of a literal: octal for ASCII.
            Java if c.is_ascii() => out.push_str(&format!("\\{code:03o}")),
            Java => {
                let units = c
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|u| format!("\\u{u:04x}"))
                    .collect::<String>();
                out.push_str(&units);
            }
        }
    }
    out.push(mark);
    out
}

/// A text within a comment of one line.
pub(super) fn in_comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

/// A template with values for its placeholders, such as `@name@`. Values are not searched for placeholders.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut rest = template;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once('@') {
        out.push_str(before);
        let found = values
            .iter()
            .find_map(|(name, value)| Some((value, after.strip_prefix(name)?.strip_prefix('@')?)));
        rest = match found {
            Some((value, behind)) => {
                out.push_str(value);
                behind
            }
            None => {
                out.push('@');
                after
            }
        };
    }
    out + rest
}

/// `camelCase` of `AN_ENVIRONMENT_VARIABLE`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    for word in name.split('_').filter(|word| !word.is_empty()) {
        let lower = word.to_ascii_lowercase();
        let mut letters = lower.chars();
        match letters.next() {
            Some(first) if !out.is_empty() => out.push(first.to_ascii_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.push_str(letters.as_str());
    }
    out
}

/// A list of literals with commas.
pub(super) fn list(texts: &[String], quoting: Quoting) -> String {
    texts.iter().map(|text| quote(text, quoting)).collect::<Vec<_>>().join(", ")
}

/// Whether a program mentions a name as a whole word, and not as a part of a path or a field.
pub(super) fn mentions(code: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code.get(at + name.len()..).and_then(|text| text.chars().next());
        before.is_none_or(|c| !is_word(c) && c != '.' && c != '/') && !after.is_some_and(is_word)
    })
}
