//! The recipes of docs/archives.md, run as they stand with DuckDB, PostgreSQL and NATS JetStream: every body comes back
//! byte for byte, and nothing in a delivery is run as a command. `tests/recipes/setup` installs these programs.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::docs::{filled, recipe};
use crate::support::endpoint::Endpoint;
use crate::support::listening::{Listening, TIMEOUT, exchange, request, status};
use crate::support::{BODY, SECRET, hex, hook, programs, root, signature};

fn block(mark: &str) -> String {
    recipe(include_str!("../../docs/archives.md"), mark)
}

/// Bodies that are easy to damage, or that a program could take for a command. The last one has no valid signature.
fn bodies() -> Vec<Vec<u8>> {
    let commands = "'); DROP TABLE journal; --\"\n\\! touch damage\n\\.\n$(touch damage)`touch damage`\u{1}\u{2}\r\n";
    vec![
        BODY.into(),
        b"{\"eventType\":\"lead.submit\",\"a\":\"\0\\u0000\\\\u0000\\\\\0\"}".to_vec(),
        (0..=255).collect(),
        commands.into(),
        b"\"\\\"; \\! touch damage\n".to_vec(),
        b"forged".to_vec(),
    ]
}

fn send_all(port: u16) {
    let bodies = bodies();
    for (n, body) in bodies.iter().enumerate() {
        let signature = if n + 1 < bodies.len() { signature(body) } else { "0".repeat(40) };
        let headers = [("X-Chatzuri-Signature", &signature[..])];
        let response = exchange(port, &request("POST", "/hook", &headers, body));
        assert!(status(&response) > 0, "{response}");
    }
}

/// The folder with what `tests/recipes/setup` installed for Python.
fn installed() -> Option<PathBuf> {
    let bin = root().join("target/recipes/python/bin");
    if bin.join("duckdb").is_file() {
        return Some(bin);
    }
    programs::skip("DuckDB and the client of NATS are not there; run tests/recipes/setup");
    None
}

/// Where recipes run: a folder, and programs in the search path.
struct Place {
    dir: tempfile::TempDir,
    env: Vec<(&'static str, String)>,
}

impl Place {
    fn new(bin: &Path) -> Self {
        let hook = Path::new(env!("CARGO_BIN_EXE_cz-hook")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{}:{path}:/usr/sbin", bin.display(), hook.display());
        let env = vec![("PATH", path), ("CZ_HOOK_SECRET", SECRET.to_owned())];
        Self { dir: tempfile::tempdir().unwrap(), env }
    }

    fn bash(&self, script: &str) -> Command {
        let mut bash = hook(["-eo", "pipefail", "-c", script]).within(self.dir.path());
        for (name, value) in &self.env {
            bash = bash.env(name, value);
        }
        bash.command_of("bash")
    }

    /// Runs a script to its end: what it prints.
    #[track_caller]
    fn run(&self, script: &str) -> String {
        let output = self.bash(script).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{script}\n{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a recipe that sends to an endpoint: the bodies that arrive.
    #[track_caller]
    fn replayed(&self, mark: &str) -> Vec<Vec<u8>> {
        let endpoint = Endpoint::accepting();
        self.run(&filled(&block(mark), &endpoint.url("/hook")));
        endpoint.seen().into_iter().map(|one| one.body).collect()
    }

    /// Runs a recipe that writes what its listener receives, until `count` says that all of it is stored.
    #[track_caller]
    fn write(&self, mark: &str, count: impl Fn() -> usize) {
        let writer = Writer::start(self.bash(&filled(&block(mark), "")));
        send_all(writer.port);
        let deadline = Instant::now() + TIMEOUT;
        while count() < bodies().len() {
            assert!(Instant::now() < deadline, "{mark}: {} lines are stored", count());
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(writer);
        assert!(!self.dir.path().join("damage").exists(), "{mark}");
    }
}

/// A running pipeline that begins with a listener; all of it is ended when dropped.
struct Writer {
    child: Child,
    port: u16,
}

impl Writer {
    fn start(mut bash: Command) -> Self {
        let mut child = bash.process_group(0).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let port = loop {
            let start = said.len();
            assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
            let url = said[start..].trim().strip_prefix("listening on ");
            if let Some(port) = url.and_then(|url| url.rsplit(':').next()?.parse().ok()) {
                break port;
            }
        };
        // The rest is read, so that the listener does not wait for a reader.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self { child, port }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

#[test]
fn duckdb_queries_an_archive() {
    let Some(bin) = installed() else { return };
    let place = Place::new(&bin);
    let journal = place.dir.path().join("deliveries.db");
    let listener = Listening::start(["--secret", SECRET, "--record", journal.to_str().unwrap()]);
    send_all(listener.port);
    listener.interrupt();
    listener.end();
    place.run(&block("archive"));
    let printed = place.run(&block("duckdb"));
    assert!(printed.contains("lead.submit") && printed.contains("sarah@acme.com"), "{printed}");
    let query = "SELECT hex(body) FROM delivery ORDER BY id";
    let printed = place.run(&format!("duckdb -init archive.sql -noheader -list -c '{query}'"));
    let expected: Vec<_> = bodies().iter().map(|body| hex(body).to_uppercase()).collect();
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
    assert_eq!(place.replayed("duckdb-replay"), bodies()[5..]);
}

/// A server of PostgreSQL on a socket in its own folder.
struct Postgres {
    dir: tempfile::TempDir,
    pg_ctl: Vec<String>,
}

impl Postgres {
    fn start() -> Option<Self> {
        let found = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
        let found = found.map(|entry| entry.unwrap().path().join("bin"));
        let Some(bin) = found.filter(|bin| bin.join("initdb").is_file()).max() else {
            programs::skip("PostgreSQL is not there; run tests/recipes/setup");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data").to_str().unwrap().to_owned();
        let program = |name: &str| bin.join(name).to_str().unwrap().to_owned();
        let is_root = rustix::process::geteuid().is_root();
        let mut user: Vec<String> = Vec::new();
        if is_root {
            // It refuses to run as root.
            let words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
            user.extend(words.map(str::to_owned));
            succeeds(&["chown", "postgres:", dir.path().to_str().unwrap()].map(str::to_owned));
        }
        let with = |args: &[&str]| -> Vec<String> {
            user.iter().cloned().chain(args.iter().map(|&arg| arg.to_owned())).collect()
        };
        let init = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"];
        succeeds(&with(&[&[&program("initdb")[..], "-D", &data], &init[..]].concat()));
        let pg_ctl = with(&[&program("pg_ctl"), "-D", &data, "-w"]);
        let options = format!("-k {} -c listen_addresses= -c fsync=off", dir.path().display());
        let log = format!("{data}/log");
        let start = ["-l", &log, "-o", &options, "start"].map(str::to_owned);
        succeeds(&[&pg_ctl[..], &start].concat());
        Some(Self { dir, pg_ctl })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = ["-m", "immediate", "stop"].map(str::to_owned);
        let command = [&self.pg_ctl[..], &stop].concat();
        let _ = Command::new(&command[0]).args(&command[1..]).stdout(Stdio::null()).status();
    }
}

#[track_caller]
fn succeeds(command: &[String]) {
    // A server keeps what it inherits.
    let status = Command::new(&command[0]).args(&command[1..]).stdout(Stdio::null()).status();
    assert!(status.unwrap().success(), "{command:?}");
}

#[test]
fn postgres_holds_a_shared_journal() {
    let (Some(bin), Some(server)) = (installed(), Postgres::start()) else { return };
    let mut place = Place::new(&bin);
    place.env.push(("PGHOST", server.dir.path().display().to_string()));
    place.env.push(("PGUSER", "postgres".to_owned()));
    place.run(&block("postgres-table"));
    let psql = |query: &str| place.run(&format!("psql --tuples-only --no-align -c \"{query}\""));
    let deliveries = "FROM journal WHERE fields->>'type' = 'delivery'";
    let count = || psql(&format!("SELECT count(*) {deliveries}")).trim().parse().unwrap();
    place.write("postgres-write", count);
    assert_eq!(place.replayed("postgres-read"), bodies()[..5]);
    let events = psql(&format!("SELECT fields->>'event' {deliveries} ORDER BY n LIMIT 1"));
    assert_eq!(events, "lead.submit\n");
}

/// A server with JetStream on a free port.
struct Nats {
    child: Child,
    _dir: tempfile::TempDir,
    url: String,
}

impl Nats {
    fn start(place: &Place) -> Option<Self> {
        if place.bash("command -v nats-server").output().unwrap().stdout.is_empty() {
            programs::skip("nats-server is not there; run tests/recipes/setup");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().display();
        let script = format!(
            "exec nats-server --jetstream --store_dir {folder} --addr 127.0.0.1 --port -1 --ports_file_dir {folder}"
        );
        let child = place.bash(&script).stderr(Stdio::null()).spawn().unwrap();
        let ports = dir.path().join(format!("nats-server_{}.ports", child.id()));
        let deadline = Instant::now() + TIMEOUT;
        let url = loop {
            assert!(Instant::now() < deadline, "nats-server does not start");
            std::thread::sleep(Duration::from_millis(20));
            let Ok(text) = std::fs::read(&ports) else { continue };
            // It may not be written to its end.
            let Ok(ports) = serde_json::from_slice::<serde_json::Value>(&text) else { continue };
            if let Some(url) = ports["nats"][0].as_str() {
                break url.to_owned();
            }
        };
        Some(Self { child, _dir: dir, url })
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn nats_jetstream_holds_a_shared_journal() {
    let Some(bin) = installed() else { return };
    let mut place = Place::new(&bin);
    let Some(server) = Nats::start(&place) else { return };
    place.env.push(("NATS_URL", server.url.clone()));
    for program in ["nats-write.py", "nats-read.py"] {
        std::fs::write(place.dir.path().join(program), block(program)).unwrap();
    }
    // A reader of another name has its own place in the stream.
    let lines = std::cell::RefCell::new(String::new());
    let count = || {
        let read = place.bash("python3 nats-read.py another").output().unwrap();
        lines.borrow_mut().push_str(&String::from_utf8(read.stdout).unwrap());
        lines.borrow().lines().count()
    };
    place.write("nats-write", count);
    assert_eq!(place.replayed("nats-read"), bodies());
    let again = place.run("python3 nats-read.py alice");
    assert_eq!(again, "");
}
