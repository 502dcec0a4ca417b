//! All cases, one table per category, in the order in which they are shown; and the patterns with `*` and `?`
//! that select cases by id.

mod accept;
mod behavior;
mod bytes;
mod protocol;
mod refuse;

use wildmatch::WildMatch;

use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::suggest;

use super::case::{Case, Severity, Spec};

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
        .chain(of("behaviour", behavior::CASES))
        .collect()
}

/// Whether any of the patterns matches an id: `*` is any characters, `?` is one.
pub fn matches_any(patterns: &[String], id: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| WildMatch::new(pattern).matches(id))
}

/// The first pattern that matches none of the ids, and the id that is nearest to it.
pub fn unmatched<'p, 'i>(patterns: &'p [String], ids: &[&'i str]) -> Option<(&'p str, &'i str)> {
    let unmatched = patterns.iter().find(|pattern| {
        let pattern = WildMatch::new(pattern);
        !ids.iter().any(|id| pattern.matches(id))
    })?;
    // A star adds to the distance of every id alike; the text around it is what was meant.
    let plain = unmatched.replace(['*', '?'], "");
    let nearest = suggest::nearest_of_all(&plain, ids.iter().copied())?;
    Some((unmatched, nearest))
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

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, id, expected) in [
            ("*", "refuse/x", true),
            ("refuse/*", "refuse/x", true),
            ("refuse/*", "accept/x", false),
            ("*/x", "refuse/x", true),
            ("r*e/?", "refuse/x", true),
            ("refuse", "refuse/x", false),
            ("refuse/x", "refuse/x", true),
            ("refuse/xx", "refuse/x", false),
            ("*s*s*", "refuse/long-signature", true),
            ("", "refuse/x", false),
            ("**", "x", true),
            ("[x]", "x", false),
            ("re?use/*-*", "refuse/long-signature", true),
        ] {
            assert_eq!(
                matches_any(&[pattern.to_owned()], id),
                expected,
                "{pattern} {id}"
            );
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_names_the_nearest() {
        let ids = ["refuse/no-signature", "accept/emoji"];
        let patterns = ["accept/*".to_owned(), "refuse/no-signatur".to_owned()];
        assert_eq!(
            unmatched(&patterns, &ids),
            Some(("refuse/no-signatur", "refuse/no-signature"))
        );
        assert_eq!(unmatched(&patterns[..1], &ids), None);
    }
}
