//! What all requests to the inspector share.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::actions::Actions;
use super::failure::Failure;
use super::guard::Guard;
use super::store::{Changes, Store};
use super::tickets::Tickets;
use super::token::Token;

/// What all requests share.
pub(super) struct State {
    pub(super) guard: Guard,
    pub(super) token: Token,
    pub(super) tickets: Tickets,
    pub(super) store: Arc<Store>,
    pub(super) changes: Changes,
    pub(super) actions: Arc<dyn Actions>,
    /// Marked when the listener's behaviour was changed.
    pub(super) behaviour: watch::Sender<()>,
    /// For the bodies of requests, which are in memory as a whole.
    pub(super) writes: Semaphore,
}

/// How many requests with a body are read at once.
pub(super) const MAX_WRITES: usize = 4;

/// Runs what waits or computes for long in a thread where that blocks nothing.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Failure::crashed()))
}
