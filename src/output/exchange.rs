//! Requests that were sent and their responses, human-readable and as JSON: one by `send`, those of a capture by
//! `replay`, and the attempts of a delivery that is retried.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::escape::{block, clipped, line};
use crate::http::Response;
use crate::json_line;
use crate::mask;
use crate::webhook::delivery::Delivery;
use crate::webhook::record::{AnswerPart, RecordedAnalysis, RequestPart, milliseconds};

use super::style::{Palette, elapsed, event_label, provider_label};

/// One exchange.
#[derive(Clone, Debug)]
pub struct Sent<'s> {
    pub url: &'s str,
    pub provider: &'s str,
    pub event: Option<&'s str>,
    pub channel: Option<&'s str>,
    pub delivery: &'s Delivery,
    /// The signature header's name, when the delivery carries one.
    pub signature: Option<&'s str>,
    pub tampered: Option<&'static str>,
    pub response: &'s Response,
    pub expected: bool,
    pub remarks: &'s [String],
}

impl Sent<'_> {
    pub fn human(&self, p: Palette, verbose: bool) -> String {
        let mut out = format!(
            "{}  {}  {} bytes to {}\n",
            p.bold(&event_label(self.event, self.channel)),
            self.provider,
            self.delivery.body.len(),
            line(mask::url(self.url).as_bytes())
        );
        let to = p.dim(">");
        let target = mask::url(&self.delivery.target);
        out.push_str(&format!("{to} {} {target} HTTP/1.1\n", self.delivery.method));
        for (name, value) in self.delivery.headers.iter() {
            let is_signature = self.signature.is_some_and(|s| s.eq_ignore_ascii_case(name));
            if verbose || is_signature {
                out.push_str(&format!("{to} {}: {}\n", p.key(name), line(value)));
            }
        }
        response(self.response, p, verbose, &mut out);
        let mark = if self.expected { p.warn("!") } else { p.error("✗") };
        for remark in self.remarks {
            out.push_str(&format!("{mark} {}\n", clipped(mask::text(remark).as_bytes(), 400)));
        }
        out
    }

    pub fn json(&self) -> Vec<u8> {
        json_line::line(&SentLine {
            provider: self.provider,
            event: self.event,
            channel: self.channel,
            url: mask::url(self.url),
            tampered: self.tampered,
            request: RequestPart::from(self.delivery),
            response: answer_part(self.response, &self.response.body),
            expected: self.expected,
            remarks: self.remarks,
            duration_ms: milliseconds(self.response.duration),
        })
    }
}

/// A response: its status, its headers if that was asked for, and the beginning of its body.
pub(super) fn response(answer: &Response, p: Palette, verbose: bool, out: &mut String) {
    const MAX_SHOWN: usize = 2048;
    let from = p.dim("<");
    out.push_str(&format!(
        "{from} {} {}  {}\n",
        p.status(answer.status),
        clipped(answer.phrase.as_bytes(), 60),
        p.dim(&elapsed(answer.duration))
    ));
    if verbose {
        for (name, value) in answer.headers.iter() {
            out.push_str(&format!("{from} {}: {}\n", p.key(&line(name.as_bytes())), line(value)));
        }
    }
    let shown = answer.body.get(..MAX_SHOWN).unwrap_or(&answer.body);
    for text in block(shown).lines() {
        out.push_str(&format!("  {text}\n"));
    }
    let more = answer.body.len() - shown.len();
    if more > 0 || answer.clipped {
        let at_least = if answer.clipped { "at least " } else { "" };
        out.push_str(&format!("  … {at_least}{more} more bytes\n"));
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "sent")]
struct SentLine<'s> {
    provider: &'s str,
    event: Option<&'s str>,
    channel: Option<&'s str>,
    url: Cow<'s, str>,
    tampered: Option<&'s str>,
    request: RequestPart<'s>,
    response: AnswerPart<'s>,
    expected: bool,
    remarks: &'s [String],
    duration_ms: f64,
}

/// One replayed delivery.
#[derive(Clone, Debug)]
pub struct Replayed<'r> {
    /// Its number in the capture.
    pub id: u64,
    pub analysis: &'r RecordedAnalysis,
    pub url: &'r str,
    pub delivery: &'r Delivery,
    pub resigned: bool,
    /// The response, or why there is none.
    pub outcome: Result<&'r Response, &'r str>,
}

impl Replayed<'_> {
    pub fn human(&self, p: Palette) -> String {
        let found = self.analysis;
        let event = event_label(found.event.as_deref(), found.channel.as_deref());
        let mut parts = vec![
            p.dim(&format!("#{}", self.id)),
            p.bold(&event),
            provider_label(found.provider.as_deref()),
        ];
        if self.resigned {
            parts.push("re-signed".to_owned());
        }
        parts.push(format!("→ {}", outcome(self.outcome, p)));
        parts.extend(self.outcome.ok().map(|answer| p.dim(&elapsed(answer.duration))));
        format!("{}\n", parts.join("  "))
    }

    pub fn json(&self) -> Vec<u8> {
        json_line::line(&ReplayedLine {
            id: self.id,
            provider: self.analysis.provider.as_deref(),
            event: self.analysis.event.as_deref(),
            channel: self.analysis.channel.as_deref(),
            url: mask::url(self.url),
            resigned: self.resigned,
            request: RequestPart::from(self.delivery),
            status: self.outcome.ok().map(|answer| answer.status),
            error: self.outcome.err(),
            duration_ms: self.outcome.ok().map(|a| milliseconds(a.duration)),
        })
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "replayed")]
struct ReplayedLine<'r> {
    id: u64,
    provider: Option<&'r str>,
    event: Option<&'r str>,
    channel: Option<&'r str>,
    url: Cow<'r, str>,
    resigned: bool,
    request: RequestPart<'r>,
    status: Option<u16>,
    error: Option<&'r str>,
    duration_ms: Option<f64>,
}

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
    pub fn human(&self, p: Palette) -> String {
        let mut out = format!(
            "attempt {}  at {}  {}  {}",
            p.bold(&self.number.to_string()),
            span(self.offset),
            outcome(self.outcome, p).trim_end(),
            p.dim(&elapsed(self.duration)),
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

    pub fn json(&self) -> Vec<u8> {
        json_line::line(&AttemptLine {
            attempt: self.number,
            offset_ms: milliseconds(self.offset),
            status: self.outcome.ok().map(|answer| answer.status),
            error: self.outcome.err(),
            duration_ms: milliseconds(self.duration),
            retry_after: self.asked().map(line),
            retry_after_ms: self.retry_after.map(milliseconds),
            next_wait_ms: self.next.map(milliseconds),
        })
    }

    /// The header as it was received.
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

/// The status and its phrase, or why there is no response.
fn outcome(outcome: Result<&Response, &str>, p: Palette) -> String {
    match outcome {
        Ok(answer) => {
            let phrase = clipped(answer.phrase.as_bytes(), 60);
            format!("{} {phrase}", p.status(answer.status))
        }
        Err(why) => p.error(&clipped(why.as_bytes(), 200)),
    }
}

/// A response with no more of its body than `shown`.
pub(super) fn answer_part<'a>(answer: &'a Response, shown: &'a [u8]) -> AnswerPart<'a> {
    let clipped = answer.clipped || shown.len() < answer.body.len();
    AnswerPart::with(answer.status, &answer.headers, shown, clipped)
}

/// A readable time, `1h 3m`: microseconds below 1 ms, milliseconds below a minute, seconds above.
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
