//! The name of what leads from one body to another: what an endpoint says it hashed, held against what was sent.

use std::collections::HashSet;

use super::cause::Cause;
use super::explanation::{Explanation, distinct};
use super::form::{akin, forms, room};
use super::question::LARGEST_BODY;
use super::shelf::Shelf;
use super::texts::Texts;

/// How much is made and compared, in bytes that could be hashed in the same time: a second or two.
const WORK: usize = 2 << 30;

/// What leads from one body to another.
#[derive(Clone, Debug)]
pub struct Transformations {
    /// The simplest explanations, all of which give the same bytes.
    pub found: Vec<Explanation>,
    /// Whether everything that is known was tried, where nothing was found: it is not on large bodies.
    pub is_complete: bool,
}

/// What makes `hashed` of `sent`, the simplest explanations; none when nothing known does.
pub fn transformations(sent: &[u8], hashed: &[u8]) -> Transformations {
    let mut all = match sent.len() > LARGEST_BODY {
        true => Transformations {
            found: Vec::new(),
            is_complete: false,
        },
        false => made(sent, hashed),
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

fn made(sent: &[u8], hashed: &[u8]) -> Transformations {
    let limit = room(sent.len());
    if sent == hashed || hashed.len() > limit {
        return Transformations {
            found: Vec::new(),
            is_complete: true,
        };
    }
    let texts = Texts::of(sent);
    let documents = texts.documents();
    let all = forms(&documents.sources(sent), true);
    let mut shelf = Shelf::new(&all, sent.len());
    let mut seen = HashSet::new();
    let mut left = WORK;
    for index in 0..all.len() {
        if left == 0 {
            break;
        }
        let Some(made) = shelf.take(index, &mut seen, &mut left) else {
            continue;
        };
        let is_made = *made == *hashed;
        shelf.put_back(index, made);
        if is_made {
            let same = akin(&all, index, hashed, limit).into_iter();
            let found = distinct(same.map(|form| Explanation {
                causes: form.causes(),
                formula: form.formula(),
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
    fn everything_is_tried_that_a_search_for_a_signature_tries() {
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
    fn of_what_is_too_large_nothing_is_claimed() {
        let large = vec![b'x'; LARGEST_BODY + 1];
        let all = transformations(&large, b"y");
        assert!(all.found.is_empty() && !all.is_complete);
        let all = transformations(&large, b"xx");
        assert_eq!(all.found[0].codes(), ["body.truncated"]);
        assert_eq!(all.found[0].formula, "body[..2]");
    }
}
