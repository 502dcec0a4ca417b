//! The journal of deliveries as a library: nothing acknowledged is lost to a kill, nothing is half
//! written, every byte comes back, and files that are something else are left alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cz_hook::capture::journal::{Filter, Journal, JournalError};
use cz_hook::capture::{Captured, Wanted};
use cz_hook::webhook::catalog::Catalog;
use cz_hook::webhook::delivery::{Delivery, Headers};
use cz_hook::webhook::event::Event;
use cz_hook::webhook::examine::Examination;
use cz_hook::webhook::finding::Finding;
use cz_hook::webhook::received::{Forwarded, Received};
use cz_hook::webhook::scheme::Algorithm;
use cz_hook::webhook::validate::{Validation, Validity};
use cz_hook::webhook::verify::{SignatureReport, Verdict};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::Connection;

/// A delivery that only depends on its number: a reader can tell what the writer meant.
fn received(number: u64) -> Received {
    let mut random = fastrand::Rng::with_seed(number);
    let body: Vec<u8> = (0..random.usize(0..3000)).map(|_| random.u8(..)).collect();
    let mut delivery = Delivery::post(&format!("/hook?n={number}"), Bytes::from(body));
    delivery.headers.push("Host", "localhost");
    delivery.headers.push("X-Twice", number.to_string());
    delivery
        .headers
        .push("x-TWICE", vec![0xe9, random.u8(0x80..)]);
    let micros = 1_700_000_000_000_000 + number.cast_signed() * 1000;
    delivery.received_at = Some(Timestamp::from_microsecond(micros).unwrap());
    delivery.peer = Some("[::1]:4242".parse().unwrap());
    let events = ["lead.submit", "message.received", "chat.end"];
    let verdicts = [Verdict::Valid, Verdict::Invalid, Verdict::Missing];
    Received {
        id: number,
        delivery,
        examination: Examination {
            provider: Catalog::builtin().providers().next(),
            contradiction: None,
            event: Event {
                name: Some(events[number as usize % 3].to_owned()),
                channel: number.is_multiple_of(2).then(|| "whatsapp".to_owned()),
                agent: None,
            },
            signature: SignatureReport {
                verdict: verdicts[number as usize / 3 % 3],
                header: Some("x-signature".to_owned()),
                algorithm: Some(Algorithm::HmacSha1),
                reason: "HMAC-SHA1 under the secret from --secret".to_owned(),
                secret: Some("the name of a secret".to_owned()),
            },
            validation: Validation {
                verdict: Validity::Valid,
                errors: Vec::new(),
                notes: Vec::new(),
            },
        },
        duplicate_of: None,
        status: Some(200),
        injected: None,
        forwarded: None,
        duration: Duration::from_micros(410),
    }
}

fn append(journal: &mut Journal, numbers: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let all: Vec<_> = numbers.into_iter().map(received).collect();
    journal.append(&all.iter().collect::<Vec<_>>()).unwrap()
}

fn count(journal: &Journal) -> u64 {
    journal.list(&Filter::default()).unwrap().len() as u64
}

fn all(journal: &Journal, filter: &Filter) -> Vec<Captured> {
    read(journal, filter, Wanted::All)
}

fn read(journal: &Journal, filter: &Filter, wanted: Wanted) -> Vec<Captured> {
    let mut all = Vec::new();
    journal
        .each(filter, wanted, |captured| {
            all.push(captured);
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
    let said: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(said, "ok");
}

// A kill at any moment.

const JOURNAL: &str = "JOURNAL_ROOM_FILE";
const FIRST: &str = "JOURNAL_ROOM_FIRST";

/// Not a test by itself: what the next ones run in another process, to kill it.
#[test]
fn a_writer_until_it_is_killed() {
    let Some(path) = std::env::var_os(JOURNAL) else {
        return;
    };
    let mut number: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let mut journal = Journal::record(Path::new(&path)).unwrap();
    let mut out = std::io::stdout();
    loop {
        let batch = number..number + 1 + number % 9;
        let ids = append(&mut journal, batch.clone());
        for (id, number) in ids.into_iter().zip(batch.clone()) {
            writeln!(out, "acknowledged {id} {number}").unwrap();
        }
        out.flush().unwrap();
        number = batch.end;
    }
}

/// A writer in a process of its own, and what it acknowledges.
fn writer(path: &Path, first: u64) -> (Child, mpsc::Receiver<(u64, u64)>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_writer_until_it_is_killed", "--nocapture"])
        .env(JOURNAL, path)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let words: Vec<_> = line.split(' ').collect();
            if let ["acknowledged", id, number] = words[..]
                // A kill may cut the last line off.
                && let (Ok(id), Ok(number)) = (id.parse(), number.parse())
            {
                let _ = sender.send((id, number));
            }
        }
    });
    (child, receiver)
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_was_acknowledged_outlives_twenty_kills() {
    let (_folder, path) = in_folder();
    let mut acknowledged = BTreeMap::new();
    for round in 1..=20 {
        let first = round * 1_000_000;
        let (child, acks) = writer(&path, first);
        // The first rounds die at the door, the others in the middle of writing.
        let patience = Duration::from_millis(fastrand::u64(0..20 * round));
        if round > 3 {
            acknowledged.extend(acks.recv_timeout(Duration::from_secs(30)));
        }
        std::thread::sleep(patience);
        kill(child);
        acknowledged.extend(acks.iter());
        // In turn, so that both a reader and the next writer meet what the kill left.
        // Killed at the door, there may be no journal yet.
        if round % 2 == 0 && !acknowledged.is_empty() {
            assert!(count(&Journal::open(&path).unwrap()) >= acknowledged.len() as u64);
        }
    }
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
    let journal = Journal::open(&path).unwrap();
    let mut found = BTreeMap::new();
    for captured in all(&journal, &Filter::default()) {
        let number = captured.delivery.target.rsplit('=').next().unwrap();
        let number: u64 = number.parse().unwrap();
        assert_eq!(captured.delivery, received(number).delivery);
        assert_eq!(found.insert(captured.id, number), None);
    }
    for (id, number) in &acknowledged {
        assert_eq!(found.get(id), Some(number));
    }
    // What was written and not acknowledged is there in whole batches or not at all.
    let numbers: Vec<u64> = found.into_values().collect();
    let mut at = 0;
    while at < numbers.len() {
        let size = 1 + numbers[at] % 9;
        for number in numbers[at]..numbers[at] + size {
            assert_eq!(numbers.get(at), Some(&number));
            at += 1;
        }
    }
    drop(journal);
    is_sound(&path);
}

/// A kill, or a full disk, between the first page and the pages that it counts.
#[test]
fn a_log_that_was_half_folded_in_is_read_and_continued() {
    let (folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, 0..50);
    let left = files(folder.path());
    drop(journal);
    let whole = fs::read(&path).unwrap();
    for way in [Journal::open, Journal::record] {
        for (name, bytes) in &left {
            let mut bytes = bytes.clone();
            if *name == path {
                assert!(bytes.len() < whole.len());
                bytes[..4096].copy_from_slice(&whole[..4096]);
            }
            fs::write(name, bytes).unwrap();
        }
        let journal = way(&path).unwrap();
        for (number, captured) in (0..).zip(all(&journal, &Filter::default())) {
            assert_eq!(captured.delivery, received(number).delivery);
        }
        assert_eq!(journal.last_id().unwrap(), Some(50));
        drop(journal);
        is_sound(&path);
    }
}

#[test]
fn others_read_and_write_while_one_writes() {
    let (_folder, path) = in_folder();
    let (one, acks) = writer(&path, 0);
    acks.recv_timeout(Duration::from_secs(30)).unwrap();
    let (two, more_acks) = writer(&path, 1_000_000);
    more_acks.recv_timeout(Duration::from_secs(30)).unwrap();
    let mut seen = 0;
    let journal = Journal::open(&path).unwrap();
    let newest = Filter {
        last: Some(200),
        ..Filter::default()
    };
    for _ in 0..20 {
        for captured in all(&journal, &newest) {
            let number = captured.delivery.target.rsplit('=').next().unwrap();
            let number = number.parse().unwrap();
            assert_eq!(captured.delivery, received(number).delivery);
        }
        // Until more has come: a writer on a busy disk may take its time.
        let begun = Instant::now();
        let mut now = seen;
        while now == seen {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "nothing comes any more"
            );
            now = count(&journal);
        }
        assert!(now > seen, "{now} of {seen} are left");
        seen = now;
    }
    kill(one);
    kill(two);
    let ids: Vec<_> = acks
        .iter()
        .chain(more_acks.iter())
        .map(|(id, _)| id)
        .collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "two deliveries got one number");
}

#[test]
fn many_begin_one_journal_at_once() {
    let (_folder, path) = in_folder();
    let mut ids: Vec<u64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|n| {
                let path = &path;
                scope.spawn(move || {
                    let mut journal = Journal::record(path).unwrap();
                    (0..10)
                        .flat_map(|i| append(&mut journal, [n * 10 + i]))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|w| w.join().unwrap())
            .collect()
    });
    ids.sort_unstable();
    assert_eq!(ids, (1..=80).collect::<Vec<_>>());
}

// Every byte, and every word that was said of them.

fn line_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'\t'), 0x20u8..0x7f, 0x80u8..];
    vec(byte, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_come_back(
        batch in vec((vec(("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", line_bytes()), 0..12), vec(any::<u8>(), 0..9000), ".{0,40}"), 1..6),
    ) {
        let (_folder, path) = in_folder();
        let mut journal = Journal::record(&path).unwrap();
        let batch: Vec<Received> = batch.into_iter().map(|(headers, body, text)| {
            let mut received = received(1);
            received.delivery.headers = headers.into_iter().collect::<Headers>();
            received.delivery.body = body.into();
            let visible = text.chars().filter(|c| !c.is_whitespace() && !c.is_control());
            received.delivery.target.extend(visible);
            received.examination.event.name = Some(text);
            received
        }).collect();
        let ids = journal.append(&batch.iter().collect::<Vec<_>>()).unwrap();
        let reader = Journal::open(&path).unwrap();
        for (id, received) in ids.into_iter().zip(&batch) {
            let captured = reader.get(id).unwrap().unwrap();
            prop_assert_eq!(&captured.delivery, &received.delivery);
            prop_assert_eq!(captured.found.unwrap().event, received.examination.event.name.clone());
        }
    }
}

#[test]
fn what_was_found_comes_back_and_no_secret_is_kept() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, [1]);
    drop(journal);
    // Another run, so that the numbers of the run and of the journal differ.
    let mut journal = Journal::record(&path).unwrap();
    let (first, mut second) = (received(1), received(2));
    second.duplicate_of = Some(1);
    second.status = None;
    second.injected = Some("closed without an answer".to_owned());
    second.examination.validation = Validation {
        verdict: Validity::Invalid,
        errors: vec![Finding::at("/payload/a", "expected \"b\"")],
        notes: vec![Finding::at("/é", "unknown")],
    };
    second.forwarded = Some(Forwarded {
        url: "http://user:hunter2@127.0.0.1:1/x?a@b".to_owned(),
        outcome: Err("refused".to_owned()),
        duration: Duration::from_millis(7),
    });
    // The second is written first, as may happen to two that come at once.
    assert_eq!(journal.append(&[&second, &first]).unwrap(), [2, 3]);
    assert_eq!(
        (journal.id_of(1).unwrap(), journal.id_of(9).unwrap()),
        (Some(3), None)
    );

    let found = journal.get(2).unwrap().unwrap().found.unwrap();
    assert_eq!(found.duplicate_of, Some(3));
    assert_eq!(
        (found.signature, found.validation),
        (Verdict::Valid, Validity::Invalid)
    );
    assert_eq!(found.reason, "HMAC-SHA1 under the secret from --secret");
    assert_eq!(found.status, None);
    let details = journal.details(2).unwrap().unwrap();
    assert_eq!(details.signature_header.as_deref(), Some("x-signature"));
    assert_eq!(details.signature_algorithm.as_deref(), Some("hmac-sha1"));
    assert_eq!(details.errors, second.examination.validation.errors);
    assert_eq!(details.notes, second.examination.validation.notes);
    assert_eq!(details.injected, second.injected);
    assert_eq!(details.duration, second.duration);
    let forwarded = details.forwarded.unwrap();
    assert_eq!(forwarded.url, "http://127.0.0.1:1/x");
    assert_eq!(forwarded.outcome, Err("refused".to_owned()));
    assert_eq!(forwarded.duration, Duration::from_millis(7));
    assert_eq!(journal.details(3).unwrap().unwrap().forwarded, None);
    drop(journal);
    let bytes = fs::read(&path).unwrap();
    for secret in [&b"the name of a secret"[..], b"hunter2"] {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret));
    }
}

// Asking.

#[test]
fn every_filter_finds_what_a_look_at_each_finds() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    // Not in the order of time, as from two listeners.
    append(&mut journal, (300..600).chain(0..300).chain(600..700));
    let mut everything = all(&journal, &Filter::default());
    assert_eq!(everything.len(), 700);
    assert!(everything.is_sorted_by_key(|c| (c.delivery.received_at, c.id)));
    assert_eq!(journal.last_id().unwrap(), Some(700));
    let provider = everything[0].found.as_ref().unwrap().provider.clone();
    let since = everything[350].delivery.received_at;
    let one = everything[20].id;
    everything.reverse();
    for bits in 0..64 {
        let when = |bit: u32| bits >> bit & 1 == 1;
        for last in [None, Some(0), Some(1), Some(7), Some(1000)] {
            let filter = Filter {
                event: when(0).then(|| "lead.submit".to_owned()),
                channel: when(1).then(|| "whatsapp".to_owned()),
                provider: provider.clone().filter(|_| when(2)),
                verdict: when(3).then_some(Verdict::Invalid),
                since: since.filter(|_| when(4)),
                id: when(5).then_some(one),
                last,
            };
            let mut expected: Vec<_> = everything
                .iter()
                .filter(|c| {
                    let found = c.found.as_ref().unwrap();
                    (!when(0) || found.event == filter.event)
                        && (!when(1) || found.channel == filter.channel)
                        && (!when(2) || found.provider == filter.provider)
                        && (!when(3) || Some(found.signature) == filter.verdict)
                        && (!when(4) || c.delivery.received_at >= filter.since)
                        && (!when(5) || Some(c.id) == filter.id)
                })
                .take(last.map_or(usize::MAX, |n| usize::try_from(n).unwrap()))
                .cloned()
                .collect();
            expected.reverse();
            assert_eq!(all(&journal, &filter), expected, "{filter:?}");
            let rows = journal.list(&filter).unwrap();
            assert_eq!(rows.len(), expected.len());
            for (row, captured) in rows.iter().zip(&expected) {
                let delivery = &captured.delivery;
                assert_eq!(
                    (row.id, Some(&row.found)),
                    (captured.id, captured.found.as_ref())
                );
                assert_eq!(Some(row.received_at), delivery.received_at);
                assert_eq!((row.peer, &row.target), (delivery.peer, &delivery.target));
                assert_eq!(row.body_length, delivery.body.len() as u64);
            }
        }
    }
    let nothing = Filter {
        event: Some("no.such".to_owned()),
        ..Filter::default()
    };
    assert!(all(&journal, &nothing).is_empty() && journal.list(&nothing).unwrap().is_empty());
}

#[test]
fn a_sender_that_makes_names_up_does_not_break_a_listing() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    let many: Vec<_> = (0..3000)
        .map(|n| {
            let mut received = received(n);
            received.examination.event.name = Some(format!("event.{n}"));
            received
        })
        .collect();
    journal.append(&many.iter().collect::<Vec<_>>()).unwrap();
    let filter = Filter {
        verdict: Some(Verdict::Missing),
        last: Some(20),
        ..Filter::default()
    };
    let numbers: Vec<_> = journal
        .list(&filter)
        .unwrap()
        .into_iter()
        .map(|r| r.id - 1)
        .collect();
    let mut expected: Vec<_> = (0..3000u64)
        .rev()
        .filter(|n| n / 3 % 3 == 2)
        .take(20)
        .collect();
    expected.reverse();
    assert_eq!(numbers, expected);
}

#[test]
fn requests_alone_are_the_same_requests() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, 0..600);
    for id in [None, Some(3), Some(1000)] {
        let filter = Filter {
            id,
            ..Filter::default()
        };
        let whole = all(&journal, &filter);
        assert!(whole.iter().all(|captured| captured.found.is_some()));
        let without = |captured| Captured {
            found: None,
            ..captured
        };
        let requests: Vec<_> = whole.into_iter().map(without).collect();
        assert_eq!(read(&journal, &filter, Wanted::Request), requests);
    }
}

#[test]
fn a_walk_breaks_off_and_leaves_out_what_comes_meanwhile() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, 0..600);
    let reader = Journal::open(&path).unwrap();
    let mut seen = 0;
    reader
        .each(&Filter::default(), Wanted::All, |_| {
            seen += 1;
            append(&mut journal, [1000 + seen]);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, 600);
    let mut some = 0;
    let stop = |_| {
        some += 1;
        if some == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    reader
        .each(&Filter::default(), Wanted::Request, stop)
        .unwrap();
    assert_eq!(some, 3);
}

// Room, and files that are something else.

#[test]
fn without_room_nothing_is_half_written_and_room_is_used_again() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    journal.cap(Some(200_000)).unwrap();
    let mut written = 0;
    let error = loop {
        let batch: Vec<_> = (written..written + 8).map(received).collect();
        match journal.append(&batch.iter().collect::<Vec<_>>()) {
            Ok(ids) => written += ids.len() as u64,
            Err(error) => break error,
        }
    };
    assert_eq!(error, JournalError::Full);
    assert!(written > 8, "{written}");
    assert_eq!(count(&journal), written);
    assert_eq!(count(&Journal::open(&path).unwrap()), written);
    journal.cap(None).unwrap();
    append(&mut journal, written..written + 8);
    assert_eq!(count(&journal), written + 8);
    for captured in all(&journal, &Filter::default()) {
        assert_eq!(captured.delivery, received(captured.id - 1).delivery);
    }
    drop(journal);
    let size = fs::metadata(&path).unwrap().len();
    assert!((180_000..300_000).contains(&size), "{size}");
    is_sound(&path);
}

/// Every file in a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// Leaves a database as a kill in the middle of a long transaction leaves it.
fn cut_off(database: Connection, folder: &Path) {
    database
        .execute_batch(
            "PRAGMA cache_size = 1; BEGIN; CREATE TABLE IF NOT EXISTS c (d); CREATE TABLE e (f);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
             INSERT INTO e SELECT randomblob(4000) FROM n",
        )
        .unwrap();
    let left = files(folder);
    drop(database);
    for (path, bytes) in left {
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_journal_that_was_cut_off_in_its_making_is_made_again() {
    let (folder, path) = in_folder();
    cut_off(Connection::open(&path).unwrap(), folder.path());
    assert!(fs::metadata(&path).unwrap().len() > 0);
    let mut journal = Journal::record(&path).unwrap();
    assert_eq!(append(&mut journal, [1]), [1]);
    drop(journal);
    is_sound(&path);
}

#[test]
fn a_file_that_is_something_else_is_left_alone() {
    let (folder, path) = in_folder();
    let refuse = |what: &str, expected: &JournalError| {
        let before = files(folder.path());
        assert_eq!(&Journal::record(&path).unwrap_err(), expected, "{what}");
        assert_eq!(&Journal::open(&path).unwrap_err(), expected, "{what}");
        assert_eq!(files(folder.path()), before, "{what}");
    };
    fs::write(&path, "POST / HTTP/1.1\r\n\r\n{}").unwrap();
    refuse("text", &JournalError::NotAJournal);
    fs::write(&path, vec![7; 100_000]).unwrap();
    refuse("bytes", &JournalError::NotAJournal);
    fs::write(&path, vec![0; 4096]).unwrap();
    refuse("zeros", &JournalError::NotAJournal);
    fs::remove_file(&path).unwrap();

    // Somebody else's database in the middle of its work: all it holds is in its log.
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "journal_mode", "wal").unwrap();
    other
        .execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (1)")
        .unwrap();
    let left = files(folder.path());
    drop(other);
    for (path, bytes) in &left {
        fs::write(path, bytes).unwrap();
    }
    refuse("another database", &JournalError::NotAJournal);
    for path in left.keys() {
        fs::remove_file(path).unwrap();
    }

    // The same without a log: what it has changed so far is to be taken back, and not by this program.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE a (b)").unwrap();
    cut_off(other, folder.path());
    assert_eq!(files(folder.path()).len(), 2);
    refuse("a database that was cut off", &JournalError::NotAJournal);
    for path in files(folder.path()).keys() {
        fs::remove_file(path).unwrap();
    }

    // A journal's mark on somebody else's tables.
    drop(Journal::record(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("ALTER TABLE delivery RENAME TO other")
        .unwrap();
    other.close().unwrap();
    let read = Journal::open(&path).and_then(|journal| journal.list(&Filter::default()));
    assert_eq!(read.unwrap_err(), JournalError::NotAJournal);
    fs::remove_file(&path).unwrap();

    drop(Journal::record(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    newer.close().unwrap();
    refuse(
        "a newer journal",
        &JournalError::Newer { found: 2, known: 1 },
    );
}

#[test]
fn what_cannot_be_opened_says_why() {
    let (folder, path) = in_folder();
    assert!(matches!(Journal::open(&path), Err(JournalError::Io(_))));
    assert!(!path.exists());
    let nowhere = folder.path().join("no/such/folder.db");
    assert!(matches!(
        Journal::record(&nowhere),
        Err(JournalError::Io(_))
    ));
    for result in [Journal::open(folder.path()), Journal::record(folder.path())] {
        assert!(matches!(result, Err(JournalError::Io(_))), "{result:?}");
    }
    fs::write(&path, "").unwrap();
    assert_eq!(Journal::open(&path).unwrap_err(), JournalError::NotAJournal);
    Journal::record(&path).unwrap();
    let mut reader = Journal::open(&path).unwrap();
    assert_eq!(reader.append(&[&received(1)]), Err(JournalError::ReadOnly));
}

#[test]
fn another_program_that_holds_the_file_is_waited_for_but_not_for_ever() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(journal.append(&[&received(1)]), Err(JournalError::Busy));
    assert_eq!(count(&Journal::open(&path).unwrap()), 0);
    holder.execute_batch("COMMIT").unwrap();
    assert_eq!(append(&mut journal, [1]), [1]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_any_of_its_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, [1]);
    let _reader = Journal::open(&path).unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
        names.push(entry.file_name());
    }
    assert_eq!(names.len(), 3, "{names:?}");
    drop((journal, _reader));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
