//! The path that somebody meant who gave one that is not there. Whoever gave it waits, and the document may be a
//! stranger's.

use serde_json::Value;

use crate::webhook::suggest;

/// The nearest path that a document has.
pub fn nearest_path(document: &Value, path: &str) -> Option<String> {
    let mut paths = Vec::new();
    list_paths(document, &mut String::new(), &mut paths);
    suggest::nearest_of_all(path, paths.iter().map(String::as_str)).map(str::to_owned)
}

/// The paths of a document that somebody may have meant. Neither more of them nor longer ones are listed
/// than are worth comparing.
fn list_paths(value: &Value, prefix: &mut String, out: &mut Vec<String>) {
    const MOST: usize = 4096;
    const LONGEST: usize = 128;
    let mut list = |step: &str, child: &Value| {
        if out.len() >= MOST || prefix.len() + step.len() >= LONGEST {
            return;
        }
        let end = prefix.len();
        if end > 0 {
            prefix.push('.');
        }
        prefix.push_str(step);
        out.push(prefix.clone());
        list_paths(child, prefix, out);
        prefix.truncate(end);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, child)| list(key, child)),
        Value::Array(items) => {
            let items = items.iter().take(MOST).enumerate();
            items.for_each(|(at, child)| list(&at.to_string(), child));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_short_and_early_in_a_strangers_document_was_meant() {
        let long = "k".repeat(200);
        let document = json!({(long.clone()): {"a": 1}, "b": 1});
        assert_eq!(nearest_path(&document, &long[1..]).as_deref(), Some("b"));
        let many = Value::Array((0..10_000).map(Value::from).collect());
        assert_eq!(nearest_path(&many, "10000").as_deref(), Some("1000"));
    }
}
