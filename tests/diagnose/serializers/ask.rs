//! Runs a real runtime on many documents and formulas in one process.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The output of a runtime for one formula and one document.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Printed(Vec<u8>),
    Refused,
    /// The formula belongs to another version.
    Elsewhere,
}

/// The runtime's name with its version, and for each document the output of each formula.
pub fn ask(
    mut command: Command,
    formulas: &[String],
    documents: &[String],
) -> (String, Vec<Vec<Answer>>) {
    let mut input = serde_json::to_string(formulas).unwrap();
    for document in documents {
        input.push('\n');
        input.push_str(&STANDARD.encode(document));
    }
    input.push('\n');
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the runtime starts");
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    writer.join().unwrap().expect("all was read");
    let output = String::from_utf8(output.stdout).unwrap();
    let mut lines = output.lines();
    let version = lines.next().expect("a version").to_owned();
    let answers: Vec<Vec<_>> = lines.map(|line| line.split(' ').map(answer).collect()).collect();
    assert_eq!(answers.len(), documents.len(), "{version}");
    assert!(answers.iter().all(|line| line.len() == formulas.len()));
    (version, answers)
}

fn answer(text: &str) -> Answer {
    match text.split_at(1) {
        ("=", base64) => Answer::Printed(STANDARD.decode(base64).unwrap()),
        ("!", "") => Answer::Refused,
        ("?", "") => Answer::Elsewhere,
        _ => panic!("not an answer: {text}"),
    }
}
