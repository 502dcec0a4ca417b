//! What a file is: the payloads of providers are bodies, and what is something else is refused by name.

use crate::support::endpoint::Endpoint;
use crate::support::{BODY, SECRET, SIGNATURE, files, hook};
use cz_hook::capture::detect;
use serde_json::Value;

fn seen(bytes: &[u8]) -> String {
    detect(bytes).map_or_else(|why| why.clause, |format| format.name.to_owned())
}

#[test]
fn every_sample_of_every_provider_is_a_body() {
    let mut samples = files("fixtures", &["json", "form"]);
    samples.retain(|(path, _)| !path.to_string_lossy().contains("schema"));
    assert!(samples.len() > 100, "{}", samples.len());
    for (path, sample) in samples {
        let sample = sample.as_bytes();
        assert_eq!(seen(sample), "body", "{}", path.display());
        // As a vendor sends it, and as a broken connection leaves it.
        if let Ok(json) = serde_json::from_slice::<Value>(sample) {
            assert_eq!(seen(json.to_string().as_bytes()), "body", "{}", path.display());
            assert_eq!(seen(&sample[..sample.len() / 2]), "body", "{}", path.display());
        }
    }
}

/// Bodies that other software signed.
#[test]
fn every_body_of_the_vectors_is_a_body() {
    let mut count = 0;
    for (_, text) in files("tests/vectors", &["json"]) {
        let Ok(Value::Array(all)) = serde_json::from_str(&text) else {
            continue;
        };
        for body in all.iter().filter_map(|vector| vector["body"].as_str()) {
            let seen = seen(body.as_bytes());
            // Some vectors sign the text of an example.
            let is_text = seen.contains("plain text") || body.is_empty();
            assert!(seen == "body" || is_text, "{body}: {seen}");
            count += u64::from(seen == "body");
        }
    }
    assert!(count > 50, "{count}");
}

/// Each command that reads deliveries or a body, on a file.
fn commands(file: &str, endpoint: &str) -> [Vec<String>; 9] {
    let secret = format!("--secret {SECRET} --provider chatzuri");
    let lines = [
        format!("verify {file} {secret}"),
        format!("verify {file} {secret} --signature {SIGNATURE}"),
        format!("inspect {file}"),
        format!("inspect {file} --as body"),
        format!("replay {file} --url {endpoint}"),
        format!("events validate {file}"),
        format!("learn {file} --secret {SECRET}"),
        format!("send --body {file} {secret} --url {endpoint}"),
        format!("sign --body {file} {secret}"),
    ];
    lines.map(|line| line.split(' ').map(str::to_owned).collect())
}

#[test]
fn what_is_no_body_and_no_capture_is_refused_by_name_and_never_sent() {
    let endpoint = Endpoint::accepting();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let export = r#"{"items":[{"verb":"POST","headers":{"Host":"h"},"content":"{}"}]}"#;
    for (content, clause) in [
        (&b""[..], "is empty"),
        (export.as_bytes(), "looks like a delivery that some tool exported"),
        (b"{\"a\":1}\n{\"a\":2}\n", "looks like several JSON documents"),
        (b"INFO received {\"a\":1}\n", "looks like JSON with other text around it"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "looks like an HTTP response"),
        (b"<!doctype html><html>", "looks like an HTML page"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "looks like a file compressed with gzip"),
        (b"\x89PNG\r\n\x1a\n", "looks like a PNG image"),
    ] {
        std::fs::write(&path, content).unwrap();
        for args in commands(path.to_str().unwrap(), &endpoint.url("/")) {
            let ran = hook(&args).run().exits(2);
            let said = format!("error: {} {clause}", path.display());
            assert!(ran.stderr.starts_with(&said), "{args:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("--format body"), "{args:?}: {}", ran.stderr);
            assert!(ran.stdout.is_empty(), "{args:?}: {}", ran.out());
        }
    }
    assert!(endpoint.was_untouched());
}

#[test]
fn a_capture_is_no_body() {
    let endpoint = Endpoint::accepting();
    let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len());
    let send = ["send", "--body", "-", "--secret", SECRET, "--url", &endpoint.url("/")];
    let ran = hook(send).stdin(request.as_str()).run().exits(2);
    assert!(ran.stderr.contains("standard input is a raw HTTP request"), "{}", ran.stderr);
    assert!(endpoint.was_untouched());
    for body in [["--body", "-"], ["-d", "@-"]] {
        let endpoint = Endpoint::accepting();
        let send = ["send", "--secret", SECRET, "--url", &endpoint.url("/"), "--format", "body"];
        hook(send).args(body).stdin(request.as_str()).run().exits(0);
        assert_eq!(endpoint.only().body, request.as_bytes());
    }
}

#[test]
fn a_format_that_is_named_is_taken_whatever_the_file_looks_like() {
    let endpoint = Endpoint::accepting();
    for content in [&b""[..], b"{} {}", b"\x1f\x8b", b"<html>"] {
        let inspect = hook(["inspect", "-", "--as", "body", "--format", "body"]);
        assert_eq!(inspect.stdin(content).run().exits(0).stdout, content);
        let replay = hook(["replay", "-", "--format", "body", "--url", &endpoint.url("/")]);
        replay.stdin(content).run().exits(0);
    }
    assert_eq!(endpoint.seen().len(), 4);
    let ran = hook(["inspect", "-", "--format", "har"]).stdin(BODY).run().exits(3);
    assert!(ran.stderr.contains("the HAR file cannot be read"), "{}", ran.stderr);
}
