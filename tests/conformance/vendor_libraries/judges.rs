//! The programs of tests/vendor_libraries, which ask the vendors' libraries. Each runs once for all tests.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use Language::{Node, Python};
use serde_json::Value;

use crate::support::{programs, root};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    Node,
    Python,
}

/// A program that answers one line for each line.
struct Judge {
    /// Ends when its standard input does, with this process.
    _child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

static JUDGES: LazyLock<Option<BTreeMap<Language, Mutex<Judge>>>> = LazyLock::new(|| {
    let folder = root().join("tests/vendor_libraries");
    let environment = root().join("target/vendor_libraries");
    let installed = [folder.join("node_modules/installed"), environment.join("installed")];
    if !installed.iter().all(|marker| marker.is_file()) {
        return None;
    }
    let start = |mut command: Command| {
        let pipes = command.current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.spawn().expect("the program starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Mutex::new(Judge { _child: child, stdin, stdout })
    };
    let mut node = Command::new("node");
    node.arg("libraries.mjs");
    let mut python = Command::new(environment.join("bin/python"));
    python.arg("libraries.py");
    Some([(Node, start(node)), (Python, start(python))].into())
});

/// The answers of a program.
pub fn ask(language: Language, asked: &[Value]) -> Vec<Value> {
    let judges = JUDGES.as_ref().expect("installed");
    let mut judge = judges[&language].lock().unwrap_or_else(PoisonError::into_inner);
    let Judge { stdin, stdout, .. } = &mut *judge;
    std::thread::scope(|scope| {
        // Written while another thread reads, so that neither side waits for a full pipe.
        scope.spawn(move || {
            for line in asked {
                writeln!(stdin, "{line}").expect("the program reads");
            }
            stdin.flush().expect("the program reads");
        });
        let answer = |_: &Value| {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("the program writes");
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"))
        };
        asked.iter().map(answer).collect()
    })
}

/// Whether the libraries are there; without them the test is skipped.
pub fn installed() -> bool {
    if JUDGES.is_none() {
        programs::skip(
            "the vendors' libraries are not there; tests/vendor_libraries/setup installs them",
        );
    }
    JUDGES.is_some()
}
