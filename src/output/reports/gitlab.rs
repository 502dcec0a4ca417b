//! The report as GitLab's code quality artifact: an issue for each failure.

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::conformance::{CaseResult, Run};
use crate::escape::line;

use super::wording::{self, Status};

/// The place of every issue, which the format requires: an endpoint has no file.
pub const PLACE: &str = "webhook-endpoint";

/// The whole document.
pub fn code_quality(run: &Run) -> Vec<u8> {
    let failures = wording::failures(run);
    let mut issues: Vec<_> = failures.into_iter().map(|case| issue(run, case)).collect();
    if let Some(stopped) = &run.summary.stopped {
        let hint = line(stopped.hint.as_bytes());
        let text = format!("{}. {hint}", line(stopped.message.as_bytes()));
        issues.push(entry("run/comes-to-its-end", text.trim_end(), "blocker"));
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
    let reason = line(case.reason.as_bytes());
    let text = format!("Expected: {}. {reason}. {}", line(case.title.as_bytes()), case.fix);
    entry(&case.id, &text, severity)
}

fn entry(id: &str, text: &str, severity: &str) -> serde_json::Value {
    json!({
        "description": text,
        "check_name": id,
        "fingerprint": HEXLOWER.encode(&Sha256::digest(format!("cz-hook {id}"))),
        "severity": severity,
        "location": { "path": PLACE, "lines": { "begin": 1 } },
    })
}
