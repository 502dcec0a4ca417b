//! What a run tells: the checklist, commands to try, what it has found when it is interrupted.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

#[cfg(unix)]
use crate::support::listening::interrupt;
use crate::support::server::{Said, Server};
use crate::support::{SECRET, hook, signature_under, tools};
use crate::{checking, handler, is_signed, lines, right, say, say_that, test};

#[test]
fn the_checklist_fits_a_terminal_and_holds_what_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let (text, json) = (dir.path().join("r.txt"), dir.path().join("r.json"));
    let report = |kind: &str, path: &std::path::Path| format!("--report={kind}={}", path.display());
    for endpoint in [checking(|_| true), right(), Server::saying(|_| say(500))] {
        let args = [&*report("text", &text), &report("json", &json)];
        let ran = test(&endpoint, &args).run();
        let out = ran.out();
        for line in out.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        assert!(!out.contains(SECRET));
        let is_wrong = ran.code == Some(1);
        assert_eq!(out.contains("curl -i"), is_wrong, "{out}");
        assert_eq!(out.contains("  fix "), is_wrong, "{out}");
        // The files are written whatever the verdict is.
        let written = std::fs::read_to_string(&text).unwrap();
        assert!(written.starts_with("accept\n"), "{written}");
        let lines = std::fs::read_to_string(&json).unwrap();
        assert!(
            lines
                .lines()
                .last()
                .unwrap()
                .contains("\"type\":\"summary\"")
        );
    }
}

#[test]
fn every_curl_line_asks_the_same_question() {
    if !tools::has("curl", "it runs the commands that are printed") {
        return;
    }
    let endpoint = right();
    let (cases, _) = lines(&test(&endpoint, &["--json"]).run().exits(0));
    let mut asked = 0;
    for case in &cases {
        let Some(curl) = case["request"]["curl"].as_str() else {
            continue;
        };
        let script = curl.replace("curl -i", "curl -s -o /dev/null -w '%{http_code}'");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let status = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(status, case["answer"]["status"].to_string(), "{curl}");
        asked += 1;
    }
    assert!(asked > 55, "{asked}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_tells_what_it_has_found() {
    let asked = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&asked);
    // It answers the first few, and then no more.
    let endpoint = Server::saying(handler(move |_| {
        let is_late = counter.fetch_add(1, Ordering::Relaxed) > 6;
        is_late.then_some(Said::Silence)
    }));
    let mut child = test(
        &endpoint,
        &["--json", "--timeout", "60s", "--concurrency", "1"],
    )
    .command()
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    while asked.load(Ordering::Relaxed) < 8 {
        std::thread::sleep(Duration::from_millis(5));
    }
    interrupt(&child);
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["stopped"]["by"], "interrupt");
    assert_ne!(last["verdict"], "passed", "it was not seen to the end");
    assert!(last["passed"].as_u64().unwrap() >= 5, "{last}");
    assert!(last["skipped"].as_u64().unwrap() > 10, "{last}");
}

#[test]
fn a_word_of_every_answer_is_no_leak_when_it_is_the_secret_too() {
    let endpoint = Server::saying(handler(|asked| {
        let is_right = is_signed(asked, &signature_under(b"secret", &asked.body));
        (!is_right).then(|| say_that(401, r#"{"message":"signature or secret missing"}"#))
    }));
    let url = endpoint.url();
    let args = ["test", "--json", "--secret", "secret", "--url", &url];
    let ran = hook(args).args(["--only", "behaviour/no-leak"]).run();
    let case = &ran.exits(0).json()[0];
    assert_eq!(case["outcome"], "passed", "{case}");
}
