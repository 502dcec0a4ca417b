//! Faults on purpose: what a sender does when its endpoint fails, hangs or is slow. Pure: the same
//! delivery number and seed give the same fault.

use std::time::Duration;

/// Which deliveries fail, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// What a failure answers: 503 when absent. Alone, every delivery is answered so.
    pub respond: Option<FixedResponse>,
    /// So many deliveries get no answer at all, first of all.
    pub drop_first: u64,
    /// So many fail, after those that are dropped.
    pub fail_first: u64,
    /// This share of the others fails, from 0 to 1.
    pub fail_rate: f64,
    /// What decides which of them.
    pub seed: u64,
    /// Every answer waits this long.
    pub delay: Duration,
}

/// An answer made up in advance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What to do to one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Answer this. The text says why.
    Respond(FixedResponse, String),
    /// Close the connection without an answer. The text says why.
    Drop(String),
}

impl Faults {
    /// Whether nothing at all is to be done to anybody.
    pub fn is_none(&self) -> bool {
        *self
            == Self {
                seed: self.seed,
                ..Self::default()
            }
    }

    /// What to do to the delivery of this number, from 1.
    pub fn decide(&self, number: u64) -> Fault {
        if number <= self.drop_first {
            let why = format!("dropped, {number} of --drop-first {}", self.drop_first);
            return Fault::Drop(why);
        }
        let number = number - self.drop_first;
        if number <= self.fail_first {
            let why = format!("failed, {number} of --fail-first {}", self.fail_first);
            return Fault::Respond(self.failure(), why);
        }
        if self.fail_rate > 0.0 {
            // Each number has a generator of its own: the order of arrival does not matter.
            let mixed = self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            if fastrand::Rng::with_seed(mixed).f64() < self.fail_rate {
                let why = format!("failed by --fail-rate {}", self.fail_rate);
                return Fault::Respond(self.failure(), why);
            }
            return Fault::None;
        }
        match &self.respond {
            Some(canned) if self.fail_first == 0 => {
                Fault::Respond(canned.clone(), "answered by --respond".to_owned())
            }
            _ => Fault::None,
        }
    }

    fn failure(&self) -> FixedResponse {
        self.respond.clone().unwrap_or_else(|| FixedResponse {
            status: 503,
            body: r#"{"message":"Injected failure"}"#.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(faults: &Faults, n: u64) -> String {
        (1..=n)
            .map(|i| match faults.decide(i) {
                Fault::None => '.',
                Fault::Respond(..) => 'F',
                Fault::Drop(_) => 'D',
            })
            .collect()
    }

    #[test]
    fn the_first_ones_drop_then_fail_then_all_is_well() {
        let faults = Faults {
            drop_first: 1,
            fail_first: 2,
            ..Faults::default()
        };
        assert_eq!(kinds(&faults, 5), "DFF..");
        assert!(!faults.is_none() && Faults::default().is_none());
    }

    #[test]
    fn a_rate_is_met_and_reproducible() {
        let faults = Faults {
            fail_rate: 0.2,
            seed: 7,
            ..Faults::default()
        };
        let once = kinds(&faults, 2000);
        assert_eq!(once, kinds(&faults, 2000));
        let failed = once.matches('F').count();
        assert!((300..500).contains(&failed), "{failed} of 2000");
        let other = Faults { seed: 8, ..faults };
        assert_ne!(once, kinds(&other, 2000));
    }

    #[test]
    fn respond_alone_answers_everybody_else_it_is_what_failures_look_like() {
        let respond = Some(FixedResponse {
            status: 429,
            body: String::new(),
        });
        let all = Faults {
            respond: respond.clone(),
            ..Faults::default()
        };
        assert_eq!(kinds(&all, 3), "FFF");
        let first = Faults {
            respond,
            fail_first: 1,
            ..Faults::default()
        };
        assert_eq!(kinds(&first, 3), "F..");
        assert!(matches!(first.decide(1), Fault::Respond(c, _) if c.status == 429));
    }
}
