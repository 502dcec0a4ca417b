//! The wording that all reports share: plain text, in which untrusted characters are escaped. The layout is up to
//! each report.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::conformance::{CaseResult, Finding, Latency, Outcome, Request, Run, StoppedBy, Summary};
use crate::escape::{clipped, line};
use crate::http::Response;
use crate::mask;
use crate::output::style::{elapsed, run_time};

use super::curl;
use super::excerpt::excerpt;

/// The status of a case in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Passed,
    /// Passed, with a reason that is worth reading.
    Warned,
    /// Failed, so that the run fails.
    Failed,
    /// Failed, but only recommended or tolerated: the run does not fail.
    Excused,
    /// Nothing was proved.
    Skipped,
    /// The run ended before it.
    NotRun,
}

impl Status {
    pub fn new(run: &Run, case: &CaseResult) -> Self {
        match (case.outcome, case.warned) {
            (Outcome::Passed, false) => Self::Passed,
            (Outcome::Passed, true) => Self::Warned,
            (Outcome::Failed, _) if case.counts() => Self::Failed,
            (Outcome::Failed, _) => Self::Excused,
            (Outcome::Skipped, _)
                if run.summary.stopped.is_some() && case.reason.starts_with("not run") =>
            {
                Self::NotRun
            }
            (Outcome::Skipped, _) => Self::Skipped,
        }
    }

    pub fn symbol(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Warned => "!",
            Self::Failed | Self::Excused => "✗",
            Self::Skipped | Self::NotRun => "-",
        }
    }
}

/// The place of a case that no file of the user describes. Some formats require one, and an endpoint has no file.
const ENDPOINT: &str = "webhook-endpoint";

/// The file and the line that a report shows for a case: those of the contract, if it is from one.
pub fn place(case: &CaseResult) -> (String, usize) {
    match &case.source {
        Some(source) => (line(source.path.as_bytes()), source.line),
        None => no_place(),
    }
}

/// The same for what belongs to no case.
pub fn no_place() -> (String, usize) {
    (ENDPOINT.to_owned(), 1)
}

/// What tools recognize a failure of a case by, in later runs.
pub fn fingerprint(id: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("cz-hook {id}")))
}

/// A failure in sentences: what was expected, what happened, and what to change.
pub fn failure(case: &CaseResult) -> String {
    let reason = line(case.reason.as_bytes());
    format!("Expected: {}. {reason}. {}", line(case.title.as_bytes()), case.fix)
}

/// The cases that failed; first those that make the run fail.
pub fn failures(run: &Run) -> Vec<&CaseResult> {
    let failed = run.cases.iter().filter(|case| case.outcome == Outcome::Failed);
    let (counted, excused): (Vec<_>, Vec<_>) = failed.partition(|case| case.counts());
    [counted, excused].concat()
}

/// How to reproduce the request of a case.
pub enum Repro {
    /// A shell command of one or more lines.
    Command(String),
    /// A description, where no command can do it.
    Text(String),
}

impl Repro {
    /// `None` when nothing was sent.
    pub fn new(case: &CaseResult) -> Option<Self> {
        let request = case.request.as_ref()?;
        Some(match curl::command(request) {
            Some(command) => Self::Command(command),
            None => Self::Text(cut_off(request)),
        })
    }
}

/// The facts about a case that failed, in addition to its title and its request: a label and one line each.
pub fn facts(case: &CaseResult) -> Vec<(&'static str, String)> {
    let tolerated = if case.tolerated { ", and tolerated" } else { "" };
    let mut facts = vec![
        ("result", format!("failed ({}){tolerated}", case.severity)),
        ("reason", line(case.reason.as_bytes())),
        ("why", line(case.why.as_bytes())),
        ("fix", line(case.fix.as_bytes())),
    ];
    facts.extend(case.response.as_ref().map(|r| ("response", response(r))));
    facts
}

/// Everything about a case that failed, as lines of plain text.
pub fn details(case: &CaseResult) -> String {
    let mut out = format!("{}\n", line(case.title.as_bytes()));
    for (label, text) in facts(case) {
        out.push_str(&format!("{label}: {text}\n"));
    }
    match Repro::new(case) {
        Some(Repro::Command(command)) => out.push_str(&format!("request:\n{command}\n")),
        Some(Repro::Text(text)) => out.push_str(&format!("request: {text}\n")),
        None => {}
    }
    out
}

/// The verdict on the run, in a few words: "passed with 2 recommendations".
pub fn verdict(run: &Run) -> String {
    match run.summary.stopped.as_ref().map(|stopped| stopped.kind) {
        Some(StoppedBy::Unreachable) => "not reachable".to_owned(),
        Some(StoppedBy::Interrupt) => "interrupted".to_owned(),
        _ if !run.is_good() => "failed".to_owned(),
        _ => match recommendations(run).count() {
            0 => "passed".to_owned(),
            1 => "passed with 1 recommendation".to_owned(),
            n => format!("passed with {n} recommendations"),
        },
    }
}

/// The findings that do not make the run fail, and that are not tolerated.
fn recommendations(run: &Run) -> impl Iterator<Item = &Finding> {
    run.summary.findings.iter().filter(|finding| !finding.fails && !finding.tolerated)
}

/// The verdict, and whether `--strict` would give another one.
pub fn whole_verdict(run: &Run) -> String {
    let fails_if_strict = |case: &CaseResult| {
        case.category == "bytes" && case.outcome == Outcome::Failed && !case.tolerated
    };
    let verdict = verdict(run);
    match run.is_good() && run.cases.iter().any(fails_if_strict) {
        true => format!("{verdict}; with --strict it fails"),
        false => verdict,
    }
}

/// The facts about a finding, in addition to its title: a label and one line each.
pub fn finding_facts(run: &Run, finding: &Finding) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("change", line(finding.change.as_bytes())),
        ("reason", line(finding.reason.as_bytes())),
    ];
    if finding.title == finding.reason {
        facts.pop();
    }
    let example = run.cases.iter().find(|case| case.id == finding.example.as_str());
    let example = example.and_then(|case| case.response.as_ref());
    facts.extend(example.map(|response| ("response", self::response(response))));
    facts.push(("cases", line(finding.cases.join(", ").as_bytes())));
    facts
}

/// What a finding is called by its weight: a failure, a recommendation, or tolerated.
pub fn weight(finding: &Finding) -> &'static str {
    match (finding.fails, finding.tolerated) {
        (true, _) => "failure",
        (false, true) => "tolerated",
        (false, false) => "recommendation",
    }
}

/// The label of the reason why cases have no verdict.
pub fn stop_label(kind: StoppedBy) -> &'static str {
    match kind {
        StoppedBy::Limited => "Not proved",
        _ => "Stopped",
    }
}

/// How many cases have which status.
pub fn counts(run: &Run) -> String {
    let summary = &run.summary;
    let not_run = not_run(run);
    let warned = match summary.warned {
        0 => String::new(),
        n => format!(" ({n} with a warning)"),
    };
    let mut parts =
        vec![format!("{} passed{warned}", summary.passed), format!("{} failed", summary.failed)];
    for (count, what) in [
        (summary.failed_recommended, "recommended failed"),
        (summary.tolerated, "tolerated"),
        (summary.skipped.saturating_sub(not_run), "skipped"),
        (not_run, "not run"),
        (summary.left_out, "left out"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

/// How many cases were not run because the run ended before.
pub fn not_run(run: &Run) -> usize {
    let statuses = run.cases.iter().map(|case| Status::new(run, case));
    statuses.filter(|s| *s == Status::NotRun).count()
}

/// What was tested, how long it took, and the response times; the URL in at most this many characters.
pub fn about(summary: &Summary, max_url: usize) -> Vec<String> {
    let mut about = vec![
        line(summary.provider.as_bytes()),
        clipped(summary.url.as_bytes(), max_url),
        run_time(summary.duration),
    ];
    about.extend(summary.framework.map(str::to_owned));
    if summary.runs > 1 {
        about.push(format!("{} runs", summary.runs));
    }
    if summary.strict {
        about.push("strict".to_owned());
    }
    about.extend(summary.latency.as_ref().map(latency));
    about
}

fn cut_off(request: &Request) -> String {
    format!(
        "{} {}, and the connection is closed after {} bytes",
        request.delivery.method,
        line(mask::url(&request.url).as_bytes()),
        request.cut_at.unwrap_or_default()
    )
}

fn response(response: &Result<Response, String>) -> String {
    match response {
        Ok(response) => {
            let phrase = clipped(response.phrase.as_bytes(), 60);
            let body = excerpt(response, 300);
            let status = format!("{} {phrase}", response.status);
            let text = format!("{}  {body}", status.trim_end());
            text.trim_end().to_owned()
        }
        Err(why) => format!("none: {}", line(why.as_bytes())),
    }
}

fn latency(latency: &Latency) -> String {
    let [p50, p95, max] = [latency.p50, latency.p95, latency.max].map(elapsed);
    format!("p50 {p50}, p95 {p95}, max {max}")
}
