//! The name of what leads from one body to another: what an endpoint says it hashed, held against what was sent.

use std::borrow::Cow;

use crate::webhook::examine::without_bom;

use super::cause::Cause;
use super::form::{Form, Source, forms, room};
use super::json;
use super::question::{Explanation, LARGEST_BODY};

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
    let makes = |form: &&Form<'_, '_>| {
        let made: Option<Cow<'_, [u8]>> = form.make(room(sent.len()));
        made.is_some_and(|made| *made == *hashed)
    };
    let mut found: Vec<Explanation> = Vec::new();
    let mut cost = usize::MAX;
    for form in all.iter().filter(makes) {
        if form.cost() > cost {
            break;
        }
        cost = form.cost();
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
