//! The report in the Test Anything Protocol, version 14: a line for each case, with YAML under it. What
//! fails without counting is a TODO, and a run that was stopped bails out.

use crate::conformance::outcome::{CaseResult, Run};
use crate::escape::line;

use super::told::{self, Again, Mark};

/// The whole stream.
pub fn tap(run: &Run) -> String {
    let mut out = format!("TAP version 14\n1..{}\n", run.cases.len());
    let about = told::about(&run.summary, usize::MAX / 4).join(", ");
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
    out.push_str(&format!("# {}\n", told::counts(run)));
    out
}

fn one(run: &Run, number: usize, case: &CaseResult, out: &mut String) {
    let reason = escape(&line(case.reason.as_bytes()));
    let mark = Mark::of(run, case);
    let (status, directive) = match mark {
        Mark::Passed | Mark::Warned => ("ok", String::new()),
        Mark::Failed => ("not ok", String::new()),
        Mark::Excused if case.tolerated => ("not ok", format!(" # TODO tolerated: {reason}")),
        Mark::Excused => (
            "not ok",
            format!(" # TODO {} only: {reason}", case.severity.word()),
        ),
        Mark::Skipped => ("ok", format!(" # SKIP {reason}")),
        // Bailing out says it of all of them.
        Mark::NotRun => return,
    };
    let id = escape(&line(case.id.as_bytes()));
    let title = escape(&line(case.title.as_bytes()));
    out.push_str(&format!(
        "{status} {number} - {id}: {title}{directive}\n  ---\n"
    ));
    match mark {
        Mark::Failed | Mark::Excused => failed(case, out),
        _ => {
            out.push_str(&format!("  severity: {}\n", case.severity.word()));
            let label = if mark == Mark::Warned {
                "warning"
            } else {
                "reason"
            };
            let reason = quoted(&line(case.reason.as_bytes()));
            out.push_str(&format!("  {label}: {reason}\n"));
        }
    }
    let ms = case.duration.as_secs_f64() * 1e3;
    out.push_str(&format!("  duration_ms: {ms:.3}\n  ...\n"));
}

fn failed(case: &CaseResult, out: &mut String) {
    out.push_str(&format!("  severity: {}\n", case.severity.word()));
    for (label, text) in told::facts(case) {
        // Severity and directive say it already.
        if label != "result" {
            out.push_str(&format!("  {label}: {}\n", quoted(&text)));
        }
    }
    match case.request.as_ref().map(told::again) {
        Some(Again::Command(command)) => {
            // A command's first line is not indented, so its indent need not be said, which not all understand.
            out.push_str("  request: |\n");
            for line in command.split('\n') {
                out.push_str(&format!("    {line}\n"));
            }
        }
        Some(Again::Words(words)) => out.push_str(&format!("  request: {}\n", quoted(&words))),
        None => {}
    }
}

/// Text that neither ends its line nor begins a directive.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// A scalar: what JSON calls a string, YAML does too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
