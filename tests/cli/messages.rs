//! Every usage error and every help text, word for word: one line says what happened, one what to do.

use std::fmt::Write;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};

use crate::support::listening::Listening;
use crate::support::{BODY, Hook, SECRET, SIGNATURE, hook};

/// The output of a failing run, with what differs between runs replaced.
fn said(title: &str, hook: Hook, replace: &[(&str, &str)]) -> String {
    let ran = hook.run();
    assert!(ran.stdout.is_empty(), "{title}: {:?}", ran.out());
    let code = ran.code.expect("an exit code");
    assert!(matches!(code, 2 | 3), "{title}: exit {code}: {}", ran.stderr);
    let mut text = ran.stderr;
    for (from, to) in replace {
        text = text.replace(from, to);
    }
    assert!(!text.contains(SECRET), "{title}: {text}");
    let mut out = String::new();
    writeln!(out, "## {title} (exit {code})\n{}\n", text.trim_end()).expect("a string");
    out
}

/// An error message of the operating system, without its number.
fn words<T: std::fmt::Debug>(failed: std::io::Result<T>) -> String {
    let said = failed.expect_err("it fails").to_string();
    said.split(" (os error").next().unwrap().to_owned()
}

#[test]
fn every_mistake_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let empty = dir.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let empty = empty.to_str().unwrap();
    let short = dir.path().join("short.http");
    std::fs::write(&short, "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}").unwrap();
    let short = short.to_str().unwrap();
    let listening = Listening::start(["--quiet"]);
    let port = listening.port.to_string();
    // Every system has its own error messages; the tool's text around them is the same.
    let no_file = words(std::fs::read(dir.path().join("nothing")));
    let no_host = words(("does-not-exist.invalid", 80).to_socket_addrs());
    let nobody_there = words(TcpStream::connect(("127.0.0.1", 1)));
    let in_use = words(TcpListener::bind(("127.0.0.1", listening.port)));
    let replace = [
        (folder, "DIR"),
        (&*port, "PORT"),
        (&*no_file, "No such file or directory"),
        (&*no_host, "(the system's error for an unknown host)"),
        (&*nobody_there, "Connection refused"),
        (&*in_use, "Address already in use"),
    ];
    let url = ["send", "lead.submit", "--secret", SECRET, "--url"];
    let with = |first: &[&str], rest: &[&str]| hook(first.iter().chain(rest));
    let verify = ["verify", "--secret", SECRET];
    let nobody = "http://127.0.0.1:1/";
    let cases: Vec<(&str, Hook)> = vec![
        ("no command at all", hook::<&str>([])),
        ("a command that does not exist", hook(["sned"])),
        ("an option that does not exist", hook(["verify", "--sekret", "x"])),
        (
            "a body that is missing",
            with(&["sign", "--secret", SECRET, "--body"], &["DIR/nothing.json"]),
        ),
        ("a folder for a body", with(&["sign", "--secret", SECRET, "--body"], &[folder])),
        (
            "a secret file that is missing",
            hook(["sign", "lead.submit", "--secret-file", "DIR/nothing"]),
        ),
        ("an empty secret", hook(["sign", "lead.submit", "--secret", ""])),
        (
            "an empty secret in the environment",
            hook(["sign", "lead.submit"]).env("CZ_HOOK_SECRET", ""),
        ),
        ("an empty secret file", hook(["sign", "lead.submit", "--secret-file", empty])),
        ("no secret", hook(["sign", "lead.submit"])),
        ("nothing to test", hook(["test", "--secret", SECRET])),
        ("no secret to test with", hook(["test", "--url", nobody])),
        (
            "an endpoint to test that is missing",
            hook(["test", "--secret", SECRET, "--url", nobody]),
        ),
        ("a case that does not exist", hook(["test", "--list", "--only", "refuse/no-signatures"])),
        ("no case left", hook(["test", "--list", "--only", "bytes/*", "--skip", "*/*"])),
        (
            "a kind of report that does not exist",
            hook(["test", "--url", nobody, "--report", "pdf=report.pdf"]),
        ),
        ("a report without a file", hook(["test", "--url", nobody, "--report", "json"])),
        (
            "two secrets to sign with",
            hook(["sign", "lead.submit", "--secret", "a", "--secret-file", empty]),
        ),
        ("nothing to sign", hook(["sign", "--secret", SECRET])),
        ("an event of another provider", hook(["sign", "message.sent", "--secret", SECRET])),
        ("an event that no provider documents", hook(["sign", "lead.sumbit", "--secret", SECRET])),
        ("a provider that does not exist", hook(["sign", "lead.submit", "--provider", "chatbse"])),
        (
            "a channel that does not exist",
            hook(["sign", "message.received", "--channel", "sms", "--secret", SECRET]),
        ),
        (
            "a channel where there are none",
            hook(["sign", "lead.submit", "--channel", "web", "--secret", SECRET]),
        ),
        (
            "a field that does not exist",
            hook(["sign", "lead.submit", "--set", "payload.custmerName=x", "--secret", SECRET]),
        ),
        (
            "a field without a value",
            hook(["sign", "lead.submit", "--set", "payload.customerName", "--secret", SECRET]),
        ),
        (
            "a value that is no JSON",
            hook(["sign", "lead.submit", "--set", "payload:={", "--secret", SECRET]),
        ),
        (
            "a field of a string",
            hook(["sign", "lead.submit", "--set", "agentId.x=1", "--add", "--secret", SECRET]),
        ),
        (
            "the header of a provider that does not sign",
            hook(["sign", "newMessage", "--provider", "oneroute"]),
        ),
        ("no URL", hook(["send", "lead.submit", "--secret", SECRET])),
        ("a URL without a scheme", with(&url, &["localhost:3000/hook"])),
        ("a URL of another scheme", with(&url, &["ftp://localhost/"])),
        ("a URL with a password", with(&url, &["http://me:hunter2@localhost/"])),
        ("a URL that is none", with(&url, &["http://:80"])),
        ("a password in a URL that is none", with(&url, &["http://me:hunter2@h:99999/"])),
        (
            "a token in a header without a colon",
            with(&url, &[nobody, "-H", "Authorization Bearer hunter2"]),
        ),
        ("nobody there", with(&url, &[nobody])),
        ("a host that does not exist", with(&url, &["http://does-not-exist.invalid/"])),
        ("a header without a colon", with(&url, &[nobody, "-H", "X-A"])),
        ("a header without a name", with(&url, &[nobody, "-H", ": x"])),
        ("a header that follows from the body", with(&url, &[nobody, "-H", "Content-Length: 1"])),
        ("a time that is none", with(&url, &[nobody, "--timeout", "soon"])),
        ("a status that is none", with(&url, &[nobody, "--expect-status", "ok"])),
        ("a way to tamper that does not exist", with(&url, &[nobody, "--tamper", "everything"])),
        ("a retry option without --retry", with(&url, &[nobody, "--retry-base", "1s"])),
        ("chance to repeat where there is none", with(&url, &[nobody, "--retry", "--seed", "1"])),
        ("retrying what is not sent", with(&url, &[nobody, "--retry", "--dry-run"])),
        ("retrying everything at once", with(&url, &[nobody, "--retry", "--all"])),
        ("waits that shrink", with(&url, &[nobody, "--retry", "--retry-factor", "0.5"])),
        ("a share that is more than all", with(&url, &[nobody, "--retry", "--retry-jitter", "2"])),
        ("no attempt at all", with(&url, &[nobody, "--retry", "--max-attempts", "0"])),
        (
            "tampering with what is not signed",
            hook([
                "send",
                "newMessage",
                "--provider",
                "oneroute",
                "--tamper",
                "body",
                "--url",
                nobody,
            ]),
        ),
        (
            "certificates that are not there",
            with(&url, &["https://localhost:1/", "--cacert", "DIR/ca.pem"]),
        ),
        ("certificates that are none", with(&url, &["https://localhost:1/", "--cacert", short])),
        ("a sample and a file at once", with(&url, &[nobody, "--body", short, "--set", "a=b"])),
        ("verify without a secret", hook(["verify", "--signature", SIGNATURE]).stdin(BODY)),
        ("a signature flag without a value", with(&verify, &["--signature"])),
        ("an empty signature", with(&verify, &["--signature", ""]).stdin(BODY)),
        (
            "a signature and a header",
            with(&verify, &["--signature", "x", "--header", "x-a: b"]).stdin(BODY),
        ),
        (
            "a signature in addition to a whole request",
            with(&verify, &["--signature", SIGNATURE, short]),
        ),
        ("a request that was cut off", with(&verify, &[short])),
        ("a body where a request was promised", with(&verify, &["--format", "http"]).stdin(BODY)),
        ("a body that is nobody's", with(&verify, &["--signature", SIGNATURE]).stdin("{}")),
        (
            "a body that could be two providers'",
            with(&verify, &["--signature", SIGNATURE])
                .stdin(r#"{"eventType":"x","chatbotId":"","payload":1}"#),
        ),
        ("a port in use", hook(["listen", "--port", &port])),
        ("a port that is none", hook(["listen", "--port", "65536"])),
        ("an address that is none", hook(["listen", "--host", "no.such.host.invalid"])),
        ("an address of another machine", hook(["listen", "--host", "192.0.2.1", "--port", "0"])),
        ("a path that is none", hook(["listen", "--path", "hook"])),
        ("a size that is none", hook(["listen", "--max-body", "lots"])),
        ("a count of nothing", hook(["listen", "--count", "0"])),
        ("a snippet that does not exist", hook(["snippet", "expres"])),
        ("a snippet in a language that nobody wrote it in", hook(["snippet", "cobol"])),
        ("a shell that does not exist", hook(["completions", "tcsh"])),
        ("a schema of an unknown event", hook(["events", "schema", "leads.submit"])),
    ];
    let text: String = cases.into_iter().map(|(title, hook)| said(title, hook, &replace)).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn a_probable_mistake_causes_a_warning_and_is_done() {
    let warned = |hook: Hook| {
        let ran = hook.run().exits(0);
        ran.stderr
    };
    insta::assert_snapshot!(
        "newline_in_flag",
        warned(hook(["sign", "lead.submit", "--secret", "s\n"]))
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    std::fs::write(&path, "s\n").unwrap();
    let of_file = warned(hook(["sign", "lead.submit", "--secret-file"]).arg(&path));
    insta::assert_snapshot!(
        "newline_in_file",
        of_file.replace(dir.path().to_str().unwrap(), "DIR")
    );
}

#[test]
fn the_help_of_every_command() {
    let mut text = String::new();
    for command in [
        &[][..],
        &["sign"],
        &["send"],
        &["verify"],
        &["listen"],
        &["inspect"],
        &["replay"],
        &["learn"],
        &["test"],
        &["events"],
        &["events", "list"],
        &["events", "show"],
        &["events", "schema"],
        &["events", "validate"],
        &["snippet"],
        &["demo"],
        &["explain"],
        &["doctor"],
        &["config"],
        &["init"],
        &["completions"],
    ] {
        for flag in ["-h", "--help"] {
            let ran = hook(command.iter().chain(&[flag])).run().exits(0);
            writeln!(text, "# cz-hook {} {flag}\n{}", command.join(" "), ran.out())
                .expect("a string");
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn no_error_repeats_the_password_of_a_url() {
    let urls = ["u:hunter2@h/", "http://u:hunter2@h:99999/", "ftp://u:hunt'hunter2@h/"];
    for url in urls {
        for args in [
            &["send", "lead.submit", "--secret", SECRET, "--url", url][..],
            &["replay", "x", "--url", url],
            &["test", "--secret", SECRET, "--url", url],
            &["listen", "--port", "0", "--forward-to", url],
            &["listen", "--port", "0", "--forward-to", &format!("lead.submit={url}")],
            &["verify", "--public-url", url],
            &["learn", "--public-url", url],
            &["verify", &format!("--public-url={url}")],
            &["test", "--secret", SECRET, url],
            &["send", "lead.submit", url],
            &[url],
        ] {
            let ran = hook(args).run().exits(2);
            assert!(ran.stderr.contains("…@h"), "{args:?}: {}", ran.stderr);
            assert!(!ran.stderr.contains("hunter2"), "{args:?}: {}", ran.stderr);
        }
    }
    let ran = hook(["send", urls[0], "--url", "http://h", "--secret", SECRET]).run().exits(2);
    assert!(ran.stderr.contains("`…@h/`") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
}
