//! What came to a listener, counted: the line that it ends with.

use crate::server::Notice;

use super::counts::Counts;

/// What came, counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The verdicts on deliveries.
    pub verdicts: Counts,
    /// How many requests were turned away.
    pub turned_away: u64,
}

impl Tally {
    /// One line: how many deliveries, with which verdicts.
    pub fn summary(&self) -> String {
        let mut text = match self.verdicts.total() {
            1 => "1 delivery".to_owned(),
            n => format!("{n} deliveries"),
        };
        if self.verdicts.total() > 0 {
            text.push_str(&format!(", signatures: {}", self.verdicts.words()));
        }
        if self.turned_away > 0 {
            text.push_str(&format!("; turned away: {}", self.turned_away));
        }
        text
    }

    /// Counts one more.
    pub fn count(&mut self, notice: &Notice) {
        match notice {
            Notice::Rejected(_) => self.turned_away += 1,
            Notice::Delivery(received, _) => {
                let verdict = received.verdict();
                verdict.into_iter().for_each(|v| self.verdicts.add(v, 1));
            }
            Notice::Written(written) => self.verdicts.add(written.verdict, 1),
        }
    }
}
