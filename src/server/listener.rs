//! The listener's life: bind, accept connections until it is told to stop, then finish what has begun.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time;

use crate::webhook::analysis::Analyzer;
use crate::webhook::record::{RejectReason, Rejected};

use super::connection;
use super::connections::{ConnectionTable, MemoryLimit, max_descriptors};
use super::events::{Sinks, StopReason};
use super::sequencer::Sequencer;
use super::state::{Options, ServerState};

#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    state: Arc<ServerState>,
}

impl Listener {
    /// Binds to `address`. What happens is reported to `sinks`.
    pub fn bind(
        address: SocketAddr,
        options: Options,
        analyzer: Analyzer,
        sinks: Sinks,
    ) -> io::Result<Self> {
        const BACKLOG: u32 = 1024;
        const MAX_MEMORY: usize = 256 << 20;
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A new listener can take over the port of one that has just stopped. (On Windows the option would let two
        // share a port.)
        if cfg!(unix) {
            socket.set_reuseaddr(true)?;
        }
        socket.bind(address)?;
        let tcp = socket.listen(BACKLOG)?;
        let has_routes = !options.forwarding.routes.is_empty();
        let max_connections = options.max_connections.unwrap_or_else(|| {
            let each = if has_routes { 2 } else { 1 };
            (max_descriptors() / each).max(1)
        });
        let state = ServerState {
            sequencer: Sequencer::new(options.count, options.last_id),
            memory: MemoryLimit::new(MAX_MEMORY.max(options.max_body.saturating_mul(2))),
            connections: ConnectionTable::new(max_connections),
            options,
            analyzer,
            sinks,
        };
        Ok(Self { tcp, state: Arc::new(state) })
    }

    pub fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until it is told to stop, finishes what has begun, and returns the reason for stopping.
    pub async fn run(self) -> StopReason {
        let Self { tcp, state } = self;
        let mut tasks = JoinSet::new();
        let mut next_id = 0;
        let mut stopped = pin!(state.sinks.shutdown.stopped());
        let reason = loop {
            tokio::select! {
                biased;
                reason = &mut stopped => break reason,
                Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
                accepted = tcp.accept() => match accepted {
                    Ok((stream, peer)) => {
                        next_id += 1;
                        admit(&state, &mut tasks, next_id, stream, peer);
                    }
                    // Out of descriptors, or a connection that was closed while it waited. The pause keeps the first
                    // from using all processor time.
                    Err(_) => time::sleep(Duration::from_millis(20)).await,
                },
            }
        };
        drop(tcp);
        state.connections.stop();
        let timeout = match reason {
            // The user asked for this time limit, so it is kept.
            StopReason::Timeout => Duration::from_secs(2),
            // Who interrupts it does not wait longer than two seconds, in which the report is finished, too.
            StopReason::Interrupt => Duration::from_secs(1),
            _ => state.options.max_response_time(),
        };
        let finishing = async { while tasks.join_next().await.is_some() {} };
        let _ = time::timeout(timeout, finishing).await;
        reason
    }
}

fn admit(
    state: &Arc<ServerState>,
    tasks: &mut JoinSet<()>,
    id: u64,
    stream: TcpStream,
    peer: SocketAddr,
) {
    // Responses are small and must not wait for more to send.
    let _ = stream.set_nodelay(true);
    if let Some(guard) = state.connections.open(id) {
        tasks.spawn(connection::serve(Arc::clone(state), guard, stream, peer));
    } else if let Some(events) = &state.sinks.events {
        let rejected = Rejected {
            reason: RejectReason::Busy,
            detail: "closed at once: all connections were busy".to_owned(),
            request: None,
            status: None,
            peer: Some(peer),
            at: Timestamp::now(),
        };
        // Whether it is printed or not, there is nothing more to do.
        let _ = events.reject(rejected);
    }
}
