//! Endpoints with exactly one flaw: a check can fail, and no other check fails with it. They speak HTTP themselves, so
//! that any flaw is possible.

pub mod flaw;
mod handler;

use super::server::Server;
use flaw::Flaw;
use handler::FaultyHandler;

/// A running endpoint under the secret of the vectors; it stops when dropped.
pub struct FaultyEndpoint(Server);

impl FaultyEndpoint {
    /// A correct endpoint.
    pub fn correct() -> Self {
        Self(Server::start(FaultyHandler::new(None)))
    }

    /// An endpoint with this flaw.
    pub fn with(flaw: Flaw) -> Self {
        Self(Server::start(FaultyHandler::new(Some(flaw))))
    }

    pub fn url(&self) -> String {
        self.0.url()
    }

    pub fn port(&self) -> u16 {
        self.0.port()
    }
}
