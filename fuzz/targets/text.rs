//! Untrusted bytes as text and as JSON: no control characters for a terminal, and JSON with the same meaning.

use cz_hook::webhook::record::BodyPart;
use cz_hook::{escape, json_line};

pub fn text(data: &[u8]) {
    let line = escape::line(data);
    super::assert_harmless(&line, false);
    let block = escape::block(data);
    super::assert_harmless(&block.replace('\t', " "), true);
    for most in [0, 1, 7, 60] {
        let clipped = escape::clipped(data, most);
        super::assert_harmless(&clipped, false);
        assert!(clipped == line || clipped.ends_with('…'));
        // The longest escape of one character has ten characters.
        assert!(clipped.chars().count() <= most * 40 + 1);
    }

    let text = String::from_utf8_lossy(data);
    let written = json_line::line(&text);
    super::assert_harmless(std::str::from_utf8(&written).expect("text"), true);
    assert_eq!(serde_json::from_slice::<String>(&written).ok().as_deref(), Some(&*text));

    let body = json_line::line(&BodyPart::from(data));
    super::assert_harmless(std::str::from_utf8(&body).expect("text"), true);
}
