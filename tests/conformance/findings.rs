//! What the report says: causes and not symptoms, in the terms of the framework, in one screen.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use crate::support::endpoint::Endpoint;
use crate::support::http::Answer;
use crate::support::server::{Asked, Said, Server};
#[cfg(unix)]
use crate::support::terminal;
use crate::support::{SECRET, hook, signature};
use crate::{
    checking, handler, is_right, is_signed, lines, right, say, say_that, set, test, test_of,
};

/// A handler in Express that hashes what `JSON.stringify` makes of the body.
fn reserializing() -> Server {
    Server::saying(|asked| {
        let express = |status, text: &str| -> Said {
            let answer = Answer::new(status, text).with("X-Powered-By", "Express");
            answer.with("Content-Type", "text/html; charset=utf-8").into()
        };
        if asked.head.method != "POST" {
            let method = &asked.head.method;
            let page = format!(
                "<!DOCTYPE html>\n<title>Error</title>\n<pre>Cannot {method} /webhook</pre>"
            );
            return express(404, &page);
        }
        let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(&asked.body) else {
            return express(400, "<pre>SyntaxError: x<br> &nbsp; &nbsp;at JSON.parse</pre>");
        };
        match is_signed(asked, &signature(value.to_string().as_bytes())) {
            true => express(200, r#"{"status":"accepted"}"#),
            false => express(401, "<html><p>Invalid <b>signature</b></p></html>"),
        }
    })
}

fn findings(summary: &Value) -> Vec<&Value> {
    summary["findings"].as_array().expect("findings").iter().collect()
}

fn codes(summary: &Value) -> Vec<&str> {
    findings(summary).iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn failures_with_one_cause_are_one_finding_in_the_terms_of_the_framework() {
    let endpoint = reserializing();
    let only = ["--only", "bytes/*", "--only", "protocol/get", "--only", "protocol/put"];
    let run = |args: &[&str]| test(&endpoint, &only).args(args).run();
    let (cases, summary) = lines(&run(&["--json"]).exits(0));
    let found = findings(&summary);
    let [first, rest @ ..] = &found[..] else { panic!("{summary}") };
    assert_eq!(first["code"], "reserialized-json", "{first}");
    assert!(rest.iter().all(|other| other["code"] != "reserialized-json"));
    assert_eq!(summary["framework"], "Express");
    let change = first["change"].as_str().unwrap();
    assert!(change.starts_with("Express: ") && change.contains("express.raw"), "{change}");
    // Every failure is in exactly one finding.
    let failed = cases.iter().filter(|case| case["outcome"] == "failed");
    let mut failed: Vec<&str> = failed.map(|case| case["id"].as_str().unwrap()).collect();
    let ids = found.iter().flat_map(|finding| finding["cases"].as_array().unwrap());
    let mut ids: Vec<&str> = ids.map(|id| id.as_str().unwrap()).collect();
    failed.sort_unstable();
    ids.sort_unstable();
    assert_eq!(ids, failed);
    let ran = run(&[]).exits(0);
    let out = ran.out();
    assert!(out.lines().count() <= 25, "more than a screen: {out}");
    assert!(out.contains("Invalid signature") && !out.contains("<b>"), "{out}");
    assert!(!out.contains("curl") && !out.contains("conv_xyz"), "no payload is printed: {out}");
    let last = out.lines().last().unwrap();
    let count = found.len();
    let expected = format!("! passed with {count} recommendations; with --strict it fails");
    assert_eq!(last, expected, "{out}");
    let ran = run(&["--strict", "--verbose"]).exits(1);
    assert_eq!(ran.out().lines().last(), Some("✗ failed"));
    assert!(ran.out().contains("curl -i"), "{}", ran.out());
}

#[test]
fn the_last_line_says_the_verdict_and_agrees_with_the_exit_code() {
    let last = |endpoint: &Server, args: &[&str], code| {
        let ran = test(endpoint, args).run().exits(code);
        ran.out().lines().last().unwrap().to_owned()
    };
    assert_eq!(last(&right(), &["--only", "refuse/*"], 0), "✓ passed");
    let silent = Server::saying(|asked| match asked.head.method.as_str() {
        "POST" if is_right(asked) => say(200),
        "POST" => say(401),
        _ => say(404),
    });
    let only = ["--only", "protocol/get"];
    assert_eq!(last(&silent, &only, 0), "! passed with 1 recommendation");
    assert_eq!(
        last(&silent, &[&only[..], &["--strict"]].concat(), 0),
        "! passed with 1 recommendation"
    );
    let tolerated = [&only[..], &["--tolerate", "protocol/*"]].concat();
    assert_eq!(last(&silent, &tolerated, 0), "✓ passed");
    assert_eq!(last(&checking(|_| true), &["--only", "refuse/*"], 1), "✗ failed");
}

#[test]
fn an_endpoint_that_verifies_nothing_has_one_finding_about_that() {
    let only = ["--json", "--only", "refuse/*", "--skip", "refuse/any-*", "--skip", "refuse/un*"];
    let (_, summary) = lines(&test(&checking(|_| true), &only).run().exits(1));
    let failing: Vec<_> = findings(&summary).into_iter().filter(|f| f["fails"] == true).collect();
    assert_eq!(failing.len(), 1, "{failing:#?}");
    assert_eq!(failing[0]["code"], "not-verified");
    assert!(failing[0]["cases"].as_array().unwrap().len() > 12, "{summary:#}");
    let throwing = Server::saying(handler(|asked| match is_right(asked) {
        true => None,
        // timingSafeEqual throws on unequal lengths.
        false if crate::only_signature(asked).is_some_and(|value| value.len() == 40) => {
            Some(say(401))
        }
        false => Some(say_that(500, "RangeError")),
    }));
    let (_, summary) = lines(&test(&throwing, &only).run().exits(1));
    assert_eq!(codes(&summary), ["throws-on-forged"], "{summary:#}");
}

/// What is not the handler is named, and says what to do.
#[test]
fn pages_of_frameworks_and_proxies_are_named() {
    let page = |status: u16, header: (&'static str, &'static str), body: &'static str| {
        Server::saying(move |_| Answer::new(status, body).with(header.0, header.1).into())
    };
    let none = ("X-None", "1");
    for (endpoint, expected) in [
        (
            page(403, none, "<html><h1>Forbidden</h1><p>CSRF verification failed.</p></html>"),
            ["Django's CSRF page", "@csrf_exempt", "Forbidden CSRF verification failed."],
        ),
        (page(419, none, "Page Expired"), ["Laravel's CSRF check", "validateCsrfTokens", "419"]),
        (
            page(404, none, "<html><pre>Cannot POST /webhook</pre></html>"),
            ["Express' page", "app.post", "Cannot POST /webhook"],
        ),
        (
            page(405, ("X-Powered-By", "Next.js"), ""),
            ["Next.js", "export async function POST", "405"],
        ),
        (
            page(502, none, "<html><center>nginx</center></html>"),
            ["a gateway error of nginx", "the proxy in front", "502"],
        ),
        (
            page(500, none, "<html>Whoops, looks like something went wrong.</html>"),
            ["Laravel's page for an exception", "log", "Whoops"],
        ),
        (
            page(401, ("WWW-Authenticate", "Basic realm=\"staging\""), "no"),
            ["asks for authentication (Basic)", "-H 'Authorization: …'", "401"],
        ),
        (
            page(302, ("Location", "/login?next=%2Fwebhook"), ""),
            ["asks to log in", "-H 'Authorization: …'", "302"],
        ),
    ] {
        let ran = test(&endpoint, &["--only", "accept/lead.submit"]).run().exits(1);
        let out = ran.out().split_whitespace().collect::<Vec<_>>().join(" ");
        for text in expected {
            assert!(out.contains(text), "{text}: {}", ran.out());
        }
        assert!(!ran.out().contains("<html>"), "{}", ran.out());
        assert!(out.contains("failure: the"), "{}", ran.out());
        assert!(out.ends_with("✗ failed"), "{}", ran.out());
    }
}

#[test]
fn a_body_that_is_still_base64_is_named() {
    let encoded = checking(|asked| {
        is_signed(asked, &signature(BASE64_STANDARD.encode(&asked.body).as_bytes()))
    });
    let ran = test(&encoded, &["--only", "accept/lead.submit"]).run().exits(1);
    let out = ran.out().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains("isBase64Encoded"), "{}", ran.out());
}

#[cfg(unix)]
#[test]
fn the_report_fits_every_terminal_and_breaks_no_id() {
    let endpoint = reserializing();
    let only = ["--only", "bytes/*", "--only", "protocol/json-*", "--only", "protocol/get"];
    let test = |args: &[&str]| test(&endpoint, &only).args(args);
    let (cases, _) = lines(&test(&["--json"]).run().exits(0));
    for columns in [60, 80, 120] {
        for args in [&[][..], &["--strict"], &["--verbose"]] {
            let (_, shown) = terminal::run_in(&test(args), columns);
            let shown = plain(&shown);
            for line in shown.lines().filter(|line| !line.contains("cases, ")) {
                let is_command = args.contains(&"--verbose");
                let fits = line.chars().count() <= usize::from(columns);
                assert!(fits || is_command, "{columns}: {line}");
            }
            for case in cases.iter().filter(|case| case["outcome"] == "failed") {
                let id = case["id"].as_str().unwrap();
                assert!(shown.contains(id), "{columns}, {args:?}: {id} is broken: {shown}");
            }
        }
        let (_, listed) = terminal::run_in(&hook(["test", "--list"]), columns);
        for line in plain(&listed).lines() {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}");
        }
    }
}

/// Without escape sequences, and without what the progress bar wrote.
#[cfg(unix)]
fn plain(shown: &str) -> String {
    let mut out = String::new();
    let mut rest = shown;
    while let Some((text, after)) = rest.split_once('\u{1b}') {
        out.push_str(text);
        let end = after.find(|c: char| c.is_ascii_alphabetic()).map_or(after.len(), |at| at + 1);
        rest = &after[end..];
    }
    out.push_str(rest);
    let lines = out.lines().map(|line| line.rsplit('\r').next().unwrap_or_default());
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn nothing_is_cut_in_a_pipe_and_the_list_says_why() {
    let listed = hook(["test", "--list"]).run().exits(0);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = words(listed.out());
    for case in hook(["test", "--list", "--json"]).run().exits(0).json() {
        for field in ["id", "title", "why"] {
            let text = words(case[field].as_str().unwrap());
            assert!(shown.contains(&text), "{text}");
        }
    }
    let ran = test(&right(), &["--verbose", "--only", "refuse/n*"]).run().exits(0);
    assert!(!ran.out().contains('…'), "{}", ran.out());
}

/// Responds 200 to everything, without reading much.
fn serve(listener: TcpListener) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
            let _ = stream.read(&mut [0; 64 << 10]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
}

#[test]
fn wait_waits_until_the_endpoint_accepts_connections() {
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = free();
    let url = format!("http://{address}/webhook");
    let args = ["--only", "accept/lead.submit", "--wait", "60s"];
    let mut waiting = test_of(&url, &args).command();
    let mut child = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Longer than several attempts to connect.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(child.try_wait().unwrap(), None, "it waits");
    serve(TcpListener::bind(address).unwrap());
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}");

    let url = format!("http://{}/webhook", free());
    let ran = test_of(&url, &["--wait", "300ms"]).run().exits(3);
    assert!(ran.stdout.is_empty(), "{}", ran.out());
    let expected = "error: the endpoint did not accept connections within 0.3 s: cannot connect to";
    assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);
    assert!(ran.stderr.contains("a longer --wait"), "{}", ran.stderr);
    let ran = test_of(&url, &["--wait", "soon"]).run().exits(2);
    assert!(ran.stderr.contains("--wait"), "{}", ran.stderr);
}

fn is_let_through(asked: &Asked) -> bool {
    asked.head.values("x-bypass") == [b"hunter2-bypass"]
}

/// Where the signature is the secret itself, no report shows the requests with it.
#[test]
fn a_secret_that_is_sent_as_it_is_is_in_no_report() {
    const TOKEN: &str = "hunter2 is my token";
    for provider in ["gitlab", "postmark", "microsoft-graph"] {
        let refusing = Server::saying(|_| say(400));
        let accepting = Server::saying(|_| say(200));
        for endpoint in [refusing, accepting] {
            let url = endpoint.url();
            let dir = tempfile::tempdir().unwrap();
            let contract = dir.path().join("contract.json");
            let case = r#"{ "data": { "a": 1 }, "event": "push" }"#;
            let text = format!(r#"{{ "cases": {{ "a": {{ "send": {case}, "expect": 599 }} }} }}"#);
            std::fs::write(&contract, text).unwrap();
            let mut args = vec!["test", "--verbose", "--provider", provider, "--url", &url];
            // Only this one sends a body of any kind.
            if provider == "gitlab" {
                args.extend(["--contract", contract.to_str().unwrap()]);
            }
            let report = dir.path().join("report.json");
            let wanted = format!("json={}", report.display());
            let ran = hook(args).args(["--report", &wanted]).env("CZ_HOOK_SECRET", TOKEN).run();
            assert_eq!(ran.code, Some(1), "{}", ran.stderr);
            let report = std::fs::read_to_string(report).unwrap();
            let encoded = BASE64_STANDARD.encode(TOKEN);
            for text in [ran.out(), &ran.stderr, &report] {
                // Forgeries have a part of it.
                for part in ["hunter2 is my", "hunter2+is", "hunter2%20is", &encoded[..12]] {
                    assert!(!text.contains(part), "{provider}: {part}: {text}");
                }
            }
        }
    }
}

#[test]
fn headers_are_on_every_request_and_in_no_report() {
    let inner = handler(|asked| (!is_right(asked)).then(|| say(401)));
    let endpoint = Server::saying(move |asked| match is_let_through(asked) {
        true => inner(asked),
        false => Answer::new(403, "").with("WWW-Authenticate", "Bypass").into(),
    });
    let dir = tempfile::tempdir().unwrap();
    let report = |kind: &str| format!("--report={kind}={}", dir.path().join(kind).display());
    let kinds = ["junit", "tap", "html", "markdown", "text", "json", "sarif", "gitlab"];
    let args: Vec<String> = kinds.iter().map(|kind| report(kind)).collect();
    let header = ["-H", "X-Bypass: hunter2-bypass"];
    let only = ["--only", "refuse/n*", "--only", "accept/lead.submit", "--only", "behaviour/*"];
    let run = test(&endpoint, &header).args(&args).args(only).arg("--verbose");
    let ran = run.run().exits(0);
    assert_eq!(ran.out().lines().last(), Some("✓ passed"), "{}", ran.out());
    for kind in kinds {
        let text = std::fs::read_to_string(dir.path().join(kind)).unwrap();
        assert!(!text.contains("hunter2"), "{kind}");
    }
    let json = [&header[..], &only[..], &["--json"]].concat();
    let (cases, _) = lines(&test(&endpoint, &json).run().exits(0));
    assert!(cases.iter().all(|case| !case.to_string().contains("hunter2")));
    let ran = test(&endpoint, &only).run().exits(1);
    assert!(ran.out().contains("asks for authentication"), "{}", ran.out());
    let ran = test(&endpoint, &["-H", "Content-Length: 1"]).run().exits(2);
    assert!(ran.stderr.contains("follows from the body"), "{}", ran.stderr);
}

#[test]
fn repeated_runs_count_the_worst_result() {
    // Every second forged delivery is accepted.
    let count = AtomicUsize::new(0);
    let endpoint = Server::saying(handler(move |asked| {
        let is_rejected =
            !is_right(asked) && count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        is_rejected.then(|| say(401))
    }));
    let only = ["--json", "--only", "refuse/no-signature"];
    let repeated = [&only[..], &["--repeat", "3"]].concat();
    let (cases, summary) = lines(&test(&endpoint, &repeated).run().exits(1));
    assert_eq!(summary["runs"], 3);
    let reason = cases[0]["reason"].as_str().unwrap();
    assert!(reason.ends_with(" (failed in 1 of 3 runs)"), "{reason}");
    let (cases, summary) =
        lines(&test(&right(), &[&only[..], &["--repeat", "2"]].concat()).run().exits(0));
    assert_eq!((cases.len(), &summary["runs"]), (1, &Value::from(2)));
}

#[test]
fn github_gets_annotations_and_a_summary_and_takes_no_response_for_a_command() {
    let attack = "\n::error::injected\n::set-output name=a::b";
    let endpoint = Server::saying(handler(move |_| Some(say_that(200, attack))));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("summary.md");
    std::fs::write(&path, "before\n").unwrap();
    let github = |args: &[&str]| {
        let run = test(&endpoint, args).env("GITHUB_ACTIONS", "true");
        run.env("GITHUB_STEP_SUMMARY", &path).run().exits(1)
    };
    let ran = github(&["--only", "refuse/*"]);
    let out = ran.out();
    let token = out.lines().next().unwrap().strip_prefix("::stop-commands::").expect(out);
    assert!(token.len() >= 32, "{token}");
    let (report, after) = out.split_once(&format!("::{token}::\n")).expect(out);
    assert!(report.contains("✗ failed"), "{report}");
    assert!(!after.is_empty(), "{out}");
    for line in after.lines() {
        assert!(line.starts_with("::error title=cz-hook failure%3A"), "{line}");
    }
    let summary = std::fs::read_to_string(&path).unwrap();
    assert!(summary.starts_with("before\n## ❌ Webhook endpoint: failed\n"), "{summary}");
    assert!(!summary.contains("conv_xyz") && !summary.contains("injected"), "{summary}");
    // Standard output is data, so annotations are elsewhere.
    let ran = github(&["--only", "refuse/*", "--json"]);
    assert!(ran.json().iter().all(Value::is_object));
    assert!(ran.stderr.contains("::error title="), "{}", ran.stderr);
    let ran = test(&endpoint, &["--only", "refuse/*"]).run().exits(1);
    assert!(!ran.out().contains("::error title") && !ran.stderr.contains("::error"));
}

#[test]
fn a_report_can_go_to_standard_output() {
    let endpoint = Endpoint::accepting();
    let run = |args: &[&str]| test_of(&endpoint.url("/"), args).args(["--only", "refuse/n*"]).run();
    let ran = run(&["--report", "tap=-"]).exits(1);
    assert!(ran.out().starts_with("TAP version 13\n"), "{}", ran.out());
    assert!(ran.stderr.contains("✗ failed"), "{}", ran.stderr);
    assert!(!std::path::Path::new("-").exists());
    let ran = run(&["--report", "sarif=-"]).exits(1);
    let sarif: Value = serde_json::from_slice(&ran.stdout).expect("one document");
    assert_eq!(sarif["version"], "2.1.0");
    for args in [&["--report", "tap=-", "--json"][..], &["--report", "tap=-", "--report", "text=-"]]
    {
        let ran = run(args).exits(2);
        assert!(ran.stdout.is_empty(), "{}", ran.out());
    }
}

#[test]
fn tolerated_failures_alone_are_no_recommendation() {
    let args = ["--json", "--only", "refuse/no-signature", "--tolerate", "refuse/*"];
    let (_, summary) = lines(&test(&checking(|_| true), &args).run().exits(0));
    assert_eq!(codes(&summary), ["accepted-forgery"]);
    assert_eq!(findings(&summary)[0]["tolerated"], true);
    let ids = findings(&summary)[0]["cases"].as_array().unwrap().clone();
    let ids: Vec<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(set(&ids), set(&["refuse/no-signature"]));
    assert!(!summary.to_string().contains(SECRET));
}
