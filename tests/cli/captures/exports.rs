//! Files of other tools: they are recognised by their content, and what they hold is inspected, verified and sent like
//! any other delivery, with a note of what they do not keep.

use std::path::{Path, PathBuf};

use crate::support::endpoint::Endpoint;
use crate::support::{BODY, SECRET, SIGNATURE, hook};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cz_hook::capture::{FORMATS, detect};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// A file of a tool with one delivery, signed by [`SIGNATURE`].
struct Exported {
    format: &'static str,
    text: String,
    /// What the file is said not to keep.
    lost: &'static [&'static str],
    /// Whether the headers, and so the signature, are there.
    is_signed: bool,
}

const HEADER: &str = "x-chatzuri-signature";
const RESERIALIZED: &str = "holds the body as parsed JSON";
const NAMES: &str = "the case and the order of header names";
const METHOD: &str = "the method of the request";

fn raw() -> String {
    let length = BODY.len();
    format!(
        "POST /hook?a=b HTTP/1.1\r\nHost: example.com\r\n{HEADER}: {SIGNATURE}\r\nContent-Length: {length}\r\n\r\n{BODY}"
    )
}

fn exports() -> Vec<Exported> {
    let parsed: Value = serde_json::from_str(BODY).unwrap();
    let base64 = STANDARD.encode(raw());
    let hex: String = raw().bytes().map(|byte| format!("{byte:02x}:")).collect();
    let headers = json!({"Host": "example.com", HEADER: SIGNATURE});
    let url = "https://example.com/hook?a=b";
    let new = |format, value: Value, lost| Exported {
        format,
        text: value.to_string(),
        lost,
        is_signed: true,
    };
    let event = json!({"id": "evt_1", "object": "event"});
    vec![
        new(
            "ngrok",
            json!({"uri": "/api/requests/http", "requests": [{"id": "airt_1", "start": "2026-01-07T20:32:36Z",
                "request": {"method": "POST", "proto": "HTTP/1.1", "headers": {}, "uri": "/hook?a=b", "raw": base64}}]}),
            &[],
        ),
        new(
            "webhook-site",
            json!({"data": [{"uuid": "1", "type": "web", "token_id": "2", "method": "POST", "content": BODY,
                "headers": {"host": ["example.com"], HEADER: [SIGNATURE]}, "url": url, "created_at": "2026-01-03 19:01:35"}]}),
            &[NAMES],
        ),
        Exported {
            format: "smee",
            text: format!(
                "event: ready\ndata: {{}}\n\nid: 1\nevent: message\ndata: {}\n\n",
                json!({"host": "smee.io", HEADER: SIGNATURE, "body": parsed, "query": {}, "timestamp": 1_767_000_000_000_u64})
            ),
            lost: &[RESERIALIZED, NAMES, METHOD, "the whole URL"],
            is_signed: true,
        },
        new(
            "hookdeck",
            json!({"id": "evt_1", "source_id": "src_1", "created_at": "2026-01-03T19:01:35.123Z",
                "data": {"path": "/hook", "query": "a=b", "headers": headers, "body": parsed}}),
            &[RESERIALIZED, NAMES, METHOD],
        ),
        new(
            "github-deliveries",
            json!({"id": 1, "guid": "g", "delivered_at": "2026-06-03T00:57:16Z", "url": url,
                "request": {"headers": headers, "payload": parsed}, "response": {"headers": {}, "payload": "ok"}}),
            &[RESERIALIZED, NAMES],
        ),
        Exported {
            format: "stripe-cli",
            text: format!("{event}\n{event}\n"),
            lost: &[RESERIALIZED, "all headers"],
            is_signed: false,
        },
        new(
            "aws",
            json!({"version": "2.0", "rawPath": "/hook", "rawQueryString": "a=b", "headers": headers,
                "requestContext": {"http": {"method": "POST", "path": "/hook"}}, "body": STANDARD.encode(BODY), "isBase64Encoded": true}),
            &[NAMES],
        ),
        new(
            "functions",
            json!({"method": "POST", "originalUrl": "/hook?a=b", "headers": headers, "body": parsed,
                "rawBody": {"type": "Buffer", "data": BODY.as_bytes()}}),
            &[NAMES],
        ),
        new(
            "postman",
            json!({"info": {"name": "a", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
                "item": [{"name": "a", "request": {"method": "POST", "url": {"raw": url},
                    "header": [{"key": HEADER, "value": SIGNATURE}], "body": {"mode": "raw", "raw": BODY}}}]}),
            &[],
        ),
        new(
            "insomnia",
            json!({"_type": "export", "__export_format": 4, "resources": [{"_type": "request", "method": "POST", "url": url,
                "headers": [{"name": HEADER, "value": SIGNATURE}], "body": {"mimeType": "application/json", "text": BODY}}]}),
            &[],
        ),
        Exported {
            format: "burp",
            text: format!(
                "<?xml version=\"1.0\"?>\n<items burpVersion=\"2025.1\" exportTime=\"x\"><item><request base64=\"true\"><![CDATA[{base64}]]></request></item></items>\n"
            ),
            lost: &[],
            is_signed: true,
        },
        new(
            "tshark",
            json!([{"_index": "packets", "_source": {"layers": {"frame": {"frame.time_epoch": "1767000000.5"},
                "tcp": {"tcp.payload": hex.trim_end_matches(':')},
                "http": {"POST /hook?a=b HTTP/1.1\\r\\n": {"http.request.method": "POST"}}}}}]),
            &[],
        ),
    ]
}

fn write(folder: &Path, export: &Exported) -> PathBuf {
    let path = folder.join(export.format);
    std::fs::write(&path, &export.text).unwrap();
    path
}

#[test]
fn exports_are_recognised_inspected_verified_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    for export in exports() {
        let name = export.format;
        let path = write(folder.path(), &export);
        let file = path.to_str().unwrap();
        let ran = hook(["inspect", file, "--as", "ndjson"]).run().exits(0);
        let lines = ran.json();
        for lost in export.lost {
            assert_eq!(ran.stderr.matches(lost).count(), 1, "{name}: {}", ran.stderr);
        }
        assert_eq!(ran.stderr.lines().count(), export.lost.len(), "{name}: {}", ran.stderr);
        // What was read is the delivery, also when it was written in another format.
        let again =
            hook(["inspect", "-", "--as", "ndjson"]).stdin(ran.stdout.clone()).run().exits(0);
        assert_eq!(again.stdout, ran.stdout, "{name}");
        if !export.is_signed {
            continue;
        }
        assert_eq!(lines.len(), 1, "{name}");
        assert_eq!(lines[0]["body"], BODY, "{name}");
        let verify = ["verify", file, "--secret", SECRET, "--provider", "chatzuri"];
        let ran = hook(verify).run().exits(0);
        assert!(ran.out().starts_with("valid"), "{name}: {}", ran.out());
        let endpoint = Endpoint::accepting();
        hook(["replay", file, "--url", &endpoint.url("/")]).run().exits(0);
        let seen = endpoint.only();
        assert_eq!(seen.body, BODY.as_bytes(), "{name}");
        assert_eq!(seen.header(HEADER), Some(SIGNATURE), "{name}");
    }
}

#[test]
fn each_format_of_another_tool_is_tested_here() {
    let tested: Vec<_> = exports().iter().map(|export| export.format).collect();
    let own = ["body", "ndjson", "db", "http", "curl", "har"];
    let pasted = ["http-file", "httpie", "json-log", "fetch", "powershell", "headers", "log"];
    let own = [&own[..], &pasted].concat();
    for format in FORMATS.iter().filter(|format| !own.contains(&format.name)) {
        assert!(tested.contains(&format.name), "{} has no export here", format.name);
    }
}

/// A file that is cut off is never taken as a body.
#[test]
fn a_beginning_of_an_export_is_no_body() {
    let endpoint = Endpoint::accepting();
    for export in exports().into_iter().filter(|export| export.is_signed) {
        let cut = &export.text[..export.text.len() - 2];
        let replay = hook(["replay", "-", "--url", &endpoint.url("/")]).stdin(cut).run();
        let is_read = detect(cut.as_bytes()).is_ok_and(|format| format.name == export.format);
        // A stream of events may end anywhere.
        if export.format != "smee" {
            let code = if is_read { 3 } else { 2 };
            assert_eq!(replay.code, Some(code), "{}: {}", export.format, replay.stderr);
        }
    }
    for seen in endpoint.seen() {
        assert_eq!(seen.body, BODY.as_bytes());
    }
}

#[test]
fn a_named_format_says_which_entry_cannot_be_read() {
    for (format, text, said) in [
        ("ngrok", "{\"requests\":[{}]}", "request 1 of the export of ngrok cannot be read"),
        ("aws", "{}", "event 1 of the Lambda events cannot be read"),
        ("postman", "[", "the Postman collection cannot be read"),
        ("burp", "<items", "the items of Burp cannot be read"),
    ] {
        let ran = hook(["inspect", "-", "--format", format]).stdin(text).run().exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains("--format body"), "{}", ran.stderr);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A file that was changed by hand or on purpose gives deliveries or an error that is safe to show.
    #[test]
    fn a_changed_export_never_panics(
        export in any::<Index>(),
        start in any::<Index>(),
        length in 0usize..40,
        new in prop_oneof![
            vec(any::<u8>(), 0..20),
            "(null|\"\"|\\{\\}|\\[\\]|[-\"\\\\{}:,0-9a-z]{0,8}|\\\\ud800)".prop_map(String::into_bytes),
        ],
    ) {
        let all = exports();
        let text = export.get(&all).text.as_bytes();
        let start = start.index(text.len());
        let end = (start + length).min(text.len());
        let changed = [&text[..start], &new, &text[end..]].concat();
        let harmless = |text: &str| !text.chars().any(char::is_control);
        if let Err(why) = detect(&changed) {
            prop_assert!(harmless(&why.clause), "{}", why.clause);
        }
        for format in FORMATS {
            if let Some(Err(why)) = format.read_export(&changed) {
                prop_assert!(harmless(&why.to_string()), "{}", why);
            }
        }
    }
}
