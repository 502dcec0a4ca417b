//! The report as JUnit's XML: a suite for each category, in the form on which the published schemas agree.
//! It is red exactly when the exit code is not 0: what fails without counting is skipped, and a run that
//! was stopped is an error.

use std::io;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::conformance::outcome::{CaseResult, Run, Stopped, StoppedBy};
use crate::escape::{block, line};

use super::told::{self, Mark};

type Xml = Writer<Vec<u8>>;

/// One test of a suite.
struct Test {
    class: String,
    name: String,
    seconds: f64,
    state: State,
}

enum State {
    Passed,
    /// The message, and all the rest.
    Skipped(String, String),
    /// The type, the message and all the rest.
    Failed(&'static str, String, String),
    Error(&'static str, String, String),
}

/// The whole document.
pub fn junit(run: &Run) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites")
        .write_inner_content(|xml| {
            let mut number = 0;
            for cases in run.cases.chunk_by(|a, b| a.category == b.category) {
                let tests: Vec<_> = cases.iter().map(|case| test(run, case)).collect();
                let category = cases.first().map_or("", |case| case.category);
                suite(xml, run, number, category, &tests, &remarks(run, cases))?;
                number += 1;
            }
            // A first failure that was to be the last is among the cases.
            match &run.summary.stopped {
                Some(stopped) if stopped.kind != StoppedBy::FailFast => {
                    let tests = [ended(stopped)];
                    suite(xml, run, number, "run", &tests, "")
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
    remarks: &str,
) -> io::Result<()> {
    let count = |of: fn(&State) -> bool| tests.iter().filter(|t| of(&t.state)).count().to_string();
    let failures = count(|state| matches!(state, State::Failed(..)));
    let errors = count(|state| matches!(state, State::Error(..)));
    let skipped = count(|state| matches!(state, State::Skipped(..)));
    let seconds = tests.iter().map(|test| test.seconds).sum();
    let summary = &run.summary;
    // The schema wants a time without its zone; it is UTC.
    let timestamp = summary.started_at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    xml.create_element("testsuite")
        .with_attributes([
            ("name", name),
            ("package", "cz-hook"),
            ("id", &number.to_string()),
            // The schema's word for a machine that is not named.
            ("hostname", "localhost"),
            ("timestamp", &timestamp),
            ("tests", &tests.len().to_string()),
            ("failures", &failures),
            ("errors", &errors),
            ("skipped", &skipped),
            ("time", &decimal(seconds)),
        ])
        .write_inner_content(|xml| {
            xml.create_element("properties")
                .write_inner_content(|xml| {
                    let strict = summary.strict.to_string();
                    for (name, value) in [
                        ("url", line(summary.url.as_bytes())),
                        ("provider", line(summary.provider.as_bytes())),
                        ("strict", strict),
                        ("cz-hook", env!("CARGO_PKG_VERSION").to_owned()),
                    ] {
                        xml.create_element("property")
                            .with_attributes([("name", name), ("value", &value)])
                            .write_empty()?;
                    }
                    Ok(())
                })?;
            for test in tests {
                one(xml, test)?;
            }
            text(xml, "system-out", &[], remarks)?;
            text(xml, "system-err", &[], "")
        })?;
    Ok(())
}

fn one(xml: &mut Xml, test: &Test) -> io::Result<()> {
    let seconds = decimal(test.seconds);
    let element = xml.create_element("testcase").with_attributes([
        ("classname", test.class.as_str()),
        ("name", &test.name),
        ("time", &seconds),
    ]);
    match &test.state {
        State::Passed => element.write_empty()?,
        State::Skipped(message, all) => {
            element.write_inner_content(|xml| text(xml, "skipped", &[("message", message)], all))?
        }
        State::Failed(kind, message, all) => element.write_inner_content(|xml| {
            text(xml, "failure", &[("type", kind), ("message", message)], all)
        })?,
        State::Error(kind, message, all) => element.write_inner_content(|xml| {
            text(xml, "error", &[("type", kind), ("message", message)], all)
        })?,
    };
    Ok(())
}

/// An element that holds text and no elements. Characters that no XML may hold are shown; quotes stay as
/// they are, so that a command can be copied.
fn text(xml: &mut Xml, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
    let element = xml
        .create_element(name)
        .with_attributes(attributes.iter().copied());
    match text {
        "" => element.write_empty()?,
        text => element.write_text_content(BytesText::from_escaped(partial_escape(block(
            text.as_bytes(),
        ))))?,
    };
    Ok(())
}

fn test(run: &Run, case: &CaseResult) -> Test {
    let reason = line(case.reason.as_bytes());
    let severity = case.severity.word();
    let state = match Mark::of(run, case) {
        Mark::Passed | Mark::Warned => State::Passed,
        Mark::Failed => State::Failed(severity, reason, told::plain(case)),
        Mark::Excused => {
            let message = match case.tolerated {
                true => format!("failed, and tolerated: {reason}"),
                false => format!("failed, which is {severity} only: {reason}"),
            };
            State::Skipped(message, told::plain(case))
        }
        Mark::Skipped | Mark::NotRun => State::Skipped(reason, String::new()),
    };
    Test {
        class: format!("cz-hook.{}", case.category),
        name: line(case.id.as_bytes()),
        seconds: case.duration.as_secs_f64(),
        state,
    }
}

/// The run itself, as a test that did not come to its end.
fn ended(stopped: &Stopped) -> Test {
    let what = line(stopped.message.as_bytes());
    let all = format!("{what}\n{}\n", line(stopped.hint.as_bytes()));
    Test {
        class: "cz-hook.run".to_owned(),
        name: "run/comes-to-its-end".to_owned(),
        seconds: 0.0,
        state: State::Error(stopped.kind.word(), what, all.trim_end().to_owned()),
    }
}

/// What cases say that passed with a warning: a test that passed has no place for words.
fn remarks(run: &Run, cases: &[CaseResult]) -> String {
    let warned = cases
        .iter()
        .filter(|case| Mark::of(run, case) == Mark::Warned);
    let told = warned.map(|case| format!("warning: {}: {}", case.id, line(case.reason.as_bytes())));
    told.collect::<Vec<_>>().join("\n")
}

fn decimal(seconds: f64) -> String {
    format!("{seconds:.3}")
}
