//! The web inspector: a page that shows the deliveries of a journal, on a port of its own that only this machine reaches.
//! The page is in `assets`; `routes` lists what the server answers, `guard` decides who may ask, `api` answers from the
//! journal in `store`, and `actions` is what it asks of the commands. Everything in the journal is untrusted: it leaves
//! the server as JSON text or as an attachment.

mod actions;
mod api;
mod assets;
mod delivery;
mod failure;
mod filter;
mod guard;
mod order;
mod response;
mod routes;
mod row;
mod server;
mod store;
mod stream;
mod token;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{self, Error};

pub(crate) use actions::Actions;
pub(crate) use failure::Failure;
pub(crate) use store::Changes;

use guard::Guard;
use server::State;
use store::Store;
use token::Token;

/// An inspector that has a port.
#[derive(Debug)]
pub(crate) struct Inspector {
    tcp: TcpListener,
    token: Token,
    port: u16,
}

impl Inspector {
    /// Takes a port of the loopback interface; 0 is a free one.
    pub(crate) fn bind(port: u16) -> Result<Self, Error> {
        let bind = || {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            tcp.set_nonblocking(true)?;
            let port = tcp.local_addr()?.port();
            Ok::<_, std::io::Error>((tcp, port))
        };
        let (tcp, port) = bind().map_err(|why| {
            Error::io(
                format!("cannot open the inspector on port {port}: {}", error::reason(&why)),
                "give another --ui-port, or none for a free one",
            )
        })?;
        Ok(Self { tcp, token: Token::random()?, port })
    }

    /// The address to open, with the token.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/#{}", self.port, self.token.text())
    }

    /// Serves the journal at `path` in threads of its own until the process ends.
    pub(crate) fn start(
        self,
        path: PathBuf,
        changes: Changes,
        actions: Arc<dyn Actions>,
    ) -> Result<(), Error> {
        let store = Store::open(path).map_err(|why| {
            Error::io(format!("the inspector cannot read the journal: {why}"), why.hint())
        })?;
        let state = State {
            guard: Guard::new(self.port, self.token),
            store: Arc::new(store),
            changes,
            actions,
        };
        server::start(self.tcp, Arc::new(state))
    }
}

/// The failure of a task that panicked.
fn crashed() -> Failure {
    Failure::new(
        http::StatusCode::INTERNAL_SERVER_ERROR,
        "the inspector could not do this",
        "this is a bug: please report it",
    )
}
