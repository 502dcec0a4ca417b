//! The listener's life: bind, accept for as long as nobody says stop, then let what is in flight finish.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time;

use crate::webhook::examine::Examiner;
use crate::webhook::received::{Received, TurnedAway};

use super::budget::{Budget, Lease};
use super::connection;
use super::ledger::Ledger;
use super::registry::Registry;

/// How to listen.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one path that deliveries come to; `None` for every path. Queries are not compared.
    pub path: Option<String>,
    /// The largest body, in bytes.
    pub max_body: usize,
    /// How long a head may take, and again a body.
    pub read_timeout: Duration,
    /// The most connections at once; `None` for as many as the descriptor limit allows, at most 8192.
    pub max_connections: Option<usize>,
    /// Refuse payloads that are not valid.
    pub strict: bool,
    /// Stop after this many deliveries.
    pub count: Option<u64>,
}

/// Something to report. A delivery holds its share of the memory budget until it is dropped.
#[derive(Debug)]
pub enum Notice {
    /// A delivery was received and answered.
    Delivery(Box<Received>, Lease),
    /// A request was turned away.
    TurnedAway(TurnedAway),
}

/// Why a listener stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All the deliveries asked for have come.
    Count,
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

/// A bound listener.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    hall: Arc<Hall>,
}

/// What every connection needs.
#[derive(Debug)]
pub(super) struct Hall {
    pub options: Options,
    pub examiner: Examiner,
    pub notices: mpsc::Sender<Notice>,
    pub stopper: Stopper,
    pub budget: Budget,
    pub ledger: Mutex<Ledger>,
    pub registry: Arc<Registry>,
}

impl Listener {
    /// Binds to `address`. What happens is told to `notices`.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn bind(
        address: SocketAddr,
        options: Options,
        examiner: Examiner,
        notices: mpsc::Sender<Notice>,
        stopper: Stopper,
    ) -> io::Result<Self> {
        const BACKLOG: u32 = 1024;
        const BODIES: usize = 256 << 20;
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        // A listener that was just stopped must not keep its port from the next one. (On Windows the
        // option means that two may share a port, which is not wanted.)
        if cfg!(unix) {
            socket.set_reuseaddr(true)?;
        }
        socket.bind(address)?;
        let tcp = socket.listen(BACKLOG)?;
        let most = options.max_connections.unwrap_or_else(descriptor_room);
        let hall = Hall {
            ledger: Mutex::new(Ledger::new(options.count)),
            budget: Budget::new(BODIES.max(options.max_body.saturating_mul(2))),
            options,
            examiner,
            notices,
            stopper,
            registry: Registry::new(most),
        };
        Ok(Self {
            tcp,
            hall: Arc::new(hall),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until stopped, then finishes what is in flight. Says why it stopped.
    pub async fn run(self) -> Stop {
        let Self { tcp, hall } = self;
        let mut connections = JoinSet::new();
        let mut next = 0;
        let stopped = hall.stopper.stopped();
        tokio::pin!(stopped);
        let stop = loop {
            tokio::select! {
                biased;
                stop = &mut stopped => break stop,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = tcp.accept() => match accepted {
                    Ok((stream, peer)) => {
                        next += 1;
                        admit(&hall, &mut connections, next, stream, peer);
                    }
                    // Out of descriptors, or a connection that died in the queue: neither is the
                    // listener's end. The pause keeps the first from spinning.
                    Err(_) => time::sleep(Duration::from_millis(20)).await,
                },
            }
        };
        drop(tcp);
        // Every read and write of a connection has its own deadline; this only bounds their sum.
        let patience = hall.options.read_timeout.saturating_mul(2) + Duration::from_secs(2);
        let finishing = async { while connections.join_next().await.is_some() {} };
        let _ = time::timeout(patience, finishing).await;
        stop
    }
}

fn admit(
    hall: &Arc<Hall>,
    connections: &mut JoinSet<()>,
    id: u64,
    stream: TcpStream,
    peer: SocketAddr,
) {
    // Answers are small and must not wait for more to send.
    let _ = stream.set_nodelay(true);
    if let Some(place) = hall.registry.enter(id) {
        connections.spawn(connection::serve(Arc::clone(hall), place, stream, peer));
    }
}

/// As many connections as the descriptor limit leaves room for, after raising it as far as it goes.
#[cfg(unix)]
fn descriptor_room() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    const WANTED: u64 = 8192;
    const OWN: u64 = 32;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = WANTED + OWN;
    if limit.current.is_some_and(|now| now < wanted) {
        let mut raised = limit;
        raised.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let descriptors = limit.current.unwrap_or(wanted).min(wanted);
    usize::try_from(descriptors.saturating_sub(OWN).max(1)).unwrap_or(1)
}

#[cfg(not(unix))]
fn descriptor_room() -> usize {
    8192
}
