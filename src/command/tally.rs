//! What came to a listener, counted: the line that it ends with.

use crate::listener::Notice;
use crate::webhook::verify::Verdict;

/// What came, counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many deliveries each verdict had.
    pub verdicts: Vec<(Verdict, u64)>,
    /// How many requests were turned away.
    pub turned_away: u64,
}

impl Tally {
    /// How many deliveries had this verdict.
    pub fn of(&self, verdict: Verdict) -> u64 {
        let found = self.verdicts.iter().find(|(v, _)| *v == verdict);
        found.map_or(0, |(_, n)| *n)
    }

    /// One line: how many deliveries, with which verdicts.
    pub fn summary(&self) -> String {
        let total: u64 = self.verdicts.iter().map(|(_, n)| n).sum();
        let verdicts: Vec<_> = self
            .verdicts
            .iter()
            .map(|(verdict, n)| format!("{n} {}", verdict.word()))
            .collect();
        let mut text = match total {
            1 => "1 delivery".to_owned(),
            n => format!("{n} deliveries"),
        };
        if !verdicts.is_empty() {
            text.push_str(&format!(", signatures: {}", verdicts.join(", ")));
        }
        if self.turned_away > 0 {
            text.push_str(&format!("; turned away: {}", self.turned_away));
        }
        text
    }

    /// Counts one more.
    pub fn count(&mut self, notice: &Notice) {
        match notice {
            Notice::TurnedAway(_) => self.turned_away += 1,
            Notice::Delivery(received, _) => {
                self.count_verdict(received.examination.signature.verdict)
            }
            Notice::Written(written) => self.count_verdict(written.verdict),
        }
    }

    fn count_verdict(&mut self, verdict: Verdict) {
        match self.verdicts.iter_mut().find(|(v, _)| *v == verdict) {
            Some((_, n)) => *n += 1,
            None => self.verdicts.push((verdict, 1)),
        }
    }
}
