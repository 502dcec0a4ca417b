//! Helpers that several commands need.

pub(crate) mod capture;
pub(crate) mod explainer;
pub(crate) mod fixture;
pub(crate) mod hidden;
pub(crate) mod input;
pub(crate) mod interrupts;
pub(crate) mod named_files;
pub(crate) mod new_files;
pub(crate) mod quoting;
pub(crate) mod redaction;
pub(crate) mod resign;
pub(crate) mod runtime;
pub(crate) mod sample;
pub(crate) mod signing;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::signature::verify::Verdict;

/// A progress bar, on a terminal only and not with --quiet, redrawn `hz` times a second; `length` is the total, if it
/// is known.
pub(crate) fn progress_bar(
    length: Option<u64>,
    template: &str,
    hz: u8,
    console: &Console,
) -> ProgressBar {
    let target = match console.quiet {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr_with_hz(hz),
    };
    let bar = ProgressBar::with_draw_target(length, target);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A random key that nobody else knows.
pub(crate) fn random_key() -> Result<[u8; 32], Error> {
    let mut key = [0; 32];
    match SystemRandom::new().fill(&mut key) {
        Ok(()) => Ok(key),
        Err(_) => Err(Error::io("the system gives no random numbers", "check the system")),
    }
}

/// How often each verdict was given, in the order of first occurrence.
#[derive(Clone, Debug, Default)]
pub(crate) struct VerdictCounts(Vec<(Verdict, u64)>);

impl VerdictCounts {
    pub(crate) fn add(&mut self, verdict: Verdict, more: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, count)) => *count += more,
            None => self.0.push((verdict, more)),
        }
    }

    pub(crate) fn add_all(&mut self, more: Self) {
        for (verdict, count) in more.0 {
            self.add(verdict, count);
        }
    }

    pub(crate) fn get(&self, verdict: Verdict) -> u64 {
        let found = self.0.iter().find(|(known, _)| *known == verdict);
        found.map_or(0, |(_, count)| *count)
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_in_the_order_of_first_occurrence() {
        let mut counts = VerdictCounts(vec![(Verdict::Valid, 2)]);
        counts.add_all(VerdictCounts(vec![(Verdict::Missing, 1), (Verdict::Valid, 3)]));
        assert_eq!(counts.summary(), "5 valid, 1 missing");
        assert_eq!((counts.total(), counts.get(Verdict::Stale)), (6, 0));
    }
}
