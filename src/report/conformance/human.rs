//! The checklist for people: a line for each case, and under each one that failed all that is needed to
//! see it again and to mend it.

use std::time::Duration;

use crate::conformance::case::Case;
use crate::conformance::outcome::{CaseResult, Latency, Outcome, Run, Severity, Summary};
use crate::report::sanitize::{clipped, line};
use crate::report::style::Palette;

use super::curl;

/// The width of a line.
const WIDTH: usize = 98;
/// Where the titles begin, unless an id is longer.
const IDS: usize = 36;

/// The whole report. With `verbose`, what passed says what it rests on.
pub fn human(run: &Run, p: Palette, verbose: bool) -> String {
    let mut out = String::new();
    let mut category = "";
    for case in run.cases.iter().filter(|case| !is_left(run, case)) {
        if case.category != category {
            category = case.category;
            out.push_str(&format!("{}\n", p.name(category)));
        }
        one(case, p, verbose, &mut out);
    }
    summary(run, p, &mut out);
    out
}

/// Whether a case is not shown by itself, because the run ended before it.
fn is_left(run: &Run, case: &CaseResult) -> bool {
    let is_stopped = run.summary.stopped.is_some();
    is_stopped && case.outcome == Outcome::Skipped && case.reason.starts_with("not run")
}

fn one(case: &CaseResult, p: Palette, verbose: bool, out: &mut String) {
    let mark = match (case.outcome, case.warned) {
        (Outcome::Passed, false) => p.good("✓"),
        (Outcome::Passed, true) => p.doubt("!"),
        (Outcome::Failed, _) if case.counts() => p.bad("✗"),
        (Outcome::Failed, _) => p.doubt("✗"),
        (Outcome::Skipped, _) => p.faint("-"),
    };
    let id = format!("{:IDS$}", line(case.id.as_bytes()));
    let title = p.faint(&clipped(case.title.as_bytes(), WIDTH - IDS - 6));
    out.push_str(&format!("  {mark} {id}  {}\n", title.trim_end()));
    if case.outcome == Outcome::Failed {
        return failed(case, p, out);
    }
    let is_told = case.outcome == Outcome::Skipped
        || case.warned
        || verbose
        || case.severity == Severity::Informational
        || case.id == "behaviour/time";
    if is_told {
        let label = match case.outcome {
            Outcome::Skipped => "skipped: ",
            _ => "",
        };
        wrap(&format!("{label}{}", case.reason), "      ", "      ", out);
    }
}

fn failed(case: &CaseResult, p: Palette, out: &mut String) {
    let how = match case.tolerated {
        true => format!("failed ({}), and tolerated", case.severity.word()),
        false => format!("failed ({})", case.severity.word()),
    };
    let label = |word: &str| format!("      {} ", p.name(&format!("{word:7}")));
    let mut part = |word: &str, text: &str| {
        let mut lines = String::new();
        wrap(text, "", "              ", &mut lines);
        out.push_str(&format!("{}{lines}", label(word)));
    };
    part("result", &how);
    part("reason", &case.reason);
    part("why", &case.why);
    part("fix", &case.fix);
    if let Some(answer) = &case.answer {
        part("answer", &answered(answer));
    }
    if let Some(request) = &case.request {
        match curl::command(request) {
            Some(command) => {
                part("request", "again with:");
                out.push_str(&format!("{command}\n\n"));
            }
            None => part(
                "request",
                &format!(
                    "{} {}, and the connection is closed after {} bytes",
                    request.delivery.method,
                    line(request.url.as_bytes()),
                    request.cut_at.unwrap_or_default()
                ),
            ),
        }
    }
}

fn answered(answer: &Result<crate::sender::Answer, String>) -> String {
    match answer {
        Ok(answer) => {
            let phrase = clipped(answer.phrase.as_bytes(), 60);
            let body = clipped(&answer.body, 300);
            let status = format!("{} {phrase}", answer.status);
            format!("{}  {body}", status.trim_end())
                .trim_end()
                .to_owned()
        }
        Err(why) => format!("none: {why}"),
    }
}

fn summary(run: &Run, p: Palette, out: &mut String) {
    let summary = &run.summary;
    let left = run.cases.iter().filter(|case| is_left(run, case)).count();
    if let Some(stopped) = &summary.stopped {
        out.push('\n');
        let mut text = String::new();
        wrap(&stopped.what, "", "         ", &mut text);
        out.push_str(&format!("{} {text}", p.bad("stopped:")));
        if !stopped.hint.is_empty() {
            let mut text = String::new();
            wrap(&stopped.hint, "", "      ", &mut text);
            out.push_str(&format!("{} {text}", p.name("hint:")));
        }
        if left > 0 {
            out.push_str(&format!("{left} cases were not run\n"));
        }
    }
    out.push('\n');
    let counts = counts(summary, left);
    let mark = match run.is_good() {
        true => p.good("✓"),
        false => p.bad("✗"),
    };
    out.push_str(&format!("{mark} {counts}\n"));
    let mut about = vec![
        summary.provider.clone(),
        clipped(summary.url.as_bytes(), 60),
        seconds(summary.duration),
    ];
    if summary.strict {
        about.push("strict".to_owned());
    }
    if let Some(latency) = &summary.latency {
        about.push(times(latency));
    }
    let mut lines = String::new();
    wrap(&about.join(", "), "  ", "  ", &mut lines);
    out.push_str(&p.faint(lines.trim_end()));
    out.push('\n');
}

fn counts(summary: &Summary, left: usize) -> String {
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

fn times(latency: &Latency) -> String {
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let (p50, p95, max) = (ms(latency.p50), ms(latency.p95), ms(latency.max));
    format!("p50 {p50}, p95 {p95}, max {max}")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Text in lines that fit, broken between words; a stranger's characters are escaped.
fn wrap(text: &str, first: &str, next: &str, out: &mut String) {
    let text = line(text.as_bytes());
    let mut current = first.to_owned();
    let mut is_start = true;
    // A first line without an indent stands behind a label of the same width as the others' indent.
    let room = |current: &str| match first.is_empty() && !current.starts_with(next) {
        true => WIDTH - next.len(),
        false => WIDTH,
    };
    for word in text.split(' ').flat_map(pieces) {
        let space = usize::from(!is_start);
        if !is_start && current.chars().count() + space + word.chars().count() > room(&current) {
            out.push_str(current.trim_end());
            out.push('\n');
            current = next.to_owned();
            is_start = true;
        }
        if !is_start {
            current.push(' ');
        }
        current.push_str(&word);
        is_start = false;
    }
    out.push_str(current.trim_end());
    out.push('\n');
}

/// A word that is longer than a line, in pieces.
fn pieces(word: &str) -> Vec<String> {
    const MOST: usize = 80;
    let chars: Vec<char> = word.chars().collect();
    match chars.len() {
        0..=MOST => vec![word.to_owned()],
        _ => chars.chunks(MOST).map(|c| c.iter().collect()).collect(),
    }
}

/// The list of cases.
pub fn listed(cases: &[Case], p: Palette) -> String {
    let mut out = String::new();
    for case in cases {
        let severity = format!("{:13}", case.severity.word());
        let severity = match case.severity {
            Severity::Required => severity,
            _ => p.faint(&severity),
        };
        let id = format!("{:IDS$}", case.id);
        let title = clipped(case.title.as_bytes(), WIDTH - IDS - 17);
        out.push_str(&format!("{}  {severity}  {title}\n", p.name(&id)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_fits() {
        let mut out = String::from("      reason  ");
        let long = format!(
            "{} {}",
            "some words that are said ".repeat(20),
            "x".repeat(300)
        );
        wrap(&long, "", "              ", &mut out);
        assert!(out.lines().count() > 5);
        for line in out.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        let mut out = String::new();
        wrap("a\u{1b}[31m b", "  ", "  ", &mut out);
        assert_eq!(out, "  a\\u{1b}[31m b\n");
    }
}
