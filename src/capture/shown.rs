//! What an error repeats of a stranger's capture: short, and nothing that a terminal would obey.

use crate::escape::clipped;

/// The text of `bytes` for an error: at most 60 characters, escaped, with an ellipsis when there is more.
pub(super) fn shown(bytes: &[u8]) -> String {
    clipped(bytes, 60)
}

/// What is wrong with JSON; the parser repeats values whole.
pub(super) fn json_error(error: &serde_json::Error) -> String {
    let place = match error.line() {
        0 | 1 => format!("column {}", error.column()),
        line => format!("line {line}, column {}", error.column()),
    };
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("{} ({place})", clipped(what.as_bytes(), 120))
}

#[cfg(test)]
mod tests {
    use super::{json_error, shown};

    #[test]
    fn what_is_repeated_is_short_and_harmless() {
        assert_eq!(
            shown("a\u{1b}[2J\u{202e}".as_bytes()),
            "a\\u{1b}[2J\\u{202e}"
        );
        assert_eq!(shown(&[b'x'; 61]), format!("{}…", "x".repeat(60)));
        assert_eq!(shown(&[b'x'; 60]), "x".repeat(60));
        let json = format!("[\n\"\u{202e}{}\"]", "x".repeat(1000));
        let error = serde_json::from_str::<Vec<u8>>(&json).unwrap_err();
        let text = json_error(&error);
        assert!(text.len() < 200 && !text.contains('\u{202e}'), "{text}");
        assert!(text.ends_with("… (line 2, column 1005)"), "{text}");
    }
}
