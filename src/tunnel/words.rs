//! A command template split into words as a shell splits them. No shell runs it, so whatever only a
//! shell can do is refused instead of passed on as a word.

/// The words of `text`: blanks separate, quotes and backslashes keep together.
///
/// # Errors
/// A sentence on what is open or needs a shell.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    // `Some("")` is an empty word that was quoted, `None` the blank between two words.
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => single_quoted(&mut chars, word.get_or_insert_default())?,
            '"' => double_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => {
                let escaped = chars.next().ok_or("it ends in a backslash")?;
                word.get_or_insert_default().push(escaped);
            }
            '|' | '&' | ';' | '<' | '>' => {
                return Err(format!(
                    "`{c}` needs a shell and none is run: quote it, or use sh -c '…'"
                ));
            }
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single_quoted(chars: &mut impl Iterator<Item = char>, word: &mut String) -> Result<(), String> {
    for c in chars {
        match c {
            '\'' => return Ok(()),
            c => word.push(c),
        }
    }
    Err("a ' is not closed".to_owned())
}

fn double_quoted(chars: &mut impl Iterator<Item = char>, word: &mut String) -> Result<(), String> {
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(()),
            '\\' => match chars.next() {
                Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                Some(kept) => word.extend(['\\', kept]),
                None => break,
            },
            c => word.push(c),
        }
    }
    Err("a \" is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_a_shells() {
        for (text, words) in [
            ("", &[][..]),
            ("  prog   --port\t{port} ", &["prog", "--port", "{port}"]),
            ("a'b c'\"d e\"f", &["ab cd ef"]),
            ("'' \"\"", &["", ""]),
            (r#"a\ b "\"\x\$" '\'"#, &["a b", r#""\x$"#, "\\"]),
            ("sh -c 'a | b > c'", &["sh", "-c", "a | b > c"]),
            ("Zoë=é", &["Zoë=é"]),
        ] {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
    }

    #[test]
    fn what_is_open_or_needs_a_shell_is_refused() {
        for text in [
            "a 'b", "a \"b", "a \"b\\", "a\\", "a | b", "a&", "a > b", "a;b",
        ] {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
