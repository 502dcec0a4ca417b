//! The deliveries that a CI job waits for, validly signed and valid, and those that were received instead.

use std::fmt;

use crate::webhook::payload::validate::Validity;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::verify::Verdict;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    pub event: String,
    /// The channel; `None` for any.
    pub channel: Option<String>,
    pub count: u64,
}

impl Expectation {
    /// Reads `lead.submit`, `lead.submit=2` or `message.received/whatsapp=2`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, count) = match text.rsplit_once('=') {
            None => (text, 1),
            Some((name, number)) => match number.parse() {
                Ok(n) if n > 0 => (name, n),
                _ => return Err("after `=` comes how many, a number from 1".to_owned()),
            },
        };
        let (event, channel) = match name.split_once('/') {
            Some((event, channel)) => (event, Some(channel.to_owned())),
            None => (name, None),
        };
        if event.is_empty() || channel.as_deref() == Some("") {
            return Err("expected EVENT, EVENT=N or EVENT/CHANNEL=N".to_owned());
        }
        Ok(Self { event: event.to_owned(), channel, count })
    }

    fn is_met_by(&self, record: &DeliveryRecord) -> bool {
        record.analysis.as_ref().is_some_and(|analysis| {
            analysis.event.as_ref() == Some(&self.event)
                && (self.channel.is_none() || self.channel == analysis.channel)
        })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.channel {
            Some(channel) => write!(f, "{}/{channel}", self.event),
            None => f.write_str(&self.event),
        }
    }
}

/// Everything that is waited for, and what was received so far.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    expected: Vec<(Expectation, u64)>,
    /// Whether unsigned deliveries count, as those of a provider that does not sign.
    accepts_unsigned: bool,
    instead: Vec<String>,
    more_instead: u64,
}

impl Expectations {
    pub fn new(mut expected: Vec<Expectation>, accepts_unsigned: bool) -> Self {
        // Those for one channel first: their deliveries must not count for an expectation of any channel.
        expected.sort_by_key(|expectation| expectation.channel.is_none());
        Self {
            expected: expected.into_iter().map(|one| (one, 0)).collect(),
            accepts_unsigned,
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    /// Counts a delivery; true when it was the last one waited for. With `is_fault` an injected fault took the place
    /// of the response.
    pub(super) fn note(&mut self, record: &DeliveryRecord, is_fault: bool) -> bool {
        const MAX_CLAUSES: usize = 20;
        if self.expected.is_empty() || self.are_met() {
            return false;
        }
        let fault = || is_fault.then(|| "an injected fault".to_owned());
        let objection = self.objection(record).or_else(fault);
        let open = self
            .expected
            .iter_mut()
            .find(|(expected, seen)| *seen < expected.count && expected.is_met_by(record));
        match (objection, open) {
            (None, Some((_, seen))) => *seen += 1,
            (objection, _) if self.instead.len() < MAX_CLAUSES => {
                let analysis = record.analysis.as_ref();
                let name = analysis.and_then(|a| a.event.as_deref());
                let name = name.unwrap_or("(no event)");
                let channel = analysis.and_then(|a| a.channel.as_ref());
                let channel = channel.map_or_else(String::new, |c| format!("/{c}"));
                let why = objection.unwrap_or_else(|| "not expected, or one too many".to_owned());
                let clause = format!("#{} {name}{channel}: {why}", record.id);
                self.instead.push(clause);
            }
            _ => self.more_instead += 1,
        }
        self.are_met()
    }

    fn are_met(&self) -> bool {
        let mut expected = self.expected.iter();
        expected.all(|(expected, seen)| *seen >= expected.count)
    }

    /// What has not come, one clause each.
    pub fn missing(&self) -> Vec<String> {
        let expected = self.expected.iter();
        let missing = expected.filter(|(expected, seen)| *seen < expected.count);
        missing
            .map(|(expected, seen)| format!("{expected}: {seen} of {} received", expected.count))
            .collect()
    }

    /// The deliveries that were received and did not count, one clause each, and how many more there were.
    pub fn instead(&self) -> (&[String], u64) {
        (&self.instead, self.more_instead)
    }

    /// Why a delivery does not count, whatever its event.
    fn objection(&self, record: &DeliveryRecord) -> Option<String> {
        let analysis = record.analysis.as_ref()?;
        let verdict = analysis.signature.verdict;
        let is_signed = match verdict {
            Verdict::Valid => true,
            // Without a secret, a signature of a provider that need not sign is not checked.
            Verdict::Unsigned | Verdict::Unchecked => self.accepts_unsigned,
            _ => false,
        };
        if !is_signed {
            return Some(format!("signature {}", verdict.word()));
        }
        if analysis.validation.verdict != Validity::Valid {
            let verdict = analysis.validation.verdict.word().replace('_', " ");
            return Some(format!("payload {verdict}"));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Expectation;

    #[test]
    fn expectations_are_read() {
        for (text, shown, count) in [
            ("lead.submit", "lead.submit", 1),
            ("message.received/web=2", "message.received/web", 2),
        ] {
            let read = Expectation::parse(text).unwrap();
            assert_eq!((read.to_string().as_str(), read.count), (shown, count));
        }
        for bad in ["", "=1", "a=0", "a=x", "a/=1", "/web"] {
            assert!(Expectation::parse(bad).is_err(), "{bad}");
        }
    }
}
