//! Runs the built binary, starts listeners, and provides endpoints to send to: one that remembers its requests, correct
//! ones on real runtimes, faulty ones, and bare sockets.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

pub mod endpoint;
pub mod endpoint_cases;
pub mod faulty;
pub mod handshakes;
pub mod http;
pub mod listening;
pub mod programs;
#[cfg(unix)]
pub mod receiver;
pub mod server;
pub mod sockets;
#[cfg(unix)]
pub mod terminal;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hmac::{Hmac, KeyInit, Mac};

/// The secret of the vectors.
pub const SECRET: &str = "test_secret";

/// The published vector of the default provider: body and bare hex HMAC-SHA1 under [`SECRET`].
pub const BODY: &str = r#"{"eventType":"lead.submit","agentId":"agent_abc123","payload":{"conversationId":"conv_xyz","customerEmail":"sarah@acme.com","customerName":"Sarah","customerPhone":"+254712345678"}}"#;
pub const SIGNATURE: &str = "8cb4b6e5052a4c1b7d87f39d21424803d15c0a18";

/// The header that makes [`BODY`] a valid delivery.
pub const SIGNED: (&str, &str) = ("X-Chatzuri-Signature", SIGNATURE);

/// The default provider's signature of a body under [`SECRET`], made without the tool's own code.
pub fn signature(body: &[u8]) -> String {
    signature_under(SECRET.as_bytes(), body)
}

/// The same under another secret.
pub fn signature_under(secret: &[u8], body: &[u8]) -> String {
    hex(&mac::<Hmac<sha1::Sha1>>(secret, body))
}

/// The HMAC-SHA256 of a body under [`SECRET`].
pub fn sha256_signature(body: &[u8]) -> String {
    hex(&mac::<Hmac<sha2::Sha256>>(SECRET.as_bytes(), body))
}

fn mac<M: Mac + KeyInit>(secret: &[u8], body: &[u8]) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(secret).expect("any key");
    mac.chain_update(body).finalize().into_bytes().to_vec()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files with one of these extensions under a folder of the project, by their paths from the root, with their text.
pub fn files(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut paths = vec![root().join(folder)];
    while let Some(path) = paths.pop() {
        if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("target") {
            let entries = std::fs::read_dir(path).unwrap();
            paths.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|e| extensions.iter().any(|one| e == *one)) {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
    assert!(!found.is_empty(), "no file under {folder}");
    found.sort();
    found
}

/// Writes a shell script that can be executed.
#[cfg(unix)]
pub fn write_program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// A run that takes longer than this is killed: a program that should end fails its test instead of stopping all tests.
#[cfg(unix)]
const LONGEST_RUN: std::time::Duration = std::time::Duration::from_secs(300);

/// One run of the binary.
#[derive(Default)]
pub struct Hook {
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Option<Vec<u8>>,
    folder: Option<PathBuf>,
}

/// The result of a run.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

pub fn hook<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Hook {
    Hook { args: args.into_iter().map(|a| a.as_ref().to_owned()).collect(), ..Hook::default() }
}

/// A valid delivery of the default provider, as a whole HTTP request.
pub fn signed_request() -> Vec<u8> {
    let ran = hook(["sign", "lead.submit", "--print", "request"]).args(["--secret", SECRET]);
    ran.run().exits(0).stdout
}

impl Hook {
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        self.args.extend(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Runs it in another folder than the project's.
    pub fn within(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// The command with a clean environment; standard input is empty unless given.
    pub fn command(&self) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_cz-hook"))
    }

    /// The same for another program.
    pub fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(&self.args);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            let ours = ["CZ_HOOK", "GITHUB_"].iter().any(|start| text.starts_with(start))
                || text.ends_with("_PROXY");
            if ours || matches!(&*text, "NO_COLOR" | "CLICOLOR_FORCE" | "TERM") {
                command.env_remove(name);
            }
        }
        // No settings of the user: a home folder that does not exist.
        let nowhere = concat!(env!("CARGO_TARGET_TMPDIR"), "/nobodys-home");
        command.env("HOME", nowhere).env("XDG_CONFIG_HOME", nowhere);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command.stdin(match self.stdin {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        });
        command
    }

    pub fn run(self) -> Ran {
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let writer = self.stdin.map(|bytes| {
            let mut stdin = child.stdin.take().expect("piped");
            // The program may end without reading all of it.
            std::thread::spawn(move || drop(stdin.write_all(&bytes)))
        });
        #[cfg(unix)]
        let (ended, ends) = std::sync::mpsc::channel::<()>();
        #[cfg(unix)]
        let guard = {
            let pid = rustix::process::Pid::from_child(&child);
            std::thread::spawn(move || {
                if ends.recv_timeout(LONGEST_RUN) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                {
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                }
            })
        };
        let output = child.wait_with_output().expect("the binary ends");
        #[cfg(unix)]
        {
            drop(ended);
            guard.join().expect("the run was guarded");
        }
        if let Some(writer) = writer {
            writer.join().expect("the input was written");
        }
        Ran {
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

impl Ran {
    pub fn out(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is UTF-8")
    }

    /// Standard output as lines of JSON.
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.out().lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// Fails the test unless the run ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "\nstdout: {}\nstderr: {}",
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        self
    }
}
