//! A server under measurement: a child process, and its figures from `/proc`.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::load::SECRET;
use crate::{Outcome, bare};

/// The maximum lifetime of a server. It ends by itself if the benchmark did not end it.
pub const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A bare hyper handler.
    Bare,
    /// `cz-hook listen --json`, with all its output read.
    Json,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Bare => "bare hyper",
            Self::Json => "listen --json",
        })
    }
}

/// A running server. Dropping it kills the process.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server and waits until it prints its address. Its other output is discarded.
    pub fn start(kind: Kind) -> Outcome<Self> {
        let mut command = match kind {
            Kind::Bare => Command::new(std::env::current_exe()?),
            Kind::Json => Command::new(env!("CARGO_BIN_EXE_cz-hook")),
        };
        let lifetime = format!("{}s", LIFETIME.as_secs());
        match kind {
            Kind::Bare => command.arg(bare::ARGUMENT),
            Kind::Json => command.args(["listen", "--json"]),
        };
        if kind != Kind::Bare {
            command
                .args(["--port", "0", "--read-timeout", "60s"])
                .args(["--timeout", &lifetime])
                .args(["--secret", SECRET]);
        }
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut stderr = BufReader::new(child.stderr.take().ok_or("standard error is a pipe")?);
        let stdout = child.stdout.take().ok_or("standard output is a pipe")?;
        let mut line = String::new();
        stderr.read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .ok_or_else(|| format!("{kind} did not start: {line}"))?
            .parse()?;
        std::thread::spawn(|| discard(stdout));
        std::thread::spawn(|| discard(stderr));
        Ok(Self { child, address })
    }

    /// Memory in KiB: currently resident, and the peak.
    pub fn memory(&self) -> Outcome<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| -> Outcome<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|rest| rest.split_whitespace().next());
            Ok(value.ok_or("no /proc/PID/status")?.parse()?)
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// The number of open descriptors.
    pub fn descriptors(&self) -> Outcome<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn discard(mut from: impl Read) {
    let mut buffer = vec![0; 1 << 16];
    while matches!(from.read(&mut buffer), Ok(1..)) {}
}
