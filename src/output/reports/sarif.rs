//! The security cases and those of a contract as SARIF 2.1.0: each is a rule, and each failure a result.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::conformance::{CaseResult, Outcome, Run, Severity};
use crate::escape::line;

use super::wording;

/// The whole document.
pub fn sarif(run: &Run) -> Vec<u8> {
    let is_shown = |case: &&CaseResult| is_about_security(case) || case.source.is_some();
    let cases: Vec<&CaseResult> = run.cases.iter().filter(is_shown).collect();
    let rules: Vec<Value> = cases.iter().map(|case| rule(case)).collect();
    let numbered = cases.iter().enumerate();
    let failed = numbered.filter(|(_, case)| case.outcome == Outcome::Failed);
    let results: Vec<Value> = failed.map(|(number, case)| result(number, case)).collect();
    let notifications: Vec<Value> = run
        .summary
        .stopped
        .iter()
        .map(|stopped| {
            let text = line(stopped.message.as_bytes());
            json!({ "level": "error", "message": { "text": text } })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cz-hook",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": run.summary.stopped.is_none(),
                "startTimeUtc": run.summary.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    });
    let mut out = format!("{document:#}").into_bytes();
    out.push(b'\n');
    out
}

fn is_about_security(case: &CaseResult) -> bool {
    case.category == "refuse" || case.id == "behaviour/no-leak"
}

fn rule(case: &CaseResult) -> Value {
    let mut rule = json!({
        "id": case.id,
        "shortDescription": { "text": line(case.title.as_bytes()) },
        "fullDescription": { "text": case.why },
        "help": { "text": case.fix },
        "defaultConfiguration": { "level": level(case) },
    });
    if is_about_security(case) {
        rule["properties"] = json!({
            "tags": ["security"],
            "security-severity": match case.severity {
                Severity::Required => "9.1",
                Severity::Recommended => "4.0",
                Severity::Informational => "1.0",
            },
        });
    }
    rule
}

fn result(number: usize, case: &CaseResult) -> Value {
    let (path, line) = wording::place(case);
    let mut result = json!({
        "ruleId": case.id,
        "ruleIndex": number,
        "kind": "fail",
        "level": level(case),
        "message": { "text": wording::failure(case) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&path) },
                "region": { "startLine": line },
            },
        }],
        "partialFingerprints": {
            "case/v1": wording::fingerprint(&case.id),
        },
    });
    if case.tolerated {
        let text = "--tolerate names the case";
        result["suppressions"] = json!([{ "kind": "external", "justification": text }]);
    }
    result
}

/// A path as a reference of a URI.
fn uri(path: &str) -> String {
    const OUTSIDE: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    utf8_percent_encode(path, OUTSIDE).to_string()
}

fn level(case: &CaseResult) -> &'static str {
    match case.severity {
        Severity::Required => "error",
        Severity::Recommended => "warning",
        Severity::Informational => "note",
    }
}
