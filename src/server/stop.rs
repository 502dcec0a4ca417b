//! How a listener is told to stop, and why: by itself, by what stands beside it, or by a person.

use tokio::sync::watch;

/// Why a listener stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All the deliveries asked for have come.
    Count,
    /// Everything that was expected has come.
    Expected,
    /// What the listener needs beside it has ended: a tunnel.
    Broken,
    /// The time is up.
    Timeout,
    /// Somebody asked it to.
    Interrupt,
    /// Nobody reads the reports any more.
    OutputClosed,
}

/// Tells a listener to stop; the first reason given counts.
#[derive(Clone, Debug)]
pub struct ShutdownHandle(watch::Sender<Option<Stop>>);

impl Default for ShutdownHandle {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl ShutdownHandle {
    /// Stops the listener.
    pub fn stop(&self, why: Stop) {
        self.0.send_if_modified(|stop| {
            let first = stop.is_none();
            stop.get_or_insert(why);
            first
        });
    }

    /// Waits until the listener was told to stop.
    pub async fn stopped(&self) -> Stop {
        let mut receiver = self.0.subscribe();
        // The sender is `self`, so it cannot be gone.
        match receiver.wait_for(Option::is_some).await {
            Ok(stop) => stop.unwrap_or(Stop::Interrupt),
            Err(_) => Stop::Interrupt,
        }
    }
}
