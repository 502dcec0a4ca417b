//! The endpoints that the page may send to: those that the command line and the profiles name, and those that the user
//! allows in the terminal.

use std::io::{IsTerminal, stderr, stdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Mutex, TryLockError};
use std::time::Duration;

use http::StatusCode;

use crate::escape;
use crate::http::Endpoint;
use crate::inspector::Failure;
use crate::lock::lock;
use crate::output::console::Console;

/// How long a question waits for its answer.
const MAX_WAIT: Duration = Duration::from_secs(60);

pub(super) struct Endpoints {
    allowed: Mutex<Vec<Endpoint>>,
    console: Console,
    /// The lines that the user types, once a question was asked. One question is open at a time.
    lines: Mutex<Option<Receiver<String>>>,
}

impl Endpoints {
    pub(super) fn new(texts: impl IntoIterator<Item = String>, console: Console) -> Self {
        let mut allowed: Vec<Endpoint> = Vec::new();
        // One that cannot be read is reported where it is used.
        for endpoint in texts.into_iter().filter_map(|text| Endpoint::parse(&text).ok()) {
            if allowed.iter().all(|known| known.url() != endpoint.url()) {
                allowed.push(endpoint);
            }
        }
        Self { allowed: Mutex::new(allowed), console, lines: Mutex::default() }
    }

    /// The URLs, as the page names them: without the secrets in them.
    pub(super) fn urls(&self) -> Vec<String> {
        lock(&self.allowed).iter().map(Endpoint::shown_url).collect()
    }

    /// The endpoint of this URL, if it may be sent to.
    pub(super) fn get(&self, text: &str) -> Result<Endpoint, Failure> {
        let asked = Endpoint::parse(text)?;
        let is_it = |own: &&Endpoint| own.shown_url() == text || own.url() == asked.url();
        let known = |all: &[Endpoint]| all.iter().find(is_it).cloned();
        if let Some(endpoint) = known(&lock(&self.allowed)) {
            return Ok(endpoint);
        }
        if !self.is_allowed_by_user(&asked)? {
            return Err(Failure::new(
                StatusCode::FORBIDDEN,
                format!("the page may not send to {}", asked.shown_url()),
                "name the endpoint on the command line or in a profile, or say yes in the terminal",
            ));
        }
        lock(&self.allowed).push(asked.clone());
        Ok(asked)
    }

    /// Asks in the terminal; without one the answer is no.
    fn is_allowed_by_user(&self, endpoint: &Endpoint) -> Result<bool, Failure> {
        if !stdin().is_terminal() || !stderr().is_terminal() {
            return Ok(false);
        }
        let mut lines = match self.lines.try_lock() {
            Ok(lines) => lines,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(
                    StatusCode::CONFLICT,
                    "another question is open in the terminal",
                    "answer it first",
                ));
            }
        };
        let lines = lines.get_or_insert_with(read_lines);
        // What was typed before was no answer to this.
        while !matches!(lines.try_recv(), Err(TryRecvError::Empty | TryRecvError::Disconnected)) {}
        let url = escape::line(endpoint.shown_url().as_bytes());
        self.console.say(&format!("the page asks to send to {url}: allow it? [y/N]"));
        match lines.recv_timeout(MAX_WAIT) {
            Ok(line) => Ok(matches!(line.trim(), "y" | "Y" | "yes")),
            Err(RecvTimeoutError::Timeout) => {
                self.console.say("no answer came: it was not allowed");
                Ok(false)
            }
            Err(RecvTimeoutError::Disconnected) => Ok(false),
        }
    }
}

/// Reads the terminal in a thread of its own, which ends with the input.
fn read_lines() -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in stdin().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}
