//! An endpoint that is right in all respects but one: it shows that a check can fail, and that no other
//! check fails with it. HTTP is spoken by hand, so that anything can be done wrong.

pub mod flaw;
mod judge;

use super::server::Server;
use flaw::Flaw;
use judge::Judge;

/// A running endpoint under the secret of the vectors; it stops when dropped.
pub struct Wrong(Server);

impl Wrong {
    /// An endpoint that is right in all respects.
    pub fn right() -> Self {
        Self(Server::start(Judge::new(None)))
    }

    /// An endpoint with this flaw.
    pub fn with(flaw: Flaw) -> Self {
        Self(Server::start(Judge::new(Some(flaw))))
    }

    pub fn url(&self) -> String {
        self.0.url()
    }

    pub fn port(&self) -> u16 {
        self.0.port()
    }
}
