//! Compressed bodies: the bytes are kept, and decoded for detecting, validating and showing.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};

use crate::support::endpoint::Endpoint;
use crate::support::listening::{Listening, status};
use crate::support::{BODY, SECRET, hook, signature};

/// [`BODY`], compressed with brotli.
const BROTLI: &str = "G7MAAIzUYs0Z7mTUNfLVoyg8favxyCgWHVueZxYA1gdUmHWBJONAhzqcO/HhcauNlVu8YOPKPT4i2ogECN5OhjXDOEkp4yCb4rsb4+vF1kpH8wyv+wEIAP/eiDVe4srGaZ+rtknquAQFGyq3Gof8EiaFpowLqbTB/wM=";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// Posts a body with this coding, signed as it is.
fn post(listening: &Listening, coding: &str, body: &[u8]) -> u16 {
    let signature = signature(body);
    let headers = [("X-Chatzuri-Signature", &*signature), ("Content-Encoding", coding)];
    status(&listening.post(&headers, body))
}

#[test]
fn a_compressed_body_is_kept_and_its_content_is_checked() {
    let endpoint = Endpoint::accepting();
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("r.db");
    let db = db.to_str().unwrap();
    let url = endpoint.url("/");
    let listening = Listening::start([
        "--json",
        "--strict",
        "--secret",
        SECRET,
        "--forward-to",
        &url,
        "--record",
        db,
    ]);
    let plain = BODY.as_bytes();
    let bodies = [
        ("gzip", gzip(plain)),
        ("x-gzip", gzip(plain)),
        ("deflate", zlib(plain)),
        ("deflate", deflate(plain)),
        ("br", STANDARD.decode(BROTLI).unwrap()),
        ("zstd", zstd(plain)),
        ("gzip, zstd", zstd(&gzip(plain))),
        ("identity", plain.to_vec()),
    ];
    for (coding, body) in &bodies {
        assert_eq!(post(&listening, coding, body), 200, "{coding}");
        let line = listening.json_of("delivery");
        assert_eq!(line["signature"]["verdict"], "valid", "{line}");
        assert_eq!(line["validation"]["verdict"], "valid", "{line}");
        assert_eq!(
            (&line["provider"], &line["event"]),
            (&json!("chatzuri"), &json!("lead.submit"))
        );
        assert_eq!(&endpoint.seen().last().unwrap().body, body, "it is forwarded as it came");
        let found = &line["content_coding"];
        assert_eq!(line["decoded_body"] == BODY, *coding != "identity", "{line}");
        if *coding == "identity" {
            assert_eq!(found, &Value::Null);
            continue;
        }
        assert_eq!(line["body_base64"], STANDARD.encode(body), "{line}");
        let codings: Vec<_> = coding.split(", ").collect();
        assert_eq!(
            found,
            &json!({
                "codings": codings, "encoded_bytes": body.len(), "decoded_bytes": BODY.len(), "error": null
            })
        );
    }
    listening.interrupt();
    listening.end();
    // The journal has the same bytes, and commands that read it decode them.
    for (id, (coding, body)) in (1..).zip(&bodies) {
        let id = format!("{id}");
        assert_eq!(&hook(["inspect", db, &id, "--as", "body"]).run().exits(0).stdout, body);
        let ran = hook(["inspect", db, &id, "--secret", SECRET]).run().exits(0);
        let shown = String::from_utf8(ran.stdout).unwrap();
        assert!(shown.contains("\"customerName\": \"Sarah\""), "{shown}");
        let said = format!("encoding: {coding}, {} → {} bytes", body.len(), BODY.len());
        assert_eq!(shown.contains(&said), *coding != "identity", "{said}: {shown}");
        let file = dir.path().join("request.http");
        std::fs::write(&file, hook(["inspect", db, &id, "--as", "http"]).run().exits(0).stdout)
            .unwrap();
        let file = file.to_str().unwrap();
        let ran = hook(["verify", file, "--secret", SECRET]).run().exits(0);
        let text = String::from_utf8(ran.stdout).unwrap();
        assert!(text.starts_with("valid  chatzuri"), "{text}");
        assert_eq!(text.contains(&said), *coding != "identity", "{text}");
        let line = &hook(["verify", file, "--secret", SECRET, "--json"]).run().exits(0).json()[0];
        assert_eq!(
            line["content_coding"]["decoded_bytes"] == BODY.len(),
            *coding != "identity",
            "{line}"
        );
        let line = &hook(["events", "validate", file, "--json"]).run().exits(0).json()[0];
        assert_eq!(line["verdict"], "valid", "{line}");
    }
}

#[test]
fn the_text_says_what_was_decoded_and_what_not() {
    let listening = Listening::start(["--secret", SECRET]);
    let long = BODY.replacen('{', &format!("{{{}", " ".repeat(2000)), 1);
    let bomb = gzip(&vec![b' '; 16 << 20]);
    let encoded = gzip(long.as_bytes());
    for (coding, body, said) in [
        ("gzip", &encoded, format!("encoding: gzip, {} → {} bytes", encoded.len(), "2,180")),
        ("gzip", &bomb, "not decoded: it would be longer than".to_owned()),
        ("br", &encoded, "not decoded: it is not br, or damaged".to_owned()),
        ("compress", &encoded, "not decoded: the coding is not supported".to_owned()),
        (
            "gzip,gzip,gzip,gzip,gzip",
            &encoded,
            "not decoded: it has more than 4 codings".to_owned(),
        ),
        // A proxy has decoded it and left the header: it is what it is.
        ("gzip", &BODY.as_bytes().to_vec(), "lead.submit".to_owned()),
    ] {
        assert_eq!(post(&listening, coding, body), 200, "the signature counts: {coding}");
        let lines: Vec<_> = std::iter::from_fn(|| Some(listening.line()))
            .take_while(|line| !line.is_empty())
            .collect();
        let text = lines.join("\n");
        assert!(text.contains(&said), "{said}: {text}");
        assert!(text.len() < 100_000, "{} bytes", text.len());
    }
}

/// A small body that becomes gigabytes takes neither memory nor a place of the listener.
#[test]
fn bombs_are_harmless() {
    let zeros = vec![0; 16 << 20];
    let gzipped = gzip(&zeros);
    let bombs = [
        ("gzip", gzipped.clone()),
        ("gzip, gzip", gzip(&gzipped)),
        ("deflate", zlib(&zeros)),
        ("zstd", zstd(&zeros)),
        ("zstd, gzip, zstd, gzip", gzip(&zstd(&gzip(&zstd(&zeros))))),
    ];
    drop(zeros);
    let listening = Listening::start(["--json", "--secret", SECRET]);
    for (coding, body) in &bombs {
        for _ in 0..5 {
            assert_eq!(post(&listening, coding, body), 200);
            let line = listening.json_of("delivery");
            assert_eq!(line["validation"]["verdict"], "not_json", "{coding}");
            let found = &line["content_coding"];
            assert_eq!(found["decoded_bytes"], Value::Null, "{coding}");
            assert!(found["error"].as_str().unwrap().contains("longer than"), "{found}");
        }
    }
    super::hostile::held_at_most(&listening, 128 << 20);
}

#[test]
fn a_signature_over_the_decoded_bytes_is_invalid_and_explained() {
    let listening = Listening::start(["--json", "--secret", SECRET]);
    let over_plain = signature(BODY.as_bytes());
    let headers = [("X-Chatzuri-Signature", &*over_plain), ("Content-Encoding", "gzip")];
    assert_eq!(status(&listening.post(&headers, &gzip(BODY.as_bytes()))), 400);
    let line = listening.json_of("delivery");
    assert_eq!(line["signature"]["verdict"], "invalid");
    assert!(line["diagnosis"].to_string().contains("body.gzip"), "{line}");
}
