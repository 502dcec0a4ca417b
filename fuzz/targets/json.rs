//! The JSON parser that keeps every token: it accepts all JSON at any depth and knows the position of every value.

use cz_hook::webhook::payload::json::{Kind, Node, parse};

pub fn json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    whole(text);
    // Deeper than any stack. Only for a few inputs, because it is slow.
    if let Some(inner) = text.strip_prefix('~') {
        const DEPTH: usize = 20_000;
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = [&open.repeat(DEPTH), inner, &close.repeat(DEPTH)].concat();
            // An input that is not JSON alone may be valid inside: nothing, or a comma between two closing brackets.
            assert!(parse(inner).is_err() || parse(&deep).is_ok());
        }
    }
}

fn whole(text: &str) {
    let known = serde_json::from_str::<serde_json::Value>(text);
    let document = match parse(text) {
        Ok(document) => document,
        Err(why) => {
            assert!(known.is_err(), "{why}");
            assert!(why.offset <= text.len());
            return super::assert_harmless(&why.to_string(), false);
        }
    };
    assert_eq!(document.text(), text);
    let root = document.root();
    let end = [root.raw(), root.trailing()].concat();
    assert!(text.ends_with(&end));
    let mut left = vec![root];
    while let Some(node) = left.pop() {
        below(node, &mut left);
    }
    let mut unfaithful = Vec::new();
    let value = root.to_value(&mut unfaithful);
    // The other parser rejects these: great depth, numbers beyond a double, lone surrogates.
    assert!(known.is_ok() || !unfaithful.is_empty());
    if let Ok(known) = known {
        assert_eq!(value, known);
        assert!(unfaithful.is_empty());
        assert_eq!(known.is_object(), root.kind() == Kind::Object);
        if let Some(known) = known.as_str() {
            assert_eq!(root.string().as_deref(), Some(known.as_bytes()));
        }
    }
}

fn below<'d, 't>(node: Node<'d, 't>, left: &mut Vec<Node<'d, 't>>) {
    let raw = node.raw();
    match node.kind() {
        Kind::Null => assert_eq!(raw, "null"),
        Kind::Bool => assert!(matches!(raw, "true" | "false")),
        Kind::Number => assert!(raw.parse::<f64>().is_ok()),
        Kind::String => {
            let content = node.string().expect("a string");
            assert!(content.len() <= raw.len() - 2 && raw.starts_with('"') && raw.ends_with('"'));
        }
        Kind::Array => assert!(raw.starts_with('[') && raw.ends_with(']')),
        Kind::Object => assert!(raw.starts_with('{') && raw.ends_with('}')),
    }
    let within = |child: Node<'_, '_>| {
        node.span().start < child.span().start && child.span().end < node.span().end
    };
    for item in node.items() {
        assert!(within(item));
        left.push(item);
    }
    for (key, value) in node.entries() {
        assert!(within(key) && within(value) && key.span().end < value.span().start);
        assert_eq!(key.kind(), Kind::String);
        left.push(value);
    }
}
