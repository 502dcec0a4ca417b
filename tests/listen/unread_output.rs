//! An output that nobody reads: senders are told to come back, the first signal ends the listener, and it says which
//! deliveries it acknowledged and did not print.

use std::collections::BTreeSet;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::http::Answer;
use crate::support::listening::{exchange, request, status};
use crate::support::{Hook, hook};

/// A listener whose standard output nobody reads.
struct Unread {
    child: Child,
    stdout: PipeReader,
    port: u16,
}

fn start(hook: Hook, folder: &Path, stderr: impl Into<Stdio>) -> Unread {
    let port_file = folder.join("port");
    let _ = std::fs::remove_file(&port_file);
    let (stdout, writer) = std::io::pipe().unwrap();
    let mut command = hook.args(["--port", "0", "--port-file"]).arg(&port_file).command();
    let mut child = command.stdout(writer).stderr(stderr).spawn().unwrap();
    let port = loop {
        match std::fs::read_to_string(&port_file) {
            Ok(text) => break text.trim().parse().unwrap(),
            Err(_) => assert!(child.try_wait().unwrap().is_none(), "it has ended"),
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    Unread { child, stdout, port }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// `1-3, 7` as numbers.
fn numbers(text: &str) -> BTreeSet<u64> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        first.parse().unwrap()..=last.parse().unwrap()
    };
    text.split(", ").flat_map(range).collect::<BTreeSet<u64>>()
}

#[test]
fn senders_come_back_and_an_interrupt_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("r.db");
    unread(&["--json", "--record", journal.to_str().unwrap()], Signal::INT, dir.path());
}

#[test]
fn senders_come_back_and_a_termination_ends_it() {
    unread(&[], Signal::TERM, tempfile::tempdir().unwrap().path());
}

#[test]
fn senders_come_back_and_a_hangup_ends_it() {
    unread(&["--json", "--quiet"], Signal::HUP, tempfile::tempdir().unwrap().path());
}

fn unread(args: &[&str], how: Signal, folder: &Path) {
    let listener = hook(["listen"]).args(args);
    let mut unread = start(listener, folder, Stdio::piped());
    // More than the pipe and the queue hold.
    let mut accepted = 0;
    let refused = loop {
        let body = vec![b'x'; 3000];
        let response = exchange(unread.port, &request("POST", "/", &[], &body));
        match status(&response) {
            200 => accepted += 1,
            _ => break response,
        }
        assert!(accepted < 5000, "{args:?}");
    };
    assert_eq!(status(&refused), 503, "{args:?}");
    assert!(refused.to_ascii_lowercase().contains("\r\nretry-after: 1\r\n"), "{refused}");
    assert!(accepted >= 1024, "{args:?}: {accepted}");
    signal(&unread.child, how);
    let mut stderr = String::new();
    unread.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(unread.child.wait().unwrap().code(), Some(130), "{args:?}");
    let mut printed = String::new();
    unread.stdout.read_to_string(&mut printed).unwrap();
    let message = stderr.lines().find(|line| line.contains("not printed")).expect(&stderr);
    let listed = message.split("not printed: ").nth(1).unwrap();
    let unprinted = numbers(listed.split(';').next().unwrap());
    let first = *unprinted.first().unwrap();
    assert_eq!(unprinted, (first..first + unprinted.len() as u64).collect(), "{message}");
    assert_eq!(*unprinted.last().unwrap(), accepted, "{message}");
    assert!(message.contains("rejected requests that were not printed: 1"), "{message}");
    if args.contains(&"--json") {
        let of = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
        let whole = printed.lines().filter_map(of).filter(|line| line["type"] == "delivery");
        let ids: BTreeSet<u64> = whole.map(|line| line["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, (1..first).collect(), "{message}");
    }
    let is_recorded = args.contains(&"--record");
    assert_eq!(stderr.contains("cz-hook inspect "), is_recorded, "{stderr}");
    if is_recorded {
        let ran = hook(["inspect", "--json"]).arg(folder.join("r.db")).run().exits(0);
        assert_eq!(ran.json().len() as u64, accepted);
    }
}

/// A pipe that is full, so that a program that writes to it waits.
fn full() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let flags = rustix::fs::fcntl_getfl(&writer).unwrap();
    rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    for length in [4096, 1] {
        while writer.write_all(&vec![b' '; length]).is_ok() {}
    }
    rustix::fs::fcntl_setfl(&writer, flags).unwrap();
    (reader, writer)
}

#[test]
fn a_standard_error_that_nobody_reads_does_not_keep_it() {
    let dir = tempfile::tempdir().unwrap();
    let (_reader, writer) = full();
    for how in [Signal::INT, Signal::TERM, Signal::HUP] {
        let stderr = writer.try_clone().unwrap();
        let mut unread = start(hook(["listen", "--quiet"]), dir.path(), stderr);
        signal(&unread.child, how);
        assert_eq!(unread.child.wait().unwrap().code(), Some(130));
    }
}

/// A recorder with something to say, and nobody who reads it.
#[test]
fn a_message_that_nobody_reads_delays_no_response() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("r.db");
    let (mut reader, writer) = std::io::pipe().unwrap();
    let listener = hook(["listen", "--quiet", "--record"]).arg(&journal);
    let mut unread = start(listener, dir.path(), writer.try_clone().unwrap());
    let post = || status(&exchange(unread.port, &request("POST", "/", &[], b"{}")));
    // It serves once it has said where.
    let mut first = [0; 13];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"listening on ");
    assert_eq!(post(), 200);
    let flags = rustix::fs::fcntl_getfl(&writer).unwrap();
    let mut filler = writer.try_clone().unwrap();
    rustix::fs::fcntl_setfl(&filler, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    for length in [4096, 1] {
        while filler.write_all(&vec![b' '; length]).is_ok() {}
    }
    rustix::fs::fcntl_setfl(&filler, flags).unwrap();
    std::fs::remove_file(&journal).unwrap();
    for _ in 0..3 {
        assert_eq!(post(), 500);
    }
    signal(&unread.child, Signal::TERM);
    assert_eq!(unread.child.wait().unwrap().code(), Some(130));
}

/// Other commands that handle signals: a report that nobody reads does not keep them, either.
#[test]
fn a_test_whose_report_nobody_reads_ends_at_the_first_signal() {
    let server = crate::support::server::Server::saying(|_| Answer::new(200, "{}").into());
    let (_reader, writer) = full();
    let mut child = hook(["test", "--url", &server.url(), "--secret", "s", "--json"])
        .command()
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The cases run, or the report is being written: either way it ends.
    std::thread::sleep(std::time::Duration::from_millis(500));
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
