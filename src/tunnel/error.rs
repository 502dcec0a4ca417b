//! Why there is no tunnel. What the client itself said is a stranger's text and is kept apart from the
//! sentence, so that whoever prints it can make it safe first.

use std::process::ExitStatus;
use std::time::Duration;

use crate::error::Error;

/// A client that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its program's name.
    pub program: String,
    /// How it ended; `None` when the system does not tell.
    pub status: Option<ExitStatus>,
    /// The last lines of its output, oldest first, without escape sequences. Not safe to print.
    pub last_lines: Vec<String>,
}

impl Ended {
    /// What happened, without the client's own words.
    pub fn what(&self) -> String {
        let program = &self.program;
        match self.status {
            Some(status) => format!("the tunnel client {program} ended: {status}"),
            None => format!("the tunnel client {program} ended"),
        }
    }
}

/// Why there is no tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TunnelError {
    /// What was asked for cannot be run: what is wrong, and what to do.
    Spec(String, &'static str),
    /// The program cannot be started: its name, the system's reason.
    Start(String, String),
    /// It ended before it said its URL.
    Ended(Ended),
    /// It said no URL in this time: its name, the time, its last lines as in [`Ended`].
    Silent(String, Duration, Vec<String>),
}

impl TunnelError {
    /// The last lines of the client's output, oldest first. Not safe to print.
    pub fn last_lines(&self) -> &[String] {
        match self {
            Self::Ended(Ended { last_lines, .. }) | Self::Silent(_, _, last_lines) => last_lines,
            Self::Spec(..) | Self::Start(..) => &[],
        }
    }

    /// The error that ends a run, the client's lines made safe by `clean`: exit 2 for a client that cannot
    /// be asked for, else 3.
    pub fn explain(&self, clean: impl Fn(&str) -> String) -> Error {
        let (what, hint) = match self {
            Self::Spec(what, hint) => {
                return Error::usage(format!("--tunnel: {}", clean(what)), *hint);
            }
            Self::Start(program, reason) => (
                format!("cannot start {}: {reason}", clean(program)),
                "is it installed, and on the PATH?",
            ),
            Self::Ended(ended) => (
                format!("{}, before it said a public URL", clean(&ended.what())),
                "run it by hand to see what it needs: an account, a network, another version?",
            ),
            Self::Silent(program, patience, _) => (
                format!("{} said no public URL within {patience:?}", clean(program)),
                "does its output name one? A client that draws on the terminal needs its log on standard output",
            ),
        };
        let lines = self.last_lines().iter();
        let said: String = lines.map(|line| format!("\n  {}", clean(line))).collect();
        Error::io(what + &said, hint)
    }
}
