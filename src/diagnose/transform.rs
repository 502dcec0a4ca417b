//! The name of what leads from one body to another: what an endpoint says it hashed, held against what was sent.

use std::collections::HashSet;

use crate::webhook::examine::without_bom;

use super::cause::Cause;
use super::form::{Source, forms, room};
use super::json;
use super::question::{Explanation, LARGEST_BODY};
use super::shelf::Shelf;

/// How much is made and compared, in bytes that could be hashed in the same time: a second or two.
const WORK: usize = 2 << 30;

/// What makes `hashed` of `sent`, the simplest explanations; none when nothing known does.
pub fn transformations(sent: &[u8], hashed: &[u8]) -> Vec<Explanation> {
    if sent == hashed || sent.len() > LARGEST_BODY || hashed.len() > room(sent.len()) {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(without_bom(sent));
    let parsed = json::parse(&text).ok();
    let mut sources = vec![Source::bytes(sent, "body", vec![])];
    if let Some(document) = &parsed {
        sources.push(Source::value(document.root(), "body", vec![]));
    }
    let all = forms(&sources, true);
    let mut shelf = Shelf::new(&all, sent.len());
    let mut seen = HashSet::new();
    let mut left = WORK;
    let mut first = None;
    for (index, form) in all.iter().enumerate() {
        if left == 0 {
            break;
        }
        let Some(made) = shelf.take(index, &mut seen, &mut left) else {
            continue;
        };
        let is_made = *made == *hashed;
        shelf.put_back(index, made);
        if is_made {
            first = Some(form);
            break;
        }
    }
    let mut found: Vec<Explanation> = Vec::new();
    let limit = room(sent.len());
    for form in all
        .iter()
        .filter(|form| first.is_some_and(|f| f.is_akin(form)))
    {
        if form.make(limit).is_none_or(|made| *made != *hashed) {
            continue;
        }
        let one = Explanation {
            causes: form.causes(),
            formula: form.formula(),
        };
        if found.iter().all(|known| known.causes != one.causes) {
            found.push(one);
        }
    }
    if found.is_empty()
        && let Some(to) = sent.starts_with(hashed).then_some(hashed.len())
    {
        found.push(Explanation {
            causes: vec![Cause::with("body.truncated", to.to_string())],
            formula: format!("body[..{to}]"),
        });
    }
    found
}
