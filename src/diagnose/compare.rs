//! What turns one body into another: the bytes that an endpoint hashed, compared with those that were sent.

use std::collections::HashSet;

use super::body_view::{BodyTexts, MAX_BODY};
use super::cause::{Cause, Explanation, distinct};
use super::variant::{equivalents, max_len, variants};
use super::variant_cache::VariantCache;

/// The most work, in bytes that could be hashed in the same time: a second or two.
const MAX_WORK: usize = 2 << 30;

/// What turns one body into another.
#[derive(Clone, Debug)]
pub struct Transformations {
    /// The simplest explanations, all of which give the same bytes.
    pub found: Vec<Explanation>,
    /// Whether everything known was tried, where nothing was found. On large bodies it is not.
    pub is_complete: bool,
}

/// What turns `sent` into `hashed`, the simplest explanations; none when nothing known does.
pub fn transformations(sent: &[u8], hashed: &[u8]) -> Transformations {
    let mut all = match sent.len() > MAX_BODY {
        true => Transformations {
            found: Vec::new(),
            is_complete: false,
        },
        false => search(sent, hashed),
    };
    if all.found.is_empty() && sent != hashed && sent.starts_with(hashed) {
        let to = hashed.len();
        all.found.push(Explanation {
            causes: vec![Cause::with("body.truncated", to.to_string())],
            formula: format!("body[..{to}]"),
        });
    }
    all
}

fn search(sent: &[u8], hashed: &[u8]) -> Transformations {
    let limit = max_len(sent.len());
    if sent == hashed || hashed.len() > limit {
        return Transformations {
            found: Vec::new(),
            is_complete: true,
        };
    }
    let texts = BodyTexts::new(sent);
    let documents = texts.parse();
    let all = variants(&documents.views(sent), true);
    let mut cache = VariantCache::new(&all, sent.len());
    let mut seen = HashSet::new();
    let mut left = MAX_WORK;
    for index in 0..all.len() {
        if left == 0 {
            break;
        }
        let Some(made) = cache.take(index, &mut seen, &mut left) else {
            continue;
        };
        let is_made = *made == *hashed;
        cache.put_back(index, made);
        if is_made {
            let same = equivalents(&all, index, hashed, limit).into_iter();
            let found = distinct(same.map(|variant| Explanation {
                causes: variant.causes(),
                formula: variant.formula(),
            }));
            return Transformations {
                found,
                is_complete: true,
            };
        }
    }
    Transformations {
        found: Vec::new(),
        is_complete: left > 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(sent: &[u8], hashed: &str) -> Vec<Vec<&'static str>> {
        let all = transformations(sent, hashed.as_bytes());
        assert!(all.is_complete);
        all.found.iter().map(Explanation::codes).collect()
    }

    #[test]
    fn everything_is_tried_that_a_signature_search_tries() {
        let latin = b"{\"a\": \"\xe9\", \"b\": 1.0}";
        let found = codes(latin, "{\"a\":\"\u{e9}\",\"b\":1}");
        assert_eq!(found[0], ["body.latin1", "body.reserialized.node"]);
        assert_eq!(
            codes(b"{\"a\": 1}", "[object Object]"),
            [["body.object_object"]]
        );
        assert_eq!(codes(b"{}", "{}"), [[""; 0]; 0]);
        assert_eq!(codes(b"{}", "something else"), [[""; 0]; 0]);
    }

    #[test]
    fn nothing_is_claimed_of_too_large_bodies() {
        let large = vec![b'x'; MAX_BODY + 1];
        let all = transformations(&large, b"y");
        assert!(all.found.is_empty() && !all.is_complete);
        let all = transformations(&large, b"xx");
        assert_eq!(all.found[0].codes(), ["body.truncated"]);
        assert_eq!(all.found[0].formula, "body[..2]");
    }
}
