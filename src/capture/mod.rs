//! Deliveries in files: one module per format, and one row per format in [`FORMATS`]. The content of a file tells its
//! format. What is neither a capture nor plausible as a body is [`Unrecognized`]: no byte of it is guessed.

mod aws;
mod brackets;
mod burp;
mod code_points;
mod content;
mod csv;
pub mod curl;
mod error;
mod exported;
mod fetch;
mod files;
mod format;
mod functions;
mod github;
pub mod har;
mod hookdeck;
pub mod http;
mod http_file;
mod httpie;
mod insomnia;
pub mod journal;
mod json_log;
mod literal;
pub mod mapped;
pub mod ndjson;
mod ngrok;
mod outline;
mod pasted;
mod pasted_headers;
mod postman;
mod powershell;
mod request_log;
mod script;
mod smee;
mod stripe_cli;
mod template;
mod text_log;
mod tshark;
mod unrecognized;
mod url;
mod webhook_site;
pub mod write;

pub use format::{BODY, FORMATS, Format};
pub(crate) use format::{LOG, Reader};
pub use unrecognized::Unrecognized;

use content::Content;

/// Detects the format of a file by its content.
///
/// # Errors
/// When it is no capture, and something else than a body.
pub fn detect(bytes: &[u8]) -> Result<&'static Format, Unrecognized> {
    let content = Content::new(bytes);
    if let Some(format) = Format::of(&content) {
        return Ok(format);
    }
    match unrecognized::look(&content) {
        Some(other) => Err(other),
        None => Ok(&BODY),
    }
}

/// A request that was read, for the tests of the formats: its method, target, headers and body, and what was lost.
#[cfg(test)]
fn shown(record: &crate::webhook::record::DeliveryRecord) -> String {
    let delivery = &record.delivery;
    let header = |(name, value)| format!("{name}: {}", String::from_utf8_lossy(value));
    let headers: Vec<_> = delivery.headers.iter().map(header).collect();
    let losses: Vec<_> = record.losses.iter().map(|loss| loss.code()).collect();
    format!(
        "{} {} {} {} {}",
        delivery.method,
        delivery.target,
        headers.join("|"),
        String::from_utf8_lossy(&delivery.body),
        losses.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERY: &str =
        r#"{"type":"delivery","id":1,"method":"POST","target":"/","headers":[],"body":""}"#;

    /// The name of the format, or what the file looks like.
    fn seen(bytes: &[u8]) -> String {
        detect(bytes).map_or_else(|why| why.clause, |format| format.name.to_owned())
    }

    #[test]
    fn captures_are_detected_by_their_content() {
        let sorted = r#"{"body":"{}","headers":[],"method":"POST","target":"/","type":"delivery"}"#;
        let har = r#"{ "log": {"version":"1.2","creator":{},"entries":[]}}"#;
        for (text, format) in [
            ("SQLite format 3\0rest", "db"),
            ("POST / HTTP/1.1\r\n\r\n", "http"),
            ("\u{feff}\r\n\nPOST /a HTTP/1.1\r\n", "http"),
            ("GET /a HTTP/2\n\n", "http"),
            (har, "har"),
            (&format!("\u{feff}\n {har}"), "har"),
            (DELIVERY, "ndjson"),
            (&format!("\n\n{DELIVERY}\n{DELIVERY}\n"), "ndjson"),
            (r#"{"type":"ready","url":"http://127.0.0.1:1"}"#, "ndjson"),
            (sorted, "ndjson"),
            ("curl http://h", "curl"),
            ("$ curl \\\n 'http://h'", "curl"),
            ("#!/bin/sh\n# again\n\n  /usr/bin/curl -d a http://h", "curl"),
            ("printf '\\000' | curl h --data-binary @-", "curl"),
            ("curl", "curl"),
        ] {
            assert_eq!(seen(text.as_bytes()), format, "{text}");
        }
    }

    #[test]
    fn a_beginning_is_a_log_when_the_whole_is_one_or_it_is_not_known() {
        let mut known = 0;
        for whole in [
            format!("\u{feff}\n{DELIVERY}\n{DELIVERY}\n"),
            r#" {"log": {"version":"1.2","entries":[]}}"#.to_owned(),
            r#"{"log":3}"#.to_owned(),
            r#"{"eventType":"lead.submit"}"#.to_owned(),
            "{\"type\":\n\"delivery\"}".to_owned(),
            "{\"a long name that is no key of a capture's\":1}".to_owned(),
            "{ 1: 2}".to_owned(),
            "{\"type\" \"delivery\"}".to_owned(),
            "\r\nPOST / HTTP/1.1\r\n\r\n".to_owned(),
            "# a\n$ curl http://h\n".to_owned(),
            "printf a |\n curl h -d @-".to_owned(),
            "[\n1]".to_owned(),
            "a=b".to_owned(),
            "SQLite format 3\0\n".to_owned(),
        ] {
            let is_log = seen(whole.as_bytes()) == "ndjson";
            for end in 0..=whole.len() {
                if let Some(found) = ndjson::begins_log(&whole.as_bytes()[..end]) {
                    assert_eq!(found, is_log, "{:?}", &whole[..end]);
                    known += 1;
                }
            }
        }
        assert!(known > 100, "{known}");
    }

    /// The corpus has a file of each format.
    #[test]
    fn no_beginning_of_an_export_is_a_log() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/export");
        let mut formats = std::collections::BTreeSet::new();
        for file in std::fs::read_dir(corpus).unwrap() {
            let whole = std::fs::read(file.unwrap().path()).unwrap();
            let format = seen(&whole);
            for end in 0..=whole.len() {
                let found = ndjson::begins_log(&whole[..end]);
                assert_ne!(found, Some(true), "{format}: {end}");
            }
            formats.insert(format);
        }
        let exports = FORMATS.iter().filter(|format| matches!(format.reader, Reader::Export(_)));
        for export in exports.filter(|format| format.name != "har") {
            assert!(formats.contains(export.name), "{}: {formats:?}", export.name);
        }
    }

    #[test]
    fn a_body_is_a_body() {
        for text in [
            "{}",
            "{",
            "{\"",
            "{\"log\"",
            "[1]",
            "[{\"a\":1},{\"a\":2}]",
            "a=b&c=d",
            "payload=%7B%22a%22%3A1%7D\n",
            "\"text\"",
            "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln\n",
            "17",
            "null",
            "<?xml version=\"1.0\"?><a/>",
            "<a>1</a>",
            "--x\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{}\r\n--x--\r\n",
            r#"{"eventType":"lead.submit"}"#,
            r#"{"log":{"level":"info","entries":[]}}"#,
            r#"{"log":{"version":1}}"#,
            r#"{"log":[]}"#,
            r#"{"type":"delivery","status":"shipped"}"#,
            r#"{"type":"ready"}"#,
            r#"{"type":"summary"}"#,
            r#"{"body":"text","type":"message"}"#,
            "{\n  \"type\": \"delivery\"\n}",
            // An e-mail has headers, a payment has a method.
            r#"{"headers":{"subject":"s","to":"a@b.c"},"body":"text"}"#,
            r#"{"Headers":[{"Name":"Received","Value":"by x"}],"Content":"text"}"#,
            r#"{"method":"card","body":{},"data":{"headers":null}}"#,
            r#"{"headers":3,"method":"POST"}"#,
            // An error tracker sends the request that failed.
            r#"{"data":{"event":{"request":{"method":"POST","headers":[["User-Agent","x"]],"data":""}}}}"#,
            r#"{"status":"open","headers":{},"body":"text"}"#,
        ] {
            assert_eq!(seen(text.as_bytes()), "body", "{text}");
        }
        let cut = "{\"type\":\"delivery\",\"a\":".repeat(9000);
        assert_eq!(seen(cut.as_bytes()), "body");
    }

    #[test]
    fn what_is_no_body_is_named() {
        let wrapped = r#"{"method":"POST","headers":{"A":"b"},"content":"{}"}"#;
        let nested = format!(r#"{{"data":[{{"request":{wrapped}}}]}}"#);
        let mail = r#"{"headers":[{"name":"User-Agent","value":"x"}],"raw_body":"{}"}"#;
        let lines = format!("{wrapped}\n{wrapped}\n");
        for (text, clause) in [
            ("", "is empty"),
            (" \r\n", "holds only white space"),
            (wrapped, "a delivery that some tool exported (JSON with `headers` and `method`)"),
            (&nested, "a delivery that some tool exported"),
            (mail, "JSON with `headers` and `raw_body`"),
            (&wrapped[..40], "exported that is cut off"),
            (
                r#"{"statusCode":200,"headers":{"a":"b"},"body":"{}"}"#,
                "a response that some tool exported",
            ),
            (
                "type: collection.insomnia.rest/5.0\ncollection:\n  - url: http://a/\n",
                "an export of Insomnia in YAML",
            ),
            (
                "_type: export\n__export_format: 4\nresources:\n  - _id: r\n    method: POST\n    body: {}\n    headers:\n      - name: a\n        value: b\n",
                "an export of Insomnia in YAML",
            ),
            (r#"{"_type":"export","__export_format":1,"items":[]}"#, "an export of Insomnia"),
            (r#"{"id":"1","values":[],"_postman_variable_scope":"environment"}"#, "an environment"),
            (r#"{"openapi":"3.1.0","info":{},"paths":{}}"#, "an OpenAPI description"),
            (r#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#, "a JSON Schema"),
            (r#"{"method":"GET","httpVersion":"HTTP/1.1","url":"http://a/"}"#, "of a HAR file"),
            ("# a\nopenapi: 3.0.0\nservers:\n- url: http://a/\n  body: {}\n", "YAML"),
            ("<?xml version=\"1.0\"?>\n<pdml version=\"0\">", "an XML file of another tool"),
            (&lines, "several JSON documents"),
            ("{\"a\":1}\n{\"a\":2}\n", "several JSON documents"),
            ("{\"a\":1}%", "JSON with text after it (`%`)"),
            ("{ method POST; Headers content-type a; }", "that a program printed"),
            ("HTTP/1.1 200 OK\r\n\r\n", "an HTTP response"),
            ("<!DOCTYPE html>\n<html>", "an HTML page"),
            ("\n<html lang=en>", "an HTML page"),
            ("2026-01-01 INFO received {\"a\":1}", "JSON with other text around it"),
            (
                "[2026-01-01 10:00:00] local.INFO: hook {\"a\":{}} []",
                "JSON with other text around it",
            ),
            ("[123] INFO {\"a\":1}", "JSON with other text around it"),
            ("[package]\nname = 1\n", "plain text"),
            ("Host: a\nX-B: c\n", "headers without a request line"),
            ("PK\u{3}\u{4}", "a ZIP archive"),
            ("%PDF-1.7", "a PDF document"),
            ("1234:9:websocket;0:~8:response;", "a flow file of mitmproxy"),
        ] {
            let found = detect(text.as_bytes()).unwrap_err();
            assert!(found.clause.contains(clause), "{text}: {}", found.clause);
            assert!(found.hint.contains("--format body") || found.hint.contains("convert it"));
        }
        for bytes in [&b"\x1f\x8b\x08"[..], b"\x89PNG\r\n", b"\xff\xfe{\0", b"\xd4\xc3\xb2\xa1"] {
            assert!(!detect(bytes).unwrap_err().may_be_body);
        }
        for text in [
            &b"hello"[..],
            b"POST",
            b"curling is a sport",
            b"printf",
            b"# a\n",
            b"openapi: 3.0\ninfo:\n",
            &[0xff; 100],
        ] {
            assert!(detect(text).unwrap_err().may_be_body, "{text:?}");
        }
    }

    #[test]
    fn every_format_is_named_once() {
        for format in FORMATS {
            assert_eq!(Format::named(format.name), Some(*format));
        }
        assert_eq!(Format::named("auto"), None);
    }
}
