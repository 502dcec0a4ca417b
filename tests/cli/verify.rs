//! `cz-hook verify`: verdicts and exit codes.

use crate::support::{BODY, Hook, SECRET, SIGNATURE, hook};
use serde_json::Value;

const OLDER: &str = r#"{"eventType":"leads.submit","chatbotId":"x","payload":{}}"#;
const ROUTE: &str = r#"{"event":"newMessage","message":{},"conversation":{}}"#;

fn verify(args: &[&str], input: impl Into<Vec<u8>>) -> Hook {
    hook(["verify", "--secret", SECRET].iter().chain(args)).stdin(input)
}

/// Runs with `--json` and returns the verdict; checks that the exit code fits it.
#[track_caller]
fn verdict(hook: Hook) -> Value {
    let ran = hook.arg("--json").run();
    let line = ran.json().pop().unwrap_or_else(|| panic!("{}", ran.stderr));
    let code = if line["verdict"] == "valid" { 0 } else { 1 };
    ran.exits(code);
    line
}

fn captured(headers: &str, body: &str) -> String {
    format!(
        "POST /hook HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[test]
fn every_vector_gets_its_verdict() {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/signatures.json")).unwrap();
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().unwrap();
        let line = verdict(
            hook(["verify", "--provider", text("provider")])
                .arg("--secret")
                .arg(text("secret"))
                .arg("--signature")
                .arg(text("signature"))
                .stdin(text("body")),
        );
        assert_eq!(line["verdict"], vector["verdict"], "{vector}");
    }
}

#[test]
fn only_a_valid_signature_exits_with_success() {
    let header = format!("x-chatzuri-signature: {SIGNATURE}");
    let upper = SIGNATURE.to_uppercase();
    let prefixed = format!("sha1={SIGNATURE}");
    for (args, expected) in [
        (vec!["--signature", SIGNATURE], "valid"),
        (vec!["--header", &header], "valid"),
        (vec!["--header", &header, "--header", "x-other: 1"], "valid"),
        (vec!["--signature", "0000000000000000000000000000000000000000"], "invalid"),
        (vec!["--signature", &upper], "malformed"),
        (vec!["--signature", &prefixed], "malformed"),
        (vec!["--signature", &SIGNATURE[..39]], "malformed"),
        (vec!["--signature", "nonsense"], "malformed"),
        (vec!["--header", &header, "--header", &header], "malformed"),
        (vec!["--header", "x-chatzuri-signature:"], "malformed"),
        (vec!["--header", "x-other: 1"], "missing"),
        (vec![], "missing"),
    ] {
        assert_eq!(verdict(verify(&args, BODY))["verdict"], expected, "{args:?}");
    }
}

#[test]
fn a_captured_request_carries_its_own_headers() {
    let signature = format!("X-Chatzuri-Signature: {SIGNATURE}\r\n");
    let whole = captured(&signature, BODY);
    let line = verdict(verify(&[], whole.clone()));
    assert_eq!((&line["verdict"], &line["provider"]), (&"valid".into(), &"chatzuri".into()));
    let lf = whole.replace("\r\n", "\n");
    assert_eq!(verdict(verify(&[], lf))["verdict"], "valid");
    let newer = whole.replace("HTTP/1.1", "HTTP/2");
    assert_eq!(verdict(verify(&[], newer))["verdict"], "valid");
    let editor = whole.clone() + "\n";
    let ran = verify(&[], editor).run().exits(0);
    assert!(ran.stderr.contains("ignored the line end"), "{}", ran.stderr);
    let changed = whole.replace("Sarah", "Sarai");
    assert_eq!(verdict(verify(&[], changed))["verdict"], "invalid");
    let none = captured("", BODY);
    assert_eq!(verdict(verify(&[], none))["verdict"], "missing");
    let twice = captured(&signature.repeat(2), BODY);
    assert_eq!(verdict(verify(&[], twice))["verdict"], "malformed");
}

#[test]
fn a_truncated_capture_is_never_verified() {
    let whole = captured(&format!("X-Chatzuri-Signature: {SIGNATURE}\r\n"), BODY);
    let cut = &whole[..whole.len() - 1];
    let ran = verify(&[], cut).run().exits(3);
    assert!(ran.stdout.is_empty());
    assert!(ran.stderr.contains("cut off"), "{}", ran.stderr);
}

#[test]
fn format_overrides_the_detected_format() {
    let whole = captured("", "{}");
    let ran = verify(&["--format", "body", "--provider", "chatzuri"], whole).run();
    assert!(ran.exits(1).out().starts_with("missing"));
    verify(&["--format", "http"], BODY).run().exits(3);
    let both = captured("", BODY);
    verify(&["--signature", SIGNATURE], both).run().exits(2);
}

#[test]
fn keys_can_be_rotated() {
    let new = hook(["verify", "--secret", "new", "--secret", SECRET, "--signature", SIGNATURE]);
    let line = verdict(new.stdin(BODY));
    assert_eq!(line["secret"], "--secret number 2");
    let old = hook(["verify", "--secret", "new", "--secret", "old", "--signature", SIGNATURE]);
    assert_eq!(verdict(old.stdin(BODY))["verdict"], "invalid");
}

#[test]
fn flags_override_the_environment() {
    let args = ["verify", "--signature", SIGNATURE];
    hook(args).env("CZ_HOOK_SECRET", SECRET).stdin(BODY).run().exits(0);
    hook(args).env("CZ_HOOK_SECRET", "other").stdin(BODY).run().exits(1);
    let both = hook(args).arg("--secret").arg("other").env("CZ_HOOK_SECRET", SECRET);
    both.stdin(BODY).run().exits(1);
}

#[test]
fn without_a_secret_there_is_no_verdict() {
    let ran = hook(["verify", "--signature", SIGNATURE]).stdin(BODY).run().exits(2);
    assert!(ran.stderr.contains("no secret"), "{}", ran.stderr);
    let empty = hook(["verify", "--signature", SIGNATURE]).env("CZ_HOOK_SECRET", "");
    empty.stdin(BODY).run().exits(2);
}

#[test]
fn an_optional_signature_is_missed_where_there_is_a_secret() {
    assert_eq!(verdict(verify(&[], ROUTE))["verdict"], "missing");
    assert_eq!(verdict(verify(&["--provider", "oneroute"], ROUTE))["verdict"], "missing");
    hook(["verify"]).stdin(ROUTE).run().exits(2);
    verify(&["--signature", SIGNATURE], ROUTE).run().exits(1);
}

#[test]
fn an_unrecognised_body_asks_for_the_provider() {
    for body in ["{}", "not json", "[1]"] {
        let ran = verify(&["--signature", SIGNATURE], body).run().exits(2);
        assert!(ran.stderr.contains("--provider"), "{body}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    let either = r#"{"eventType":"x","chatbotId":"x","payload":{}}"#;
    let ran = verify(&["--signature", SIGNATURE], either).run().exits(2);
    assert!(ran.stderr.contains("chatbase or chatzuri-legacy"), "{}", ran.stderr);
}

#[test]
fn the_signature_of_another_scheme_is_a_conflict_not_a_pass() {
    let guide = hook(["sign", "--body", "-", "--print", "header", "--provider", "chatzuri-guide"])
        .arg("--secret")
        .arg(SECRET)
        .stdin(BODY)
        .run()
        .exits(0);
    let header = guide.out().trim_end();
    let line = verdict(verify(&["--header", header], BODY));
    assert_eq!(line["verdict"], "malformed");
    assert_eq!(line["provider"], "chatzuri");
    let reason = line["reason"].as_str().unwrap();
    assert!(reason.contains("the form of chatzuri-guide, the body that of chatzuri"), "{reason}");
    // When the user names the provider, its scheme decides.
    let named = verify(&["--header", header, "--provider", "chatzuri-guide"], BODY);
    assert_eq!(verdict(named)["verdict"], "valid");
}

#[test]
fn one_envelope_two_providers_the_header_decides() {
    for (header, provider) in
        [("x-chatbase-signature", "chatbase"), ("x-chatzuri-signature", "chatzuri-legacy")]
    {
        let value = hook(["sign", "--body", "-", "--print", "value", "--secret", SECRET])
            .stdin(OLDER)
            .run();
        let header = format!("{header}: {}", value.out().trim_end());
        let line = verdict(verify(&["--header", &header], OLDER));
        assert_eq!((&line["verdict"], &line["provider"]), (&"valid".into(), &provider.into()));
    }
}

#[test]
fn every_byte_of_the_body_counts() {
    let raw = b"\xef\xbb\xbf {\"eventType\" : \"lead.submit\", \"agentId\":\"\\u00e9\\/\", \"payload\":{\"n\":1.0}} \r\n\xff";
    let value =
        hook(["sign", "--body", "-", "--print", "value", "--secret", SECRET]).stdin(&raw[..]).run();
    let header = format!("x-chatzuri-signature: {}", value.out().trim_end());
    let line = verdict(verify(&["--header", &header], &raw[..]));
    assert_eq!(line["verdict"], "valid");
    let less = &raw[..raw.len() - 1];
    assert_eq!(verdict(verify(&["--header", &header], less))["verdict"], "invalid");
}

#[test]
fn quiet_reports_by_exit_code_alone() {
    let good = verify(&["-q", "--signature", SIGNATURE], BODY).run().exits(0);
    assert_eq!((good.out(), &*good.stderr), ("", ""));
    let bad = verify(&["-q", "--signature", &SIGNATURE.replace('8', "9")], BODY);
    let bad = bad.run().exits(1);
    assert_eq!((bad.out(), &*bad.stderr), ("", ""));
}

/// A closed pipe must not turn a failure into a success.
#[test]
fn a_closed_pipe_is_not_a_valid_signature() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("body");
    std::fs::write(&path, BODY).unwrap();
    let wrong = "0".repeat(40);
    let status = hook(["verify", "--json", "--secret", SECRET, "--signature", &wrong])
        .arg(&path)
        .command()
        .stdout(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn no_output_contains_a_secret() {
    let secret = "correct-horse-battery-staple";
    for args in [
        &["verify", "--json", "-v", "--signature", SIGNATURE][..],
        &["verify", "-v", "--signature", "x"],
        &["sign", "--body", "-", "--print", "request"],
        &["sign", "--body", "-", "--json"],
        &["events", "validate", "-"],
    ] {
        let mut hook = hook(args).env("CZ_HOOK_SECRET", secret).stdin(BODY);
        if args[0] != "events" {
            hook = hook.arg("--secret").arg(secret);
        }
        let ran = hook.run();
        let all = format!("{}{}", String::from_utf8_lossy(&ran.stdout), ran.stderr);
        assert!(!all.contains(secret), "{args:?}: {all}");
    }
}
