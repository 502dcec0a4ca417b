//! `cz-hook listen --record`: every acknowledged delivery is in the journal.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::listening::{Listening, request, status};
use crate::support::{BODY, SECRET, SIGNED, hook};
use serde_json::{Value, json};

fn recording(path: &Path, args: &[&str]) -> Listening {
    let mut all = vec!["listen", "--port", "0", "--record", path.to_str().unwrap()];
    all.extend(args);
    Listening::of(hook(all))
}

/// Every delivery of a journal, as `listen --json` would print it.
fn recorded(path: &Path) -> Vec<Value> {
    let ran = hook(["inspect", path.to_str().unwrap(), "--as", "ndjson"]).run().exits(0);
    ran.json()
}

#[test]
fn every_part_of_a_delivery_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let listening = recording(&path, &["--json", "--secret", SECRET]);
    listening.exchange(&request(
        "POST",
        "/in?a=b",
        &[SIGNED, ("X-One", "1"), ("x-one", "2")],
        BODY.as_bytes(),
    ));
    listening.exchange(b"POST / HTTP/1.1\r\nHost: h\r\nX-Raw: \xe9\r\nConnection: close\r\nContent-Length: 3\r\n\r\n\xff\0\n");
    let lines = [listening.json_of("delivery"), listening.json_of("delivery")];
    // A second process reads while the first one writes.
    let kept = recorded(&path);
    assert_eq!(kept.len(), 2);
    for (line, kept) in lines.iter().zip(&kept) {
        for key in [
            "id",
            "method",
            "target",
            "headers",
            "body",
            "body_base64",
            "provider",
            "event",
            "response",
        ] {
            assert_eq!(line[key], kept[key], "{key}");
        }
        assert_eq!(line["signature"]["verdict"], kept["signature"]["verdict"]);
        assert_eq!(line["validation"]["verdict"], kept["validation"]["verdict"]);
    }
    #[cfg(unix)]
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
    }
    let bytes = std::fs::read(&path).unwrap();
    assert!(
        !bytes.windows(SECRET.len()).any(|w| w == SECRET.as_bytes()),
        "the secret is in the journal"
    );
}

#[test]
fn a_second_run_continues_the_numbers_of_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    for run in 0..3 {
        let listening = recording(&path, &["--json", "--count", "2"]);
        for _ in 0..2 {
            listening.post(&[], BODY.as_bytes());
        }
        let first = listening.json_of("delivery");
        assert_eq!(first["id"], run * 2 + 1);
        let second = listening.json_of("delivery");
        assert_eq!(second["duplicate_of"], run * 2 + 1);
        assert_eq!(listening.end().0, Some(0));
    }
    let ids: Vec<_> = recorded(&path).iter().map(|d| d["id"].clone()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6]);
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "a listener that ended in peace leaves one file: {left:?}");
}

#[test]
fn a_file_that_is_not_a_journal_is_left_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.txt");
    std::fs::write(&path, "my notes").unwrap();
    let ran = hook(["listen", "--port", "0", "--record", path.to_str().unwrap()]).run().exits(2);
    assert!(ran.stderr.contains("not a journal"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "my notes");
    let nowhere = dir.path().join("no/such/folder.db");
    hook(["listen", "--port", "0", "--record", nowhere.to_str().unwrap()]).run().exits(3);
}

/// The acknowledged bodies that a sender knows of, by their signature.
type Acknowledged = Arc<Mutex<HashMap<String, Vec<u8>>>>;

fn send_until(stop: &AtomicBool, port: u16, sender: usize, acknowledged: &Acknowledged) {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let mark = format!("{sender}-{n}-{port}");
        let body =
            format!("{{\"mark\":\"{mark}\",\"bytes\":\"\\u00e9 \u{1f600}\"}}\r\n").into_bytes();
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
            return;
        };
        let mut answer = String::new();
        if stream.write_all(&request("POST", "/", &[("X-Mark", &mark)], &body)).is_err()
            || stream.read_to_string(&mut answer).is_err()
        {
            continue;
        }
        if answer.starts_with("HTTP/1.1 200") {
            acknowledged.lock().unwrap().insert(mark, body);
        }
    }
}

/// Listeners are killed while they record into one journal: no acknowledged delivery is lost.
#[test]
fn a_kill_loses_no_acknowledged_delivery() {
    const ROUNDS: usize = 50;
    const SENDERS: usize = 16;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let acknowledged = Acknowledged::default();
    for round in 1..=ROUNDS {
        let mut listening = recording(&path, &["--quiet"]);
        let (stop, port) = (AtomicBool::new(false), listening.port);
        std::thread::scope(|scope| {
            for sender in 0..SENDERS {
                let (stop, acknowledged) = (&stop, &acknowledged);
                scope.spawn(move || send_until(stop, port, sender, acknowledged));
            }
            // Killed after some acknowledgements of this round, each time at another point.
            let before = acknowledged.lock().unwrap().len();
            let is_enough = || acknowledged.lock().unwrap().len() >= before + round * 7;
            while !is_enough() && !listening.has_ended() {
                std::thread::yield_now();
            }
            listening.kill();
            stop.store(true, Ordering::Relaxed);
        });
        drop(listening);
    }
    let kept: HashMap<String, Value> =
        recorded(&path).into_iter().map(|d| (header(&d, "X-Mark"), d)).collect();
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() > ROUNDS * SENDERS, "{} were acknowledged", acknowledged.len());
    for (mark, body) in acknowledged.iter() {
        let found = kept.get(mark).unwrap_or_else(|| panic!("{mark} was acknowledged and is lost"));
        assert_eq!(found["body"].as_str().unwrap().as_bytes(), body);
    }
}

fn header(delivery: &Value, name: &str) -> String {
    let headers = delivery["headers"].as_array().unwrap();
    let found = headers.iter().find(|h| h[0] == name).unwrap();
    found[1].as_str().unwrap().to_owned()
}

/// A full disk: status 507, reported once, and everything else goes on. When there is space again, recording resumes.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_gives_507_and_is_reported_once() {
    // A limit of file sizes, which ends programs that do not handle its signal.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let script = "ulimit -f 300; exec \"$0\" listen --port 0 --json --record \"$1\"";
    let command = hook(["-c", script, env!("CARGO_BIN_EXE_cz-hook")]).arg(&path).command_of("bash");
    let listening = Listening::spawn(command);
    let body = vec![b'x'; 60_000];
    let statuses: Vec<_> = (0..12).map(|_| status(&listening.post(&[], &body))).collect();
    let taken = statuses.iter().filter(|s| **s == 200).count();
    assert!(taken > 0 && taken < 12, "{statuses:?}");
    assert!(statuses.iter().all(|s| matches!(s, 200 | 507)), "{statuses:?}");
    let line = listening.json_of("turned_away");
    assert_eq!(line["reason"], "no_room", "{line}");
    assert_eq!(recorded(&path).len(), taken);
    assert_eq!(recorded(&path)[0]["response"], json!({"status": 200}));
}

/// A journal that is moved or removed during recording: nothing more is acknowledged.
#[cfg(unix)]
#[test]
fn a_removed_journal_gives_an_error_response_and_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    for (n, act) in [0, 1, 2].into_iter().zip([
        (|path: &Path| std::fs::rename(path, path.with_extension("moved")).unwrap()) as fn(&Path),
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::write(path, "").unwrap(),
    ]) {
        let path = dir.path().join(format!("{n}.db"));
        let listening = recording(&path, &["--json"]);
        assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 200);
        act(&path);
        assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 500, "{n}");
        assert_eq!(listening.json_of("turned_away")["reason"], "not_recorded");
    }
}

/// Two listeners, one journal: each prints the numbers of the journal.
#[test]
fn two_listeners_can_share_a_journal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let (one, two) = (recording(&path, &["--json"]), recording(&path, &["--json"]));
    one.post(&[], b"1");
    one.post(&[], b"2");
    two.post(&[], b"3");
    two.post(&[], b"3");
    for listening in [&one, &two] {
        let (first, second) = (listening.json_of("delivery"), listening.json_of("delivery"));
        let kept = recorded(&path);
        let of = |line: &Value| kept.iter().find(|k| k["id"] == line["id"]).unwrap().clone();
        assert_eq!(of(&first)["body"], first["body"]);
        assert_eq!(of(&second)["duplicate_of"], second["duplicate_of"]);
        if first["body"] == "3" {
            assert_eq!(second["duplicate_of"], first["id"]);
        }
    }
    assert_eq!(recorded(&path).len(), 4);
}

/// An untrusted file may contain anything: nothing in it is executed or sent.
#[test]
fn a_crafted_journal_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let listening = recording(&path, &["--quiet", "--count", "1"]);
    listening.post(&[], BODY.as_bytes());
    assert_eq!(listening.end().0, Some(0));
    let made = |change: &str| {
        let copy = dir.path().join("made.db");
        std::fs::copy(&path, &copy).unwrap();
        rusqlite::Connection::open(&copy).unwrap().execute_batch(change).unwrap();
        copy
    };
    let copy = made(
        "UPDATE delivery SET headers = CAST('X-A: ok' || char(10) || 'X-B: yes' || char(13, 10) AS BLOB)",
    );
    let ran = hook(["inspect", copy.to_str().unwrap(), "1", "--as", "http"]).run().exits(3);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("damaged"), "{}", ran.stderr);
    let copy = made(
        "CREATE TRIGGER gone AFTER INSERT ON delivery BEGIN DELETE FROM delivery WHERE id = NEW.id; END",
    );
    hook(["listen", "--port", "0", "--record", copy.to_str().unwrap()]).run().exits(2);
    let copy = made(
        "ALTER TABLE delivery RENAME TO old; CREATE VIEW delivery AS WITH RECURSIVE n(x) AS \
         (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT * FROM n",
    );
    hook(["inspect", copy.to_str().unwrap()]).run().exits(2);
}

#[test]
fn a_token_in_the_forwarding_url_is_not_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let url = "http://127.0.0.1:1/hook?token=TOPSECRET";
    let listening = recording(&path, &["--quiet", "--count", "1", "--forward-to", url]);
    assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 502);
    assert_eq!(listening.end().0, Some(0));
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(9).any(|w| w == b"TOPSECRET"));
}
