//! The files of `cz-hook test --report`: well-formed for any response, and in agreement with the exit code.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::endpoint::{Endpoint, Reply, Seen};
use crate::support::http::Answer;
#[cfg(unix)]
use crate::support::listening::interrupt;
use crate::support::server::{Said, Server};
use crate::support::{Hook, Ran, SECRET, hook, programs, root, signature};
use quick_xml::Reader;
use quick_xml::events::Event;

const KINDS: [&str; 8] = ["junit", "tap", "html", "markdown", "text", "json", "sarif", "gitlab"];

/// Text with a meaning in one of the formats, or for a terminal.
const HOSTILE: &[u8] = b"]]>`\x1b[31m</code></pre><script>alert(1)</script>\xff\xfe ````\n```\n\
    # Bail out\nBail out! now\n  ...\n---\nok 1 - x # SKIP\n| a | b |\n<!-- & &amp; \0\r\n\
    \xe2\x80\xae\xef\xbf\xbe\xef\xbf\xbf<img src=x onerror=alert(1)> @all www.example.com";

/// A folder for reports.
struct Reports {
    folder: tempfile::TempDir,
}

impl Reports {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A run that writes a report of every kind.
    fn of(&self, url: &str, args: &[&str]) -> Hook {
        let own = ["test", "--secret", SECRET, "--url", url];
        let all = KINDS.map(|kind| format!("--report={kind}={}", self.path(kind)));
        hook(own.iter().chain(args)).args(all)
    }

    fn path(&self, kind: &str) -> String {
        self.folder.path().join(kind).display().to_string()
    }

    fn bytes(&self, kind: &str) -> Vec<u8> {
        std::fs::read(self.path(kind)).unwrap_or_else(|why| panic!("{kind}: {why}"))
    }

    /// A report, after the checks that apply to every report.
    fn read(&self, kind: &str) -> String {
        let text = String::from_utf8(self.bytes(kind)).expect("UTF-8");
        assert!(!text.contains(SECRET), "{kind} holds the secret");
        let strange = |c: char| {
            (c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(c, '\u{202e}' | '\u{fffe}' | '\u{ffff}')
        };
        assert_eq!(text.find(strange), None, "{kind}: {text}");
        assert!(text.ends_with('\n'), "{kind}");
        text
    }
}

/// A correct endpoint, except for the responses that `answer` returns.
fn endpoint(answer: impl Fn(&Seen) -> Option<Reply> + Send + 'static) -> Endpoint {
    Endpoint::start(move |seen| {
        if let Some(reply) = answer(seen) {
            return reply;
        }
        let came: Vec<_> = seen
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("x-chatzuri-signature"))
            .collect();
        match came[..] {
            _ if seen.method != "POST" => Reply::new(405, "").with("allow", "POST"),
            [(_, value)] if *value == signature(&seen.body) => Reply::accepted(),
            _ => Reply::new(401, ""),
        }
    })
}

/// Accepts everything, with a hostile response.
fn hostile() -> Endpoint {
    endpoint(|_| Some(Reply::new(200, HOSTILE)))
}

/// The number of tests by outcome in a JUnit report; its own counts must agree.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

fn junit(xml: &str) -> Counts {
    let (mut said, mut found) = (Counts::default(), Counts::default());
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                "testcase" => found.tests += 1,
                "failure" => found.failures += 1,
                "error" => found.errors += 1,
                "skipped" => found.skipped += 1,
                "testsuite" => {
                    let number = |name: &str| -> usize {
                        let value = tag.try_get_attribute(name).unwrap().expect(name).value;
                        value.parse().expect("a number")
                    };
                    said.tests += number("tests");
                    said.failures += number("failures");
                    said.errors += number("errors");
                    said.skipped += number("skipped");
                }
                "testsuites" | "properties" | "property" | "system-out" | "system-err" => {}
                other => panic!("<{other}>: {xml}"),
            },
            _ => {}
        }
    }
    assert_eq!(said, found, "{xml}");
    found
}

/// Validates against both schemas in use.
fn is_valid_junit(path: &str) {
    if !programs::has("xmllint", "it holds JUnit's XML against its schemas") {
        return;
    }
    let folder = root().join("tests/conformance/junit");
    for schema in ["JUnit.xsd", "junit-10.xsd"] {
        let output = Command::new("xmllint")
            .args(["--nonet", "--noout", "--schema"])
            .arg(folder.join(schema))
            .arg(path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{schema}: {said}");
    }
}

/// The verdict of a TAP stream, read as a harness does, after the checks that apply to every stream.
fn is_tap_good(tap: &str) -> bool {
    let mut lines = tap.lines();
    assert_eq!(lines.next(), Some("TAP version 13"));
    let plan = lines.next().unwrap().strip_prefix("1..").expect("a plan");
    let plan: usize = plan.parse().unwrap();
    let (mut seen, mut is_good, mut in_yaml) = (0, true, false);
    for line in lines {
        match line {
            "  ---" => in_yaml = true,
            "  ..." if in_yaml => in_yaml = false,
            _ if in_yaml => assert!(line.starts_with("  "), "{line}"),
            _ if line.starts_with("Bail out! ") => return false,
            _ if line.starts_with('#') => {}
            _ => {
                seen += 1;
                let point = line.strip_prefix("not ");
                let rest = point.unwrap_or(line).strip_prefix("ok ").expect(line);
                assert!(rest.starts_with(&format!("{seen} - ")), "{line}");
                let plain = rest.replace("\\\\", "").replace("\\#", "");
                let directives: Vec<_> = plain.match_indices('#').map(|(at, _)| at).collect();
                assert!(directives.len() <= 1, "{line}");
                is_good &= point.is_none() || plain.contains(" # TODO ");
            }
        }
    }
    assert!(!in_yaml);
    is_good && seen == plan
}

/// Perl's harness, which rejects versions that it does not know, has the same verdict.
fn is_read_by_prove(path: &str, is_good: bool) {
    if !programs::has("prove", "it reads TAP") {
        return;
    }
    let output = Command::new("prove").args(["-e", "cat", path]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.success(), is_good, "{said}");
    assert!(!said.contains("Parse errors") || !is_good, "{said}");
}

/// Checks a report with the official schema.
pub fn satisfies_sarif(sarif: &serde_json::Value) {
    // One of its patterns has a bracket that regular expressions have to escape.
    let schema = include_str!("sarif/sarif-schema-2.1.0.json").replace("{2}]?$", r"{2}\\]?$");
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let options = jsonschema::draft7::options().should_validate_formats(true);
    let validator = options.build(&schema).unwrap();
    let wrong: Vec<_> =
        validator.iter_errors(sarif).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The official schema, and what it does not say: results name rules, and each has a place.
fn is_sarif(text: &str) {
    let sarif: serde_json::Value = serde_json::from_str(text).expect("JSON");
    satisfies_sarif(&sarif);
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in run["results"].as_array().expect("results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"], "{result}");
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(place, "webhook-endpoint");
    }
}

/// What GitLab's documentation requires of an issue, and its values of `severity`; an issue that is more than minor stands
/// for a run that failed.
fn is_code_quality(text: &str, is_good: bool) {
    let issues: Vec<serde_json::Value> = serde_json::from_str(text).expect("an array");
    let mut fingerprints = std::collections::BTreeSet::new();
    let mut is_bad = false;
    for issue in &issues {
        for field in ["description", "check_name", "fingerprint", "severity"] {
            assert!(!issue[field].as_str().expect(field).is_empty());
        }
        let severity = issue["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with("./") && !path.is_empty(), "{path}");
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0));
        assert!(fingerprints.insert(issue["fingerprint"].to_string()), "{issue}");
        is_bad |= !matches!(issue["severity"].as_str().unwrap(), "info" | "minor");
    }
    assert_eq!(is_bad, !is_good, "{text}");
}

/// The verdict of every report is that of the exit code.
fn agree(reports: &Reports, code: i32) {
    let xml = reports.read("junit");
    let counts = junit(&xml);
    assert_eq!(counts.failures + counts.errors == 0, code == 0, "{xml}");
    is_valid_junit(&reports.path("junit"));
    let tap = reports.read("tap");
    assert_eq!(is_tap_good(&tap), code == 0, "{tap}");
    is_read_by_prove(&reports.path("tap"), code == 0);
    is_sarif(&reports.read("sarif"));
    is_code_quality(&reports.read("gitlab"), code == 0);
    let page = reports.read("html");
    assert_eq!(page.contains("<h1>Webhook endpoint: passed"), code == 0);
    let markdown = reports.read("markdown");
    let good = "## ✅ Webhook endpoint: passed";
    assert_eq!(markdown.starts_with(good), code == 0, "{markdown}");
    reports.read("text");
    let json = reports.bytes("json");
    let last = json.split(|b| *b == b'\n').rev().nth(1).unwrap();
    let last: serde_json::Value = serde_json::from_slice(last).unwrap();
    assert_eq!(last["type"], "summary");
}

#[test]
fn every_report_agrees_with_the_exit_code() {
    type Start = fn() -> Endpoint;
    let starts: [(Start, &[&str], i32); 6] = [
        (|| endpoint(|_| None), &["--only", "refuse/*"], 0),
        // A recommended case fails, which does not count.
        (
            || endpoint(|seen| (seen.method != "POST").then(|| Reply::new(200, HOSTILE))),
            &["--only", "protocol/get", "--only", "accept/emoji"],
            0,
        ),
        (hostile, &["--only", "refuse/*"], 1),
        (hostile, &["--only", "refuse/*", "--tolerate", "refuse/*"], 0),
        (hostile, &["--fail-fast"], 1),
        (|| endpoint(|_| Some(Reply::new(500, HOSTILE))), &[], 1),
    ];
    for (number, (start, args, code)) in starts.into_iter().enumerate() {
        let (endpoint, reports) = (start(), Reports::new());
        let ran = reports.of(&endpoint.url("/"), args).run();
        assert_eq!(ran.code, Some(code), "{number}: {}", ran.stderr);
        agree(&reports, code);
    }
}

#[test]
fn a_stopped_run_is_reported_as_a_failure() {
    let reports = Reports::new();
    // A report of another run, that passed.
    let right = endpoint(|_| None);
    let only = ["--only", "accept/emoji"];
    reports.of(&right.url("/"), &only).run().exits(0);
    agree(&reports, 0);
    let ran = reports.of("http://127.0.0.1:1/", &only).run().exits(3);
    assert!(ran.stdout.is_empty());
    assert!(ran.stderr.contains("not reachable"), "{}", ran.stderr);
    agree(&reports, 3);
    let tap = reports.read("tap");
    assert!(tap.contains("\nBail out! the endpoint is not reachable"), "{tap}");
    assert!(reports.read("junit").contains("<error type=\"unreachable\""));
    // The failed case is not among the selected ones.
    let broken = endpoint(|_| Some(Reply::new(500, "")));
    reports.of(&broken.url("/"), &["--only", "protocol/get"]).run().exits(1);
    agree(&reports, 1);
    assert!(reports.read("junit").contains("<error type=\"preflight\""));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_is_reported() {
    let asked = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&asked);
    // It responds to the first few requests, and then hangs.
    let endpoint = Server::saying(move |_| match counter.fetch_add(1, Ordering::SeqCst) {
        0..=3 => Answer::new(200, "").into(),
        _ => Said::Silence,
    });
    let reports = Reports::new();
    let args = ["--timeout", "60s", "--concurrency", "1", "--quiet"];
    let mut child = reports
        .of(&endpoint.url(), &args)
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while asked.load(Ordering::SeqCst) < 5 {
        std::thread::sleep(Duration::from_millis(5));
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    agree(&reports, 130);
    let tap = reports.read("tap");
    assert!(tap.contains("\nok 2 - ") && tap.ends_with("\nBail out! interrupted\n"), "{tap}");
}

#[cfg(unix)]
#[test]
fn a_report_into_a_pipe_without_a_reader_says_that_it_waits() {
    use std::io::{BufRead, BufReader};

    let endpoint = endpoint(|_| None);
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let report = format!("--report=tap={}", pipe.display());
    let args = ["test", "--secret", SECRET, "--only", "accept/emoji", "--color", "never"];
    let mut child = hook(args)
        .args(["--url", &endpoint.url("/"), &report])
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waits = format!("note: waiting for {}: no program reads it yet", pipe.display());
    assert!(said.any(|line| line == waits), "it ended without a word");
    assert!(std::fs::read_to_string(&pipe).unwrap().starts_with("TAP version"));
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_hostile_response_cannot_change_a_report() {
    let (endpoint, reports) = (hostile(), Reports::new());
    // Every case, so that the response appears in every part of a report.
    reports.of(&endpoint.url("/"), &["-q"]).run().exits(1);
    agree(&reports, 1);
    let page = reports.read("html");
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "<{tag}>"),
            None if matches!(name, "!DOCTYPE" | "meta") => {}
            None => open.push(name),
        }
        let plain = tag.trim_start_matches('/').split(' ').next().unwrap();
        assert!(!matches!(plain, "script" | "img" | "!--"), "<{tag}>");
        assert!(!tag.contains(" on"), "<{tag}>");
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "it is shown");
    // It loads no resources and runs no scripts.
    for word in ["src=", "url(", "@import", "<link", "<iframe", "javascript:"] {
        let at = page.replace("img src=x", "").find(word);
        assert_eq!(at, None, "{word}");
    }
    let markdown = reports.read("markdown");
    assert!(markdown.contains("&#60;script&#62;alert(1)"), "it is shown");
    assert_markdown_is_whole(&markdown);
}

/// No part of a response is outside of a code fence, and each fence is closed.
fn assert_markdown_is_whole(markdown: &str) {
    let mut fence: Option<&str> = None;
    let mut blocks = 0;
    for line in markdown.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if line == open => fence = None,
            Some(open) => assert!(ticks < open.len(), "{line}"),
            None if ticks >= 3 => {
                fence = line.get(..ticks);
                blocks += 1;
            }
            None => {
                assert!(!line.contains('`'), "{line}");
                assert!(!line.contains("www."), "{line}");
                if line.starts_with('|') {
                    assert_eq!(line.matches('|').count(), 5, "{line}");
                }
                for tag in line.split('<').skip(1) {
                    let name = tag.split('>').next().unwrap();
                    let ours = ["code", "/code", "details", "/details"];
                    let is_ours = ours.contains(&name) || matches!(name, "summary" | "/summary");
                    assert!(is_ours || name == "br", "{line}");
                }
            }
        }
    }
    assert_eq!(fence, None);
    assert!(blocks > 20, "{blocks}");
}

/// A report with what differs between runs replaced.
fn settled(text: &str, endpoint: &Endpoint) -> String {
    let url = endpoint.url("");
    let port = &url[url.rfind(':').unwrap()..];
    let mut out = String::new();
    let text = text.replace(port, ":PORT");
    for line in text.replace(env!("CARGO_PKG_VERSION"), "VERSION").lines() {
        let mut line = line.to_owned();
        for (before, after) in [
            ("duration_ms: ", ""),
            ("\"duration_ms\":", "}"),
            (" time=\"", "\""),
            ("timestamp=\"", "\""),
            ("\"startTimeUtc\": \"", "\""),
            ("<dt>started</dt><dd>", "<"),
            ("<dt>took</dt><dd>", "<"),
            ("/hook, ", ""),
            (" · <code>chatzuri</code> · ", ""),
            ("/hook</code> · <code>", "<"),
        ] {
            if let Some(at) = line.find(before).map(|at| at + before.len()) {
                let rest = &line[at..];
                let end = match after {
                    "" => rest.len(),
                    after => rest.find(after).expect("its end"),
                };
                line.replace_range(at..at + end, "…");
            }
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn reports_match_their_snapshots() {
    let endpoint = endpoint(|seen| {
        let is_unsigned = seen.header("x-chatzuri-signature").is_none();
        (is_unsigned || seen.method == "PUT").then(|| Reply::new(200, HOSTILE))
    });
    let reports = Reports::new();
    let args = [
        "--only=accept/lead.submit",
        "--only=refuse/no-signature",
        "--only=refuse/wrong-secret",
        "--only=refuse/missing-prefix",
        "--only=refuse/signature-in-query",
        "--only=protocol/put",
        "--only=protocol/cut-off",
        "--tolerate=protocol/put",
    ];
    let ran: Ran = reports.of(&endpoint.url("/hook"), &args).run().exits(1);
    assert!(ran.out().contains("1 failed"), "{}", ran.out());
    for kind in ["junit", "tap", "html", "markdown", "sarif", "gitlab"] {
        insta::assert_snapshot!(kind, settled(&reports.read(kind), &endpoint));
    }
}

#[test]
fn a_report_that_cannot_be_written_is_named_and_the_verdict_printed() {
    let endpoint = endpoint(|_| None);
    let dir = tempfile::tempdir().unwrap();
    let (good, bad) = (dir.path().join("good"), dir.path().join("no/such/bad"));
    let run = |args: &[&str]| {
        let own = ["test", "--secret", SECRET, "--only", "accept/emoji"];
        hook(own.iter().chain(args))
            .args(["--url", &endpoint.url("/")])
            .arg(format!("--report=junit={}", bad.display()))
            .arg(format!("--report=tap={}", good.display()))
            .arg(format!("--report=html={}", dir.path().display()))
            .run()
            .exits(3)
    };
    let ran = run(&[]);
    assert!(ran.out().contains("1 passed, 0 failed"), "{}", ran.out());
    assert!(ran.stderr.contains("no/such/bad"), "{}", ran.stderr);
    let folder = format!("cannot write {}: ", dir.path().display());
    assert!(ran.stderr.contains(&folder), "{}", ran.stderr);
    assert!(is_tap_good(&std::fs::read_to_string(&good).unwrap()));
    let ran = run(&["--json"]);
    assert_eq!(ran.json().last().unwrap()["verdict"], "passed");
}

#[test]
fn two_reports_are_two_files() {
    let endpoint = endpoint(|_| None);
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    let run = |one: &str, other: &str| {
        hook(["test", "--secret", SECRET, "--only", "accept/emoji"])
            .args(["--url", &endpoint.url("/")])
            .args(["--report", one, "--report", other])
            .within(dir.path())
            .run()
    };
    for (one, other) in [
        ("tap=a", "junit=a"),
        ("tap=a", "tap=a"),
        ("tap=a", "junit=./a"),
        ("tap=a", "junit=sub/../a"),
        ("tap=no/a", "junit=no/a"),
    ] {
        let ran = run(one, other).exits(2);
        assert!(ran.stderr.contains("two reports"), "{}", ran.stderr);
    }
    assert!(endpoint.was_untouched(), "it is said before anything is sent");
    run("tap=a", "junit=sub/a").exits(0);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("a", dir.path().join("link")).unwrap();
        run("tap=a", "junit=link").exits(2);
    }
    for report in ["junit", "junit=", "xml=a", "=a"] {
        let ran = run(report, "tap=b").exits(2);
        assert!(ran.stderr.contains("junit"), "{}", ran.stderr);
    }
    let listed = hook(["test", "--list", "--report", "tap=a"]).within(dir.path());
    listed.run().exits(2);
}
