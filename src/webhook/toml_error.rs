//! Why a TOML file cannot be read, for its author: the line, the key, and the key that was probably meant. Never the
//! value: it may be a secret.

use super::suggest;

/// What is wrong with a TOML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TomlError {
    pub line: usize,
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The key that is not known, when that is what is wrong.
    pub unknown_key: Option<String>,
}

impl TomlError {
    /// What the parser says of `text`.
    pub fn new(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.as_bytes().get(..start).unwrap_or_default();
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let message = error.message();
        let unknown_of = |prefix| {
            let mut names = quoted(message.strip_prefix(prefix)?);
            // A key may be as long as the file.
            let unknown: String = names.next().unwrap_or_default().chars().take(80).collect();
            let hint = suggest::among(&unknown, &names.collect::<Vec<_>>());
            Some((unknown, hint))
        };
        let mut unknown_key = None;
        let mut hint = "correct the line".to_owned();
        let message = if let Some((unknown, known)) = unknown_of("unknown field ") {
            hint = known;
            format!("there is no key `{}` here", unknown_key.insert(unknown))
        } else if let Some((unknown, known)) = unknown_of("unknown variant ") {
            hint = known;
            format!("`{unknown}` is none of the values")
        } else if let Some(name) = message.strip_prefix("missing field ") {
            hint = "add it to the table that starts on this line".to_owned();
            format!("the key {name} is missing")
        } else if message.starts_with("invalid ")
            && let Some((_, expected)) = message.rsplit_once("expected ")
        {
            // "invalid type: string "hunter2", expected a map": only the end is safe to repeat.
            format!("expected {}", of_toml(expected))
        } else {
            message.lines().collect::<Vec<_>>().join(", ")
        };
        Self { line, message, hint, unknown_key }
    }
}

/// TOML's name for what the parser calls by a Rust type.
fn of_toml(expected: &str) -> &str {
    match expected {
        "a map" => "a table",
        "a sequence" => "a list",
        "a string" | "path string" => "a text in quotes",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

/// The names between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::provider::Provider;

    fn of(text: &str) -> TomlError {
        TomlError::new(text, &toml::from_str::<Provider>(text).unwrap_err())
    }

    #[test]
    fn the_line_and_the_nearest_key_are_named() {
        let found = of("name = 'a'\ntitel = 'b'\n");
        assert_eq!(found.line, 2);
        assert_eq!(found.unknown_key.as_deref(), Some("titel"));
        assert!(found.hint.starts_with("did you mean `title`?"), "{found:?}");
        let scheme = "[signature]\nheader = 'x'\nalgorithm = 'hmac-sha265'\nencoding = 'hex'\n";
        let found = of(scheme);
        assert_eq!(found.line, 3);
        assert!(found.hint.contains("`hmac-sha256`"), "{found:?}");
        assert!(of("name = 'a'\n").message.contains("missing"));
    }

    #[test]
    fn no_value_is_repeated() {
        for text in [
            "name = 4711",
            "name = ['hunter2']",
            "name = 'a'\nenvelope = 'hunter2'",
            "name = 'a'\nsignature = 'hunter2'",
            "name = 'hunter2",
            "name = hunter2",
            "name = \"hunter2\\q\"",
            "name = 'hunter2' 'b'",
            "= hunter2",
            "name 'hunter2'",
        ] {
            let found = of(text);
            let said = format!("{} {}", found.message, found.hint);
            let secret = ["struct ", "hunter2", "4711"];
            assert!(secret.iter().all(|text| !said.contains(text)), "{said}");
        }
    }
}
