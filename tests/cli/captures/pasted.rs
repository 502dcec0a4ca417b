//! Captures as people have them: copied commands, pasted text and log lines. Each is read by inspect, verify and replay,
//! with the bytes that were sent.

use std::fs;
use std::path::PathBuf;

use cz_hook::capture::FORMATS;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::no_files;
use crate::support::endpoint::Endpoint;
use crate::support::{BODY, SECRET, SIGNATURE, hook};

/// A folder with this file, and with the body in `payload.json`.
fn folder(content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("payload.json"), BODY).unwrap();
    let path = folder.path().join("capture");
    fs::write(&path, content).unwrap();
    (folder, path)
}

/// The published delivery in each format, by the format's name.
fn captures() -> Vec<(&'static str, String)> {
    let text = Value::from(BODY).to_string();
    let signature = format!("X-Chatzuri-Signature: {SIGNATURE}");
    let python = BODY.replace('\'', "\\'");
    let carets: String = BODY
        .chars()
        .map(|c| match c {
            '"' => "^\\^\"".to_owned(),
            '{' | '}' | '@' => format!("^{c}"),
            _ => c.to_string(),
        })
        .collect();
    let ticks = BODY.replace('"', "`\"");
    let hex: Vec<_> = BODY.bytes().map(|b| format!("{b:02x}")).collect();
    let head = format!(
        "POST /hook HTTP/1.1\r\nHost: h\r\n{signature}\r\nContent-Length: {}\r\n\r\n",
        BODY.len()
    );
    vec![
        (
            "curl",
            format!(
                "curl ^\"http://h/hook^\" ^\r\n  -H ^\"{signature}^\" ^\r\n  --data-raw ^\"{carets}^\"\r\n"
            ),
        ),
        (
            "curl",
            format!("curl http://h/hook -H '{signature}' -d @- <<'EOF' > /dev/null\n{BODY}\nEOF\n"),
        ),
        ("httpie", format!("http POST h/hook '{signature}' --raw '{BODY}'\n")),
        ("httpie", format!("{head}{BODY}\n\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{{}}\n")),
        ("http-file", format!("### a lead\nPOST http://h/hook\n{signature}\n\n{BODY}\n\n### \n")),
        (
            "fetch",
            format!(
                "fetch(\"http://h/hook\", {{\n  \"headers\": {{\n    \"x-chatzuri-signature\": \"{SIGNATURE}\"\n  }},\n  \"body\": {text},\n  \"method\": \"POST\"\n}});"
            ),
        ),
        (
            "powershell",
            format!(
                "Invoke-WebRequest -Uri \"http://h/hook\" `\n-Method POST `\n-Headers @{{\n\"X-Chatzuri-Signature\"=\"{SIGNATURE}\"\n}} `\n-Body \"{ticks}\"\n"
            ),
        ),
        (
            "headers",
            format!(
                "Request Headers\nHost: h\n{signature}\nContent-Length: {}\n\n{BODY}\n",
                BODY.len()
            ),
        ),
        (
            "json-log",
            format!(
                "{{\"level\":30,\"time\":1,\"msg\":\"listening\"}}\n{}\n",
                json!({"level": 30, "time": 2, "req": {"method": "POST", "url": "/hook", "headers": {"host": "h", "x-chatzuri-signature": SIGNATURE}}, "rawBody": BODY, "body": {}})
            ),
        ),
        (
            "log",
            format!(
                "Received {{\n  method: 'POST',\n  url: '/hook',\n  headers: {{\n    host: 'h',\n    'x-chatzuri-signature': '{SIGNATURE}'\n  }},\n  body: <Buffer {}>\n}}\n",
                hex.join(" ")
            ),
        ),
        (
            "log",
            format!(
                "INFO:app:headers={{'Host': 'h', 'X-Chatzuri-Signature': '{SIGNATURE}'}} body=b'{python}'\n"
            ),
        ),
    ]
}

#[test]
fn every_form_is_read_by_every_command_with_the_bytes_that_were_sent() {
    let endpoint = Endpoint::accepting();
    let secret = ["--secret", SECRET, "--provider", "chatzuri"];
    let mut count = 0;
    for (name, content) in captures() {
        let (_folder, path) = folder(&content);
        let path = path.to_str().unwrap();
        for format in ["auto", name] {
            let ran = hook(["inspect", path, "--as", "ndjson", "--format", format]).run().exits(0);
            assert_eq!(ran.json()[0]["body"], BODY, "{name}: {content}");
        }
        hook(["verify", path]).args(secret).run().exits(0);
        hook(["replay", path, "--url", &endpoint.url("/")]).run().exits(0);
        count += 1;
        let seen = endpoint.seen();
        assert_eq!(seen.len(), count, "{name}");
        let last = seen.last().unwrap();
        assert_eq!(last.body, BODY.as_bytes(), "{name}");
        assert_eq!(last.header("x-chatzuri-signature"), Some(SIGNATURE), "{name}");
    }
}

#[test]
fn what_a_capture_does_not_keep_is_said() {
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(BODY).unwrap()).unwrap();
    for (content, said) in [
        (
            json!({"level": 30, "time": 1, "req": {"method": "POST", "url": "/", "headers": {"host": "h"}}, "body": {"a": 1}}).to_string(),
            "holds the body as parsed JSON",
        ),
        (format!("curl http://h -d @- <<'EOF'\n{pretty}\nEOF\n"), "use --data-binary to send the bytes of the file"),
        (
            "curl \"http://h/\" ^\n  --data-raw \"^{\\\"a\\\":1^}\"\n".to_owned(),
            "for the command prompt of Windows with carets",
        ),
        ("fetch('http://h', { method: 'POST', body: 'a', mode: 'cors' })".to_owned(), "does not keep all headers"),
    ] {
        let (_folder, path) = folder(&content);
        let ran = hook(["inspect", path.to_str().unwrap(), "--as", "ndjson"]).run().exits(0);
        assert!(ran.stderr.contains(said), "{content}: {}", ran.stderr);
        assert!(!ran.out().contains('^'), "{}", ran.out());
    }
}

#[test]
fn files_that_scripts_and_requests_name_are_read_only_with_permission() {
    let script = format!(
        "#!/usr/bin/env bash\nset -euxfo pipefail\ncd $(dirname $(readlink -f $0))\n\ntargetURL=\"http://localhost:8080\"\nif [[ ${{1:-\"\"}} == -l ]]; then\n  targetURL=\"http://localhost:9\"\nfi\n\ncurl -sSi -H \"Content-Type: application/json\" -H 'X-Chatzuri-Signature: {SIGNATURE}' -X POST -d @./payload.json ${{targetURL}}\n"
    );
    let http = format!("POST http://h/\nX-Chatzuri-Signature: {SIGNATURE}\n\n< ./payload.json\n");
    let httpie = format!("http POST h X-Chatzuri-Signature:{SIGNATURE} < ./payload.json\n");
    for content in [script, http, httpie] {
        let (_folder, path) = folder(&content);
        let verify = || {
            hook(["verify", path.to_str().unwrap(), "--secret", SECRET, "--provider", "chatzuri"])
        };
        let refused = verify().run().exits(2);
        assert!(refused.stderr.contains("names the file ./payload.json"), "{}", refused.stderr);
        verify().arg("--allow-files").run().exits(0);
        let outside = content.replace("./payload.json", "/etc/hostname");
        fs::write(&path, outside).unwrap();
        verify().arg("--allow-files").run().exits(2);
    }
}

#[test]
fn variables_and_expressions_are_refused_by_name() {
    for (content, said) in [
        ("POST {{host}}/hook\n\n{}", "it uses the variable `host`"),
        (
            "fetch('http://h', { body: JSON.stringify({ a: 1 }) })",
            "`JSON.stringify({ a: 1 })`, which is not evaluated",
        ),
        (
            "Invoke-RestMethod http://h -Body ($x | ConvertTo-Json)",
            "`($x | ConvertTo-Json)`, which is not evaluated",
        ),
        ("#!/bin/sh\ncurl http://h -d \"$(date)\"\n", "needs a real shell"),
    ] {
        let (_folder, path) = folder(content);
        let ran = hook(["inspect", path.to_str().unwrap()]).run().exits(3);
        assert!(ran.stderr.contains(said), "{content}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
}

#[test]
fn json_of_any_tool_is_read_where_its_user_points() {
    let line = json!({"request": {"raw": BODY, "parsed": {"a": 1}}, "meta": {"sig": SIGNATURE}, "verb": "PUT"});
    let (_folder, path) = folder(&format!("{line}\n{{\"other\":1}}\n{line}\n"));
    let path = path.to_str().unwrap();
    let map = ["--map", "body=/request/raw", "--map", "header.X-Chatzuri-Signature=/meta/sig"];
    let ran = hook(["inspect", path]).run().exits(2);
    assert!(ran.stderr.contains("--map"), "{}", ran.stderr);
    let secret = ["--secret", SECRET, "--provider", "chatzuri"];
    hook(["verify", path]).args(map).args(secret).run().exits(0);
    let ran =
        hook(["inspect", path, "--as", "ndjson", "--map", "method=/verb"]).args(map).run().exits(0);
    let lines = ran.json();
    assert_eq!(
        (lines.len(), &lines[1]["body"], &lines[1]["method"]),
        (2, &json!(BODY), &json!("PUT"))
    );
    let endpoint = Endpoint::accepting();
    hook(["replay", path, "--url", &endpoint.url("/")]).args(map).run().exits(0);
    assert!(endpoint.seen().iter().all(|seen| seen.body == BODY.as_bytes()));
    for (map, code, said) in [
        ("headers=/meta", 2, "does not say where the body is"),
        ("body=raw", 2, "a JSON Pointer starts with a slash: body=/raw"),
        ("text=/raw", 2, "expected PART=/POINTER"),
        ("body=/nothing", 3, "find nothing"),
    ] {
        let ran = hook(["inspect", path, "--map", map]).run().exits(code);
        assert!(ran.stderr.contains(said), "{map}: {}", ran.stderr);
    }
    let ran =
        hook(["inspect", path, "--as", "ndjson", "--map", "body=/request/parsed"]).run().exits(0);
    assert!(ran.stderr.contains("holds the body as parsed JSON"), "{}", ran.stderr);
    hook(["inspect", path, "--map", "body=/a", "--format", "log"]).run().exits(2);
}

#[test]
fn a_body_alone_in_a_log_line_is_read_when_the_format_is_given() {
    let (_folder, path) = folder(&format!("12:00:01 INFO received {BODY}\n"));
    let path = path.to_str().unwrap();
    let ran = hook(["inspect", path]).run().exits(2);
    assert!(ran.stderr.contains("--format log"), "{}", ran.stderr);
    let ran = hook(["inspect", path, "--as", "body", "--format", "log"]).run().exits(0);
    assert_eq!(ran.out(), BODY);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever format the user says it is, any text gives deliveries or an error that is safe to show.
    #[test]
    fn no_text_panics(
        start in "(|fetch\\(|http |curl |irm |\\$a=|POST http://h\n|POST / HTTP/1.1\n|headers=|headers: \\{|Host: h\n|\\{\"level\":1,\"msg\":\"\"|#!/bin/sh\ncurl |curl \\^\"h\\^\" )",
        text in "(headers|body|method|b'|<Buffer |\\\\x|\\^\"|`|@\\{|<<|POST|http://h|\\$|[-{}\\[\\]()<>:=,;.'\"@#%^&a1 \n\r\\\\é]){0,40}",
    ) {
        let text = format!("{start}{text}");
        for format in FORMATS {
            if let Some(Err(why)) = format.read_with_files(text.as_bytes(), &mut no_files) {
                prop_assert!(!why.to_string().chars().any(char::is_control), "{why}");
            }
        }
    }
}
