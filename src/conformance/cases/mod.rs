//! The list of all cases, in the order in which they are shown: one table per category.

mod accept;
mod behaviour;
mod bytes;
mod protocol;
mod refuse;

use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;

use super::case::{Case, Spec};
use super::outcome::Severity;

/// Every case for a provider. With `strict`, those of `bytes/` are required.
pub fn list(catalog: &Catalog, provider: &Provider, strict: bool) -> Vec<Case> {
    let of = |category: &'static str, table: &'static [Spec]| {
        table.iter().map(move |spec| spec.case(category))
    };
    let bytes = of("bytes", bytes::CASES).map(|mut case| {
        if strict {
            case.severity = Severity::Required;
        }
        case
    });
    accept::events(catalog, provider)
        .into_iter()
        .chain(of("accept", accept::CASES))
        .chain(bytes)
        .chain(of("refuse", refuse::CASES))
        .chain(of("protocol", protocol::CASES))
        .chain(of("behaviour", behaviour::CASES))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_every_case_says_why_and_how() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            let cases = list(catalog, provider, false);
            let ids: HashSet<_> = cases.iter().map(|case| &case.id).collect();
            assert_eq!(ids.len(), cases.len(), "{}", provider.name);
            for case in &cases {
                assert!(case.id.starts_with(&format!("{}/", case.category)));
                assert!(!case.id.contains(char::is_whitespace), "{}", case.id);
                for sentence in [case.why, case.fix] {
                    assert!(
                        sentence.trim_end_matches(')').ends_with('.'),
                        "{}: {sentence}",
                        case.id
                    );
                }
                assert!(
                    !case.title.ends_with('.') && case.title.chars().count() <= 56,
                    "{}",
                    case.id
                );
            }
            let last = cases.last().map(|case| case.id.as_str());
            assert_eq!(last, Some("behaviour/keeps-serving"));
        }
    }

    #[test]
    fn strict_requires_the_bytes_and_nothing_else() {
        let catalog = Catalog::builtin();
        let provider = catalog.providers().next().unwrap();
        for (lax, strict) in list(catalog, provider, false)
            .iter()
            .zip(list(catalog, provider, true))
        {
            if lax.category == "bytes" {
                assert_eq!(lax.severity, Severity::Recommended);
                assert_eq!(strict.severity, Severity::Required);
            } else {
                assert_eq!(lax.severity, strict.severity);
            }
        }
    }
}
