//! A kill at any moment, and writers side by side: what was acknowledged is there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cz_hook::capture::journal::{Filter, Journal};

use super::{all, append, count, files, in_folder, is_sound, received};

const JOURNAL: &str = "TEST_JOURNAL";
const FIRST: &str = "TEST_JOURNAL_FIRST";

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
        .args([
            "--exact",
            "journal::crashes::a_writer_until_it_is_killed",
            "--nocapture",
        ])
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
