//! `listen --record --keep` and `inspect --prune`: old deliveries are removed, with their bytes, and their numbers are
//! never given again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::support::listening::{Listening, TIMEOUT, status};
use crate::support::{BODY, hook};

fn recording(path: &Path, args: &[&str]) -> Listening {
    Listening::of(hook(["listen", "--port", "0", "--json", "--record"]).arg(path).args(args))
}

fn listed(path: &Path) -> Vec<Value> {
    hook(["inspect", "--json"]).arg(path).run().exits(0).json()
}

fn ids(path: &Path) -> Vec<u64> {
    listed(path).iter().map(|line| line["id"].as_u64().unwrap()).collect()
}

/// Waits until something holds; only a broken program makes a test wait long.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < TIMEOUT, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether any of the journal's files holds these bytes.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    let folder = fs::read_dir(path.parent().unwrap()).unwrap();
    folder
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .any(|file| file.windows(bytes.len()).any(|window| window == bytes))
}

#[test]
fn the_newest_are_kept_and_numbers_are_not_given_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.db");
    let listening = recording(&path, &["--keep", "3"]);
    for n in 0..20 {
        let body = format!("customer number {n} of many");
        assert_eq!(status(&listening.post(&[], body.as_bytes())), 200);
    }
    wait_until("three are kept", || ids(&path) == [18, 19, 20]);
    wait_until("the bytes are gone", || !holds(&path, b"customer number 3 of many"));
    // A repetition of what was removed, and of what was not.
    listening.post(&[], b"customer number 5 of many");
    listening.post(&[], b"customer number 19 of many");
    wait_until("three are kept", || ids(&path) == [20, 21, 22]);
    let lines: Vec<_> = (0..22).map(|_| listening.json_of("delivery")).collect();
    let numbers: Vec<_> = lines.iter().map(|line| line["id"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=22).collect::<Vec<_>>());
    assert_eq!((&lines[20]["duplicate_of"], &lines[21]["duplicate_of"]), (&6.into(), &20.into()));
    let kept = listed(&path);
    assert_eq!((&kept[1]["duplicate_of"], &kept[2]["duplicate_of"]), (&6.into(), &20.into()));
    listening.interrupt();
    assert_eq!(listening.end().0, Some(130));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "one file is left");
    let listening = recording(&path, &[]);
    listening.post(&[], BODY.as_bytes());
    assert_eq!(listening.json_of("delivery")["id"], 23);
}

#[test]
fn old_ones_are_removed_while_nothing_comes_and_numbers_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.db");
    let listening = recording(&path, &["--keep", "1s,1000"]);
    for _ in 0..5 {
        assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 200);
    }
    wait_until("all are removed", || ids(&path).is_empty());
    wait_until("the bytes are gone", || !holds(&path, b"sarah@acme.com"));
    (0..5).for_each(|_| drop(listening.json_of("delivery")));
    listening.post(&[], BODY.as_bytes());
    let line = listening.json_of("delivery");
    assert_eq!((&line["id"], &line["duplicate_of"]), (&6.into(), &1.into()));
    wait_until("all are removed", || ids(&path).is_empty());
    drop(listening);
    let listening = recording(&path, &["--keep", "7d"]);
    listening.post(&[], BODY.as_bytes());
    assert_eq!(listening.json_of("delivery")["id"], 7);
}

/// Two listeners and a reader: nobody is disturbed, and no number is given twice.
#[test]
fn listeners_that_share_a_journal_can_both_keep_few() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.db");
    let listeners = [recording(&path, &["--keep", "5"]), recording(&path, &["--keep", "5"])];
    let mut seen = BTreeSet::new();
    let send = |listening: Listening| {
        let ids: Vec<_> = (0..150)
            .map(|n| {
                let event = format!(r#"{{"eventType":"made.up.{n}"}}"#);
                assert_eq!(status(&listening.post(&[], event.as_bytes())), 200);
                listening.json_of("delivery")["id"].as_u64().unwrap()
            })
            .collect();
        (listening, ids)
    };
    let threads = listeners.map(|listening| std::thread::spawn(move || send(listening)));
    for _ in 0..10 {
        listed(&path);
    }
    let ended = threads.map(|thread| thread.join().unwrap());
    for id in ended.iter().flat_map(|(_, ids)| ids) {
        assert!(seen.insert(*id), "{id} was given twice");
    }
    wait_until("five are kept", || ids(&path).len() == 5);
    assert_eq!(ids(&path).last(), seen.last());
}

#[test]
fn pruning_a_file_says_what_was_removed_and_shrinks_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.db");
    let listening = recording(&path, &[]);
    for n in 0..40 {
        let body = format!("customer {n:03} {}", "x".repeat(50_000));
        assert_eq!(status(&listening.post(&[], body.as_bytes())), 200);
    }
    let prune = |keep: &str| hook(["inspect", "--prune", keep]).arg(&path).run();
    // The listener goes on.
    assert_eq!(prune("30").exits(0).out(), "removed 10 deliveries, 30 left\n");
    assert_eq!(status(&listening.post(&[], b"another")), 200);
    listening.interrupt();
    listening.end();
    let before = fs::metadata(&path).unwrap().len();
    assert_eq!(prune("7d").exits(0).out(), "removed 0 deliveries, 31 left\n");
    assert_eq!(prune("7d,2").exits(0).out(), "removed 29 deliveries, 2 left\n");
    assert_eq!(ids(&path), [40, 41]);
    assert!(fs::metadata(&path).unwrap().len() * 4 < before);
    assert!(holds(&path, b"customer 039") && !holds(&path, b"customer 038"));
    let lines = prune("1").exits(0);
    assert_eq!(lines.out(), "removed 1 delivery, 1 left\n");
    let quiet = hook(["inspect", "--quiet", "--prune", "1"]).arg(&path).run().exits(0);
    assert_eq!((quiet.out(), &*quiet.stderr), ("", ""));
}

/// A disk that becomes full while it prunes: what was removed is gone, and it is said.
#[cfg(target_os = "linux")]
#[test]
fn a_prune_that_fails_half_way_says_what_it_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.db");
    let listening = recording(&path, &[]);
    for n in 0..100 {
        let body = format!("customer {n:03} {}", "x".repeat(50_000));
        assert_eq!(status(&listening.post(&[], body.as_bytes())), 200);
    }
    listening.interrupt();
    listening.end();
    let script = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" inspect --prune 1 \"$1\"";
    let mut limited =
        hook(["-c", script, env!("CARGO_BIN_EXE_cz-hook")]).arg(&path).command_of("bash");
    let output = limited.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    let left = ids(&path);
    let removed = 100 - left.len();
    assert!((1..99).contains(&removed), "{removed} {stderr}");
    // The oldest, and no other.
    assert!(left.iter().copied().eq(removed as u64 + 1..=100), "{left:?}");
    let said = format!("removed {removed} deliveries from {}, and not all", path.display());
    assert!(stderr.contains(&said), "{stderr}");
    assert!(stderr.contains("there is no space left"), "{stderr}");
    let rest = hook(["inspect", "--prune", "1"]).arg(&path).run().exits(0);
    assert_eq!(rest.out(), format!("removed {} deliveries, 1 left\n", 99 - removed));
}

#[test]
fn what_cannot_be_pruned_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("log.ndjson");
    let listening = Listening::start(["--json"]);
    listening.post(&[], BODY.as_bytes());
    listening.line();
    fs::write(&file, listening.line() + "\n").unwrap();
    let before = fs::read(&file).unwrap();
    let ran = hook(["inspect", "--prune", "1"]).arg(&file).run().exits(2);
    assert!(ran.stderr.contains("is not a journal"), "{}", ran.stderr);
    assert_eq!(fs::read(&file).unwrap(), before);
    let missing = dir.path().join("missing.db");
    hook(["inspect", "--prune", "1"]).arg(&missing).run().exits(3);
    assert!(!missing.exists());
    hook(["inspect", "--prune", "1"]).stdin("{}").run().exits(2);
    let path = dir.path().join("r.db");
    for bad in ["0", "-1", "7x", "", "0d", "99999999999999999999", "7d,7d", "1.5d"] {
        for args in [
            &["inspect", "r.db", "--prune", bad][..],
            &["listen", "--record", "r.db", "--keep", bad],
        ] {
            let ran = hook(args).within(dir.path()).run().exits(2);
            assert!(ran.stderr.contains(args[args.len() - 2]), "{bad}: {}", ran.stderr);
        }
    }
    assert!(!path.exists());
    let ran = hook(["listen", "--keep", "7d"]).run().exits(2);
    assert!(ran.stderr.contains("--record"), "{}", ran.stderr);
    for with in [&["7"][..], &["--as", "har"], &["--last", "3"], &["--event", "a"], &["--all"]] {
        let ran = hook(["inspect", "--prune", "1", "r.db"]).args(with).run().exits(2);
        assert!(ran.stderr.contains("--prune"), "{}", ran.stderr);
    }
}
