//! Every capture format keeps every byte: property tests on generated deliveries, and curl commands run in real shells.

mod detection;
mod exports;
mod pasted;
#[cfg(unix)]
mod shells;
mod written;

use std::borrow::Cow;

use crate::support::{BODY, SECRET, SIGNATURE};

use bytes::Bytes;
use cz_hook::capture::{curl, detect, har, http, ndjson};
use cz_hook::output::delivery::json_line;
use cz_hook::webhook::analysis::Analyzer;
use cz_hook::webhook::delivery::{Delivery, Headers};
use cz_hook::webhook::payload::validate::Finding;
use cz_hook::webhook::payload::validate::{Validation, Validity};
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::record::{DeliveryRecord, Forwarded, RecordedAnalysis, RecordedSignature};
use cz_hook::webhook::signature::Secret;
use cz_hook::webhook::signature::verify::Verdict;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}",
        "(X-A|x-a|X-a|Content-Type|content-type|User-Agent|user-agent|Accept|accept|Cookie|Authorization)",
    ]
}

/// What a header's value can be on the wire: tabs, printable ASCII and bytes above, without blanks around.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![8 => b' '..=b'~', 2 => 0x80u8..=0xff, 1 => Just(b'\t')];
    let bytes = vec(byte, 0..40).prop_map(|bytes| bytes.trim_ascii().to_vec());
    let text = "[é\u{202e}\u{9b} -~]{0,20}";
    prop_oneof![
        2 => bytes,
        1 => text.prop_map(|text: String| text.trim_matches([' ', '\t']).as_bytes().to_vec()),
    ]
}

fn body() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        vec(any::<u8>(), 0..2000).prop_map(Bytes::from),
        any::<String>().prop_map(Bytes::from),
        "[\\\\'\"!$`%@{}a-f0-9\n\t\r;|&<> -]{0,300}".prop_map(Bytes::from),
    ]
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "/[a-z/?=&%.0-9]{0,20}",
        2 => "/[!#-;=?-~]{0,20}",
        1 => "(/\\.\\./a|/a/\\./b|/%2E/b|\\*|http://h/a|/\\?|//|/a\\?b\\?|/é)",
    ]
}

fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("POST".to_owned()),
        1 => "(GET|PUT|HEAD|DELETE|post)",
        1 => "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}",
    ]
}

/// Any delivery: with or without a Host header, in any position, with any way to give the length.
fn delivery() -> impl Strategy<Value = Delivery> {
    let host = option::of(prop_oneof![
        Just(("Host".to_owned(), b"localhost:8080".to_vec())),
        ("(Host|host|HOST)", value()),
        (Just("Host".to_owned()), "(h|h:80|\\[::1\\]:1|a:b|h:99999|h/x|u@h)")
            .prop_map(|(n, v)| (n, v.into())),
    ]);
    let length = prop_oneof![
        3 => Just(Some("Content-Length")),
        1 => Just(Some("content-length")),
        1 => Just(Some("Transfer-Encoding")),
        1 => Just(None),
    ];
    let headers = vec((name(), value()), 0..8);
    let places = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    (method(), target(), headers, body(), host, length, places).prop_map(
        |(method, target, mut headers, body, host, length, (first, second))| {
            if let Some(host) = host {
                headers.insert(first.index(headers.len() + 1), host);
            }
            if let Some(name) = length {
                let value = match name {
                    "Transfer-Encoding" => "chunked".to_owned(),
                    _ => body.len().to_string(),
                };
                let place = second.index(headers.len() + 1);
                headers.insert(place, (name.to_owned(), value.into_bytes()));
            }
            Delivery {
                method,
                target,
                headers: headers.into_iter().collect(),
                body,
                received_at: None,
                peer: None,
            }
        },
    )
}

/// With a time in milliseconds, as listeners print it.
fn timed() -> impl Strategy<Value = Delivery> {
    let times = option::of(1i64..4_000_000_000_000);
    (delivery(), times).prop_map(|(mut delivery, time)| {
        delivery.received_at = time.map(|ms| Timestamp::from_millisecond(ms).unwrap());
        delivery
    })
}

fn analysis() -> impl Strategy<Value = RecordedAnalysis> {
    let findings = || {
        let finding = (any::<String>(), any::<String>());
        vec(finding.prop_map(|(path, message)| Finding::at(&path, message)), 0..3)
    };
    let name = || option::of(any::<String>());
    (
        (name(), name(), name()),
        prop::sample::select(Verdict::ALL.to_vec()),
        (name(), name(), any::<String>()),
        prop::sample::select(Validity::ALL.to_vec()),
        (findings(), findings()),
    )
        .prop_map(
            |(
                (provider, event, channel),
                verdict,
                (header, algorithm, reason),
                validity,
                found,
            )| {
                RecordedAnalysis {
                    provider: provider.map(Cow::Owned),
                    event,
                    channel,
                    conflict: None,
                    signature: RecordedSignature {
                        verdict,
                        header,
                        algorithm: algorithm.map(Cow::Owned),
                        name: None,
                        reason,
                    },
                    validation: Validation { verdict: validity, errors: found.0, notes: found.1 },
                }
            },
        )
}

/// A request alone, or with all that a listener found and did.
fn record() -> impl Strategy<Value = DeliveryRecord> {
    let time = || (0u64..1 << 40).prop_map(Duration::from_micros);
    let outcome = prop_oneof![any::<u16>().prop_map(Ok), any::<String>().prop_map(Err::<u16, _>),];
    let forwarded = (any::<String>(), outcome, time());
    let forwarded = forwarded.prop_map(|(url, outcome, duration)| Forwarded {
        url,
        outcome,
        duration,
        response: None,
    });
    let done = (
        any::<Option<u64>>(),
        any::<Option<u16>>(),
        option::of(any::<String>()),
        option::of(forwarded),
        option::of(time()),
    );
    let found = option::of((analysis(), done));
    (any::<u64>(), timed(), found).prop_map(|(id, delivery, found)| {
        let mut record = DeliveryRecord::new(id, delivery);
        if let Some((analysis, done)) = found {
            record.analysis = Some(analysis);
            (
                record.duplicate_of,
                record.status,
                record.injected,
                record.forwarded,
                record.duration,
            ) = done;
        }
        record
    })
}

fn no_files(_: &std::path::Path, _: usize) -> Result<Vec<u8>, String> {
    Err("no files here".to_owned())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn raw_http_keeps_every_byte(delivery in delivery()) {
        let written = delivery.to_wire(usize::MAX);
        let read = http::read_all(written.clone().into());
        prop_assert_eq!(read, Ok((vec![delivery], 0)), "{}", text(&written));
    }

    #[test]
    fn har_keeps_every_byte(deliveries in vec(timed(), 0..4)) {
        let records: Vec<_> = (1..).zip(deliveries).map(|(id, delivery)| DeliveryRecord::new(id, delivery)).collect();
        let written = har::write(&records);
        prop_assert_eq!(detect(&written).map(|format| format.name), Ok("har"));
        prop_assert_eq!(har::read(&written), Ok(records));
    }

    #[test]
    fn ndjson_keeps_every_byte(records in vec(record(), 1..4)) {
        let written: Vec<u8> = records.iter().flat_map(|record| json_line(record, None)).collect();
        prop_assert_eq!(detect(&written).map(|format| format.name), Ok("ndjson"));
        prop_assert_eq!(ndjson::read(&written), Ok(records));
    }

    #[test]
    fn curl_commands_keep_every_byte_and_leave_lengths_to_curl(mut deliveries in vec(delivery(), 1..3)) {
        let written: Vec<u8> = deliveries.iter().flat_map(curl::exact).collect();
        prop_assert_eq!(detect(&written).map(|format| format.name), Ok("curl"));
        let read = curl::read(&written, &mut no_files).map_err(|e| TestCaseError::fail(format!("{e}: {}", text(&written))))?;
        let read: Vec<_> = read.into_iter().map(|record| record.delivery).collect();
        for delivery in deliveries.iter_mut().filter(|delivery| !delivery.body.is_empty()) {
            delivery.headers.remove("content-length");
        }
        prop_assert_eq!(read, deliveries);
    }

    /// Any untrusted file gives deliveries or an error.
    #[test]
    fn no_input_panics(bytes in vec(any::<u8>(), 0..300), words in "(curl|printf|[-\\\\'\"$|;{}@:=a-zA-Z \n\r%0-9]){0,60}") {
        for bytes in [&bytes[..], words.as_bytes(), format!("curl {words}").as_bytes(), format!("printf {words} | curl h -d @-").as_bytes()] {
            let _ = (detect(bytes), har::read(bytes), ndjson::read(bytes), http::read_all(Bytes::copy_from_slice(bytes)));
            if let Err(error) = curl::read(bytes, &mut no_files) {
                prop_assert!(!error.to_string().chars().any(char::is_control));
            }
        }
    }
}

#[test]
fn a_line_of_the_listener_is_written_back_unchanged() {
    let analyzer = Analyzer {
        allow_unsigned: false,
        context: Default::default(),
        catalog: Catalog::builtin(),
        provider: None,
        secrets: vec![Secret::new(SECRET.as_bytes().to_vec(), "--secret")],
    };
    let bodies = [BODY.as_bytes(), b"{\"a\":\"\\u202e\xe2\x80\xae\x1b\x7f\"}\n", b"\xff\0", b""];
    for (id, body) in (1..).zip(bodies) {
        let mut delivery = Delivery::post("/hook?a=b", Bytes::from_static(body));
        delivery.received_at = Some("2025-01-02T03:04:05.678Z".parse().unwrap());
        delivery.headers.push("Host", "localhost");
        delivery.headers.push("x-chatzuri-signature", SIGNATURE);
        delivery.headers.push("X-Raw", vec![0xe9]);
        let received = DeliveryRecord {
            id,
            analysis: Some(analyzer.analyze(&delivery, Timestamp::UNIX_EPOCH).into()),
            delivery,
            duplicate_of: (id == 2).then_some(1),
            status: (id != 3).then_some(200),
            injected: (id == 2).then(|| "503".to_owned()),
            forwarded: (id > 2).then(|| Forwarded {
                url: "http://127.0.0.1:1/x".to_owned(),
                outcome: match id {
                    3 => Ok(500),
                    _ => Err("refused".to_owned()),
                },
                duration: Duration::from_micros(1001),
                response: None,
            }),
            sender_left: false,
            duration: Some(Duration::from_micros(123_457)),
            unread_body: None,
            losses: Vec::new(),
        };
        let printed = json_line(&received, None);
        let read = ndjson::read(&printed).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].delivery, received.delivery);
        assert_eq!(text(&json_line(&read[0], None)), text(&printed));
    }
}
