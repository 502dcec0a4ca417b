//! `cz-hook send --retry`: one delivery, attempted as its provider would, until it is accepted or dropped.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::cli::send::SendArgs;
use crate::error::Exit;
use crate::error::{Error, ErrorKind};
use crate::http::{Answer, Endpoint, Sender, Transport};
use crate::output::console::Console;
use crate::output::exchange::{Attempt, span};
use crate::webhook::delivery::Delivery;
use crate::webhook::retry::{Dropped, RetryIter, Schedule};
use crate::webhook::retry_after;

use super::compose::Composed;
use super::interrupts::Interrupts;
use super::retry_plan::Plan;
use super::{runtime, send};

/// A delivery and everything that its attempts have in common.
pub struct Retrying<'r> {
    pub args: &'r SendArgs,
    pub endpoint: &'r Endpoint,
    pub transport: &'r Transport,
    pub one: &'r Composed,
    pub delivery: &'r Delivery,
    pub console: &'r Console,
}

/// How it ended.
struct End {
    attempts: u32,
    /// When the last attempt began, on the schedule's clock.
    at: Duration,
    /// The last answer, if any attempt got one.
    answer: Option<Answer>,
    /// Why the last attempt got none.
    error: Option<Error>,
    /// Why it was given up; `None` when it was delivered.
    dropped: Option<Dropped>,
}

impl Retrying<'_> {
    /// The same, ended by the first interrupt: a wait may be hours long.
    ///
    /// # Errors
    /// As [`Retrying::run`], and when somebody interrupts.
    pub async fn run_until_interrupted(&self) -> Result<Exit, Error> {
        let mut interrupts = Interrupts::new().map_err(|why| runtime::cannot_start(&why))?;
        tokio::select! {
            ended = self.run() => ended,
            () = interrupts.next() => Err(Error::interrupted(
                "interrupted: the delivery was neither accepted nor dropped",
            )),
        }
    }

    /// Attempts the delivery until it is accepted or dropped.
    ///
    /// # Errors
    /// When it cannot be sent at all, or no attempt got an answer.
    async fn run(&self) -> Result<Exit, Error> {
        let plan = Plan::new(&self.args.retry, self.one.provider);
        let goal = match self.args.expect_status {
            Some(status) => status.to_string(),
            None => "2xx".to_owned(),
        };
        let plan_text = plan.text();
        self.console
            .note(&format!("retrying until the answer is {goal}\n{plan_text}"));
        let end = self.attempts(&plan.schedule).await?;
        let last = last_words(&end, &plan.schedule);
        let Some(answer) = &end.answer else {
            let hint = end.error.map_or(String::new(), |error| error.hint);
            return Err(Error::io(last, hint));
        };
        let Self { args, console, .. } = self;
        send::show(
            args,
            self.endpoint,
            self.one,
            self.delivery,
            answer,
            console,
        )?;
        let (exit, mark) = match end.dropped {
            None => (Exit::Success, console.out.good("✓")),
            Some(_) => (Exit::Failure, console.out.bad("✗")),
        };
        if args.json {
            console.note(&last);
        } else {
            console.report(&format!("{mark} {last}\n"))?;
        }
        Ok(exit)
    }

    async fn attempts(&self, schedule: &Schedule) -> Result<End, Error> {
        let mut waits = schedule.waits();
        let mut attempts = 0_u32;
        let mut answer = None;
        loop {
            attempts = attempts.saturating_add(1);
            let at = waits.clock();
            // A connection of its own: hours may lie between two attempts, and nobody keeps one open.
            let sender = Sender::new(self.endpoint, self.transport)?;
            let started = Instant::now();
            let outcome = match sender.send(self.endpoint, self.delivery).await {
                Err(error) if error.kind == ErrorKind::Usage => return Err(error),
                outcome => outcome,
            };
            let duration = started.elapsed();
            // The endpoint lives no faster than it does: only the waits are scaled.
            waits.pass(duration);
            let next = self.next(&outcome, &mut waits);
            self.show(&Attempt {
                number: attempts,
                offset: at,
                outcome: outcome.as_ref().map_err(|error| error.message.as_str()),
                duration,
                retry_after: asked_for(&outcome),
                honoured: self.args.retry.honour_retry_after,
                next: next.and_then(Result::ok),
            })?;
            let error = outcome.map(|got| answer = Some(got)).err();
            if let Some(Ok(wait)) = next {
                tokio::time::sleep(scaled(wait, self.args.retry.time_scale)).await;
                continue;
            }
            return Ok(End {
                attempts,
                at,
                answer,
                error,
                dropped: next.and_then(Result::err),
            });
        }
    }

    /// What follows from an attempt: nothing when it was accepted, else a wait or the end.
    fn next(
        &self,
        outcome: &Result<Answer, Error>,
        waits: &mut RetryIter,
    ) -> Option<Result<Duration, Dropped>> {
        let is_delivered = outcome
            .as_ref()
            .is_ok_and(|answer| send::is_expected(self.args, answer));
        let at_least = match self.args.retry.honour_retry_after {
            true => asked_for(outcome).unwrap_or_default(),
            false => Duration::ZERO,
        };
        (!is_delivered).then(|| waits.wait(at_least))
    }

    fn show(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        if self.args.json {
            return self.console.print(&attempt.json());
        }
        self.console.report(&attempt.human(self.console.out))
    }
}

/// The wait that an answer asks for. Its own clock is the one that its date is of.
fn asked_for(outcome: &Result<Answer, Error>) -> Option<Duration> {
    let headers = &outcome.as_ref().ok()?.headers;
    let now = headers.get("date").and_then(retry_after::date);
    retry_after::wait(
        headers.get("retry-after")?,
        now.unwrap_or_else(Timestamp::now),
    )
}

/// The real time that a wait of the schedule takes.
fn scaled(wait: Duration, scale: f64) -> Duration {
    Duration::try_from_secs_f64(wait.as_secs_f64() / scale).unwrap_or(wait)
}

fn last_words(end: &End, schedule: &Schedule) -> String {
    let attempts = match end.attempts {
        1 => "1 attempt".to_owned(),
        n => format!("{n} attempts"),
    };
    let at = span(end.at);
    let Some(why) = end.dropped else {
        return format!("delivered after {attempts}, at {at}");
    };
    let dropped = match why {
        Dropped::Limit => format!(
            "dropped, as the provider would, after {attempts}, at {at}: the next would be later than {}",
            span(schedule.limit)
        ),
        Dropped::MaxAttempts => {
            format!("dropped after {attempts}, at {at}: --max-attempts allows no more")
        }
    };
    match (&end.answer, &end.error) {
        (None, Some(error)) => format!("{dropped}; no attempt was answered: {}", error.message),
        _ => dropped,
    }
}
