//! The scalars of the deliveries' bodies by JSON Pointer, and the fields of their forms.

use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{Kind, Node, escape_step, parse_body};

/// The most scalars that are looked at: fewer of a large body, because each look-up goes through it.
const MAX_SCALARS: usize = 400;
const MIN_SCALARS: usize = 24;
const MAX_LOOKED_AT: usize = 4 << 20;

/// The deepest level that is looked at.
const MAX_DEPTH: usize = 8;

/// How many items of an array are looked at.
const MAX_ITEMS: usize = 2;

/// The pointers of the scalars of the first body, in its order, that every body has, with the first body's text.
/// The values of arrays are those of their first items.
pub fn scalars(deliveries: &[&Delivery]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Some((first, others)) = deliveries.split_first() else {
        return found;
    };
    let Ok(document) = parse_body(&first.body) else {
        return found;
    };
    let largest = deliveries.iter().map(|one| one.body.len()).max().unwrap_or_default();
    let max = (MAX_LOOKED_AT / largest.max(1)).clamp(MIN_SCALARS, MAX_SCALARS);
    collect(document.root(), "", 0, max, &mut found);
    for other in others {
        match parse_body(&other.body) {
            Ok(document) => found.retain(|(pointer, _)| {
                let node = document.root().at_pointer(pointer);
                node.is_some_and(|node| is_scalar(node))
            }),
            Err(_) => found.clear(),
        }
    }
    found
}

fn is_scalar(node: Node<'_, '_>) -> bool {
    matches!(node.kind(), Kind::String | Kind::Number | Kind::Bool)
}

fn collect(
    node: Node<'_, '_>,
    path: &str,
    depth: usize,
    max: usize,
    found: &mut Vec<(String, String)>,
) {
    if found.len() >= max || depth > MAX_DEPTH {
        return;
    }
    match node.kind() {
        Kind::Object => {
            for (key, value) in node.entries() {
                let step = escape_step(&key.text().unwrap_or_default());
                collect(value, &format!("{path}/{step}"), depth + 1, max, found);
            }
        }
        Kind::Array => {
            for (index, item) in node.items().take(MAX_ITEMS).enumerate() {
                collect(item, &format!("{path}/{index}"), depth + 1, max, found);
            }
        }
        Kind::Null => {}
        _ => {
            let text = node.text().map_or_else(|| node.raw().to_owned(), |text| text.into_owned());
            found.push((path.to_owned(), text));
        }
    }
}
