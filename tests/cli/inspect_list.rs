//! The list of `inspect`: the newest deliveries on a terminal, everything as it is read elsewhere.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;

use crate::support::{BODY, hook};
use cz_hook::capture::journal::Journal;
use cz_hook::webhook::analysis::Analyzer;
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::record::DeliveryRecord;
use jiff::Timestamp;

/// As many deliveries as a journal and as the lines of a listener; every tenth is of another event.
fn captures(count: u64) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (journal, log) = (folder.path().join("j.db"), folder.path().join("log.ndjson"));
    let analyzer = Analyzer {
        catalog: Catalog::builtin(),
        provider: None,
        secrets: Vec::new(),
        allow_unsigned: false,
        context: Default::default(),
    };
    let record = |number: u64| {
        let body = match number.is_multiple_of(10) {
            true => BODY.replace("lead.submit", "message.received"),
            false => BODY.to_owned(),
        };
        let mut delivery = Delivery::post("/hook", body.into());
        let second = 1_700_000_000 + i64::try_from(number).unwrap();
        delivery.received_at = Some(Timestamp::from_second(second).unwrap());
        let found = analyzer.analyze(&delivery, Timestamp::UNIX_EPOCH);
        let mut record = DeliveryRecord::new(number, delivery);
        record.analysis = Some(found.into());
        record.status = Some(200);
        record
    };
    let records: Vec<_> = (1..=count).map(record).collect();
    let mut writer = Journal::record(&journal).unwrap();
    writer.append(&records.iter().collect::<Vec<_>>()).unwrap();
    drop(writer);
    let lines = hook(["inspect", "--as", "ndjson"]).arg(&journal).run().exits(0);
    std::fs::write(&log, lines.stdout).unwrap();
    (folder, journal, log)
}

/// The numbers in the first column.
fn ids(table: &str) -> Vec<u64> {
    table.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_the_newest_and_how_many_more_there_are() {
    use crate::support::terminal;
    let (_folder, journal, log) = captures(400);
    for file in [&journal, &log] {
        let run = |args: &[&str]| {
            let (code, shown) = terminal::run(&hook(["inspect"]).arg(file).args(args));
            assert_eq!(code, Some(0), "{shown}");
            shown
        };
        let shown = run(&[]);
        assert_eq!(ids(&shown), (351..=400).collect::<Vec<_>>());
        assert!(shown.contains("350 older deliveries are not listed: --all lists"), "{shown}");
        for (args, listed) in [
            (&["--all"][..], 400),
            (&["--last", "60"], 60),
            (&["--last", "1000"], 400),
            (&["--event", "message.received"], 40),
            (&["--since", "2023-11-14T22:19:45Z"], 16),
        ] {
            let shown = run(args);
            assert_eq!(ids(&shown).len(), listed, "{args:?}: {shown}");
            assert!(!shown.contains("older"), "{args:?}: {shown}");
        }
        let shown = run(&["--event", "lead.submit"]);
        assert!(shown.contains("310 older deliveries"), "{shown}");
        assert!(run(&["--event", "none"]).contains("no delivery matches"));
        assert_eq!(run(&["--json"]).lines().count(), 400);
    }
    hook(["inspect", "x", "--all", "--last", "2"]).run().exits(2);
}

#[test]
fn a_pipe_gets_every_delivery() {
    let (_folder, journal, log) = captures(1000);
    let list = |file: &PathBuf, args: &[&str]| {
        hook(["inspect"]).arg(file).args(args).run().exits(0).out().to_owned()
    };
    for args in [&[][..], &["--json"], &["--event", "message.received"], &["--last", "7"]] {
        // Columns are as wide as what was in them so far.
        let words = |list: &str| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (listed, of_log) = (list(&journal, args), list(&log, args));
        assert!(words(&listed) == words(&of_log), "{args:?}");
    }
    let table = list(&journal, &[]);
    assert_eq!(ids(&table), (1..=1000).collect::<Vec<_>>());
    assert_eq!(table.lines().filter(|line| line.starts_with("ID ")).count(), 1);
    assert_eq!(ids(&list(&journal, &["--all"])).len(), 1000);
}

/// The listener may still be running.
#[test]
fn the_first_row_comes_before_the_last_line() {
    let (_folder, _, log) = captures(2);
    let lines = std::fs::read_to_string(log).unwrap();
    for args in
        [["inspect", "-", "--all"], ["inspect", "-", "--json"], ["inspect", "--as", "ndjson"]]
    {
        let mut child = hook(args)
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut shown = BufReader::new(child.stdout.take().unwrap());
        let mut rows = 0;
        for line in lines.split_inclusive('\n') {
            stdin.write_all(line.as_bytes()).unwrap();
            rows += 1;
            // The heading comes before the first row of a table.
            let mut row = String::new();
            while !row.starts_with('{') && !row.starts_with(&rows.to_string()) {
                row.clear();
                assert!(shown.read_line(&mut row).unwrap() > 0, "{args:?}");
            }
        }
        drop(stdin);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let (_folder, journal, log) = captures(3000);
    for file in [&journal, &log] {
        for args in [&[][..], &["--json"], &["--as", "ndjson"]] {
            let mut child = hook(["inspect"])
                .arg(file)
                .args(args)
                .command()
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{args:?}");
            assert_eq!(output.stderr, b"", "{args:?}");
        }
    }
}
