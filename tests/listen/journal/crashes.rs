//! Kills at any moment and several writers at once: every acknowledged delivery is in the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use cz_hook::capture::journal::{Filter, Journal};

use super::{all, append, count, files, in_folder, is_sound, number_of, received};

const JOURNAL: &str = "TEST_JOURNAL";
const FIRST: &str = "TEST_JOURNAL_FIRST";

/// How long to wait for an acknowledgement; only a broken writer makes a test wait that long.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The child process of the tests below: for each line of its input it appends one batch of deliveries and prints
/// what the journal acknowledged. Run as a test of its own, it does nothing.
#[test]
fn writer_process() {
    let Some(path) = std::env::var_os(JOURNAL) else {
        return;
    };
    let mut number: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let mut journal = Journal::record(Path::new(&path)).unwrap();
    let mut out = std::io::stdout();
    for _ in std::io::stdin().lines() {
        let batch = number..number + 1 + number % 9;
        let ids = append(&mut journal, batch.clone());
        for (id, number) in ids.into_iter().zip(batch.clone()) {
            writeln!(out, "acknowledged {id} {number}").unwrap();
        }
        writeln!(out, "batch").unwrap();
        out.flush().unwrap();
        number = batch.end;
    }
}

/// What a writer prints.
enum Printed {
    Acknowledged(u64, u64),
    Batch,
}

/// A writer in a process of its own.
struct Writer {
    child: Child,
    stdin: ChildStdin,
    printed: mpsc::Receiver<Printed>,
}

impl Writer {
    fn start(path: &Path, first: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journal::crashes::writer_process", "--nocapture"])
            .env(JOURNAL, path)
            .env(FIRST, first.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, printed) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let words: Vec<_> = line.split(' ').collect();
                let printed = match words[..] {
                    ["batch"] => Some(Printed::Batch),
                    // A kill may cut the last line off.
                    ["acknowledged", id, number] => match (id.parse(), number.parse()) {
                        (Ok(id), Ok(number)) => Some(Printed::Acknowledged(id, number)),
                        _ => None,
                    },
                    _ => None,
                };
                let _ = printed.map(|printed| sender.send(printed));
            }
        });
        Self { child, stdin, printed }
    }

    /// Makes it write so many batches.
    fn request(&mut self, batches: usize) {
        let _ = self.stdin.write_all("\n".repeat(batches).as_bytes());
    }

    /// Waits until it has written so many batches: what was acknowledged, by the journal's numbers.
    fn wait_for(&self, batches: usize) -> Vec<(u64, u64)> {
        let mut acknowledged = Vec::new();
        let mut left = batches;
        while left > 0 {
            match self.printed.recv_timeout(TIMEOUT).expect("a batch") {
                Printed::Acknowledged(id, number) => acknowledged.push((id, number)),
                Printed::Batch => left -= 1,
            }
        }
        acknowledged
    }

    /// Kills it: what it had acknowledged until then.
    fn kill(mut self) -> Vec<(u64, u64)> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let acknowledged = |printed| match printed {
            Printed::Acknowledged(id, number) => Some((id, number)),
            Printed::Batch => None,
        };
        self.printed.iter().filter_map(acknowledged).collect()
    }
}

#[test]
fn acknowledged_deliveries_survive_twenty_kills() {
    let (_folder, path) = in_folder();
    let mut acknowledged = BTreeMap::new();
    for round in 1..=20 {
        let mut writer = Writer::start(&path, round * 1_000_000);
        writer.request(40);
        // The first writers are killed while they make the journal, the others in the middle of writing.
        if round > 3 {
            acknowledged.extend(writer.wait_for(5));
        }
        std::thread::sleep(Duration::from_millis(fastrand::u64(0..10 * round)));
        acknowledged.extend(writer.kill());
        // Every other time, so that both a reader and the next writer open what the kill left. The first
        // kills may come before there is a journal.
        if round % 2 == 0 && !acknowledged.is_empty() {
            assert!(count(&Journal::open(&path).unwrap()) >= acknowledged.len() as u64);
        }
    }
    assert!(acknowledged.len() > 100, "{}", acknowledged.len());
    let journal = Journal::open(&path).unwrap();
    let mut found = BTreeMap::new();
    for captured in all(&journal, &Filter::default()) {
        let number = number_of(&captured);
        assert_eq!(captured.delivery, received(number).delivery);
        assert_eq!(found.insert(captured.id, number), None);
    }
    for (id, number) in &acknowledged {
        assert_eq!(found.get(id), Some(number));
    }
    // A batch that was not acknowledged is there as a whole or not at all.
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

/// A kill or a full disk between writing the first page and the pages that it counts.
#[test]
fn a_partly_checkpointed_log_is_read_and_continued() {
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
fn two_processes_write_while_another_reads() {
    const ROUNDS: usize = 10;
    const BATCHES: usize = 4;
    let (_folder, path) = in_folder();
    let mut writers = [0, 1_000_000].map(|first| Writer::start(&path, first));
    for writer in &mut writers {
        writer.request(1);
    }
    let mut acknowledged: Vec<_> = writers.iter().flat_map(|w| w.wait_for(1)).collect();
    let journal = Journal::open(&path).unwrap();
    let newest = Filter { last: Some(100), ..Filter::default() };
    for _ in 0..ROUNDS {
        for writer in &mut writers {
            writer.request(BATCHES);
        }
        for captured in all(&journal, &newest) {
            assert_eq!(captured.delivery, received(number_of(&captured)).delivery);
        }
        acknowledged.extend(writers.iter().flat_map(|w| w.wait_for(BATCHES)));
        assert_eq!(count(&journal), acknowledged.len() as u64);
    }
    let ids: BTreeSet<_> = acknowledged.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), acknowledged.len(), "two deliveries got one number");
    for writer in writers {
        writer.kill();
    }
}

#[test]
fn many_writers_create_one_journal_at_once() {
    let (_folder, path) = in_folder();
    let mut ids: Vec<u64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|n| {
                let path = &path;
                scope.spawn(move || {
                    let mut journal = Journal::record(path).unwrap();
                    (0..10).flat_map(|i| append(&mut journal, [n * 10 + i])).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|w| w.join().unwrap()).collect()
    });
    ids.sort_unstable();
    assert_eq!(ids, (1..=80).collect::<Vec<_>>());
}
