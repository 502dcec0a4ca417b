//! The report as GitLab's code quality artifact: an issue for each failure.

use serde_json::json;

use crate::conformance::{CaseResult, Run};
use crate::escape::line;

use super::wording::{self, Status};

/// The whole document.
pub fn code_quality(run: &Run) -> Vec<u8> {
    let failures = wording::failures(run);
    let mut issues: Vec<_> = failures.into_iter().map(|case| issue(run, case)).collect();
    if let Some(stopped) = &run.summary.stopped {
        let hint = line(stopped.hint.as_bytes());
        let text = format!("{}. {hint}", line(stopped.message.as_bytes()));
        let place = wording::no_place();
        issues.push(entry("run/comes-to-its-end", text.trim_end(), "blocker", place));
    }
    let mut out = format!("{:#}", serde_json::Value::from(issues)).into_bytes();
    out.push(b'\n');
    out
}

fn issue(run: &Run, case: &CaseResult) -> serde_json::Value {
    let severity = match Status::new(run, case) {
        Status::Failed if case.category == "refuse" => "critical",
        Status::Failed => "major",
        _ if case.tolerated => "info",
        _ => "minor",
    };
    entry(&case.id, &wording::failure(case), severity, wording::place(case))
}

fn entry(id: &str, text: &str, severity: &str, place: (String, usize)) -> serde_json::Value {
    let (path, line) = place;
    json!({
        "description": text,
        "check_name": id,
        "fingerprint": wording::fingerprint(id),
        "severity": severity,
        "location": { "path": path, "lines": { "begin": line } },
    })
}
