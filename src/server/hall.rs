//! What all connections share: how to listen, whom to tell, and when to stop.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::webhook::analysis::Analyzer;

use super::audience::Notice;
use super::budget::Budget;
use super::expect::Expectations;
use super::ledger::Ledger;
use super::options::Options;
use super::recording::Recording;
use super::registry::Registry;
use super::scribe::Scribe;
use super::stop::ShutdownHandle;

/// What every connection needs.
#[derive(Debug)]
pub struct Hall {
    pub options: Options,
    pub analyzer: Analyzer,
    pub notices: Option<mpsc::Sender<Notice>>,
    pub scribe: Option<Scribe>,
    pub shutdown: ShutdownHandle,
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
