//! On a terminal everything is escaped that the terminal would obey; a pipe or a file gets the bytes. Nothing that is
//! printed holds the secrets of a URL.

use std::path::{Path, PathBuf};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::Listening;
use crate::support::terminal;
use crate::support::{BODY, Hook, SECRET, SIGNED, hook};

/// Sets a title, hides and reorders text, and clears the screen.
const EVIL: &str = "\u{1b}]0;owned\u{7}\u{202e}\u{9b}2J\u{200b}\r\u{8}";

/// A body that holds it as it is, and a name in its event that does.
fn evil_body() -> String {
    BODY.replace("Sarah", EVIL).replace("lead.submit", &format!("lead{EVIL}"))
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path: PathBuf = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Whether a terminal would show these characters and obey none; colours are the tool's own.
fn is_harmless(shown: &str) -> bool {
    let mut rest = shown;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let colour = after.find(|c: char| !c.is_ascii_digit() && c != ';');
        match colour.map(|end| after.split_at(end)) {
            Some((_, after)) if after.starts_with('m') => rest = &after[1..],
            _ => return false,
        }
    }
    plain.push_str(rest);
    !plain.chars().any(|c| c != '\n' && c != '\t' && cz_hook::escape::is_dangerous(c))
}

#[test]
fn every_command_escapes_what_a_terminal_would_obey() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let body = write(folder, "body.json", evil_body());
    let raw = write(folder, "raw", EVIL);
    let request = format!(
        "POST /hook?a=b HTTP/1.1\r\nHost: h\r\nX-Evil: a\u{9b}2J\u{202e}\r\nContent-Length: {}\r\n\r\n{}",
        evil_body().len(),
        evil_body()
    );
    let request = write(folder, "request.http", request);
    let evil_name = write(folder, &format!("evil{}", EVIL.replace('/', "")), evil_body());
    let curl = write(folder, "r.curl", format!("curl http://h -d @$'{EVIL}'\n"));
    let har = write(
        folder,
        "r.har",
        format!(
            r#"{{"log":{{"version":"1.2","entries":[{{"request":{{"method":"P\u001b","url":"http://h/\u001b[2J{}"}}}}]}}}}"#,
            "\u{202e}"
        ),
    );
    let secret = ["--secret", SECRET];
    let url = ["--url", "http://127.0.0.1:1/"];
    let mut lines: Vec<Vec<&str>> = vec![
        [&["sign", "--body", &body, "--print", "request"][..], &secret, &url].concat(),
        [&["sign", "--body", &raw, "--print", "request"][..], &secret].concat(),
        [&["sign", "--body", &body, "--print", "curl"][..], &secret].concat(),
        [&["sign", "--body", &body, "--json"][..], &secret].concat(),
        [
            &[
                "sign",
                "lead.submit",
                "--set",
                "payload.customerName=\u{9b}2J",
                "--print",
                "request",
            ][..],
            &secret,
        ]
        .concat(),
        [&["send", "--body", &body, "--dry-run"][..], &secret, &url].concat(),
        [&["send", "--body", &body, "-H", "x: \u{9b}2J", "--dry-run"][..], &secret, &url].concat(),
        [&["send", "--body", &body, "-v"][..], &secret, &url].concat(),
        // Without the progress bar, which moves the cursor.
        vec!["replay", &request, "--url", "http://127.0.0.1:1/", "--quiet"],
        vec!["replay", &request, "--url", "http://127.0.0.1:1/", "--quiet", "--json"],
        vec!["events", "validate", &request],
        vec!["events", "validate", &request, "--json"],
        vec!["config", "--config", &evil_name],
        [&["verify", &curl][..], &secret].concat(),
        vec!["inspect", &curl],
        vec!["inspect", &har],
        vec!["listen", "--expect", EVIL],
        vec!["send", EVIL, "--provider", EVIL],
        vec![EVIL],
    ];
    for file in [&body, &request, &evil_name, &raw] {
        lines.push([&["verify", file, "--provider", "chatzuri", "-v"][..], &secret].concat());
        lines.push([&["verify", file, "--provider", "chatzuri", "--json"][..], &secret].concat());
        lines.push([&["verify", file, "--against", &raw][..], &secret].concat());
        lines.push(vec!["inspect", file]);
        lines.push(vec!["inspect", file, "1"]);
        lines.push(vec!["inspect", file, "1", "-v"]);
        lines.push(vec!["inspect", file, "--json"]);
        for form in ["http", "curl", "har", "ndjson", "json", "body"] {
            lines.push(vec!["inspect", file, "1", "--as", form]);
        }
    }
    for line in lines {
        let (_, shown) = terminal::run(&hook(&line));
        assert!(!shown.is_empty(), "{line:?} printed nothing");
        assert!(is_harmless(&shown), "{line:?}: {shown:?}");
    }
}

#[test]
fn a_pipe_gets_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let body = write(folder.path(), "body", EVIL);
    let print = ["--secret", SECRET, "--print", "request"];
    let request = hook(["sign", "--body", &body]).args(print).run().exits(0);
    assert!(request.stdout.ends_with(EVIL.as_bytes()) && request.stderr.is_empty());
    let (code, shown) = terminal::run(&hook(["sign", "--body", &body]).args(print));
    assert_eq!(code, Some(0));
    assert!(shown.contains(r"\u{1b}]0;owned\u{7}\u{202e}"), "{shown}");
    assert!(shown.contains(" escaped for the terminal"), "{shown}");
}

/// A URL with a token in its query.
const URL: &str = "http://127.0.0.1:1/hook?a=1&token=TOPSECRET";

#[test]
fn the_secrets_of_a_url_are_in_no_report_and_no_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let log = write(folder.path(), "request.http", "POST / HTTP/1.1\r\n\r\n{}");
    let secret = ["--secret", SECRET];
    let reports =
        ["junit", "tap", "html", "markdown", "text", "json"].map(|kind| (kind, file(kind)));
    let mut test = hook(["test", "--url", URL, "--only", "accept/*"]).args(secret);
    for (kind, path) in &reports {
        test = test.arg("--report").arg(format!("{kind}={path}"));
    }
    let hooks: Vec<Hook> = vec![
        test,
        hook(["test", "--url", URL, "--json", "--only", "accept/*"]).args(secret),
        hook(["send", "lead.submit", "-v", "--url", URL]).args(secret),
        hook([
            "send",
            "lead.submit",
            "--url",
            URL,
            "--retry",
            "--max-attempts",
            "2",
            "--time-scale",
            "10000",
        ])
        .args(secret),
        hook(["send", "lead.submit", "--url", "http://user:TOPSECRET@127.0.0.1:1/"]).args(secret),
        hook(["send", "lead.submit", "--url", "ftp://127.0.0.1/?key=TOPSECRET"]).args(secret),
        hook(["send", "lead.submit", "--url", "localhost:3000?token=TOPSECRET"]).args(secret),
        hook(["replay", &log, "--url", "/hook?token=TOPSECRET"]),
        hook(["replay", &log, "--url", URL]),
        hook(["replay", &log, "--url", URL, "--json"]),
        hook(["listen", "--forward-to", "x://h/?access_token=TOPSECRET"]),
    ];
    for hook in hooks {
        let ran = hook.run();
        assert_ne!(ran.code, Some(0), "{}", ran.stderr);
        for text in [ran.out(), &ran.stderr] {
            assert!(!text.contains("TOPSECRET"), "{text}");
        }
    }
    for (kind, path) in reports {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains("TOPSECRET"), "{kind}: {text}");
        assert!(kind == "tap" || text.contains("token="), "{kind}: {text}");
    }
    let request = hook(["sign", "lead.submit", "--print", "request", "--url", URL]).args(secret);
    assert!(request.run().exits(0).out().contains("token=TOPSECRET"), "it was asked for");
}

/// The commands that repeat a request of a test name its URL, and so do the exchanges of `send` and `listen`.
#[test]
fn the_secrets_of_a_url_are_in_no_exchange_that_is_reported() {
    let endpoint = Endpoint::start(|_| Reply::new(500, "no"));
    let url = endpoint.url("/hook?a=1&token=TOPSECRET&b=2");
    let secret = ["--secret", SECRET];
    let folder = tempfile::tempdir().unwrap();
    let reports = ["junit", "tap", "html", "markdown", "text", "json"];
    let reports = reports.map(|kind| (kind, folder.path().join(kind)));
    let only = ["--only", "accept/lead.submit", "--only", "refuse/no-signature"];
    let mut test = hook(["test", "--url", &url]).args(secret).args(only);
    for (kind, path) in &reports {
        test = test.arg("--report").arg(format!("{kind}={}", path.display()));
    }
    let shown = test.run().exits(1);
    let json = hook(["test", "--url", &url, "--json"]).args(secret).args(only).run().exits(1);
    let send = hook(["send", "lead.submit", "-v", "--url", &url]).args(secret).run().exits(1);
    let sent = hook(["send", "lead.submit", "--json", "--url", &url]).args(secret).run().exits(1);
    for ran in [&shown, &json, &send, &sent] {
        assert!(!ran.out().contains("TOPSECRET") && !ran.stderr.contains("TOPSECRET"));
        assert!(ran.out().contains("token=***"), "{}", ran.out());
    }
    for (kind, path) in reports {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains("TOPSECRET"), "{kind}: {text}");
        assert!(text.contains("token="), "{kind}: {text}");
    }
    assert!(endpoint.seen().iter().all(|seen| seen.target.contains("token=TOPSECRET")));

    for arg in ["--json", "--color=never"] {
        let listening = Listening::start([arg, "--count", "1", "--forward-to", &url]);
        listening.post(&[SIGNED], BODY.as_bytes());
        let (_, lines, stderr) = listening.end();
        let out = lines.join("\n");
        assert!(!out.contains("TOPSECRET") && !stderr.contains("TOPSECRET"), "{out}{stderr}");
        assert!(out.contains("/hook?a=1&token=***&b=2"), "{out}");
    }
}

#[test]
fn lines_about_a_delivery_are_broken_between_words() {
    let (_, shown) = terminal::run_in(&hook(["demo", "--color", "never"]), 60);
    // A body, and a command in a hint, can be copied as they are.
    let is_copied =
        |line: &str| line.starts_with("hint:") || line.trim_start().starts_with(['"', '{', '}']);
    let about = shown.lines().filter(|line| !is_copied(line));
    for line in about {
        assert!(line.chars().count() <= 60, "{line}");
    }
    assert!(shown.contains("  signature valid\n    payload valid  200"), "{shown}");
    let long = "I placed an order yesterday and have not received a confirmation.";
    assert!(shown.contains(long), "{shown}");

    let folder = tempfile::tempdir().unwrap();
    let body = write(folder.path(), "body.json", BODY);
    let verify =
        hook(["verify", &body, "--signature", SIGNED.1, "--secret", "other", "--no-explain"]);
    let (code, shown) = terminal::run_in(&verify.arg("--color=never"), 40);
    assert_eq!(code, Some(1));
    assert_eq!(
        shown,
        "invalid  chatzuri  it is not the\n    HMAC-SHA1 of the body under the\n    secret from --secret\n"
    );
}
