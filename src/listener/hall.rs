//! What all connections share: how to listen, whom to tell, and when to stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use crate::webhook::examine::Examiner;
use crate::webhook::received::{Received, TurnedAway};

use super::budget::{Budget, Lease};
use super::expect::Expectations;
use super::faults::Faults;
use super::forward::Forwarding;
use super::ledger::Ledger;
use super::registry::Registry;
use super::scribe::{Scribe, Written};

/// How to listen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one path that deliveries come to; `None` for every path. Queries are not compared.
    pub path: Option<String>,
    /// The largest body, in bytes.
    pub max_body: usize,
    /// How long a head may take, and again a body.
    pub read_timeout: Duration,
    /// The most connections at once; `None` for as many as the descriptor limit allows, at most 8192; half
    /// as many where deliveries are passed on, which takes a second descriptor each.
    pub max_connections: Option<usize>,
    /// Refuse payloads that are not valid.
    pub strict: bool,
    /// Stop after this many deliveries.
    pub count: Option<u64>,
    /// The number of the delivery before the first one: what a journal already holds.
    pub numbered_from: u64,
    /// Faults to inject.
    pub faults: Faults,
    /// Where deliveries are passed on to.
    pub forwarding: Forwarding,
}

impl Default for Options {
    /// As `listen` without any option.
    fn default() -> Self {
        Self {
            path: None,
            max_body: 1 << 20,
            read_timeout: Duration::from_secs(10),
            max_connections: None,
            strict: false,
            count: None,
            numbered_from: 0,
            faults: Faults::default(),
            forwarding: Forwarding::default(),
        }
    }
}

/// A delivery that is to be recorded before it is acknowledged.
#[derive(Debug)]
pub struct Recording {
    /// The delivery.
    pub received: Arc<Received>,
    /// To be told its number in the journal once it is durably on the disk, or why it is not.
    pub done: oneshot::Sender<Result<Recorded, RecordFault>>,
}

/// A delivery as the journal numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number.
    pub id: u64,
    /// The number of the earlier delivery with the same body.
    pub duplicate_of: Option<u64>,
}

/// Why a delivery was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordFault {
    /// The disk is full.
    Full,
    /// Anything else, in words.
    Failed(String),
}

/// Whom a listener tells what happens.
#[derive(Debug)]
pub struct Audience {
    /// Everything that happens; `None` when nobody wants to know.
    pub notices: Option<mpsc::Sender<Notice>>,
    /// Puts deliveries into words; `None` leaves all of that to who is told.
    pub scribe: Option<Scribe>,
    /// What is recorded; `None` records nothing.
    pub recorder: Option<mpsc::Sender<Recording>>,
    /// Stops the listener, and is stopped by it.
    pub stopper: Stopper,
    /// What is waited for; shared, so that it can be read at the end.
    pub expectations: Arc<Mutex<Expectations>>,
}

impl Audience {
    /// An audience that is told what happens, and no more.
    pub fn new(notices: mpsc::Sender<Notice>, stopper: Stopper) -> Self {
        Self {
            notices: Some(notices),
            scribe: None,
            recorder: None,
            stopper,
            expectations: Arc::default(),
        }
    }
}

/// Something to report. A delivery holds its share of the memory budget until it is dropped.
#[derive(Debug)]
pub enum Notice {
    /// A delivery was received and answered.
    Delivery(Box<Received>, Lease),
    /// The same, in words.
    Written(Written),
    /// A request was turned away.
    TurnedAway(TurnedAway),
}

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
    pub notices: Option<mpsc::Sender<Notice>>,
    pub scribe: Option<Scribe>,
    pub stopper: Stopper,
    pub budget: Budget,
    pub ledger: Mutex<Ledger>,
    pub registry: Arc<Registry>,
    pub recorder: Option<mpsc::Sender<Recording>>,
    pub expectations: Arc<Mutex<Expectations>>,
    /// Whether deliveries are answered without waiting for anything: no recording, forwarding, faults or
    /// expectations.
    pub is_prompt: bool,
    /// Whether, beyond that, nobody asks for more of a delivery than whether to trust it.
    pub is_silent: bool,
}
