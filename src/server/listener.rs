//! The listener's life: bind, accept connections until it is told to stop, then finish what has begun.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time;

use crate::webhook::analysis::Analyzer;
use crate::webhook::record::{RejectReason, Rejected};

use super::connection;
use super::connection_table::ConnectionTable;
use super::descriptors::{MAX_REFUSALS, max_descriptors};
use super::events::{Sinks, StopReason};
use super::memory_limit::MemoryLimit;
use super::refusal::{self, LINGER};
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
        let descriptors = max_descriptors();
        let max_refusals = (descriptors / 8).clamp(1, MAX_REFUSALS);
        let max_connections = options.max_connections.unwrap_or_else(|| {
            let each = if has_routes { 2 } else { 1 };
            (descriptors.saturating_sub(max_refusals) / each).max(1)
        });
        let validates = options.strict || sinks.read_records();
        let state = ServerState {
            address: tcp.local_addr()?,
            validates,
            sequencer: Sequencer::new(options.count, options.last_id),
            memory: MemoryLimit::new(MAX_MEMORY.max(options.max_body.saturating_mul(2))),
            connections: ConnectionTable::new(max_connections),
            max_refusals,
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
        let refusals = Arc::new(Semaphore::new(state.max_refusals));
        let reason = loop {
            tokio::select! {
                biased;
                reason = &mut stopped => break reason,
                Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
                accepted = tcp.accept() => match accepted {
                    Ok((stream, peer)) => {
                        next_id += 1;
                        // Responses are small and must not wait for more to send.
                        let _ = stream.set_nodelay(true);
                        if let Some(guard) = state.connections.open(next_id) {
                            tasks.spawn(connection::serve(Arc::clone(&state), guard, stream, peer));
                            continue;
                        }
                        // The next connections wait until one of those that are refused is closed.
                        tokio::select! {
                            biased;
                            reason = &mut stopped => break reason,
                            permit = Arc::clone(&refusals).acquire_owned() => {
                                let detail = "all connections were busy";
                                tasks.spawn(refuse(Arc::clone(&state), permit.ok(), stream, peer, detail));
                            }
                        }
                    }
                    // Out of descriptors, or a connection that was closed while it waited. The pause keeps the first
                    // from using all processor time.
                    Err(_) => time::sleep(Duration::from_millis(20)).await,
                },
            }
        };
        // Those that have connected already get a response, too.
        while let Ok(permit) = Arc::clone(&refusals).try_acquire_owned()
            && let Some(Ok((stream, peer))) = accept_now(&tcp).await
        {
            let detail = "the listener is stopping";
            tasks.spawn(refuse(Arc::clone(&state), Some(permit), stream, peer, detail));
        }
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

/// A connection that waits to be accepted, if there is one.
async fn accept_now(tcp: &TcpListener) -> Option<io::Result<(TcpStream, SocketAddr)>> {
    let mut accepting = pin!(tcp.accept());
    poll_fn(|cx| {
        Poll::Ready(match accepting.as_mut().poll(cx) {
            Poll::Ready(accepted) => Some(accepted),
            Poll::Pending => None,
        })
    })
    .await
}

/// Responds to a connection that has no place, and reports it. Health checks get their usual response.
async fn refuse(
    state: Arc<ServerState>,
    permit: Option<OwnedSemaphorePermit>,
    stream: TcpStream,
    peer: SocketAddr,
    detail: &'static str,
) {
    let health_path = state.options.health_path.as_deref();
    let (status, is_rejected) = refusal::refuse(&stream, health_path, &state.memory).await;
    if is_rejected {
        let rejected = Rejected {
            reason: RejectReason::Busy,
            detail: detail.to_owned(),
            request: None,
            status,
            peer: Some(peer),
            at: Timestamp::now(),
        };
        state.sinks.rejections.iter().for_each(|rejections| rejections.add(&rejected));
        if let Some(events) = &state.sinks.events {
            // Whether it is printed or not, there is nothing more to do.
            let _ = events.reject(rejected);
        }
    }
    refusal::drain(&stream, LINGER).await;
    drop(permit);
}
