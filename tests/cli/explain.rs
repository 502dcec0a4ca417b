//! `explain`: every code that an output may have is explained, with the texts of the outputs.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Ran, hook, root};

fn explain(args: &[&str]) -> Ran {
    hook(["explain"]).args(args).run()
}

/// The codes of the list, by kind.
fn codes(kind: &str) -> BTreeSet<String> {
    let all = explain(&["--json"]).exits(0).json();
    let of_kind = all.iter().filter(|line| line["kind"] == kind);
    of_kind.map(|line| line["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_cause_is_explained_as_the_output_explains_it() {
    let signature = "06ff1d7e87db3f3bae8910f37f154ce8a8eb2c91";
    let body = r#"{"agentId":"a","payload":{"customerName":"Zoë","url":"https://x.y/z","n":1.0}}"#;
    let verify = ["verify", "-", "--secret", "test_secret", "--signature", signature, "--json"];
    let said = &hook(verify).stdin(body).run().exits(1).json()[0]["diagnosis"];
    let code = said["causes"][0].as_str().unwrap();
    let explained = &explain(&[code, "--json"]).exits(0).json()[0];
    assert_eq!(explained["kind"], "cause");
    assert_eq!(explained["means"], said["explanation"]);
    assert_eq!(explained["fix"], said["fix"]);
}

#[test]
fn a_case_of_any_provider_is_explained_as_the_list_explains_it() {
    for provider in ["chatzuri", "github", "slack"] {
        let listed =
            hook(["test", "--list", "--json", "--provider", provider]).run().exits(0).json();
        for case in [&listed[0], listed.last().unwrap()] {
            let id = case["id"].as_str().unwrap();
            let explained = &explain(&[id, "--json"]).exits(0).json()[0];
            for (ours, theirs) in [("title", "title"), ("means", "why"), ("fix", "fix")] {
                assert_eq!(explained[ours], case[theirs], "{id}");
            }
        }
    }
}

/// The values of an enum of a schema.
fn values(schema: &str, pointer: &str) -> BTreeSet<String> {
    let path = root().join("docs/schema").join(format!("{schema}.schema.json"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let values = schema.pointer(pointer).unwrap().as_array().unwrap();
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_word_of_an_output_is_explained_and_no_other() {
    for (kind, schema, pointer) in [
        ("signature", "verdict", "/properties/verdict/enum"),
        ("payload", "validation", "/properties/verdict/enum"),
        ("rejected", "turned_away", "/properties/reason/enum"),
        ("outcome", "case", "/properties/outcome/enum"),
        ("severity", "case", "/properties/severity/enum"),
        ("stop", "parts", "/$defs/stopped/properties/by/enum"),
    ] {
        assert_eq!(codes(kind), values(schema, pointer), "{kind}");
    }
    // The codes of findings are where they are found; those of the rest are the categories of cases.
    let source = std::fs::read_to_string(root().join("src/conformance/findings.rs")).unwrap();
    let source = source.split("#[cfg(test)]").next().unwrap();
    let found = source.split("Cause::new(\"").skip(1);
    let mut findings: BTreeSet<String> =
        found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    findings.extend(["protocol", "behaviour", "handshake"].map(str::to_owned));
    assert_eq!(codes("finding"), findings);
}

/// The guide and `explain` say the same about verdicts and exit codes.
#[test]
fn the_tables_of_the_guide_have_the_same_texts() {
    let guide = std::fs::read_to_string(root().join("docs/guide.md")).unwrap();
    let section = guide.split("## Verdicts and exit codes").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut rows = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = row.trim_matches(['|', ' ']).splitn(2, " | ");
        let code = cells.next().unwrap().trim_matches('`').to_owned();
        rows.insert((code, cells.next().unwrap().to_owned()));
    }
    let all = explain(&["--json"]).exits(0).json();
    for line in all.iter().filter(|l| l["kind"] == "signature" || l["kind"] == "exit code") {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        assert!(rows.contains(&(text("code"), text("means"))), "not in the guide: {line}");
    }
}

#[test]
fn a_framework_is_named_by_a_part_of_its_name() {
    for (name, advice) in [
        ("express", "express.raw"),
        ("NextJS", "request.text()"),
        ("go", "io.ReadAll"),
        ("aspnet", "EnableBuffering"),
        ("Rails", "raw_post"),
    ] {
        let ran = explain(&["body.crlf", "--framework", name]).exits(0);
        assert!(ran.out().contains(advice), "{}", ran.out());
    }
    let size = explain(&["body-limit", "--framework", "flask", "--json"]).exits(0);
    assert!(size.json()[0]["framework"]["advice"].as_str().unwrap().contains("MAX_CONTENT_LENGTH"));
    // No advice is made up where there is none.
    let none = explain(&["3", "--framework", "flask", "--json"]).exits(0);
    assert_eq!(none.json()[0].get("framework"), None);
    assert!(none.stderr.contains("does not depend on the framework (Flask)"), "{}", none.stderr);
    let unknown = explain(&["body.crlf", "--framework", "exprss"]).exits(2);
    assert!(unknown.stderr.contains("did you mean `Express`?"), "{}", unknown.stderr);
    explain(&["--framework", "express"]).exits(2);
}

#[test]
fn several_codes_are_given_as_reports_print_them() {
    for args in [&["secret.case + body.crlf"][..], &["secret.case", "+", "body.crlf"]] {
        let lines = explain(&[args, &["--json"]].concat()).exits(0).json();
        let codes: Vec<_> = lines.iter().map(|line| line["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["secret.case", "body.crlf"]);
    }
    // A verdict, and the reason of a rejected request.
    assert_eq!(explain(&["malformed", "--json"]).exits(0).json().len(), 2);
}

#[test]
fn an_unknown_code_is_an_error_with_those_that_are_near() {
    for (code, near) in [
        ("body.clrf", "`body.crlf`"),
        ("no-signature", "`refuse/no-signature`"),
        ("utf16", "`body.utf16`"),
        ("qqqqq", "`cz-hook explain` lists all codes"),
        ("\u{1b}[2J", "`cz-hook explain` lists all codes"),
    ] {
        let ran = explain(&[code]).exits(2);
        assert!(ran.stderr.contains(near), "{}", ran.stderr);
        assert!(ran.out().is_empty() && !ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
}
