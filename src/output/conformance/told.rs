//! What every report says of a run and of its cases, in the same words: plain text in which a stranger's
//! characters are shown. How it looks is each report's own.

use std::time::Duration;

use crate::conformance::outcome::{CaseResult, Latency, Outcome, Request, Run, StoppedBy, Summary};
use crate::escape::{clipped, line};
use crate::http::Response as Answer;

use super::curl;

/// What became of a case, as far as a report shows the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Passed.
    Passed,
    /// Passed, and the reason is worth reading.
    Warned,
    /// Failed, and so the run fails.
    Failed,
    /// Failed, but only recommended or tolerated: the run does not fail.
    Excused,
    /// Nothing was proved.
    Skipped,
    /// The run ended before it.
    NotRun,
}

impl Mark {
    /// The mark of a case.
    pub fn of(run: &Run, case: &CaseResult) -> Self {
        match (case.outcome, case.warned) {
            (Outcome::Passed, false) => Self::Passed,
            (Outcome::Passed, true) => Self::Warned,
            (Outcome::Failed, _) if case.counts() => Self::Failed,
            (Outcome::Failed, _) => Self::Excused,
            (Outcome::Skipped, _) => {
                let is_stopped = run.summary.stopped.is_some();
                match is_stopped && case.reason.starts_with("not run") {
                    true => Self::NotRun,
                    false => Self::Skipped,
                }
            }
        }
    }

    /// One character.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Warned => "!",
            Self::Failed | Self::Excused => "✗",
            Self::Skipped | Self::NotRun => "-",
        }
    }
}

/// The request of a case, to be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// A shell command, in one line or more.
    Command(String),
    /// In words, for what no command can do.
    Words(String),
}

/// What is told of a case that failed, beside its title and its request: a label and a line each.
pub fn facts(case: &CaseResult) -> Vec<(&'static str, String)> {
    let severity = case.severity.word();
    let result = match case.tolerated {
        true => format!("failed ({severity}), and tolerated"),
        false => format!("failed ({severity})"),
    };
    let mut facts = vec![
        ("result", result),
        ("reason", line(case.reason.as_bytes())),
        ("why", line(case.why.as_bytes())),
        ("fix", line(case.fix.as_bytes())),
    ];
    if let Some(answer) = &case.answer {
        facts.push(("answer", answered(answer)));
    }
    facts
}

/// How the request of a case is made again.
pub fn again(request: &Request) -> Again {
    match curl::command(request) {
        Some(command) => Again::Command(command),
        None => Again::Words(format!(
            "{} {}, and the connection is closed after {} bytes",
            request.delivery.method,
            line(request.url.as_bytes()),
            request.cut_at.unwrap_or_default()
        )),
    }
}

/// All that is told of a case that failed, as lines of plain text.
pub fn plain(case: &CaseResult) -> String {
    let mut out = format!("{}\n", line(case.title.as_bytes()));
    for (label, text) in facts(case) {
        out.push_str(&format!("{label}: {text}\n"));
    }
    match case.request.as_ref().map(again) {
        Some(Again::Command(command)) => out.push_str(&format!("request:\n{command}\n")),
        Some(Again::Words(words)) => out.push_str(&format!("request: {words}\n")),
        None => {}
    }
    out
}

/// What the run comes to, in one word or two.
pub fn verdict(run: &Run) -> &'static str {
    match run.summary.stopped.as_ref().map(|stopped| stopped.kind) {
        Some(StoppedBy::Unreachable) => "not reachable",
        Some(StoppedBy::Interrupt) => "interrupted",
        _ if run.is_good() => "passed",
        _ => "failed",
    }
}

/// What stands before the reason for which cases have no verdict.
pub fn stopped(kind: StoppedBy) -> &'static str {
    match kind {
        StoppedBy::Limited => "Not proved",
        _ => "Stopped",
    }
}

/// How many cases became what.
pub fn counts(run: &Run) -> String {
    let summary = &run.summary;
    let left = not_run(run);
    let mut parts = vec![match summary.warned {
        0 => format!("{} passed", summary.passed),
        n => format!("{} passed ({n} with a warning)", summary.passed),
    }];
    parts.push(format!("{} failed", summary.failed));
    for (count, what) in [
        (summary.failed_recommended, "recommended failed"),
        (summary.tolerated, "tolerated"),
        (summary.skipped.saturating_sub(left), "skipped"),
        (left, "not run"),
        (summary.left_out, "left out"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

/// How many cases the run ended before.
pub fn not_run(run: &Run) -> usize {
    let marks = run.cases.iter().map(|case| Mark::of(run, case));
    marks.filter(|mark| *mark == Mark::NotRun).count()
}

/// What was tested, how long it took, and how fast the endpoint is; the URL in at most so many characters.
pub fn about(summary: &Summary, most_of_url: usize) -> Vec<String> {
    let mut about = vec![
        line(summary.provider.as_bytes()),
        clipped(summary.url.as_bytes(), most_of_url),
        format!("{:.1} s", summary.duration.as_secs_f64()),
    ];
    if summary.strict {
        about.push("strict".to_owned());
    }
    about.extend(summary.latency.as_ref().map(times));
    about
}

fn answered(answer: &Result<Answer, String>) -> String {
    match answer {
        Ok(answer) => {
            let phrase = clipped(answer.phrase.as_bytes(), 60);
            let body = clipped(&answer.body, 300);
            let status = format!("{} {phrase}", answer.status);
            format!("{}  {body}", status.trim_end())
                .trim_end()
                .to_owned()
        }
        Err(why) => format!("none: {}", line(why.as_bytes())),
    }
}

fn times(latency: &Latency) -> String {
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let (p50, p95, max) = (ms(latency.p50), ms(latency.p95), ms(latency.max));
    format!("p50 {p50}, p95 {p95}, max {max}")
}
