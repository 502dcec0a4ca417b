//! The human-readable checklist: a line per case, and below each failure what is needed to reproduce and fix it.

use textwrap::{Options, WordSplitter};

use crate::conformance::{Case, CaseResult, Outcome, Run, Severity};
use crate::escape::{clipped, line};
use crate::output::style::Palette;

use super::wording::{self, Repro, Status};

/// The width of a line.
const WIDTH: usize = 98;
/// The width of the column of ids.
const IDS: usize = 36;

/// The whole report. With `verbose`, cases that passed have a reason, too.
pub fn human(run: &Run, p: Palette, verbose: bool) -> String {
    let mut out = String::new();
    let mut category = "";
    for case in &run.cases {
        let status = Status::new(run, case);
        if status == Status::NotRun {
            continue;
        }
        if case.category != category {
            category = case.category;
            out.push_str(&format!("{}\n", p.bold(category)));
        }
        one(case, status, p, verbose, &mut out);
    }
    summary(run, p, &mut out);
    out
}

/// The report for a file.
pub fn text(run: &Run) -> String {
    human(run, Palette::new(false), true)
}

fn one(case: &CaseResult, status: Status, p: Palette, verbose: bool, out: &mut String) {
    let symbol = match status {
        Status::Passed => p.success(status.symbol()),
        Status::Warned | Status::Excused => p.warn(status.symbol()),
        Status::Failed => p.error(status.symbol()),
        Status::Skipped | Status::NotRun => p.dim(status.symbol()),
    };
    let id = format!("{:IDS$}", line(case.id.as_bytes()));
    let title = p.dim(&clipped(case.title.as_bytes(), WIDTH - IDS - 6));
    out.push_str(&format!("  {symbol} {id}  {}\n", title.trim_end()));
    if case.outcome == Outcome::Failed {
        return failed(case, p, out);
    }
    let has_reason = case.outcome == Outcome::Skipped
        || case.warned
        || verbose
        || case.severity == Severity::Informational
        || case.id == "behaviour/time";
    if has_reason {
        let is_skipped = case.outcome == Outcome::Skipped;
        let label = if is_skipped { "skipped: " } else { "" };
        let reason = wrap(&format!("{label}{}", case.reason), 6);
        out.push_str(&format!("      {reason}\n"));
    }
}

fn failed(case: &CaseResult, p: Palette, out: &mut String) {
    let mut part = |label: &str, text: &str| {
        let label = p.bold(&format!("{label:7}"));
        out.push_str(&format!("      {label} {}\n", wrap(text, 14)));
    };
    for (label, text) in wording::facts(case) {
        part(label, &text);
    }
    match Repro::new(case) {
        Some(Repro::Command(command)) => {
            part("request", "again with:");
            out.push_str(&format!("{command}\n\n"));
        }
        Some(Repro::Text(text)) => part("request", &text),
        None => {}
    }
}

fn summary(run: &Run, p: Palette, out: &mut String) {
    let summary = &run.summary;
    if let Some(stopped) = &summary.stopped {
        let label = format!("{}:", wording::stop_label(stopped.kind).to_lowercase());
        let message = wrap(&stopped.message, label.len() + 1);
        out.push_str(&format!("\n{} {message}\n", p.error(&label)));
        if !stopped.hint.is_empty() {
            let hint = wrap(&stopped.hint, 6);
            out.push_str(&format!("{} {hint}\n", p.bold("hint:")));
        }
        let not_run = wording::not_run(run);
        if not_run > 0 {
            out.push_str(&format!("{not_run} cases were not run\n"));
        }
    }
    let counts = wording::counts(run);
    let symbol = match run.is_good() {
        true => p.success("✓"),
        false => p.error("✗"),
    };
    let about = wrap(&wording::about(summary, 60).join(", "), 2);
    let about = p.dim(&format!("  {about}"));
    out.push_str(&format!("\n{symbol} {counts}\n{about}\n"));
}

/// Untrusted text, escaped and wrapped; every line but the first begins with an indent of so many columns.
fn wrap(text: &str, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let options = Options::new(WIDTH)
        .initial_indent(&indent)
        .subsequent_indent(&indent)
        .word_splitter(WordSplitter::NoHyphenation);
    let wrapped = textwrap::fill(&line(text.as_bytes()), options);
    wrapped.trim_start().to_owned()
}

/// The list of cases.
pub fn list(cases: &[Case], p: Palette) -> String {
    let mut out = String::new();
    for case in cases {
        let severity = format!("{:13}", case.severity);
        let severity = match case.severity {
            Severity::Required => severity,
            _ => p.dim(&severity),
        };
        let id = format!("{:IDS$}", case.id);
        let title = clipped(case.title.as_bytes(), WIDTH - IDS - 17);
        out.push_str(&format!("{}  {severity}  {title}\n", p.bold(&id)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_escaped() {
        let long = format!("{} {}", "some words ".repeat(40), "x".repeat(300));
        let out = format!("      reason  {}", wrap(&long, 14));
        assert!(out.lines().count() > 5);
        for line in out.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        assert_eq!(wrap("a\u{1b}[31m b", 2), "a\\u{1b}[31m b");
    }
}
