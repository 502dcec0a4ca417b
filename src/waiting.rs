//! Tells the user that a command waits for another program: to write to a pipe that it reads, or to read one that it
//! writes to.

use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

type Report = Box<dyn Fn(&str) + Send + Sync>;

static REPORT: OnceLock<Report> = OnceLock::new();

/// Sets how the user is told.
pub fn report_to(report: impl Fn(&str) + Send + Sync + 'static) {
    // Set before: the process has one console.
    let _ = REPORT.set(Box::new(report));
}

/// Reports a message after one second, unless it is dropped before that.
pub struct Waiting {
    _stop: Sender<()>,
}

impl Waiting {
    /// Starts the second.
    pub fn new(message: String) -> Self {
        const MOMENT: Duration = Duration::from_secs(1);
        let (stop, stopped) = channel::<()>();
        let watch = move || {
            if stopped.recv_timeout(MOMENT) == Err(RecvTimeoutError::Timeout)
                && let Some(report) = REPORT.get()
            {
                report(&message);
            }
        };
        // Without a thread the user is not told; the command waits all the same.
        let _ = thread::Builder::new().spawn(watch);
        Self { _stop: stop }
    }
}
