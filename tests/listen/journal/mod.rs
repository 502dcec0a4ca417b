//! The journal as a library: a kill loses no acknowledged delivery and leaves no partial one, every byte is read back,
//! and files that are not journals are left unchanged.

mod crashes;
mod files;
mod filters;
mod rollback;
mod roundtrip;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use cz_hook::capture::journal::{Filter, Journal};
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::payload::validate::{Validation, Validity};
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::record::{DeliveryRecord, RecordedAnalysis, RecordedSignature};
use cz_hook::webhook::signature::verify::Verdict;
use jiff::Timestamp;
use rusqlite::Connection;

/// A delivery that depends only on its number, so that a reader can check it.
fn received(number: u64) -> DeliveryRecord {
    let mut random = fastrand::Rng::with_seed(number);
    let body: Vec<u8> = (0..random.usize(0..3000)).map(|_| random.u8(..)).collect();
    let mut delivery = Delivery::post(&format!("/hook?n={number}"), Bytes::from(body));
    delivery.headers.push("Host", "localhost");
    delivery.headers.push("X-Twice", number.to_string());
    delivery.headers.push("x-TWICE", vec![0xe9, random.u8(0x80..)]);
    let micros = 1_700_000_000_000_000 + number.cast_signed() * 1000;
    delivery.received_at = Some(Timestamp::from_microsecond(micros).unwrap());
    delivery.peer = Some("[::1]:4242".parse().unwrap());
    let events = ["lead.submit", "message.received", "chat.end"];
    let verdicts = [Verdict::Valid, Verdict::Invalid, Verdict::Missing];
    let provider = Catalog::builtin().providers().next();
    DeliveryRecord {
        id: number,
        delivery,
        analysis: Some(RecordedAnalysis {
            provider: provider.map(|p| Cow::Borrowed(p.name.as_str())),
            event: Some(events[number as usize % 3].to_owned()),
            channel: number.is_multiple_of(2).then(|| "whatsapp".to_owned()),
            conflict: None,
            signature: RecordedSignature {
                verdict: verdicts[number as usize / 3 % 3],
                header: Some("x-signature".to_owned()),
                algorithm: Some(Cow::Borrowed("hmac-sha1")),
                name: None,
                reason: "HMAC-SHA1 under the secret from --secret".to_owned(),
            },
            validation: Validation {
                verdict: Validity::Valid,
                errors: Vec::new(),
                notes: Vec::new(),
            },
        }),
        duplicate_of: None,
        status: Some(200),
        injected: None,
        forwarded: None,
        sender_left: false,
        duration: Some(Duration::from_micros(410)),
        unread_body: None,
        losses: Vec::new(),
    }
}

/// The number that a delivery of [`received`] was made of.
fn number_of(record: &DeliveryRecord) -> u64 {
    let number = record.delivery.target.rsplit('=').next().unwrap();
    number.parse().unwrap()
}

fn append(journal: &mut Journal, numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let all: Vec<_> = numbers.into_iter().map(received).collect();
    journal.append(&all.iter().collect::<Vec<_>>()).unwrap()
}

fn count(journal: &Journal) -> u64 {
    journal.list(&Filter::default()).unwrap().len() as u64
}

fn all(journal: &Journal, filter: &Filter) -> Vec<DeliveryRecord> {
    let mut all = Vec::new();
    journal
        .each(filter, |record| {
            all.push(record);
            ControlFlow::Continue(())
        })
        .unwrap();
    all
}

fn in_folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a journal %41?#.db");
    (folder, path)
}

fn is_sound(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let said: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(said, "ok");
}

/// Every file in a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}
