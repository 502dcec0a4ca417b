//! One attempt at a delivery that is retried, for people and for programs.

use std::time::Duration;

use serde::Serialize;

use crate::http::Response;

use super::json;
use super::labels;
use super::style::Palette;
use crate::escape::{clipped, line};

/// One attempt and what follows from it.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// Counted from one.
    pub number: u32,
    /// When it began, on the schedule's clock.
    pub offset: Duration,
    /// The response, or why there is none.
    pub outcome: Result<&'a Response, &'a str>,
    /// How long it took, on every clock.
    pub duration: Duration,
    /// What the endpoint asked for, if it said so in a way that can be read.
    pub retry_after: Option<Duration>,
    /// Whether waits go by that.
    pub honoured: bool,
    /// The wait before the next attempt, on the schedule's clock; `None` when there is none.
    pub next: Option<Duration>,
}

impl Attempt<'_> {
    /// The attempt as a line for people.
    pub fn human(&self, p: Palette) -> String {
        let outcome = match self.outcome {
            Ok(response) => {
                let phrase = clipped(response.phrase.as_bytes(), 60);
                format!("{} {phrase}", p.status(response.status))
            }
            Err(why) => p.error(&clipped(why.as_bytes(), 200)),
        };
        let mut out = format!(
            "attempt {}  at {}  {}  {}",
            p.bold(&self.number.to_string()),
            span(self.offset),
            outcome.trim_end(),
            p.dim(&labels::elapsed(self.duration)),
        );
        if let Some(value) = self.asked() {
            let how = match (self.retry_after, self.honoured) {
                (None, _) => "cannot be read",
                (Some(_), true) => "honoured",
                (Some(_), false) => "not honoured",
            };
            out.push_str(&format!("  retry-after: {} ({how})", clipped(value, 40)));
        }
        if let Some(next) = self.next {
            out.push_str(&format!("  next in {}", span(next)));
        }
        out.push('\n');
        out
    }

    /// The attempt as a line of JSON.
    pub fn json(&self) -> Vec<u8> {
        json::line(&AttemptLine {
            attempt: self.number,
            offset_ms: json::milliseconds(self.offset),
            status: self.outcome.ok().map(|response| response.status),
            error: self.outcome.err(),
            duration_ms: json::milliseconds(self.duration),
            retry_after: self.asked().map(line),
            retry_after_ms: self.retry_after.map(json::milliseconds),
            next_wait_ms: self.next.map(json::milliseconds),
        })
    }

    /// The header as it came.
    fn asked(&self) -> Option<&[u8]> {
        self.outcome.ok()?.headers.get("retry-after")
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "attempt")]
struct AttemptLine<'a> {
    attempt: u32,
    offset_ms: f64,
    status: Option<u16>,
    error: Option<&'a str>,
    duration_ms: f64,
    retry_after: Option<String>,
    retry_after_ms: Option<f64>,
    next_wait_ms: Option<f64>,
}

/// A time as people say it, `1h 3m`: microseconds below 1 ms, milliseconds below a minute, seconds above.
pub fn span(time: Duration) -> String {
    let whole = match time.as_secs() {
        0 if time.subsec_millis() == 0 => Duration::from_micros(u64::from(time.subsec_micros())),
        0..60 => Duration::from_millis(time.as_millis().try_into().unwrap_or(u64::MAX)),
        seconds => Duration::from_secs(seconds),
    };
    match jiff::SignedDuration::try_from(whole) {
        Ok(whole) => format!("{whole:#}"),
        Err(_) => "for ever".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_as_fine_as_they_are_short() {
        for (time, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_nanos(234_567), "234µs"),
            (Duration::from_nanos(1_234_567), "1ms"),
            (Duration::from_nanos(1_234_567_890), "1s 234ms"),
            (Duration::from_millis(60_999), "1m"),
            (Duration::from_secs(73_860), "20h 31m"),
            (Duration::MAX, "for ever"),
        ] {
            assert_eq!(span(time), text);
        }
    }
}
