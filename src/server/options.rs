//! How to listen: where, within which bounds, for how long, and with what faults on purpose.

use std::time::Duration;

use super::faults::Faults;
use super::forward::Forwarding;

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
