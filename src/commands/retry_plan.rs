//! The retries that `send` is about to live: the numbers, and who says so — the provider's document, the
//! command line, or nobody.

use std::fmt::Write;
use std::time::Duration;

use crate::cli::retry::RetryArgs;
use crate::output::exchange::span;
use crate::webhook::provider::Provider;
use crate::webhook::retry::{Backoff, Policy, Schedule};

/// How many offsets are shown before the last.
const SHOWN: usize = 12;
/// How many are counted.
const COUNTED: usize = 10_000;

/// A schedule with its sources.
pub struct Plan {
    pub schedule: Schedule,
    documented: Vec<String>,
    given: Vec<String>,
    assumed: Vec<String>,
    document: String,
    time_scale: f64,
}

impl Plan {
    /// What was asked for over what is documented over what is assumed.
    pub fn new(args: &RetryArgs, provider: &Provider) -> Self {
        const HOUR: u64 = 3600;
        let policy = provider.retry;
        let documented = policy.map(|p| Duration::from_secs(u64::from(p.limit_hours) * HOUR));
        let assumed = Schedule::ASSUMED;
        let schedule = Schedule {
            base: args.retry_base.unwrap_or(assumed.base),
            factor: args.retry_factor.unwrap_or(assumed.factor),
            cap: args.retry_cap.unwrap_or(assumed.cap),
            jitter: args.retry_jitter.unwrap_or(assumed.jitter),
            seed: args.seed.unwrap_or_else(|| fastrand::u64(..)),
            limit: args.retry_for.or(documented).unwrap_or(assumed.limit),
            max_attempts: args.max_attempts,
        };
        let mut plan = Self {
            schedule,
            documented: Vec::new(),
            given: Vec::new(),
            assumed: Vec::new(),
            document: provider.document.clone(),
            time_scale: args.time_scale,
        };
        plan.attribute(args, policy);
        plan
    }

    /// Sorts what the schedule consists of by who says so.
    fn attribute(&mut self, args: &RetryArgs, policy: Option<Policy>) {
        let schedule = self.schedule;
        let backoff = policy.map_or(Backoff::Exponential, |p| p.backoff);
        let parts = [
            (
                false,
                policy.is_some(),
                format!("{} backoff", backoff.word()),
            ),
            (
                args.retry_for.is_some(),
                policy.is_some(),
                format!("for up to {}", span(schedule.limit)),
            ),
            (
                args.retry_base.is_some(),
                false,
                format!("a first wait of {}", span(schedule.base)),
            ),
            (
                args.retry_factor.is_some(),
                false,
                format!("each {} times longer", schedule.factor),
            ),
            (
                args.retry_cap.is_some(),
                false,
                format!("none over {}", span(schedule.cap)),
            ),
            (args.retry_jitter.is_some(), false, jitter(&schedule)),
        ];
        for (is_given, is_documented, text) in parts {
            let who = match (is_given, is_documented) {
                (true, _) => &mut self.given,
                (false, true) => &mut self.documented,
                (false, false) => &mut self.assumed,
            };
            who.push(text);
        }
        if let Some(most) = schedule.max_attempts {
            self.given.push(format!("at most {most} attempts"));
        }
    }

    /// The plan for people, in lines without the last line end.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let document = &self.document;
        let silence = match self.documented.is_empty() {
            true => format!("{document} says nothing about retries"),
            false => "the document does not say".to_owned(),
        };
        for (who, parts, remark) in [
            ("documented", &self.documented, document),
            ("given", &self.given, &String::new()),
            ("assumed", &self.assumed, &silence),
        ] {
            if parts.is_empty() {
                continue;
            }
            // A String takes whatever is written to it.
            let _ = write!(out, "  {who}: {}", parts.join(", "));
            if !remark.is_empty() {
                let _ = write!(out, " ({remark})");
            }
            out.push('\n');
        }
        let _ = write!(
            out,
            "  attempts, if each one fails at once: {}",
            self.offsets()
        );
        if self.time_scale > 1.0 {
            let _ = write!(
                out,
                "\n  time scale {}: all times are the schedule's, of which an hour passes in {}",
                self.time_scale,
                span(Duration::from_secs_f64(3600.0 / self.time_scale)),
            );
        }
        out
    }

    fn offsets(&self) -> String {
        let mut offsets = self.schedule.offsets().take(COUNTED + 1);
        let mut shown: Vec<String> = offsets.by_ref().take(SHOWN).map(span).collect();
        let mut count = shown.len();
        let mut last = None;
        for offset in offsets {
            last = Some(offset);
            count += 1;
        }
        if let Some(last) = last {
            shown.push(format!("… {}", span(last)));
        }
        let count = match count {
            1 => "one attempt".to_owned(),
            n if n > COUNTED => {
                shown.pop();
                shown.push("…".to_owned());
                format!("more than {COUNTED}")
            }
            n => format!("{n} in all"),
        };
        format!("{} ({count})", shown.join(", "))
    }
}

fn jitter(schedule: &Schedule) -> String {
    if schedule.jitter > 0.0 {
        return format!("jitter of {} (--seed {})", schedule.jitter, schedule.seed);
    }
    "no jitter".to_owned()
}
