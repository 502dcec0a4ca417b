//! The checklist for people: a line for each case, and under each one that failed all that is needed to
//! see it again and to mend it.

use crate::conformance::case::Case;
use crate::conformance::outcome::{CaseResult, Outcome, Run, Severity};
use crate::escape::{clipped, line};
use crate::output::style::Palette;

use super::told::{self, Again, Mark};

/// The width of a line.
const WIDTH: usize = 98;
/// Where the titles begin, unless an id is longer.
const IDS: usize = 36;

/// The whole report. With `verbose`, what passed says what it rests on.
pub fn human(run: &Run, p: Palette, verbose: bool) -> String {
    let mut out = String::new();
    let mut category = "";
    for case in &run.cases {
        let mark = Mark::of(run, case);
        if mark == Mark::NotRun {
            continue;
        }
        if case.category != category {
            category = case.category;
            out.push_str(&format!("{}\n", p.bold(category)));
        }
        one(case, mark, p, verbose, &mut out);
    }
    summary(run, p, &mut out);
    out
}

fn one(case: &CaseResult, mark: Mark, p: Palette, verbose: bool, out: &mut String) {
    let sign = match mark {
        Mark::Passed => p.success(mark.sign()),
        Mark::Warned | Mark::Excused => p.warn(mark.sign()),
        Mark::Failed => p.error(mark.sign()),
        Mark::Skipped | Mark::NotRun => p.dim(mark.sign()),
    };
    let id = format!("{:IDS$}", line(case.id.as_bytes()));
    let title = p.dim(&clipped(case.title.as_bytes(), WIDTH - IDS - 6));
    out.push_str(&format!("  {sign} {id}  {}\n", title.trim_end()));
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
    let mut part = |label: &str, text: &str| {
        let mut lines = String::new();
        wrap(text, "", "              ", &mut lines);
        let label = p.bold(&format!("{label:7}"));
        out.push_str(&format!("      {label} {lines}"));
    };
    for (label, text) in told::facts(case) {
        part(label, &text);
    }
    match case.request.as_ref().map(told::again) {
        Some(Again::Command(command)) => {
            part("request", "again with:");
            out.push_str(&format!("{command}\n\n"));
        }
        Some(Again::Words(words)) => part("request", &words),
        None => {}
    }
}

fn summary(run: &Run, p: Palette, out: &mut String) {
    let summary = &run.summary;
    let left = told::not_run(run);
    if let Some(stopped) = &summary.stopped {
        out.push('\n');
        let label = format!("{}:", told::stopped(stopped.kind).to_lowercase());
        let mut text = String::new();
        wrap(
            &stopped.message,
            "",
            &" ".repeat(label.len() + 1),
            &mut text,
        );
        out.push_str(&format!("{} {text}", p.error(&label)));
        if !stopped.hint.is_empty() {
            let mut text = String::new();
            wrap(&stopped.hint, "", "      ", &mut text);
            out.push_str(&format!("{} {text}", p.bold("hint:")));
        }
        if left > 0 {
            out.push_str(&format!("{left} cases were not run\n"));
        }
    }
    out.push('\n');
    let counts = told::counts(run);
    let mark = match run.is_good() {
        true => p.success("✓"),
        false => p.error("✗"),
    };
    out.push_str(&format!("{mark} {counts}\n"));
    let mut lines = String::new();
    wrap(&told::about(summary, 60).join(", "), "  ", "  ", &mut lines);
    out.push_str(&p.dim(lines.trim_end()));
    out.push('\n');
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
