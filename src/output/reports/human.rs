//! The report for people: a line per category, then the findings, and the verdict in the last line. The whole report
//! has in addition a line per case and, below each failure, what is needed to reproduce it.

use textwrap::{Options, WordSplitter};

use crate::conformance::{Case, CaseResult, Finding, Outcome, Run, Severity};
use crate::escape::line;
use crate::output::style::Palette;

use super::wording::{self, Repro, Status};

/// The width of a line in a file.
const WIDTH: usize = 98;
/// The width of the column of ids.
const IDS: usize = 36;
/// Titles are in a second column of terminals of at least this width.
const TWO_COLUMNS: usize = 80;

/// How a report looks.
#[derive(Clone, Copy)]
struct Layout {
    palette: Palette,
    /// The width of a line, in columns.
    width: usize,
}

/// The report in lines of `width` columns. With `verbose`, it is whole.
pub fn human(run: &Run, palette: Palette, verbose: bool, width: usize) -> String {
    let layout = Layout { palette, width: width.max(20) };
    let mut out = String::new();
    for cases in run.cases.chunk_by(|a, b| a.category == b.category) {
        match verbose {
            true => layout.cases(run, cases, &mut out),
            false => layout.category(run, cases, &mut out),
        }
    }
    if !verbose {
        layout.remarks(run, &mut out);
    }
    for finding in &run.summary.findings {
        layout.finding(run, finding, &mut out);
    }
    layout.summary(run, verbose, &mut out);
    out
}

/// The report for a file.
pub fn text(run: &Run) -> String {
    human(run, Palette::new(false), true, WIDTH)
}

/// The list of cases, with the reason for each.
pub fn list(cases: &[Case], p: Palette, width: usize) -> String {
    let layout = Layout { palette: p, width: width.max(20) };
    let mut out = String::new();
    for case in cases {
        let severity = match case.severity {
            Severity::Required => case.severity.to_string(),
            _ => p.dim(&case.severity.to_string()),
        };
        let id = format!("{:IDS$}", case.id);
        out.push_str(&format!("{}  {severity}\n", p.bold(&id)));
        out.push_str(&format!("  {}\n", layout.wrap(&case.title, 2)));
        out.push_str(&format!("  {}\n", p.dim(&layout.wrap(case.why, 2))));
    }
    out
}

impl Layout {
    /// One line: how many cases of a category have which status.
    fn category(self, run: &Run, cases: &[CaseResult], out: &mut String) {
        let p = self.palette;
        let count = |statuses: &[Status]| {
            cases.iter().filter(|case| statuses.contains(&Status::new(run, case))).count()
        };
        let mut parts = Vec::new();
        for (statuses, what) in [
            (&[Status::Passed, Status::Warned][..], "passed"),
            (&[Status::Failed], "failed"),
            (&[Status::Excused], "failed, not counted"),
            (&[Status::Skipped], "skipped"),
            (&[Status::NotRun], "not run"),
        ] {
            match (count(statuses), what) {
                (0, _) => {}
                (n, "failed") => parts.push(p.error(&format!("{n} failed"))),
                (n, what) => parts.push(format!("{n} {what}")),
            }
        }
        let category = cases.first().map_or("", |case| case.category);
        let name = p.bold(&format!("{category:10}"));
        out.push_str(&format!("{name} {}\n", parts.join(", ")));
    }

    /// What is worth reading about cases that passed.
    fn remarks(self, run: &Run, out: &mut String) {
        let is_worth = |case: &&CaseResult| Status::new(run, case) == Status::Warned;
        let warned: Vec<_> = run.cases.iter().filter(is_worth).collect();
        if !warned.is_empty() {
            out.push('\n');
        }
        for case in warned {
            let text = self.wrap(&format!("{}: {}", case.id, case.reason), 2);
            out.push_str(&format!("{} {text}\n", self.palette.warn("!")));
        }
    }

    /// A cause, and what to change first.
    fn finding(self, run: &Run, finding: &Finding, out: &mut String) {
        let p = self.palette;
        let symbol = match finding.fails {
            true => p.error("✗"),
            false => p.warn("!"),
        };
        let weight = wording::weight(finding);
        let title = self.wrap(&format!("{weight}: {}", finding.title), 2);
        out.push_str(&format!("\n{symbol} {}\n", p.bold(&title)));
        for (label, text) in wording::finding_facts(run, finding) {
            let label = p.bold(&format!("{label:8}"));
            out.push_str(&format!("  {label} {}\n", self.wrap(&text, 11)));
        }
    }

    /// A line per case of a category.
    fn cases(self, run: &Run, cases: &[CaseResult], out: &mut String) {
        let p = self.palette;
        let is_run = |case: &&CaseResult| Status::new(run, case) != Status::NotRun;
        let mut cases = cases.iter().filter(is_run).peekable();
        if let Some(first) = cases.peek() {
            out.push_str(&format!("{}\n", p.bold(first.category)));
        }
        for case in cases {
            self.case(Status::new(run, case), case, out);
        }
    }

    fn case(self, status: Status, case: &CaseResult, out: &mut String) {
        let p = self.palette;
        let symbol = match status {
            Status::Passed => p.success(status.symbol()),
            Status::Warned | Status::Excused => p.warn(status.symbol()),
            Status::Failed => p.error(status.symbol()),
            Status::Skipped | Status::NotRun => p.dim(status.symbol()),
        };
        let id = line(case.id.as_bytes());
        if self.width >= TWO_COLUMNS {
            let title = self.wrap(&case.title, IDS + 6);
            out.push_str(&format!("  {symbol} {id:IDS$}  {}\n", p.dim(&title)));
        } else {
            let title = self.wrap(&case.title, 6);
            out.push_str(&format!("  {symbol} {id}\n      {}\n", p.dim(&title)));
        }
        if case.outcome == Outcome::Failed {
            return self.failed(case, out);
        }
        let label = if case.outcome == Outcome::Skipped { "skipped: " } else { "" };
        let reason = self.wrap(&format!("{label}{}", case.reason), 6);
        out.push_str(&format!("      {reason}\n"));
    }

    fn failed(self, case: &CaseResult, out: &mut String) {
        let p = self.palette;
        let mut part = |label: &str, text: &str| {
            let label = p.bold(&format!("{label:8}"));
            out.push_str(&format!("      {label} {}\n", self.wrap(text, 15)));
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

    fn summary(self, run: &Run, verbose: bool, out: &mut String) {
        let p = self.palette;
        let summary = &run.summary;
        out.push('\n');
        if let Some(stopped) = &summary.stopped {
            let label = format!("{}:", wording::stop_label(stopped.kind).to_lowercase());
            let message = self.wrap(&stopped.message, label.len() + 1);
            out.push_str(&format!("{} {message}\n", p.error(&label)));
            if !stopped.hint.is_empty() {
                let hint = self.wrap(&stopped.hint, 6);
                out.push_str(&format!("{} {hint}\n", p.bold("hint:")));
            }
        }
        if !verbose && !summary.findings.is_empty() {
            let text = "--verbose prints every case, and the requests of those that failed";
            out.push_str(&format!("{}\n", p.dim(&self.wrap(text, 0))));
        }
        out.push_str(&format!("{}\n", self.wrap(&wording::counts(run), 0)));
        let about = wording::about(summary, self.width).join(", ");
        out.push_str(&format!("{}\n", p.dim(&self.wrap(&about, 0))));
        let verdict = wording::whole_verdict(run);
        let is_perfect = verdict == "passed";
        let verdict = self.wrap(&verdict, 2);
        out.push_str(&match run.is_good() {
            true if is_perfect => p.success(&format!("✓ {verdict}")),
            true => p.warn(&format!("! {verdict}")),
            false => p.error(&format!("✗ {verdict}")),
        });
        out.push('\n');
    }

    /// Untrusted text, escaped and wrapped between words; every line but the first begins with an indent of so many
    /// columns.
    fn wrap(self, text: &str, indent: usize) -> String {
        let indent = " ".repeat(indent);
        let options = Options::new(self.width)
            .initial_indent(&indent)
            .subsequent_indent(&indent)
            .word_splitter(WordSplitter::NoHyphenation);
        let wrapped = textwrap::fill(&line(text.as_bytes()), options);
        wrapped.trim_start().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_escaped() {
        let layout = Layout { palette: Palette::new(false), width: WIDTH };
        let long = format!("{} {}", "some words ".repeat(40), "x".repeat(300));
        let out = format!("      reason  {}", layout.wrap(&long, 14));
        assert!(out.lines().count() > 5);
        for line in out.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        assert_eq!(layout.wrap("a\u{1b}[31m b", 2), "a\\u{1b}[31m b");
    }
}
