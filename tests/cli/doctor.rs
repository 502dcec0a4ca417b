//! `doctor`: what it finds on this machine, and that it sends and reads nothing unasked.

use std::net::TcpListener;

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::{Hook, SECRET, hook, write_program};

fn doctor(args: &[&str]) -> Hook {
    hook(["doctor", "--json", "--port", "0"]).args(args)
}

/// The check of this name.
fn check(lines: &[Value], name: &str) -> Value {
    let found = lines.iter().find(|line| line["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is missing: {lines:#?}")).clone()
}

#[test]
fn the_self_test_signs_verifies_and_explains_every_published_vector() {
    let check = check(&doctor(&[]).run().exits(0).json(), "self-test");
    assert_eq!(check["status"], "ok");
    let found = check["found"].as_str().unwrap();
    let numbers: Vec<usize> =
        found.split(|c: char| !c.is_ascii_digit()).flat_map(str::parse).collect();
    let [signed, verified, explained, _] = numbers[..] else { panic!("{found}") };
    assert!(signed >= 4 && verified > 50 && explained >= 6, "{found}");
}

#[test]
fn a_port_in_use_is_a_warning_and_no_failure() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let lines = hook(["doctor", "--json", "--port", &port]).run().exits(0).json();
    let check = check(&lines, "port");
    assert_eq!(check["status"], "warn");
    assert!(check["found"].as_str().unwrap().contains(&port), "{check}");
}

#[test]
fn the_configuration_is_named_with_the_reason_why_it_counts() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cz-hook.toml");
    let text = "[profile.default]\nsecret_env = 'NO_SUCH_SECRET'\nprovider = 'github'\n";
    std::fs::write(&file, text).unwrap();
    let found = doctor(&[]).within(dir.path()).run().exits(0).json();
    let configuration = check(&found, "configuration");
    assert_eq!(configuration["status"], "warn");
    assert!(configuration["found"].as_str().unwrap().contains("not trusted"), "{configuration}");
    assert_eq!(check(&found, "secret")["status"], "ok");

    let named = doctor(&["--config", file.to_str().unwrap()]).run().exits(0).json();
    assert_eq!(check(&named, "configuration")["status"], "ok");
    assert_eq!(check(&named, "secret")["status"], "warn");
    assert!(check(&named, "secret")["found"].as_str().unwrap().contains("NO_SUCH_SECRET"));

    std::fs::write(&file, "nonsense = [").unwrap();
    let broken = doctor(&["--config", file.to_str().unwrap()]).run().exits(1).json();
    assert_eq!(check(&broken, "configuration")["status"], "fail");
    // The rest is checked all the same.
    assert_eq!(check(&broken, "self-test")["status"], "ok");
}

#[test]
fn a_secret_is_named_and_no_command_of_a_profile_is_run() {
    let ran = doctor(&[]).env("CZ_HOOK_SECRET", SECRET).run().exits(0);
    assert!(!ran.out().contains(SECRET), "{}", ran.out());
    assert!(check(&ran.json(), "secret")["found"].as_str().unwrap().contains("CZ_HOOK_SECRET"));

    let dir = tempfile::tempdir().unwrap();
    let (program, mark) = (dir.path().join("program"), dir.path().join("mark"));
    write_program(&program, &format!("touch {}; echo secret", mark.display()));
    let file = dir.path().join("cz-hook.toml");
    let text = format!("[profile.default]\nsecret_command = ['{}']\n", program.display());
    std::fs::write(&file, text).unwrap();
    let ran = doctor(&["--config", file.to_str().unwrap()]).run().exits(0).json();
    assert!(check(&ran, "secret")["found"].as_str().unwrap().contains("from command"));
    assert!(!mark.exists(), "the command was run");
}

#[test]
fn the_clock_is_compared_only_when_a_url_is_given() {
    assert_eq!(check(&doctor(&[]).run().exits(0).json(), "clock")["status"], "skip");
    for (date, status, code) in [
        (None, "ok", 0),
        (Some("Sun, 06 Nov 1994 08:49:37 GMT"), "fail", 1),
        (Some("yesterday"), "warn", 0),
    ] {
        let endpoint = Endpoint::start(move |_| {
            let reply = Reply::new(404, Vec::new());
            match date {
                Some(date) => reply.with("Date", date),
                None => reply,
            }
        });
        let ran = doctor(&["--url", &endpoint.url("/")]).run().exits(code).json();
        assert_eq!(check(&ran, "clock")["status"], status, "{ran:#?}");
        assert_eq!(endpoint.only().method, "GET");
    }
    let ran = doctor(&["--url", "http://127.0.0.1:1/"]).run().exits(1).json();
    assert_eq!(check(&ran, "clock")["status"], "fail");
}

#[test]
fn a_certificate_store_that_cannot_be_read_fails() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let ran = doctor(&["--cacert", empty.path().to_str().unwrap()]).run().exits(1).json();
    let check = check(&ran, "certificates");
    assert_eq!(check["status"], "fail");
    assert!(!check["hint"].as_str().unwrap().is_empty());
}

#[test]
fn the_text_has_a_row_for_each_check() {
    let ran = hook(["doctor", "--port", "0"]).run().exits(0);
    for word in [
        "version",
        "configuration",
        "secret",
        "clock",
        "port",
        "certificates",
        "terminal",
        "self-test",
    ] {
        assert!(
            ran.out().lines().any(|line| line.split_whitespace().nth(1) == Some(word)),
            "{word}: {}",
            ran.out()
        );
    }
}
