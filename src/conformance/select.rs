//! Which cases are meant: patterns with `*` and `?` over their ids, and the nearest id where one is meant
//! that does not exist.

use crate::webhook::suggest;

/// Whether a pattern matches an id: `*` stands for any characters, `?` for one.
pub fn matches(pattern: &str, id: &str) -> bool {
    let (pattern, id): (Vec<char>, Vec<char>) = (pattern.chars().collect(), id.chars().collect());
    let (mut p, mut i) = (0, 0);
    // Where the last star stood, and how far it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while i < id.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, i));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == id.get(i) => {
                p += 1;
                i += 1;
            }
            _ => match star {
                Some((at, eaten)) => {
                    star = Some((at, eaten + 1));
                    p = at + 1;
                    i = eaten + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// Whether any of the patterns matches.
pub fn any(patterns: &[String], id: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, id))
}

/// The first pattern that matches none of the ids, and the id that is nearest to it.
pub fn stray<'p, 'i>(patterns: &'p [String], ids: &[&'i str]) -> Option<(&'p str, &'i str)> {
    let stray = patterns
        .iter()
        .find(|pattern| !ids.iter().any(|id| matches(pattern, id)))?;
    // A star adds to the distance of every id alike; the words around it say what was meant.
    let plain = stray.replace(['*', '?'], "");
    let nearest = suggest::nearest_of_all(&plain, ids.iter().copied())?;
    Some((stray, nearest))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(matches(pattern, id), expected, "{pattern} {id}");
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_names_the_nearest() {
        let ids = ["refuse/no-signature", "accept/emoji"];
        let patterns = ["accept/*".to_owned(), "refuse/no-signatur".to_owned()];
        assert_eq!(
            stray(&patterns, &ids),
            Some(("refuse/no-signatur", "refuse/no-signature"))
        );
        assert_eq!(stray(&patterns[..1], &ids), None);
    }
}
