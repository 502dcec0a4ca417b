//! "Did you mean": the nearest of the names that exist.

/// The candidate nearest to `given`, if one is similar enough to suggest it: a few letters differ, or `given` is its
/// beginning or its end. Case does not matter.
pub fn nearest<'c>(given: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // An untrusted name may be a megabyte long, and the distance costs the product of the lengths.
    const MAX_LENGTH: usize = 128;
    if given.len() > MAX_LENGTH {
        return None;
    }
    let given = given.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates.into_iter().filter(|name| name.len() <= 2 * MAX_LENGTH) {
        let similarity = similarity(&given, &candidate.to_lowercase());
        if similarity >= SIMILAR && best.is_none_or(|(known, _)| similarity > known) {
            best = Some((similarity, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The least similarity at which a name is suggested.
const SIMILAR: f64 = 0.7;

/// The similarity of two names in lower case, from 0 to 1.
fn similarity(given: &str, candidate: &str) -> f64 {
    /// With more differences, it is another word.
    const MAX_DIFFERENCES: usize = 3;
    /// A shorter part fits too many names.
    const MIN_PART: usize = 3;
    let is_part = given.len() >= MIN_PART
        && (candidate.starts_with(given)
            || candidate
                .strip_suffix(given)
                .is_some_and(|before| before.ends_with(['.', '/', '-', '_', ':'])));
    let differences = strsim::damerau_levenshtein(given, candidate);
    let length = given.chars().count().max(candidate.chars().count()).max(1);
    let similarity = match differences {
        0..=MAX_DIFFERENCES => 1.0 - differences as f64 / length as f64,
        _ => 0.0,
    };
    // In a short word, one or two letters are a large share. It is similar if one letter differs, or if it begins alike.
    let is_typo = (differences == 1 && length >= 2)
        || (differences <= 2 && strsim::jaro_winkler(given, candidate) >= 0.8);
    if is_part || is_typo { similarity.max(SIMILAR) } else { similarity }
}

/// The hint about a name that is not in a list: the nearest name, and all names.
pub fn among(given: &str, known: &[&str]) -> String {
    let all = known.join(", ");
    match nearest(given, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? There are: {all}"),
        None => format!("there are: {all}"),
    }
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
        for given in ["lead.sumbit", "lead", "submit", "Lead.Submit"] {
            assert_eq!(nearest(given, names), Some("lead.submit"), "{given}");
        }
        for given in ["xyzzy", "", "l", "le", "message.deleted", "ubmit"] {
            assert_eq!(nearest(given, names), None, "{given}");
        }
        assert_eq!(nearest("redact", ["verdict", "record"]), None);
        assert_eq!(nearest("payed", ["paid"]), Some("paid"));
        assert_eq!(nearest("kk", ["k"]), Some("k"));
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest(&"l".repeat(1 << 20), names), None);
    }
}
