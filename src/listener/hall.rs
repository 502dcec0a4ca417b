//! What all connections share: how to listen, whom to tell, and when to stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::webhook::examine::Examiner;
use crate::webhook::received::{Received, TurnedAway};

use super::budget::{Budget, Lease};
use super::ledger::Ledger;
use super::registry::Registry;

/// How to listen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one path that deliveries come to; `None` for every path. Queries are not compared.
    pub path: Option<String>,
    /// The largest body, in bytes.
    pub max_body: usize,
    /// How long a head may take, and again a body.
    pub read_timeout: Duration,
    /// The most connections at once; `None` for as many as the descriptor limit allows, at most 8192.
    pub max_connections: Option<usize>,
    /// Refuse payloads that are not valid.
    pub strict: bool,
    /// Stop after this many deliveries.
    pub count: Option<u64>,
}

/// Something to report. A delivery holds its share of the memory budget until it is dropped.
#[derive(Debug)]
pub enum Notice {
    /// A delivery was received and answered.
    Delivery(Box<Received>, Lease),
    /// A request was turned away.
    TurnedAway(TurnedAway),
}

/// Why a listener stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All the deliveries asked for have come.
    Count,
    /// The time is up.
    Timeout,
    /// Somebody asked it to.
    Interrupt,
    /// Nobody reads the reports any more.
    OutputClosed,
}

/// Tells a listener to stop; the first reason given counts.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<Option<Stop>>);

impl Default for Stopper {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Stopper {
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

/// What every connection needs.
#[derive(Debug)]
pub struct Hall {
    pub options: Options,
    pub examiner: Examiner,
    pub notices: mpsc::Sender<Notice>,
    pub stopper: Stopper,
    pub budget: Budget,
    pub ledger: Mutex<Ledger>,
    pub registry: Arc<Registry>,
}
