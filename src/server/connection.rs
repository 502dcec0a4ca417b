//! One connection from its first byte to its last: hyper, which reads its requests, the handler that responds to each
//! or rejects it, and the end.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response as HttpResponse};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time;

use crate::lock::lock;
use crate::webhook::delivery::Delivery;
use crate::webhook::record::{RejectReason, Rejected};

use super::connection_table::{ConnectionGuard, ConnectionState, Phase, Signal};
use super::events::StopReason;
use super::head::{Head, MAX_HEAD};
use super::memory_limit::MemoryPermit;
use super::origin;
use super::pipeline::{self, Action};
use super::preread::{HEAD_TIMED_OUT, NO_MEMORY, Preread, read_first};
use super::refusal::{self, LINGER};
use super::response::Response;
use super::rules::{self, HeadDecision};
use super::state::ServerState;
use super::tee_stream::{ConnectionTap, Sender, TeeStream};

/// Serves a connection to its end.
pub(super) async fn serve(
    state: Arc<ServerState>,
    guard: ConnectionGuard,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let tap = Arc::<ConnectionTap>::default();
    let (reader, writer) = stream.into_split();
    let writer = Arc::new(writer);
    let handler = RequestHandler {
        state: &state,
        tap: &tap,
        connection: &guard.state,
        stream: (*writer).as_ref(),
        sender: Sender::new(&writer),
        peer,
        first_head: Mutex::default(),
    };
    let Some((bytes, memory)) = handler.preread().await else {
        return;
    };
    let timeout = state.options.read_timeout;
    let stream =
        TeeStream::new(reader, Arc::clone(&writer), bytes, memory, Arc::clone(&tap), timeout);
    // Boxed, so that a connection that sends nothing does not take hyper's memory.
    Box::pin(handler.serve(stream)).await;
}

struct RequestHandler<'c> {
    state: &'c Arc<ServerState>,
    tap: &'c ConnectionTap,
    connection: &'c ConnectionState,
    stream: &'c TcpStream,
    sender: Sender,
    peer: SocketAddr,
    /// When the first request's head was complete, until that request is handled.
    first_head: Mutex<Option<Instant>>,
}

/// A request line's method and target.
type RequestLine = (String, String);

impl RequestHandler<'_> {
    /// The bytes that the connection begins with, and their memory; `None` when it is over.
    async fn preread(&self) -> Option<(Vec<u8>, MemoryPermit)> {
        let has_begun = AtomicBool::new(false);
        let read = {
            let reading = read_first(self.stream, self.state, self.connection, &has_begun);
            let mut reading = pin!(reading);
            let mut is_stopping = false;
            loop {
                tokio::select! {
                    biased;
                    read = reading.as_mut() => {
                        if is_stopping {
                            // `serve` must see the signal, too.
                            self.connection.notify();
                        }
                        break Ok(read);
                    }
                    signal = self.connection.signal() => {
                        if self.must_close(signal) {
                            break Err(signal);
                        }
                        is_stopping = true;
                    }
                }
            }
        };
        match read {
            Ok(Preread::Bytes(bytes, first_head, memory)) => {
                *lock(&self.first_head) = first_head;
                return Some((bytes, memory));
            }
            Ok(Preread::Silent) => {}
            Ok(Preread::Rejected(reason, detail, response)) => {
                self.refuse(reason, detail, &response, LINGER).await;
            }
            Err(signal) if has_begun.load(Ordering::Relaxed) => self.refuse_on(signal).await,
            Err(_) => {}
        }
        None
    }

    /// Has hyper serve the connection to its end.
    async fn serve(&self, stream: TeeStream) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.state.options.read_timeout)
            .half_close(true)
            .max_buf_size(MAX_HEAD);
        let ended = {
            // Boxed, as hyper keeps memory for the future of a request also while the connection is idle.
            let service = service_fn(|request| Box::pin(self.handle(request)));
            let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
            loop {
                tokio::select! {
                    biased;
                    ended = connection.as_mut() => break Ok(ended),
                    signal = self.connection.signal() => {
                        if self.must_close(signal) {
                            break Err(signal);
                        }
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        };
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.end(&error).await,
            Err(signal) if self.connection.is(Phase::Reading) || self.tap.is_partial() => {
                self.refuse_on(signal).await;
            }
            Err(_) => {}
        }
    }

    /// Whether the connection closes at once on a signal.
    fn must_close(&self, signal: Signal) -> bool {
        match signal {
            Signal::Evict => true,
            // A request that has begun is finished, and so is a response that the peer is still reading.
            Signal::Stop => self.connection.is(Phase::Waiting) && !self.tap.is_writing(),
        }
    }

    /// Ends a connection within a head, or whose bytes are not HTTP.
    async fn end(&self, error: &hyper::Error) {
        let response_to = Response::to_rejected;
        if error.is_parse() {
            let (reason, detail) = (RejectReason::Malformed, format!("not a request: {error}"));
            match self.tap.last_status().filter(|status| *status >= 400) {
                // Hyper has responded, as it does to most that is not a request.
                Some(status) => {
                    self.report_rejected(None, reason, &detail, Some(status)).await;
                    self.drain(LINGER).await;
                }
                None => self.refuse(reason, &detail, &response_to(reason), LINGER).await,
            }
            return;
        }
        if !self.tap.is_partial() {
            return; // an idle connection ended, or one whose body was already reported
        }
        let (reason, detail) = if error.is_timeout() {
            (RejectReason::TimedOut, HEAD_TIMED_OUT)
        } else if self.tap.is_out_of_memory() {
            (RejectReason::Busy, NO_MEMORY)
        } else {
            (RejectReason::Truncated, "the connection ended within the head")
        };
        self.refuse(reason, detail, &response_to(reason), LINGER).await;
    }

    /// Rejects the request that a connection is in when it gets this signal.
    async fn refuse_on(&self, signal: Signal) {
        let (detail, linger) = match signal {
            // Another connection waits for the place.
            Signal::Evict => {
                ("closed during a request: all connections were in use", Duration::ZERO)
            }
            Signal::Stop => ("the listener is stopping", LINGER),
        };
        let response = Response::to_rejected(RejectReason::Busy);
        self.refuse(RejectReason::Busy, detail, &response, linger).await;
    }

    /// Writes a response that hyper does not write, reports the request, and closes the connection.
    async fn refuse(
        &self,
        reason: RejectReason,
        detail: &str,
        response: &Response,
        linger: Duration,
    ) {
        let status = match self.tap.is_writing() {
            true => None,
            false => refusal::write(self.stream, response, true).await,
        };
        self.report_rejected(None, reason, detail, status).await;
        if status.is_some() {
            self.drain(linger).await;
        }
    }

    /// Lets the peer read the last response, unless the connection is evicted meanwhile.
    async fn drain(&self, linger: Duration) {
        let evicted = async { while self.connection.signal().await != Signal::Evict {} };
        tokio::select! {
            () = refusal::drain(self.stream, linger) => {}
            () = evicted => {}
        }
    }

    async fn handle(&self, request: Request<Incoming>) -> io::Result<HttpResponse<Full<Bytes>>> {
        let first_head = lock(&self.first_head).take();
        let started = first_head.unwrap_or_else(Instant::now);
        self.connection.set(Phase::Reading);
        let response = self.respond(request, started).await;
        self.connection.set(Phase::Waiting);
        response
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
        started: Instant,
    ) -> io::Result<HttpResponse<Full<Bytes>>> {
        let Some(head) = self.tap.take_head().filter(|head| head.matches(&request)) else {
            let detail = "ambiguous request boundary";
            let mut response = self.reject(None, RejectReason::Malformed, detail).await;
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            return Ok(response);
        };
        let allowed = origin::allowed(&head.headers, &self.state.options.allowed_origins);
        let mut response = self.receive(head, request.into_body(), started).await?;
        if let Some(origin) = allowed {
            origin::allow(response.headers_mut(), origin);
        }
        Ok(response)
    }

    async fn receive(
        &self,
        head: Head,
        mut body: Incoming,
        started: Instant,
    ) -> io::Result<HttpResponse<Full<Bytes>>> {
        match rules::decide(&head, self.state) {
            HeadDecision::Receive => {}
            HeadDecision::Respond(response) => {
                drain(body);
                return Ok(response.into_http());
            }
            HeadDecision::Reject(reason, detail) => {
                drain(body);
                let line = (head.method, head.target);
                return Ok(self.reject(Some(line), reason, detail).await);
            }
        }
        let mut memory = self.state.memory.permit();
        let body = match self.read_body(&mut body, &head, started, &mut memory).await {
            Ok(bytes) => bytes,
            Err((reason, detail)) => {
                if reason != RejectReason::Truncated {
                    drain(body);
                }
                let line = (head.method, head.target);
                return Ok(self.reject(Some(line), reason, &detail).await);
            }
        };
        self.connection.set(Phase::Responding);
        let delivery = Delivery {
            method: head.method,
            target: head.target,
            headers: head.headers,
            body,
            received_at: None,
            peer: Some(self.peer),
        };
        match self.process(delivery, memory, started).await {
            Some(Action::Respond(response)) => Ok(response.into_http()),
            Some(Action::Reject { request_line, reason, detail }) => {
                Ok(self.reject(Some(request_line), reason, &detail).await)
            }
            // Hyper closes the connection when the service fails.
            Some(Action::Disconnect) | None => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// Reads a body, bounded in size and time. One that was not read to its end is never taken for complete.
    async fn read_body(
        &self,
        body: &mut Incoming,
        head: &Head,
        started: Instant,
        memory: &mut MemoryPermit,
    ) -> Result<Bytes, (RejectReason, String)> {
        /// The minimum time to wait for bytes that may have arrived already: hyper passes them on when it can.
        const MIN_WAIT: Duration = Duration::from_millis(20);
        let max = self.state.options.max_body;
        let too_large = || {
            let detail = format!("the body is over {max} bytes; --max-body sets the limit");
            (RejectReason::TooLarge, detail)
        };
        let announced = || {
            let length = head.headers.get("content-length");
            let length = length.map(|v| format!(" of {}", String::from_utf8_lossy(v)));
            length.unwrap_or_default()
        };
        if body.size_hint().lower() > max as u64 {
            return Err(too_large());
        }
        if !memory.grow(head.size()) {
            return Err((RejectReason::Busy, NO_MEMORY.to_owned()));
        }
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let mut read = Vec::new();
        let reading = async {
            while let Some(frame) = body.frame().await {
                let Ok(frame) = frame else {
                    // The connection ended, or the chunks became invalid.
                    let (read, announced) = (read.len(), announced());
                    let detail = format!("the body ended after {read}{announced} bytes");
                    return Err((RejectReason::Truncated, detail));
                };
                let Ok(data) = frame.into_data() else {
                    continue; // trailers
                };
                if read.len() + data.len() > max {
                    return Err(too_large());
                }
                if !memory.grow(data.len()) {
                    return Err((RejectReason::Busy, NO_MEMORY.to_owned()));
                }
                // Copied: a slice of the connection's buffer would keep the whole buffer alive.
                read.extend_from_slice(&data);
                self.connection.set(Phase::Reading);
            }
            Ok(())
        };
        let mut reading = pin!(reading);
        // Most bodies arrive with their head and need no timer.
        let result = match poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
            Poll::Ready(result) => Ok(result),
            Poll::Pending => {
                let deadline = started + self.state.options.read_timeout;
                let deadline = deadline.max(Instant::now() + MIN_WAIT);
                time::timeout_at(deadline.into(), reading).await
            }
        };
        match result {
            Ok(Ok(())) => Ok(read.into()),
            Ok(Err(rejection)) => Err(rejection),
            Err(_) => {
                let (read, announced) = (read.len(), announced());
                let detail =
                    format!("only {read}{announced} bytes of the body arrived before the timeout");
                Err((RejectReason::TimedOut, detail))
            }
        }
    }

    /// Runs the pipeline; `None` when it panicked. If it has to wait it goes on in a task of its own, so that
    /// forwarding and recording, once begun, are finished even if the sender leaves.
    async fn process(
        &self,
        delivery: Delivery,
        memory: MemoryPermit,
        started: Instant,
    ) -> Option<Action> {
        // A sender that leaves during this wait got no response, and will send again.
        let permit = match &self.state.sinks.events {
            None => None,
            Some(events) => match events.reserve().await {
                Ok(permit) => Some(permit),
                Err(TrySendError::Full(())) => {
                    let request_line = (delivery.method, delivery.target);
                    let detail = "the output is not read: too many deliveries wait to be printed";
                    let (reason, detail) = (RejectReason::Busy, detail.to_owned());
                    return Some(Action::Reject { request_line, reason, detail });
                }
                Err(TrySendError::Closed(())) => {
                    self.state.sinks.shutdown.stop(StopReason::OutputClosed);
                    return Some(Action::Respond(Response::to_rejected(RejectReason::Busy)));
                }
            },
        };
        let state = Arc::clone(self.state);
        let sender = self.sender.clone();
        let processing = pipeline::process(state, permit, delivery, sender, memory, started);
        let mut processing = Box::pin(processing);
        match poll_fn(|cx| Poll::Ready(processing.as_mut().poll(cx))).await {
            Poll::Ready(action) => Some(action),
            Poll::Pending => tokio::spawn(processing).await.ok(),
        }
    }

    /// Reports a request as rejected; the response to it.
    async fn reject(
        &self,
        request: Option<RequestLine>,
        reason: RejectReason,
        detail: &str,
    ) -> HttpResponse<Full<Bytes>> {
        let response = Response::to_rejected(reason);
        let status = response.status.as_u16();
        self.report_rejected(request, reason, detail, Some(status)).await;
        response.into_http()
    }

    async fn report_rejected(
        &self,
        request: Option<RequestLine>,
        reason: RejectReason,
        detail: &str,
        status: Option<u16>,
    ) {
        let sinks = &self.state.sinks;
        if sinks.events.is_none() && sinks.rejections.is_none() {
            return;
        }
        let rejected = Rejected {
            reason,
            detail: detail.to_owned(),
            request,
            status,
            peer: Some(self.peer),
            at: Timestamp::now(),
        };
        sinks.rejections.iter().for_each(|rejections| rejections.add(&rejected));
        let Some(events) = &sinks.events else {
            return;
        };
        // A listener that is already busy does not wait here either.
        let reported = match reason {
            RejectReason::Busy => events.reject(rejected),
            _ => events.reject_in_time(rejected).await,
        };
        if reported == Err(TrySendError::Closed(())) {
            self.state.sinks.shutdown.stop(StopReason::OutputClosed);
        }
    }
}

/// Reads on for a moment without keeping anything, so that a sender in mid-body sees the response instead of a reset
/// connection.
fn drain(mut body: Incoming) {
    const MAX_BYTES: usize = 16 << 20;
    const MAX_TIME: Duration = Duration::from_secs(2);
    if body.is_end_stream() {
        return;
    }
    let draining = async move {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > MAX_BYTES {
                return;
            }
        }
    };
    tokio::spawn(tokio::time::timeout(MAX_TIME, draining));
}
