//! All cases, one table per category, in the order in which they are run and shown.

mod accept;
mod behaviour;
mod protocol;
mod provider;
mod refuse;

use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;

use super::case::{Case, Severity};
use accept::{ACCEPT, BYTES};
use behaviour::BEHAVIOUR;
use protocol::PROTOCOL;
use refuse::REFUSE;

/// Every case for a provider. With `strict`, those of `bytes/` are required.
pub fn list(catalog: &Catalog, provider: &Provider, strict: bool) -> Vec<Case> {
    let samples = catalog.samples(provider);
    let mut cases: Vec<_> = samples.iter().enumerate().map(provider::event).collect();
    cases.extend(ACCEPT.iter().cloned());
    cases.extend(provider::handshakes(provider));
    cases.extend([BYTES, REFUSE].concat());
    cases.extend(PROTOCOL.iter().filter_map(|case| provider::protocol(provider, case)));
    cases.extend(BEHAVIOUR.iter().cloned());
    cases.retain(|case| provider::applies(provider, case));
    let is_raised = |case: &&mut Case| strict && case.category == "bytes";
    for case in cases.iter_mut().filter(is_raised) {
        case.severity = Severity::Required;
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::case::{Change, Step};
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_every_case_says_why_and_how_and_strict_requires_the_bytes() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            let cases = list(catalog, provider, false);
            let ids: HashSet<_> = cases.iter().map(|case| &case.id).collect();
            assert_eq!(ids.len(), cases.len(), "{}", provider.name);
            for case in &cases {
                let (id, title) = (&case.id, &case.title);
                assert!(id.starts_with(&format!("{}/", case.category)));
                assert!(!id.contains(char::is_whitespace), "{id}");
                for sentence in [case.why, case.fix] {
                    assert!(sentence.trim_end_matches(')').ends_with('.'), "{id}: {sentence}");
                }
                // Vendors' names of events may be long.
                let is_event = matches!(case.step, Step::Send(Change::Sample(_), _));
                let is_short = title.chars().count() <= 56 || is_event;
                assert!(!title.ends_with('.') && is_short, "{id}");
            }
            assert_eq!(cases.last().unwrap().id, "behaviour/keeps-serving");
            for (case, strict) in cases.iter().zip(list(catalog, provider, true)) {
                let is_raised = strict.severity != case.severity;
                assert_eq!(is_raised, case.category == "bytes", "{}", case.id);
            }
        }
    }
}
