//! What all requests to the inspector share.

use std::sync::Arc;

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

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
    /// For work that may take long.
    pub(super) jobs: Arc<Semaphore>,
}

impl State {
    /// Permission for work that may take long; it fails at once when too much is going on.
    pub(super) fn job(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.jobs).try_acquire_owned().map_err(|_| {
            Failure::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too much is being done at once",
                "try again when something of it has ended",
            )
        })
    }
}

/// How much work that may take long, such as waiting for an endpoint, is done at once. Fewer than there are threads for
/// all that waits, so that the list is always answered.
pub(super) const MAX_JOBS: usize = 8;

/// Runs what waits or computes for long in a thread where that blocks nothing.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Failure::crashed()))
}
