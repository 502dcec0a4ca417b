//! The printed checklist, the curl commands that reproduce a failure, and no false leaks.

use std::process::Command;

use crate::support::server::Server;
use crate::support::{SECRET, hook, programs, signature_under};
use crate::{checking, handler, is_signed, lines, right, say, say_that, test};

#[test]
fn the_checklist_fits_a_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let (text, json) = (dir.path().join("r.txt"), dir.path().join("r.json"));
    let report = |kind: &str, path: &std::path::Path| format!("--report={kind}={}", path.display());
    for endpoint in [checking(|_| true), right(), Server::saying(|_| say(500))] {
        let args = [&*report("text", &text), &report("json", &json), "--verbose"];
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
        assert!(lines.lines().last().unwrap().contains("\"type\":\"summary\""));
    }
}

#[test]
fn every_printed_curl_command_reproduces_the_request() {
    if !programs::has("curl", "it runs the commands that are printed") {
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

#[test]
fn a_secret_that_is_a_common_word_is_not_reported_as_leaked() {
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
