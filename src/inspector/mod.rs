//! The web inspector: a page that shows the deliveries of a journal, on a port of its own that only this machine reaches.
//! The page's files are in the folder `assets`; `routes` lists what the server answers, `guard` decides who may ask, `api` answers from the
//! journal in `store`, and `actions` is what it asks of the commands. Everything in the journal is untrusted: it leaves
//! the server as JSON text or as an attachment.

mod actions;
mod api;
mod body;
mod compare;
mod delivery;
mod embedded;
mod excerpts;
mod export;
mod failure;
mod filter;
mod guard;
mod order;
mod request;
mod response;
mod routes;
mod row;
mod search;
mod server;
mod state;
mod stats;
mod store;
mod stream;
mod tickets;
mod token;
mod write;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::error::{self, Error};

pub(crate) use actions::{
    Actions, Edit, EditedValue, Exporter, ReplayRequest, SendRequest, TestRequest, ValidateRequest,
};
pub(crate) use failure::Failure;
pub(crate) use store::Changes;

use guard::Guard;
use state::State;
use store::Store;
use tickets::{Ticket, Tickets};
use token::Token;

/// An inspector that has a port.
#[derive(Debug)]
pub(crate) struct Inspector {
    tcp: TcpListener,
    token: Token,
    port: u16,
    tickets: Tickets,
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
        Ok(Self { tcp, token: Token::random()?, port, tickets: Tickets::default() })
    }

    /// The address to open, with the token.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/#{}", self.port, self.token.text())
    }

    /// An address that opens the page once and does not contain the token: other users of the machine see the arguments
    /// of the browser.
    pub(crate) fn url_to_open(&self) -> Result<String, Error> {
        Ok(format!("http://127.0.0.1:{}/open/{}", self.port, self.tickets.issue(Ticket::Open)?))
    }

    /// Serves the journal at `path` in threads of its own until the process ends. The file may be removed after.
    pub(crate) fn start(
        self,
        path: &Path,
        changes: Changes,
        actions: Arc<dyn Actions>,
    ) -> Result<(), Error> {
        let store = Store::open(path).map_err(|why| {
            Error::io(format!("the inspector cannot read the journal: {why}"), why.hint())
        })?;
        let state = State {
            guard: Guard::new(self.port, self.token.clone()),
            token: self.token,
            tickets: self.tickets,
            store: Arc::new(store),
            changes,
            actions,
            behaviour: watch::Sender::default(),
            jobs: Arc::new(Semaphore::new(state::MAX_JOBS)),
        };
        server::start(self.tcp, Arc::new(state))
    }
}
