//! How often each verdict was given: what a listener and a gate say at their end.

use crate::webhook::signature::verify::Verdict;

/// Verdicts with how often each was given, in the order of their first times.
#[derive(Clone, Debug, Default)]
pub struct Counts(Vec<(Verdict, u64)>);

impl Counts {
    /// So many more of a verdict.
    pub fn add(&mut self, verdict: Verdict, more: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, count)) => *count += more,
            None => self.0.push((verdict, more)),
        }
    }

    /// How often this one was given.
    pub fn of(&self, verdict: Verdict) -> u64 {
        let found = self.0.iter().find(|(known, _)| *known == verdict);
        found.map_or(0, |(_, count)| *count)
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// For people: `2 valid, 1 invalid`.
    pub fn words(&self) -> String {
        let each = self.0.iter();
        let each = each.map(|(verdict, count)| format!("{count} {}", verdict.word()));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl IntoIterator for Counts {
    type Item = (Verdict, u64);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Extend<(Verdict, u64)> for Counts {
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
    fn counts_add_up_in_the_order_they_came() {
        let mut counts = Counts::default();
        counts.add(Verdict::Valid, 2);
        let mut more = Counts::default();
        more.add(Verdict::Missing, 1);
        more.add(Verdict::Valid, 3);
        counts.extend(more);
        assert_eq!(counts.words(), "5 valid, 1 missing");
        assert_eq!(
            (
                counts.total(),
                counts.of(Verdict::Valid),
                counts.of(Verdict::Stale)
            ),
            (6, 5, 0)
        );
    }
}
