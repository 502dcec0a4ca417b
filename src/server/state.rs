//! What all connections share: the options of the listener, where it reports to, and its limits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::webhook::analysis::Analyzer;

use super::behaviour::Behaviour;
use super::connection_table::ConnectionTable;
use super::events::Sinks;
use super::forward::Forwarding;
use super::handshake::Handshakes;
use super::memory_limit::MemoryLimit;
use super::origin::AllowedOrigin;
use super::sequencer::Sequencer;

/// How to listen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The path that deliveries are accepted on; `None` for every path. Queries are not compared.
    pub path: Option<String>,
    /// The path of health checks: it gets 200 as long as the listener runs.
    pub health_path: Option<String>,
    /// The origins of web pages that may send deliveries.
    pub allowed_origins: Vec<AllowedOrigin>,
    /// The maximum size of a body, in bytes.
    pub max_body: usize,
    /// How long a request head may take, and again a body.
    pub read_timeout: Duration,
    /// The maximum number of connections; `None` for as many as the descriptor limit allows, at most 8192, or half of
    /// that with forwarding, where each delivery takes a second descriptor.
    pub max_connections: Option<usize>,
    /// Reject payloads that are not valid.
    pub strict: bool,
    /// Stop after this many deliveries.
    pub count: Option<u64>,
    /// The number of the last delivery before this run: that of an existing journal.
    pub last_id: u64,
    /// Faults to inject.
    pub behaviour: Behaviour,
    pub forwarding: Forwarding,
    pub handshakes: Handshakes,
}

impl Default for Options {
    /// The defaults of `listen`.
    fn default() -> Self {
        Self {
            path: None,
            health_path: None,
            allowed_origins: Vec::new(),
            max_body: 1 << 20,
            read_timeout: Duration::from_secs(10),
            max_connections: None,
            strict: false,
            count: None,
            last_id: 0,
            behaviour: Behaviour::default(),
            forwarding: Forwarding::default(),
            handshakes: Handshakes::default(),
        }
    }
}

impl Options {
    /// How long the last responses can take: each step has a timeout of its own, and this is their sum.
    pub(super) fn max_response_time(&self) -> Duration {
        (self.read_timeout.saturating_mul(2))
            .saturating_add(self.forwarding.max_timeout())
            .saturating_add(self.behaviour.delay())
            .saturating_add(Duration::from_secs(2))
    }
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct ServerState {
    pub(super) options: Options,
    pub(super) address: SocketAddr,
    /// How many connections may be open at once only to be refused.
    pub(super) max_refusals: usize,
    pub(super) analyzer: Analyzer,
    /// Whether bodies are validated: not where nothing reads the result, such as with `--quiet` alone.
    pub(super) validates: bool,
    pub(super) sinks: Sinks,
    pub(super) sequencer: Arc<Sequencer>,
    pub(super) memory: MemoryLimit,
    pub(super) connections: Arc<ConnectionTable>,
}
