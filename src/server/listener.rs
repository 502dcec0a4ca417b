//! The listener's life: bind, accept for as long as nobody says stop, then let what is in flight finish.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time;

use crate::lock::lock;
use crate::webhook::analysis::Analyzer;
use crate::webhook::record::{RejectReason, Rejected};

use super::audience::{Audience, Notice};
use super::budget::Budget;
use super::connection;
use super::hall::Hall;
use super::ledger::Ledger;
use super::options::Options;
use super::registry::Registry;
use super::stop::Stop;

/// A bound listener.
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    hall: Arc<Hall>,
}

impl Listener {
    /// Binds to `address`. What happens is told to `audience`.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn bind(
        address: SocketAddr,
        options: Options,
        analyzer: Analyzer,
        audience: Audience,
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
        // What is passed on takes a second descriptor.
        let each = if options.forwarding.routes.is_empty() {
            1
        } else {
            2
        };
        let most = options.max_connections;
        let most = most.unwrap_or_else(|| (descriptor_room() / each).max(1));
        let is_expecting_nothing = lock(&audience.expectations).is_empty();
        let is_prompt = audience.recorder.is_none()
            && options.faults.is_none()
            && options.forwarding.routes.is_empty()
            && is_expecting_nothing;
        let hall = Hall {
            ledger: Mutex::new(Ledger::new(options.count, options.numbered_from)),
            is_prompt,
            is_silent: is_prompt && audience.notices.is_none() && !options.strict,
            budget: Budget::new(BODIES.max(options.max_body.saturating_mul(2))),
            options,
            analyzer,
            notices: audience.notices,
            scribe: audience.scribe,
            shutdown: audience.shutdown,
            recorder: audience.recorder,
            expectations: audience.expectations,
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
        let stopped = hall.shutdown.stopped();
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
        hall.registry.stop();
        let patience = match stop {
            // Whoever gave the time meant it.
            Stop::Timeout => Duration::from_secs(2),
            _ => slowest(&hall.options),
        };
        let finishing = async { while connections.join_next().await.is_some() {} };
        let _ = time::timeout(patience, finishing).await;
        stop
    }
}

/// How long the last answers can take: every read and write of a connection has its own deadline, and so
/// has the endpoint behind it; this only bounds their sum.
fn slowest(options: &Options) -> Duration {
    (options.read_timeout.saturating_mul(2))
        .saturating_add(options.forwarding.slowest())
        .saturating_add(options.faults.delay)
        .saturating_add(Duration::from_secs(2))
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
    } else if let Some(notices) = &hall.notices {
        let turned_away = Rejected {
            reason: RejectReason::Busy,
            detail: "closed at once: all connections were being answered".to_owned(),
            request: None,
            status: None,
            peer: Some(peer),
            at: Timestamp::now(),
        };
        // Who cannot keep up with the reports gets one less: nothing here may wait.
        let _ = notices.try_send(Notice::Rejected(turned_away));
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
