//! `cz-hook demo`: what it prints and its exit codes.

use crate::support::hook;

#[test]
fn the_demo_shows_every_sample_and_two_rejections() {
    let ran = hook(["demo", "--json"]).run().exits(0);
    let lines = ran.json();
    assert_eq!(lines[0]["type"], "ready");
    let deliveries = &lines[1..];
    assert_eq!(deliveries.len(), 19);
    let count =
        |verdict: &str| deliveries.iter().filter(|d| d["signature"]["verdict"] == verdict).count();
    assert_eq!(["valid", "unsigned", "invalid", "missing"].map(count), [16, 1, 1, 1]);
    for delivery in deliveries {
        let refused =
            matches!(delivery["signature"]["verdict"].as_str(), Some("invalid" | "missing"));
        assert_eq!(delivery["response"]["status"], if refused { 400 } else { 200 });
        assert_eq!(delivery["validation"]["verdict"], "valid");
    }
    assert!(ran.stderr.contains("got the expected verdict and response"));
}

/// A proxy in the environment, a closed pipe or a full disk must not be reported as a fault of the endpoint.
#[test]
fn the_demo_attributes_a_failure() {
    let proxied = hook(["demo", "-q"])
        .env("http_proxy", "http://127.0.0.1:9")
        .env("ALL_PROXY", "socks5://127.0.0.1:9");
    proxied.run().exits(0);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status =
        hook(["demo"]).command().stdout(writer).stderr(std::process::Stdio::null()).status();
    assert_eq!(status.unwrap().code(), Some(0));
    if cfg!(target_os = "linux") {
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = hook(["demo"]).command().stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("cannot write the output"), "{said}");
    }
}

#[test]
fn the_demo_prints_readable_text() {
    let ran = hook(["demo"]).run().exits(0);
    assert_eq!(ran.out().matches("\n#").count() + 1, 19);
    assert!(!ran.out().contains('\u{1b}'));
    let colored = hook(["demo", "--color", "always"]).run().exits(0);
    assert!(colored.out().contains("\u{1b}["));
    assert!(!colored.out().contains("demo-secret"));
}
