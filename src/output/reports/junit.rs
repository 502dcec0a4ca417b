//! The report as JUnit XML: a suite per category, in the subset on which the published schemas agree. It is red
//! exactly when the exit code is not 0: a failure that does not count is a skipped test, and a run that was
//! stopped is an error. It is written without a JUnit crate: quick-junit adds attributes that JUnit.xsd forbids.

use std::io;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::conformance::{CaseResult, Outcome, Run, Stopped, StoppedBy};
use crate::escape::{block, line};

use super::wording::{self, Status};

type Xml = Writer<Vec<u8>>;

/// One test of a suite.
struct Test {
    class: String,
    name: String,
    seconds: f64,
    /// `skipped`, `failure` or `error`: the element that says why it did not pass. Empty for a test that passed.
    element: &'static str,
    kind: Option<String>,
    message: String,
    details: String,
}

/// The whole document.
pub fn junit(run: &Run) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").write_inner_content(|xml| {
        let mut number = 0;
        for cases in run.cases.chunk_by(|a, b| a.category == b.category) {
            let tests: Vec<_> = cases.iter().map(|case| test(run, case)).collect();
            let category = cases.first().map_or("", |case| case.category);
            suite(xml, run, number, category, &tests, &warnings(run, cases))?;
            number += 1;
        }
        // With --fail-fast, the failure is among the cases.
        match &run.summary.stopped {
            Some(stopped) if stopped.kind != StoppedBy::FailFast => {
                suite(xml, run, number, "run", &[stopped_test(stopped)], "")
            }
            _ => Ok(()),
        }
    })?;
    let mut out = xml.into_inner();
    out.push(b'\n');
    Ok(out)
}

fn suite(
    xml: &mut Xml,
    run: &Run,
    number: usize,
    name: &str,
    tests: &[Test],
    output: &str,
) -> io::Result<()> {
    let count = |element: &str| {
        let tests = tests.iter().filter(|test| test.element == element);
        tests.count().to_string()
    };
    let seconds = tests.iter().map(|test| test.seconds).sum();
    let summary = &run.summary;
    // The schema allows no time zone; it is UTC.
    let timestamp = summary.started_at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    xml.create_element("testsuite")
        .with_attributes([
            ("name", name),
            ("package", "cz-hook"),
            ("id", &number.to_string()),
            // What the schema prescribes for an unknown host.
            ("hostname", "localhost"),
            ("timestamp", &timestamp),
            ("tests", &tests.len().to_string()),
            ("failures", &count("failure")),
            ("errors", &count("error")),
            ("skipped", &count("skipped")),
            ("time", &decimal(seconds)),
        ])
        .write_inner_content(|xml| {
            xml.create_element("properties").write_inner_content(|xml| {
                for (name, value) in [
                    ("url", line(summary.url.as_bytes())),
                    ("provider", line(summary.provider.as_bytes())),
                    ("strict", summary.strict.to_string()),
                    ("cz-hook", env!("CARGO_PKG_VERSION").to_owned()),
                    ("verdict", wording::verdict(run)),
                    ("framework", summary.framework.unwrap_or("unknown").to_owned()),
                ] {
                    xml.create_element("property")
                        .with_attributes([("name", name), ("value", &value)])
                        .write_empty()?;
                }
                Ok(())
            })?;
            for test in tests {
                testcase(xml, test)?;
            }
            text(xml, "system-out", [], output)?;
            text(xml, "system-err", [], "")
        })?;
    Ok(())
}

fn testcase(xml: &mut Xml, test: &Test) -> io::Result<()> {
    let seconds = decimal(test.seconds);
    let element = xml.create_element("testcase").with_attributes([
        ("classname", test.class.as_str()),
        ("name", &test.name),
        ("time", &seconds),
    ]);
    match test.element {
        "" => element.write_empty()?,
        name => element.write_inner_content(|xml| {
            let kind = test.kind.iter().map(|kind| ("type", kind.as_str()));
            let attributes = kind.chain([("message", test.message.as_str())]);
            text(xml, name, attributes, &test.details)
        })?,
    };
    Ok(())
}

/// An element that contains text and no elements. Characters that XML forbids are escaped; quotes stay as they are,
/// so that a command can be copied.
fn text<'a>(
    xml: &mut Xml,
    name: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    text: &str,
) -> io::Result<()> {
    let element = xml.create_element(name).with_attributes(attributes);
    let escaped = partial_escape(block(text.as_bytes()));
    match text {
        "" => element.write_empty()?,
        _ => element.write_text_content(BytesText::from_escaped(escaped))?,
    };
    Ok(())
}

fn test(run: &Run, case: &CaseResult) -> Test {
    let reason = line(case.reason.as_bytes());
    let severity = case.severity.to_string();
    let (element, message) = match Status::new(run, case) {
        Status::Passed | Status::Warned => ("", reason),
        Status::Failed => ("failure", reason),
        Status::Excused if case.tolerated => {
            ("skipped", format!("failed, and tolerated: {reason}"))
        }
        Status::Excused => ("skipped", format!("failed, which is {severity} only: {reason}")),
        Status::Skipped | Status::NotRun => ("skipped", reason),
    };
    Test {
        class: format!("cz-hook.{}", case.category),
        name: line(case.id.as_bytes()),
        seconds: case.duration.as_secs_f64(),
        element,
        kind: (element == "failure").then_some(severity),
        message,
        details: match case.outcome {
            Outcome::Failed => wording::details(case),
            _ => String::new(),
        },
    }
}

/// A test that stands for the run, and fails because the run was stopped.
fn stopped_test(stopped: &Stopped) -> Test {
    let message = line(stopped.message.as_bytes());
    let details = format!("{message}\n{}", line(stopped.hint.as_bytes()));
    Test {
        class: "cz-hook.run".to_owned(),
        name: "run/comes-to-its-end".to_owned(),
        seconds: 0.0,
        element: "error",
        kind: Some(stopped.kind.to_string()),
        message,
        details: details.trim_end().to_owned(),
    }
}

/// The reasons of cases that passed with a warning: a test that passed has no element for them.
fn warnings(run: &Run, cases: &[CaseResult]) -> String {
    let warned = |case: &&CaseResult| Status::new(run, case) == Status::Warned;
    let line =
        |case: &CaseResult| format!("warning: {}: {}", case.id, line(case.reason.as_bytes()));
    let lines: Vec<_> = cases.iter().filter(warned).map(line).collect();
    lines.join("\n")
}

fn decimal(seconds: f64) -> String {
    format!("{seconds:.3}")
}
