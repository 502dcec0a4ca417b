//! The report in the Test Anything Protocol, version 13, which all harnesses read: a line per case, with YAML below it.
//! A failure that does not count is a TODO, and a run that was stopped bails out.

use crate::conformance::{CaseResult, Run};
use crate::escape::line;

use super::wording::{self, Repro, Status};

/// The whole stream.
pub fn tap(run: &Run) -> String {
    let mut out = format!("TAP version 13\n1..{}\n", run.cases.len());
    let about = wording::about(&run.summary, usize::MAX / 4).join(", ");
    out.push_str(&format!("# cz-hook test: {about}\n"));
    for (number, case) in (1..).zip(&run.cases) {
        one(run, number, case, &mut out);
    }
    if let Some(stopped) = &run.summary.stopped {
        let what = line(stopped.message.as_bytes());
        if !stopped.hint.is_empty() {
            out.push_str(&format!("# hint: {}\n", line(stopped.hint.as_bytes())));
        }
        out.push_str(&format!("Bail out! {what}\n"));
        return out;
    }
    out.push_str(&format!("# {}\n", wording::counts(run)));
    out
}

fn one(run: &Run, number: usize, case: &CaseResult, out: &mut String) {
    let reason = escape(&line(case.reason.as_bytes()));
    let status = Status::new(run, case);
    let (ok, directive) = match status {
        Status::Passed | Status::Warned => ("ok", String::new()),
        Status::Failed => ("not ok", String::new()),
        Status::Excused if case.tolerated => ("not ok", format!(" # TODO tolerated: {reason}")),
        Status::Excused => {
            let severity = case.severity;
            ("not ok", format!(" # TODO {severity} only: {reason}"))
        }
        Status::Skipped => ("ok", format!(" # SKIP {reason}")),
        // Covered by the `Bail out!` line.
        Status::NotRun => return,
    };
    let id = escape(&line(case.id.as_bytes()));
    let title = escape(&line(case.title.as_bytes()));
    out.push_str(&format!("{ok} {number} - {id}: {title}{directive}\n  ---\n"));
    out.push_str(&format!("  severity: {}\n", case.severity));
    let reason = quoted(&line(case.reason.as_bytes()));
    match status {
        Status::Failed | Status::Excused => failed(case, out),
        Status::Warned => out.push_str(&format!("  warning: {reason}\n")),
        _ => out.push_str(&format!("  reason: {reason}\n")),
    }
    let ms = case.duration.as_secs_f64() * 1e3;
    out.push_str(&format!("  duration_ms: {ms:.3}\n  ...\n"));
}

fn failed(case: &CaseResult, out: &mut String) {
    for (label, text) in wording::facts(case) {
        // The severity and the directive say it already.
        if label != "result" {
            out.push_str(&format!("  {label}: {}\n", quoted(&text)));
        }
    }
    match Repro::new(case) {
        Some(Repro::Command(command)) => {
            // The first line of a command is not indented, so no indentation indicator is needed, which not all
            // parsers support.
            out.push_str("  request: |\n");
            for line in command.split('\n') {
                out.push_str(&format!("    {line}\n"));
            }
        }
        Some(Repro::Text(text)) => out.push_str(&format!("  request: {}\n", quoted(&text))),
        None => {}
    }
}

/// Escapes what would begin a directive.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// A YAML scalar: a JSON string is one.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
