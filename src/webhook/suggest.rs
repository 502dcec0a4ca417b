//! "Did you mean": the nearest of the names that exist.

/// The candidate nearest to `given`, if one is similar enough to suggest it.
pub fn nearest<'c>(given: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // An untrusted name may be a megabyte long, and the distance costs the product of the lengths.
    const MAX_LENGTH: usize = 128;
    if given.len() > MAX_LENGTH {
        return None;
    }
    candidates
        .into_iter()
        .map(|c| (strsim::jaro_winkler(given, c), c))
        .filter(|(similarity, _)| *similarity >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

/// The candidate nearest to `given`, however far.
pub fn nearest_of_all<'c>(
    given: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    candidates.into_iter().min_by_key(|c| strsim::damerau_levenshtein(given, c))
}

/// The first names of a list, which may be long.
pub(crate) fn some_of(names: &[impl AsRef<str>]) -> String {
    const MAX: usize = 3;
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    match names.get(..MAX) {
        Some(first) if names.len() > MAX => format!("{} and others", first.join(", ")),
        _ => names.join(" and "),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_plural_is_suggested_for_and_nonsense_is_not() {
        let names = ["lead.submit", "message.received"];
        assert_eq!(nearest("leads.submit", names), Some("lead.submit"));
        assert_eq!(nearest("mesage.recieved", names), Some("message.received"));
        assert_eq!(nearest("xyzzy", names), None);
        assert_eq!(nearest(&"l".repeat(1 << 20), names), None);
    }
}
