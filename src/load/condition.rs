//! `--fail-if`: conditions on the results of a run, such as `p99>500ms` or `unexpected>1%`.

use std::fmt;
use std::time::Duration;

/// One condition. When it holds, the run has failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    metric: Metric,
    operator: Operator,
    value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// A quantile of the times, in microseconds.
    Quantile(f64),
    Mean,
    Max,
    /// Requests per second that were sent.
    Rate,
    Count(Counted),
    /// The same as a share of the requests that were asked for, in percent.
    Share(Counted),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Unexpected,
    Unanswered,
    Late,
    Dropped,
    Sent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    More,
    AtLeast,
    Less,
    AtMost,
}

const COUNTS: [(&str, Counted); 5] = [
    ("unexpected", Counted::Unexpected),
    ("unanswered", Counted::Unanswered),
    ("late", Counted::Late),
    ("dropped", Counted::Dropped),
    ("sent", Counted::Sent),
];

const OPERATORS: [(&str, Operator); 4] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (">", Operator::More),
    ("<", Operator::Less),
];

impl Condition {
    /// Reads `METRIC OPERATOR VALUE`; `duration` reads times.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(
        text: &str,
        duration: impl Fn(&str) -> Result<Duration, String>,
    ) -> Result<Self, String> {
        let invalid = || {
            "expected a condition such as p99>500ms, unexpected>0, late>1% or rate<100: one of p50 to p99.99, mean, \
             max, rate, unexpected, unanswered, late, dropped and sent; one of >, >=, < and <=; a value"
                .to_owned()
        };
        let found = OPERATORS.iter().filter_map(|(sign, operator)| {
            text.split_once(sign).map(|(name, value)| (name.trim(), *operator, value.trim()))
        });
        // The longer operators are first.
        let (name, operator, value) =
            found.min_by_key(|(name, _, value)| (name.len(), value.len())).ok_or_else(invalid)?;
        let number = |text: &str| {
            text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0).ok_or_else(invalid)
        };
        let time = |text: &str| duration(text).map(|time| time.as_secs_f64() * 1e6);
        let counted = COUNTS.iter().find(|(own, _)| *own == name).map(|(_, counted)| *counted);
        let (metric, value) = match (name, counted) {
            (_, Some(counted)) => match value.strip_suffix('%') {
                Some(percent) => (Metric::Share(counted), number(percent.trim_end())?),
                None => (Metric::Count(counted), number(value)?),
            },
            ("mean", _) => (Metric::Mean, time(value)?),
            ("max", _) => (Metric::Max, time(value)?),
            ("rate", _) => (Metric::Rate, number(value)?),
            _ => {
                let percent = name.strip_prefix('p').ok_or_else(invalid)?;
                let percent = number(percent)?;
                if percent > 100.0 {
                    return Err(invalid());
                }
                (Metric::Quantile(percent / 100.0), time(value)?)
            }
        };
        Ok(Self { text: text.to_owned(), metric, operator, value })
    }

    /// Any unexpected response: what fails a run unless the user says something else about them.
    pub fn unexpected() -> Self {
        Self {
            text: "unexpected>0".to_owned(),
            metric: Metric::Count(Counted::Unexpected),
            operator: Operator::More,
            value: 0.0,
        }
    }

    pub fn is_about(&self, counted: Counted) -> bool {
        matches!(self.metric, Metric::Count(one) | Metric::Share(one) if one == counted)
    }

    pub fn metric(&self) -> Metric {
        self.metric
    }

    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// In microseconds for times.
    pub fn value(&self) -> f64 {
        self.value
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Condition, String> {
        let millis = |text: &str| {
            let number = text.strip_suffix("ms").and_then(|n| n.parse().ok());
            number.map(Duration::from_millis).ok_or_else(|| "a time".to_owned())
        };
        Condition::parse(text, millis)
    }

    #[test]
    fn conditions_are_read() {
        let read = |text: &str| {
            let one = parse(text).unwrap();
            (one.metric, one.operator, one.value)
        };
        assert_eq!(read("p99>500ms"), (Metric::Quantile(0.99), Operator::More, 500_000.0));
        assert_eq!(read("max >= 2ms"), (Metric::Max, Operator::AtLeast, 2_000.0));
        let share = Metric::Share(Counted::Late);
        assert_eq!(read("late>=1%"), (share, Operator::AtLeast, 1.0));
        assert_eq!(read("rate<100"), (Metric::Rate, Operator::Less, 100.0));
        for text in ["", "p99", "p99=1ms", "p101>1ms", "p99>5", "late>x", "x>1", "unexpected>-1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
