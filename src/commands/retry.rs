//! `cz-hook send --retry`: one delivery, attempted like its provider would, until it is accepted or given up.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::config::Settings;
use crate::error::{Error, ErrorKind, Exit};
use crate::http::{Client, Endpoint, Response, SendError};
use crate::output::console::Console;
use crate::output::exchange::{Attempt, span};
use crate::webhook::provider::Provider;
use crate::webhook::retry::{Backoff, GaveUp, RetryIter, Schedule, http_date, retry_after};

use super::send::{self, Prepared, RetryOptions, SendOptions};
use super::shared::interrupts::Interrupts;
use super::shared::runtime;

/// Attempts the delivery until it is accepted or given up, or until the first interrupt.
pub fn run(
    options: &SendOptions,
    retry: &RetryOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let (endpoint, prepared) = send::prepare_all(options, settings, console)?;
    let [one] = &prepared[..] else {
        return Err(Error::usage("--retry sends one delivery", "leave out --all"));
    };
    let run = Run { options, retry, endpoint: &endpoint, one, console };
    let work = async {
        let mut interrupts = Interrupts::new().map_err(|why| runtime::cannot_start(&why))?;
        tokio::select! {
            result = run.run() => result,
            () = interrupts.next() => Err(Error::interrupted(
                "interrupted: the delivery was neither accepted nor given up",
            )),
        }
    };
    runtime::sending(|runtime| runtime.block_on(work))
}

struct Run<'r> {
    options: &'r SendOptions,
    retry: &'r RetryOptions,
    endpoint: &'r Endpoint,
    one: &'r Prepared,
    console: &'r Console,
}

/// How the attempts ended.
struct End {
    attempts: u32,
    /// When the last attempt began, on the schedule's clock.
    at: Duration,
    /// The last response, if an attempt got one.
    response: Option<Response>,
    /// Why the last attempt got none.
    error: Option<Error>,
    /// Why it was given up; `None` when it was delivered.
    gave_up: Option<GaveUp>,
}

impl Run<'_> {
    async fn run(&self) -> Result<Exit, Error> {
        let Self { options, console, .. } = self;
        let provider = self.one.body.provider;
        let schedule = schedule(self.retry, provider);
        let goal = match options.expect_status {
            Some(status) => status.to_string(),
            None => "2xx".to_owned(),
        };
        let plan = plan(&schedule, self.retry, provider);
        console.note(&format!("retrying until the response is {goal}\n{plan}"));
        let end = self.attempts(&schedule).await?;
        let summary = summary(&end, &schedule);
        let Some(response) = &end.response else {
            let hint = end.error.map_or(String::new(), |error| error.hint);
            return Err(Error::io(summary, hint));
        };
        send::report(options, self.endpoint, self.one, response, console)?;
        let (exit, mark) = match end.gave_up {
            None => (Exit::Success, console.out.success("✓")),
            Some(_) => (Exit::Failure, console.out.error("✗")),
        };
        if options.json {
            console.note(&summary);
        } else {
            console.report(&format!("{mark} {summary}\n"))?;
        }
        Ok(exit)
    }

    async fn attempts(&self, schedule: &Schedule) -> Result<End, Error> {
        // Hours may pass between two attempts, so a connection is not kept open.
        let client = Client::new(self.endpoint, &self.options.transport, false)?;
        let mut delays = schedule.delays();
        let mut attempts = 0_u32;
        let mut last_response = None;
        loop {
            attempts = attempts.saturating_add(1);
            let at = delays.clock();
            let started = Instant::now();
            let result = match client.send(self.endpoint, &self.one.delivery).await {
                Err(why) if why.error.kind == ErrorKind::Usage => return Err(why.error),
                result => result,
            };
            let duration = started.elapsed();
            // Only delays are scaled: the endpoint takes the time that it takes.
            delays.advance(duration);
            let next = self.next(&result, &mut delays);
            let attempt = Attempt {
                number: attempts,
                offset: at,
                outcome: result.as_ref().map_err(|why| why.error.message.as_str()),
                duration,
                retry_after: requested_delay(&result),
                honoured: self.retry.honour_retry_after,
                next: next.and_then(Result::ok),
            };
            match self.options.json {
                true => self.console.print(&attempt.json())?,
                false => self.console.report(&attempt.human(self.console.out))?,
            }
            let error =
                result.map(|response| last_response = Some(response)).err().map(Error::from);
            if let Some(Ok(delay)) = next {
                tokio::time::sleep(scaled(delay, self.retry.time_scale)).await;
                continue;
            }
            return Ok(End {
                attempts,
                at,
                response: last_response,
                error,
                gave_up: next.and_then(Result::err),
            });
        }
    }

    /// What follows an attempt: nothing when it was accepted, else a delay or the end.
    fn next(
        &self,
        result: &Result<Response, SendError>,
        delays: &mut RetryIter,
    ) -> Option<Result<Duration, GaveUp>> {
        let is_delivered =
            result.as_ref().is_ok_and(|response| send::is_expected(self.options, response));
        let at_least = match self.retry.honour_retry_after {
            true => requested_delay(result).unwrap_or_default(),
            false => Duration::ZERO,
        };
        (!is_delivered).then(|| delays.next_delay(at_least))
    }
}

/// The delay that a response asks for; a date is relative to the response's own clock.
fn requested_delay(result: &Result<Response, SendError>) -> Option<Duration> {
    let headers = &result.as_ref().ok()?.headers;
    let now = headers.get("date").and_then(http_date);
    retry_after(headers.get("retry-after")?, now.unwrap_or_else(Timestamp::now))
}

/// The real time of a delay of the schedule.
fn scaled(delay: Duration, scale: f64) -> Duration {
    Duration::try_from_secs_f64(delay.as_secs_f64() / scale).unwrap_or(delay)
}

fn summary(end: &End, schedule: &Schedule) -> String {
    let attempts = match end.attempts {
        1 => "1 attempt".to_owned(),
        n => format!("{n} attempts"),
    };
    let at = span(end.at);
    let gave_up = match end.gave_up {
        None => return format!("delivered after {attempts}, at {at}"),
        Some(GaveUp::Limit) => format!(
            "given up, as the provider would, after {attempts}, at {at}: the next attempt would be later \
             than {}",
            span(schedule.limit)
        ),
        Some(GaveUp::MaxAttempts) => {
            format!("given up after {attempts}, at {at}: --max-attempts allows no more")
        }
    };
    match (&end.response, &end.error) {
        (None, Some(error)) => format!("{gave_up}; no attempt got a response: {}", error.message),
        _ => gave_up,
    }
}

/// The schedule: what the command line sets over what is documented over the defaults.
pub(super) fn schedule(options: &RetryOptions, provider: &Provider) -> Schedule {
    let hours = provider.retry.map(|policy| u64::from(policy.limit_hours));
    let documented = hours.map(|hours| Duration::from_secs(hours * 3600));
    let default = Schedule::DEFAULT;
    Schedule {
        base: options.base.unwrap_or(default.base),
        factor: options.factor.unwrap_or(default.factor),
        cap: options.cap.unwrap_or(default.cap),
        jitter: options.jitter.unwrap_or(default.jitter),
        seed: options.seed.unwrap_or_else(|| fastrand::u64(..)),
        limit: options.limit.or(documented).unwrap_or(default.limit),
        max_attempts: options.max_attempts,
    }
}

/// When the provider attempts a delivery that always fails, from the first attempt on: what is documented over the
/// defaults.
pub(super) fn documented_offsets(provider: &Provider) -> Vec<Duration> {
    const MAX_ATTEMPTS: usize = 100;
    let default = Schedule::DEFAULT;
    let hours = provider.retry.map(|policy| u64::from(policy.limit_hours));
    let limit = hours.map_or(default.limit, |hours| Duration::from_secs(hours * 3600));
    Schedule { limit, ..default }.offsets().take(MAX_ATTEMPTS).collect()
}

/// The human-readable schedule, by the source of each part, in lines without the last line end.
fn plan(schedule: &Schedule, options: &RetryOptions, provider: &Provider) -> String {
    let policy = provider.retry;
    let backoff = policy.map_or(Backoff::Exponential, |p| p.backoff).word();
    let jitter = match schedule.jitter > 0.0 {
        true => format!("jitter of {} (--seed {})", schedule.jitter, schedule.seed),
        false => "no jitter".to_owned(),
    };
    let source = |is_given: bool, is_documented: bool| match (is_given, is_documented) {
        (true, _) => "given",
        (false, true) => "documented",
        (false, false) => "assumed",
    };
    let (base, cap) = (span(schedule.base), span(schedule.cap));
    let (limit, factor) = (span(schedule.limit), schedule.factor);
    let mut parts = vec![
        (source(false, policy.is_some()), format!("{backoff} backoff")),
        (source(options.limit.is_some(), policy.is_some()), format!("for up to {limit}")),
        (source(options.base.is_some(), false), format!("a first delay of {base}")),
        (source(options.factor.is_some(), false), format!("each {factor} times longer")),
        (source(options.cap.is_some(), false), format!("none over {cap}")),
        (source(options.jitter.is_some(), false), jitter),
    ];
    if let Some(max) = schedule.max_attempts {
        parts.push(("given", format!("at most {max} attempts")));
    }
    let document = &provider.document;
    let undocumented = match policy {
        None => format!(" ({document} does not document retries)"),
        Some(_) => " (not documented)".to_owned(),
    };
    let mut out = String::new();
    for (source, remark) in [
        ("documented", format!(" ({document})")),
        ("given", String::new()),
        ("assumed", undocumented),
    ] {
        let of_source = parts.iter().filter(|(of, _)| *of == source);
        let texts: Vec<_> = of_source.map(|(_, text)| text.as_str()).collect();
        if !texts.is_empty() {
            out.push_str(&format!("  {source}: {}{remark}\n", texts.join(", ")));
        }
    }
    out.push_str("  attempts, if each fails at once: ");
    out.push_str(&offsets(schedule));
    if options.time_scale > 1.0 {
        out.push_str(&format!(
            "\n  time scale {}: the times above are the schedule's; one of its hours takes {}",
            options.time_scale,
            span(Duration::from_secs_f64(3600.0 / options.time_scale)),
        ));
    }
    out
}

/// The times of the attempts, and how many there are.
fn offsets(schedule: &Schedule) -> String {
    const MAX_LISTED: usize = 12;
    const MAX_COUNTED: usize = 10_000;
    let all: Vec<_> = schedule.offsets().take(MAX_COUNTED + 1).collect();
    let count = all.len();
    let mut listed: Vec<String> = all.iter().copied().take(MAX_LISTED).map(span).collect();
    if let Some(last) = all.last().filter(|_| count > MAX_LISTED) {
        listed.push(match count > MAX_COUNTED {
            true => "…".to_owned(),
            false => format!("… {}", span(*last)),
        });
    }
    let count = match count {
        1 => "one attempt".to_owned(),
        n if n > MAX_COUNTED => format!("more than {MAX_COUNTED}"),
        n => format!("{n} in all"),
    };
    format!("{} ({count})", listed.join(", "))
}
