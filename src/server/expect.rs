//! What a CI job waits for: so many deliveries of an event, validly signed and valid, and what came
//! instead.

use std::fmt;

use crate::webhook::payload::validate::Validity;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::verify::Verdict;

/// One thing waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The event.
    pub event: String,
    /// The channel, if only one will do.
    pub channel: Option<String>,
    /// How many.
    pub count: u64,
}

impl Expectation {
    /// Reads `lead.submit`, `lead.submit=2` or `message.received/whatsapp=2`.
    ///
    /// # Errors
    /// When there is no event, or the number is none.
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
        Ok(Self {
            event: event.to_owned(),
            channel,
            count,
        })
    }

    fn is_met_by(&self, received: &DeliveryRecord) -> bool {
        received.analysis.as_ref().is_some_and(|found| {
            found.event.as_ref() == Some(&self.event)
                && (self.channel.is_none() || self.channel == found.channel)
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

/// All that is waited for, and how far it has come.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    wanted: Vec<(Expectation, u64)>,
    /// Whether a provider that does not sign was named: then `unsigned` is as good as it gets.
    unsigned_counts: bool,
    instead: Vec<String>,
    more_instead: u64,
}

impl Expectations {
    /// Waits for these.
    pub fn new(mut wanted: Vec<Expectation>, unsigned_counts: bool) -> Self {
        // One channel's first: a delivery must not be spent on what any channel would do for.
        wanted.sort_by_key(|expectation| expectation.channel.is_none());
        Self {
            wanted: wanted.into_iter().map(|w| (w, 0)).collect(),
            unsigned_counts,
            ..Self::default()
        }
    }

    /// Whether nothing at all is waited for.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Notes a delivery; true when this was the last one waited for. `is_failed` says that a fault was
    /// answered on purpose, or nothing.
    pub fn note(&mut self, received: &DeliveryRecord, is_failed: bool) -> bool {
        const MOST: usize = 20;
        if self.wanted.is_empty() || self.are_met() {
            return false;
        }
        let fault = || is_failed.then(|| "an injected fault".to_owned());
        let objection = self.objection(received).or_else(fault);
        let open = self
            .wanted
            .iter_mut()
            .find(|(wanted, seen)| *seen < wanted.count && wanted.is_met_by(received));
        match (objection, open) {
            (None, Some((_, seen))) => *seen += 1,
            (objection, _) if self.instead.len() < MOST => {
                let found = received.analysis.as_ref();
                let name = found.and_then(|found| found.event.as_deref());
                let name = name.unwrap_or("(no event)");
                let channel = found.and_then(|found| found.channel.as_ref());
                let channel = channel.map(|c| format!("/{c}"));
                let why = objection.unwrap_or_else(|| "not expected, or one too many".to_owned());
                let channel = channel.unwrap_or_default();
                self.instead
                    .push(format!("#{} {name}{channel}: {why}", received.id));
            }
            _ => self.more_instead += 1,
        }
        self.are_met()
    }

    /// Whether everything has come.
    pub fn are_met(&self) -> bool {
        self.wanted
            .iter()
            .all(|(wanted, seen)| *seen >= wanted.count)
    }

    /// What has not come, a clause each.
    pub fn missing(&self) -> Vec<String> {
        self.wanted
            .iter()
            .filter(|(wanted, seen)| *seen < wanted.count)
            .map(|(wanted, seen)| format!("{wanted}: {seen} of {} came", wanted.count))
            .collect()
    }

    /// What came and did not count, a clause each, and how many more there were.
    pub fn instead(&self) -> (&[String], u64) {
        (&self.instead, self.more_instead)
    }

    /// Why a delivery does not count, whatever it is.
    fn objection(&self, received: &DeliveryRecord) -> Option<String> {
        let found = received.analysis.as_ref()?;
        let verdict = found.signature.verdict;
        let signed =
            verdict == Verdict::Valid || (self.unsigned_counts && verdict == Verdict::Unsigned);
        if !signed {
            return Some(format!("signature {}", verdict.word()));
        }
        if found.validation.verdict != Validity::Valid {
            let words = found.validation.verdict.word().replace('_', " ");
            return Some(format!("payload {words}"));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Expectation;

    #[test]
    fn expectations_are_read() {
        let of = |event: &str, channel: Option<&str>, count| {
            Ok(Expectation {
                event: event.to_owned(),
                channel: channel.map(str::to_owned),
                count,
            })
        };
        assert_eq!(
            Expectation::parse("lead.submit"),
            of("lead.submit", None, 1)
        );
        assert_eq!(
            Expectation::parse("message.received/web=2"),
            of("message.received", Some("web"), 2)
        );
        for bad in ["", "=1", "a=0", "a=x", "a/=1", "/web"] {
            assert!(Expectation::parse(bad).is_err(), "{bad}");
        }
    }
}
