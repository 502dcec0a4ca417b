//! The result of a run, from which every report is made.

use std::time::Duration;

use jiff::Timestamp;

use super::condition::{Condition, Counted, Metric, Operator};
use super::statistics::Statistics;

/// How the requests were paced.
#[derive(Clone, Debug, PartialEq)]
pub enum Loop {
    /// By a schedule, whatever the endpoint does.
    Open { peak: f64, length: Duration, max_in_flight: usize },
    /// Each connection sends when it has its response.
    Closed { concurrency: usize },
}

/// What the requests of a label are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    pub provider: Option<String>,
    pub event: Option<String>,
    pub channel: Option<String>,
}

pub struct Summary {
    /// The URL of the endpoint, without secrets.
    pub url: String,
    pub pace: Loop,
    pub seed: u64,
    /// The name of the run in ids.
    pub run: String,
    pub started_at: Timestamp,
    pub duration: Duration,
    /// How many requests the schedule or the count asked for until the end.
    pub asked: u64,
    pub sent: u64,
    /// How many were not sent because too many were in flight.
    pub dropped: u64,
    /// Whether it was interrupted.
    pub is_interrupted: bool,
    pub labels: Vec<Label>,
    pub statistics: Statistics,
    /// The first requests with an unexpected response as curl commands.
    pub examples: Vec<String>,
    pub conditions: Vec<Condition>,
}

impl Summary {
    /// Requests per second that were sent.
    pub fn rate(&self) -> f64 {
        self.sent as f64 / self.duration.as_secs_f64().max(1e-9)
    }

    /// How many requests were sent and had not ended.
    pub fn unfinished(&self) -> u64 {
        self.sent.saturating_sub(self.statistics.ended())
    }

    /// The conditions that hold, which make it a failure.
    pub fn failed(&self) -> Vec<&Condition> {
        self.conditions.iter().filter(|condition| self.meets(condition)).collect()
    }

    /// Whether a condition holds. A run without a time has none that could be too long.
    fn meets(&self, condition: &Condition) -> bool {
        let found = &self.statistics;
        let times = found.measured();
        let metric = condition.metric();
        if matches!(metric, Metric::Quantile(_) | Metric::Mean | Metric::Max) && times.is_empty() {
            return false;
        }
        let count = |counted| match counted {
            Counted::Unexpected => found.unexpected(),
            Counted::Unanswered => found.unanswered(),
            // Those that were dropped would have been late.
            Counted::Late => found.late + self.dropped,
            Counted::Dropped => self.dropped,
            Counted::Sent => self.sent,
        } as f64;
        let actual = match metric {
            Metric::Quantile(quantile) => times.value_at_quantile(quantile) as f64,
            Metric::Mean => times.mean(),
            Metric::Max => times.max() as f64,
            Metric::Rate => self.rate(),
            Metric::Count(counted) => count(counted),
            Metric::Share(counted) => count(counted) * 100.0 / (self.asked.max(1) as f64),
        };
        let value = condition.value();
        match condition.operator() {
            Operator::More => actual > value,
            Operator::AtLeast => actual >= value,
            Operator::Less => actual < value,
            Operator::AtMost => actual <= value,
        }
    }
}
