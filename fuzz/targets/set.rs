//! `--set PATH=VALUE`: a value that cannot be set changes nothing, and a value that is set leaves valid JSON.

use cz_hook::webhook::payload::json::parse;
use cz_hook::webhook::payload::set::Assignment;

const SAMPLE: &str = r#"{"eventType": "lead.submit", "": 0, "a.b": [], "\ud83d": 1e400,
    "payload": {"phone": "+2", "list": [1, {"x": null}], "n": 1.5}}"#;

pub fn set(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut made = SAMPLE.to_owned();
    for text in text.lines() {
        let Ok(assignment) = Assignment::parse(text) else {
            continue;
        };
        for add in [false, true] {
            let mut root = SAMPLE.to_owned();
            match assignment.apply(&mut root, add) {
                Ok(()) => again(&assignment, root),
                Err(_) => assert_eq!(root, SAMPLE),
            }
        }
        let _ = assignment.apply(&mut made, true);
        assert!(parse(&made).is_ok());
    }
}

/// A value that was set can be set again, with the same result.
fn again(assignment: &Assignment, root: String) {
    assert!(parse(&root).is_ok());
    let mut twice = root.clone();
    assignment.apply(&mut twice, false).expect("it is there");
    if !format!("{assignment:?}").contains("Text") {
        assert_eq!(twice, root);
    }
}
