//! What happens to the journal's files while a listener records into them. Whatever it is: the listener goes on, and
//! what it acknowledges can be read.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::support::listening::{Listening, exchange, request, status};
use crate::support::{BODY, hook};

fn recording(path: &Path) -> Listening {
    Listening::of(hook(["listen", "--port", "0", "--json", "--record"]).arg(path))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A journal with this many deliveries, that nobody writes to.
fn journal(path: &Path, deliveries: usize) {
    let listening = recording(path);
    for n in 0..deliveries {
        assert_eq!(status(&listening.post(&[], format!("other {n}").as_bytes())), 200);
    }
    listening.interrupt();
    listening.end();
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn truncate(path: &Path, length: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

/// Moves the log into the file, as another program may.
fn checkpoint(path: &Path) {
    let other = Connection::open(path).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let _ = other.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
}

/// Posts a few deliveries and returns whether they were acknowledged. Those that were can be read, by a reader that
/// finds the log's index and by one that does not.
fn is_acknowledged(listening: &Listening, path: &Path, what: &str) -> bool {
    let statuses: Vec<_> = (0..3)
        .map(|n| {
            let body = format!("after {what} {n}");
            let status = status(&listening.post(&[], body.as_bytes()));
            if status == 200 {
                let id = listening.json_of("delivery")["id"].to_string();
                let ran = hook(["inspect"]).arg(path).args([&id, "--as", "body"]).run();
                assert_eq!(ran.out(), body, "{what}: {}", ran.stderr);
                let copies = tempfile::tempdir().unwrap();
                let copy = copies.path().join("copy.db");
                for suffix in ["", "-wal"] {
                    fs::copy(beside(path, suffix), beside(&copy, suffix)).unwrap();
                }
                let ran = hook(["inspect"]).arg(&copy).args([&id, "--as", "body"]).run();
                assert_eq!(ran.out(), body, "{what}, without an index: {}", ran.stderr);
            }
            status
        })
        .collect();
    assert!(statuses.iter().all(|s| *s == statuses[0]), "{what}: {statuses:?}");
    assert!(matches!(statuses[0], 200 | 500), "{what}: {statuses:?}");
    statuses[0] == 200
}

type Act = fn(&Path);

#[test]
fn nothing_is_acknowledged_once_a_reader_would_not_find_it() {
    let kinds: [(&str, Act); 24] = [
        ("another journal is copied over it", |path| {
            let other = path.with_extension("other");
            journal(&other, 20);
            fs::copy(other, path).unwrap();
        }),
        ("an empty journal is copied over it", |path| {
            let other = path.with_extension("other");
            journal(&other, 0);
            checkpoint(path);
            fs::copy(other, path).unwrap();
        }),
        ("another database is copied over it", |path| {
            let other = path.with_extension("other");
            Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
            fs::copy(other, path).unwrap();
        }),
        ("text is written over it", |path| fs::write(path, "notes").unwrap()),
        ("it is emptied", |path| truncate(path, 0)),
        ("it is cut off", |path| {
            checkpoint(path);
            truncate(path, 5000);
        }),
        ("its first page is zeroed", |path| overwrite(path, 0, &[0; 4096])),
        ("its first pages are zeroed", |path| overwrite(path, 0, &[0; 4 * 4096])),
        ("its header is garbage", |path| overwrite(path, 20, &[0xa5; 60])),
        ("its -wal is zeroed", |path| overwrite(&beside(path, "-wal"), 0, &[0; 64])),
        ("the first frames of its -wal are zeroed", |path| {
            overwrite(&beside(path, "-wal"), 4096, &[0; 4096]);
        }),
        ("its -wal is emptied", |path| truncate(&beside(path, "-wal"), 0)),
        ("its -wal is removed", |path| fs::remove_file(beside(path, "-wal")).unwrap()),
        ("its -wal is replaced by a copy", |path| {
            let wal = beside(path, "-wal");
            fs::copy(&wal, path.with_extension("copy")).unwrap();
            fs::rename(path.with_extension("copy"), wal).unwrap();
        }),
        ("its -shm is removed", |path| fs::remove_file(beside(path, "-shm")).unwrap()),
        ("it is removed", |path| fs::remove_file(path).unwrap()),
        ("it is moved", |path| fs::rename(path, path.with_extension("moved")).unwrap()),
        ("it is replaced by a copy", |path| {
            fs::copy(path, path.with_extension("copy")).unwrap();
            fs::rename(path.with_extension("copy"), path).unwrap();
        }),
        ("it is replaced by a link to it", |path| {
            fs::rename(path, path.with_extension("moved")).unwrap();
            std::os::unix::fs::symlink(path.with_extension("moved"), path).unwrap();
        }),
        ("another program gives it a newer version", |path| {
            Connection::open(path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        }),
        ("another program makes it its own", |path| {
            Connection::open(path).unwrap().execute_batch("PRAGMA application_id = 1").unwrap();
        }),
        ("another program adds a trigger", |path| {
            let trigger = "CREATE TRIGGER t AFTER INSERT ON delivery BEGIN SELECT 1; END";
            Connection::open(path).unwrap().execute_batch(trigger).unwrap();
        }),
        ("it is replaced by a folder", |path| {
            fs::rename(path, path.with_extension("moved")).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("its folder is renamed", |path| {
            let folder = path.parent().unwrap();
            fs::rename(folder, folder.with_extension("moved")).unwrap();
        }),
    ];
    let dir = tempfile::tempdir().unwrap();
    for (n, (what, act)) in kinds.into_iter().enumerate() {
        let folder = dir.path().join(n.to_string());
        fs::create_dir(&folder).unwrap();
        let path = folder.join("r.db");
        let mut listening = recording(&path);
        assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 200);
        // Both what is in the file and what is in the log counts.
        if n % 2 == 0 {
            checkpoint(&path);
        }
        for n in 0..3 {
            assert_eq!(status(&listening.post(&[], format!("before {n}").as_bytes())), 200);
        }
        (0..4).for_each(|_| drop(listening.json_of("delivery")));
        act(&path);
        assert!(!is_acknowledged(&listening, &path, what), "{what}");
        let line = listening.json_of("turned_away");
        assert_eq!(line["reason"], "not_recorded", "{what}");
        assert!(!listening.has_ended(), "{what}");
        listening.interrupt();
        let (code, _, stderr) = listening.end();
        assert_eq!(code, Some(130), "{what}: {stderr}");
        let messages = stderr.matches("error:").count();
        assert_eq!((messages, stderr.matches("hint:").count()), (1, 1), "{what}: {stderr}");
    }
}

#[test]
fn recording_goes_on_after_what_other_programs_may_do() {
    let kinds: [(&str, Act); 12] = [
        ("its -shm is emptied", |path| truncate(&beside(path, "-shm"), 0)),
        ("its -shm is cut off", |path| truncate(&beside(path, "-shm"), 100)),
        ("its -shm is zeroed", |path| overwrite(&beside(path, "-shm"), 0, &[0; 32 << 10])),
        ("its -shm is garbage", |path| overwrite(&beside(path, "-shm"), 0, &[0xa5; 32 << 10])),
        ("half of its -shm is zeroed", |path| {
            overwrite(&beside(path, "-shm"), 136, &[0; (32 << 10) - 136]);
        }),
        ("its log is moved into it", checkpoint),
        ("it is vacuumed", |path| {
            Connection::open(path).unwrap().execute_batch("VACUUM").unwrap();
        }),
        ("it is vacuumed, and its log moved into it", |path| {
            Connection::open(path).unwrap().execute_batch("VACUUM").unwrap();
            checkpoint(path);
        }),
        ("another program deletes deliveries", |path| {
            let other = Connection::open(path).unwrap();
            other.execute_batch("DELETE FROM delivery WHERE id < 3").unwrap();
        }),
        ("another listener records", |path| journal(path, 20)),
        ("it is read", |path| {
            hook(["inspect"]).arg(path).run().exits(0);
        }),
        ("its mode is changed", |path| {
            fs::set_permissions(path, PermissionsExt::from_mode(0o640)).unwrap();
        }),
    ];
    let dir = tempfile::tempdir().unwrap();
    for (n, (what, act)) in kinds.into_iter().enumerate() {
        let path = dir.path().join(format!("{n}.db"));
        let listening = recording(&path);
        for n in 0..4 {
            assert_eq!(status(&listening.post(&[], format!("before {n}").as_bytes())), 200);
        }
        (0..4).for_each(|_| drop(listening.json_of("delivery")));
        act(&path);
        for _ in 0..2 {
            if !is_acknowledged(&listening, &path, what) {
                listening.interrupt();
                panic!("{what}: {}", listening.end().2);
            }
            act(&path);
        }
        // A listener that ends closes the files.
        listening.interrupt();
        let (code, _, stderr) = listening.end();
        assert_eq!((code, stderr.contains("error:")), (Some(130), false), "{what}: {stderr}");
        let listed = hook(["inspect", "--json"]).arg(&path).run().exits(0).json();
        assert!(!listed.is_empty(), "{what}");
        let last = listed.last().unwrap()["id"].as_u64().unwrap();
        assert!(last >= 10, "{what}: {last}");
    }
}

/// The index of the log is mapped into memory. Even if the system ends a listener whose index is shortened while it writes,
/// nothing that was acknowledged is lost.
#[cfg(target_os = "linux")]
#[test]
fn an_index_that_is_shortened_under_load_loses_nothing() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.db");
    let mut listening =
        Listening::of(hook(["listen", "--port", "0", "--quiet", "--record"]).arg(&path));
    let (over, port) = (AtomicBool::new(false), listening.port);
    assert_eq!(status(&listening.post(&[], b"first")), 200);
    let send = &|sender: usize| {
        let mut acknowledged = Vec::new();
        for n in 0.. {
            let body = format!("body {sender} {n}");
            let bytes = request("POST", "/", &[], body.as_bytes());
            if exchange(port, &bytes).starts_with("HTTP/1.1 200") {
                acknowledged.push(body);
            }
            if over.load(Ordering::Relaxed) {
                break;
            }
        }
        acknowledged
    };
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4).map(|n| scope.spawn(move || send(n))).collect();
        for _ in 0..200 {
            if listening.has_ended() {
                break;
            }
            truncate(&beside(&path, "-shm"), 0);
            std::thread::sleep(std::time::Duration::from_millis(fastrand::u64(1..20)));
        }
        over.store(true, Ordering::Relaxed);
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    if !listening.has_ended() {
        listening.interrupt();
    }
    let (code, _, stderr) = listening.end();
    // The system may have ended it, which no program can prevent.
    assert!(matches!(code, None | Some(130)), "{stderr}");
    let lines = hook(["inspect", "--as", "ndjson"]).arg(&path).run().exits(0).json();
    let recorded: std::collections::BTreeSet<_> =
        lines.iter().map(|line| line["body"].as_str().unwrap().to_owned()).collect();
    let missing: Vec<_> = acknowledged.iter().filter(|body| !recorded.contains(*body)).collect();
    assert!(missing.is_empty(), "{} of {}: {missing:?}", missing.len(), acknowledged.len());
    assert!(recorded.contains("first"));
}

/// A disk that is really full, not one that is simulated.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_gives_507_and_recording_goes_on_when_there_is_space() {
    use crate::support::programs::skip;
    use std::process::Command;
    // A small disk of the listener's own: others do not see it.
    let isolated = ["--user", "--map-root-user", "--mount"];
    let probe = Command::new("unshare")
        .args(isolated)
        .args(["sh", "-c", "mount -t tmpfs -o size=64k none /mnt"])
        .output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        skip("this machine lets no test mount a small disk (unshare --user --mount)");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=1m none \"$1\" && cd \"$1\" && head -c 300000 /dev/zero > ballast \
                  && exec \"$0\" listen --port 0 --json --record r.db";
    let mut command = hook([""; 0]).command_of("unshare");
    command
        .args(isolated)
        .args(["sh", "-c", script, env!("CARGO_BIN_EXE_cz-hook")])
        .arg(dir.path());
    let listening = Listening::spawn(command);
    let inside = |args: &[&str]| {
        let pid = listening.pid().to_string();
        let output = Command::new("nsenter")
            .args(["--target", &pid, "--user", "--mount", "--preserve-credentials", "env", "-C"])
            .arg(dir.path())
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let body = vec![b'x'; 40_000];
    let mut taken = 0;
    let full = loop {
        match status(&listening.post(&[], &body)) {
            200 => taken += 1,
            other => break other,
        }
        assert!(taken < 100);
    };
    assert!(taken > 2, "{taken}");
    assert_eq!(full, 507);
    for _ in 0..3 {
        assert_eq!(status(&listening.post(&[], &body)), 507);
    }
    let listed = || inside(&[env!("CARGO_BIN_EXE_cz-hook"), "inspect", "--json", "r.db"]);
    assert_eq!(listed().lines().count(), taken);
    inside(&["rm", "ballast"]);
    assert_eq!(status(&listening.post(&[], &body)), 200);
    assert_eq!(listed().lines().count(), taken + 1);
    assert_eq!(listening.json_of("turned_away")["reason"], "no_room");
    listening.interrupt();
    let (code, _, stderr) = listening.end();
    assert_eq!((code, stderr.matches("error:").count()), (Some(130), 1), "{stderr}");
}

/// To open a pipe would wait for another program.
#[test]
fn only_a_regular_file_is_recorded_into() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [&pipe, Path::new("/dev/null")] {
        let options = ["listen", "--port", "0", "--timeout", "1s", "--record"];
        let ran = hook(options).arg(path).run().exits(3);
        assert!(ran.stderr.contains("it is not a regular file"), "{}", ran.stderr);
    }
}
