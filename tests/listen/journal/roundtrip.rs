//! Every byte and every finding is read back, and no secret is stored.

use std::fs;
use std::time::Duration;

use cz_hook::capture::journal::{Filter, Journal};
use cz_hook::webhook::delivery::Headers;
use cz_hook::webhook::payload::validate::Finding;
use cz_hook::webhook::payload::validate::{Validation, Validity};
use cz_hook::webhook::record::{DeliveryRecord, Forwarded, KeptResponse};
use cz_hook::webhook::signature::verify::Verdict;
use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::Connection;

use super::{all, append, in_folder, received};

fn line_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'\t'), 0x20u8..0x7f, 0x80u8..];
    vec(byte, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_delivery_is_read_back_unchanged(
        batch in vec((vec(("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", line_bytes()), 0..12), vec(any::<u8>(), 0..9000), ".{0,40}"), 1..6),
    ) {
        let (_folder, path) = in_folder();
        let mut journal = Journal::record(&path).unwrap();
        let batch: Vec<DeliveryRecord> = batch.into_iter().map(|(headers, body, text)| {
            let mut received = received(1);
            received.delivery.headers = headers.into_iter().collect::<Headers>();
            received.delivery.body = body.into();
            let sent = text.chars().filter(|c| !c.is_ascii_whitespace() && !c.is_ascii_control());
            received.delivery.target.extend(sent);
            received.analysis.as_mut().unwrap().event = Some(text);
            received
        }).collect();
        let ids = journal.append(&batch.iter().collect::<Vec<_>>()).unwrap();
        let reader = Journal::open(&path).unwrap();
        for (id, received) in ids.into_iter().zip(&batch) {
            let read = reader.get(id).unwrap().unwrap();
            prop_assert_eq!(&read.delivery, &received.delivery);
            prop_assert_eq!(&read.analysis, &received.analysis);
        }
    }
}

#[test]
fn findings_are_read_back_and_no_secret_is_stored() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, [1]);
    drop(journal);
    // Another run, so that the numbers of the run and of the journal differ.
    let mut journal = Journal::record(&path).unwrap();
    let (first, mut second) = (received(1), received(2));
    second.duplicate_of = Some(1);
    second.status = None;
    second.injected = Some("closed without a response".to_owned());
    second.analysis.as_mut().unwrap().validation = Validation {
        verdict: Validity::Invalid,
        errors: vec![Finding::at("/payload/a", "expected \"b\"")],
        notes: vec![Finding::at("/é", "unknown")],
    };
    second.forwarded = Some(Forwarded {
        url: "http://user:hunter2@127.0.0.1:1/x?a@b".to_owned(),
        outcome: Err("refused".to_owned()),
        duration: Duration::from_millis(7),
        response: None,
    });
    // The second is written first, as can happen to concurrent deliveries.
    assert_eq!(journal.append(&[&second, &first]).unwrap(), [2, 3]);
    assert_eq!((journal.id_of(1).unwrap(), journal.id_of(9).unwrap()), (Some(3), None));

    let read = journal.get(2).unwrap().unwrap();
    assert_eq!(read.duplicate_of, Some(3));
    let found = read.analysis.as_ref().unwrap();
    assert_eq!(
        (found.signature.verdict, found.validation.verdict),
        (Verdict::Valid, Validity::Invalid)
    );
    let reason = &found.signature.reason;
    assert_eq!(reason, "HMAC-SHA1 under the secret from --secret");
    assert_eq!(read.status, None);
    assert_eq!(found.signature.header.as_deref(), Some("x-signature"));
    assert_eq!(found.signature.algorithm.as_deref(), Some("hmac-sha1"));
    assert_eq!(read.analysis, second.analysis);
    assert_eq!(read.injected, second.injected);
    assert_eq!(read.duration, second.duration);
    let forwarded = read.forwarded.unwrap();
    assert_eq!(forwarded.url, "http://127.0.0.1:1/x");
    assert_eq!(forwarded.outcome, Err("refused".to_owned()));
    assert_eq!(forwarded.duration, Duration::from_millis(7));
    assert_eq!(journal.get(3).unwrap().unwrap().forwarded, None);
    drop(journal);
    let bytes = fs::read(&path).unwrap();
    for secret in [&b"the name of a secret"[..], b"hunter2"] {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret));
    }
}

/// A delivery that was forwarded, with the endpoint's response.
fn forwarded(number: u64, response: Option<KeptResponse>) -> DeliveryRecord {
    let forwarded = Forwarded {
        url: "http://127.0.0.1:1/".to_owned(),
        outcome: Ok(500),
        duration: Duration::from_millis(7),
        response,
    };
    DeliveryRecord { forwarded: Some(forwarded), ..received(number) }
}

#[test]
fn responses_are_kept_also_in_a_journal_of_an_earlier_version() {
    let (_folder, path) = in_folder();
    let kept = |body: &'static [u8], clipped| KeptResponse {
        headers: [("set-cookie", "a"), ("set-cookie", "\u{e9}")].into_iter().collect(),
        body: body.into(),
        clipped,
    };
    let older = forwarded(1, None);
    Journal::record(&path).unwrap().append(&[&older]).unwrap();
    let earlier = Connection::open(&path).unwrap();
    for column in ["forwarded_headers", "forwarded_body", "forwarded_clipped"] {
        earlier.execute_batch(&format!("ALTER TABLE delivery DROP COLUMN {column}")).unwrap();
    }
    let schema = "SELECT sql FROM sqlite_schema WHERE name = 'delivery'";
    let schema = || -> String { earlier.query_row(schema, [], |row| row.get(0)).unwrap() };
    let before = schema();
    // It is read as it is.
    assert_eq!(
        all(&Journal::open(&path).unwrap(), &Filter::default())[0].forwarded,
        older.forwarded
    );
    assert_eq!(schema(), before);
    // A listener adds what it needs, and no other writer minds.
    let other = Journal::open(&path).unwrap();
    let new = [
        forwarded(2, Some(kept(b"\xff\0<b>", true))),
        forwarded(3, Some(kept(b"", false))),
        forwarded(4, None),
    ];
    let mut journal = Journal::record(&path).unwrap();
    journal.append(&new.iter().collect::<Vec<_>>()).unwrap();
    for journal in [&journal, &other] {
        let read = all(journal, &Filter::default());
        let read: Vec<_> = read.iter().map(|record| &record.forwarded).collect();
        let expected: Vec<_> =
            [&older].into_iter().chain(&new).map(|record| &record.forwarded).collect();
        assert_eq!(read, expected);
    }
    // What an earlier version writes.
    earlier
        .execute_batch(
            "INSERT INTO delivery (id, received_at, kind, run, number, method, target, signature_reason,
                 validation, duration_us, headers, body)
             SELECT 9, received_at, kind, run, 9, method, target, signature_reason, validation, duration_us,
                 headers, body FROM delivery WHERE id = 1",
        )
        .unwrap();
    assert_eq!(journal.get(9).unwrap().unwrap().forwarded, None);
    // A response goes with its delivery.
    drop((journal, other));
    let keep = cz_hook::capture::journal::Keep { count: Some(1), ..Default::default() };
    Journal::prune_file(&path, keep).unwrap();
    drop(earlier);
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(6).any(|six| six == b"cookie"));
}
