//! `--set PATH=VALUE`: a value that cannot be set changes nothing.

use cz_hook::webhook::payload::set::Assignment;
use serde_json::{Value, json};

pub fn set(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let sample = json!({
        "eventType": "lead.submit", "": 0, "a.b": [],
        "payload": {"phone": "+2", "list": [1, {"x": null}], "n": 1.5},
    });
    let mut made = sample.clone();
    for text in text.lines() {
        let Ok(assignment) = Assignment::parse(text) else {
            continue;
        };
        for add in [false, true] {
            let mut root = sample.clone();
            match assignment.apply(&mut root, add) {
                Ok(()) => again(&assignment, root),
                Err(_) => assert_eq!(root, sample),
            }
        }
        let _ = assignment.apply(&mut made, true);
    }
}

/// A value that was set can be set again, with the same result.
fn again(assignment: &Assignment, root: Value) {
    let mut twice = root.clone();
    assignment.apply(&mut twice, false).expect("it is there");
    if !format!("{assignment:?}").contains("Text") {
        assert_eq!(twice, root);
    }
}
