//! VerdictCounts verdicts, for the summaries of `listen` and `verify`.

use crate::webhook::signature::verify::Verdict;

/// How often each verdict was given, in the order of first occurrence.
#[derive(Clone, Debug, Default)]
pub(crate) struct VerdictCounts(Vec<(Verdict, u64)>);

impl VerdictCounts {
    /// Adds to the count of a verdict.
    pub(crate) fn add(&mut self, verdict: Verdict, more: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, count)) => *count += more,
            None => self.0.push((verdict, more)),
        }
    }

    /// The count of a verdict.
    pub(crate) fn get(&self, verdict: Verdict) -> u64 {
        let found = self.0.iter().find(|(known, _)| *known == verdict);
        found.map_or(0, |(_, count)| *count)
    }

    /// The count of all verdicts.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// As text: `2 valid, 1 invalid`.
    pub(crate) fn summary(&self) -> String {
        let each = self.0.iter();
        let each = each.map(|(verdict, count)| format!("{count} {}", verdict.word()));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl IntoIterator for VerdictCounts {
    type Item = (Verdict, u64);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<(Verdict, u64)> for VerdictCounts {
    fn extend<T: IntoIterator<Item = (Verdict, u64)>>(&mut self, more: T) {
        for (verdict, count) in more {
            self.add(verdict, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_in_the_order_of_first_occurrence() {
        let mut counts = VerdictCounts::default();
        counts.add(Verdict::Valid, 2);
        let mut more = VerdictCounts::default();
        more.add(Verdict::Missing, 1);
        more.add(Verdict::Valid, 3);
        counts.extend(more);
        assert_eq!(counts.summary(), "5 valid, 1 missing");
        assert_eq!(
            (
                counts.total(),
                counts.get(Verdict::Valid),
                counts.get(Verdict::Stale)
            ),
            (6, 5, 0)
        );
    }
}
