//! The security cases as SARIF 2.1.0: every case that a forged delivery or a leak can fail is a rule, and every
//! failure a result.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::conformance::{CaseResult, Outcome, Run, Severity};
use crate::escape::line;

use super::gitlab::PLACE;

/// The whole document.
pub fn sarif(run: &Run) -> Vec<u8> {
    let is_about_security =
        |case: &&CaseResult| case.category == "refuse" || case.id == "behaviour/no-leak";
    let cases: Vec<&CaseResult> = run.cases.iter().filter(is_about_security).collect();
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

fn rule(case: &CaseResult) -> Value {
    json!({
        "id": case.id,
        "shortDescription": { "text": line(case.title.as_bytes()) },
        "fullDescription": { "text": case.why },
        "help": { "text": case.fix },
        "defaultConfiguration": { "level": level(case) },
        "properties": {
            "tags": ["security"],
            "security-severity": match case.severity {
                Severity::Required => "9.1",
                Severity::Recommended => "4.0",
                Severity::Informational => "1.0",
            },
        },
    })
}

fn result(number: usize, case: &CaseResult) -> Value {
    let reason = line(case.reason.as_bytes());
    let mut result = json!({
        "ruleId": case.id,
        "ruleIndex": number,
        "kind": "fail",
        "level": level(case),
        "message": {
            "text": format!("Expected: {}. {reason}. {}", line(case.title.as_bytes()), case.fix),
        },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": PLACE },
                "region": { "startLine": 1 },
            },
        }],
        "partialFingerprints": {
            "case/v1": HEXLOWER.encode(&Sha256::digest(format!("cz-hook {}", case.id))),
        },
    });
    if case.tolerated {
        let text = "--tolerate names the case";
        result["suppressions"] = json!([{ "kind": "external", "justification": text }]);
    }
    result
}

fn level(case: &CaseResult) -> &'static str {
    match case.severity {
        Severity::Required => "error",
        Severity::Recommended => "warning",
        Severity::Informational => "note",
    }
}
