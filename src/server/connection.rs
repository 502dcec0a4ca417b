//! One connection from its first byte to its last: the request that it begins with, hyper, which reads the others,
//! and the handler that responds to each or rejects it.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
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
use tokio::time;

use crate::lock::lock;
use crate::webhook::delivery::Delivery;
use crate::webhook::record::{RejectReason, Rejected};

use super::connections::{ConnectionGuard, ConnectionState, MemoryPermit, Phase, Signal};
use super::events::{ServerEvent, StopReason};
use super::head::{self, Head, MAX_HEAD};
use super::pipeline::{self, Action};
use super::response::Response;
use super::state::{Options, ServerState};
use super::tap::{ConnectionTap, TeeStream};

/// The largest request whose body is read here; hyper's buffers are no smaller.
const MAX_REQUEST: usize = 8 << 10;
/// What is said of a head that was not complete before the timeout.
const HEAD_TIMED_OUT: &str = "the head did not come in time";

/// Serves a connection to its end.
pub(super) async fn serve(
    state: Arc<ServerState>,
    guard: ConnectionGuard,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let tap = Arc::<ConnectionTap>::default();
    let handler = RequestHandler {
        state: &state,
        tap: &tap,
        connection: &guard.state,
        peer,
        first_head: Mutex::default(),
    };
    let Some(bytes) = handler.preread(&stream).await else {
        return;
    };
    let stream = TeeStream::new(stream, bytes, Arc::clone(&tap), state.options.read_timeout);
    // Boxed, so that a connection that sends nothing does not take hyper's memory.
    Box::pin(handler.serve(stream)).await;
}

struct RequestHandler<'c> {
    state: &'c Arc<ServerState>,
    tap: &'c ConnectionTap,
    connection: &'c ConnectionState,
    peer: SocketAddr,
    /// When the first request's head was complete, until that request is handled.
    first_head: Mutex<Option<Instant>>,
}

/// A request line's method and target.
type RequestLine = (String, String);

impl RequestHandler<'_> {
    /// The bytes that the connection begins with; `None` when it is over.
    async fn preread(&self, stream: &TcpStream) -> Option<Vec<u8>> {
        let mut reading = pin!(read_first(stream, &self.state.options, self.connection));
        let mut is_stopping = false;
        loop {
            tokio::select! {
                biased;
                read = reading.as_mut() => match read {
                    Preread::Bytes(bytes, first_head) => {
                        *lock(&self.first_head) = first_head;
                        if is_stopping {
                            // `serve` must see the signal, too.
                            self.connection.notify();
                        }
                        return Some(bytes);
                    }
                    Preread::Closed(rejection) => {
                        if let Some((reason, detail)) = rejection {
                            self.report_rejected(None, reason, detail, None).await;
                        }
                        return None;
                    }
                },
                signal = self.connection.signal() => {
                    if self.must_close(signal).await {
                        return None;
                    }
                    is_stopping = true;
                }
            }
        }
    }

    /// Has hyper serve the connection to its end.
    async fn serve(&self, stream: TeeStream) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.state.options.read_timeout)
            .half_close(true)
            .max_buf_size(MAX_HEAD);
        // Boxed, as hyper keeps memory for the future of a request also while the connection is idle.
        let service = service_fn(|request| Box::pin(self.handle(request)));
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        self.report_end(&error).await;
                    }
                    return;
                }
                signal = self.connection.signal() => {
                    if self.must_close(signal).await {
                        return;
                    }
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }

    /// Whether the connection closes at once on a signal; an evicted request is reported.
    async fn must_close(&self, signal: Signal) -> bool {
        match signal {
            Signal::Evict => {
                if self.connection.is(Phase::Reading) {
                    let detail = "closed in mid-body: all connections were in use";
                    self.report_rejected(None, RejectReason::Busy, detail, None).await;
                }
                true
            }
            // A request that has begun is finished, and so is a response that the peer is still reading.
            Signal::Stop => self.connection.is(Phase::Waiting) && !self.tap.is_writing(),
        }
    }

    /// Reports a connection that ended within a head, or whose bytes are not HTTP. Hyper has responded if it could.
    async fn report_end(&self, error: &hyper::Error) {
        let (reason, detail) = if error.is_parse() {
            (RejectReason::Malformed, format!("not a request: {error}"))
        } else if !self.tap.is_partial() {
            return; // an idle connection ended, or one whose body was already reported
        } else if error.is_timeout() {
            (RejectReason::TimedOut, HEAD_TIMED_OUT.to_owned())
        } else {
            let detail = "the connection ended in the middle of the head";
            (RejectReason::Truncated, detail.to_owned())
        };
        self.report_rejected(None, reason, &detail, self.tap.last_status()).await;
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
        let options = &self.state.options;
        let mut body = request.into_body();
        if let Some((reason, detail)) = reject_reason(&head, options) {
            drain(body);
            let line = (head.method, head.target);
            return Ok(self.reject(Some(line), reason, detail).await);
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
                    let detail = "the bodies of other deliveries take all the memory allowed";
                    return Err((RejectReason::Busy, detail.to_owned()));
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
                let detail = format!("only {read}{announced} bytes of the body came in time");
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
        let permit = match self.state.sinks.events.clone() {
            Some(events) => match events.reserve_owned().await {
                Ok(permit) => Some(permit),
                Err(_) => {
                    self.state.sinks.shutdown.stop(StopReason::OutputClosed);
                    return Some(Action::Respond(Response::to_rejected(RejectReason::Busy)));
                }
            },
            None => None,
        };
        let state = Arc::clone(self.state);
        let processing = pipeline::process(state, permit, delivery, memory, started);
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
        let Some(events) = &self.state.sinks.events else {
            return;
        };
        let event = ServerEvent::Rejected(Rejected {
            reason,
            detail: detail.to_owned(),
            request,
            status,
            peer: Some(self.peer),
            at: Timestamp::now(),
        });
        if events.send(event).await.is_err() {
            self.state.sinks.shutdown.stop(StopReason::OutputClosed);
        }
    }
}

/// How a connection begins.
#[derive(Debug)]
enum Preread {
    /// With these bytes, which hyper parses; and when the first head was complete, if it is.
    Bytes(Vec<u8>, Option<Instant>),
    /// Without a request; and what there is to report, if anything.
    Closed(Option<(RejectReason, &'static str)>),
}

/// Reads a connection's first request, its head and, if it is small, its body, before hyper does, whose buffers are
/// large: thousands of senders that stop in the middle of a small request must not take that memory each. Requests that
/// are too long, cut off or malformed are left to hyper, and so is a body that does not come in time.
async fn read_first(
    stream: &TcpStream,
    options: &Options,
    connection: &ConnectionState,
) -> Preread {
    let mut bytes = Vec::new();
    let in_time = time::timeout(options.read_timeout, read_head(stream, &mut bytes)).await;
    match in_time {
        Ok(_) | Err(_) if bytes.is_empty() => return Preread::Closed(None),
        Err(_) => return Preread::Closed(Some((RejectReason::TimedOut, HEAD_TIMED_OUT))),
        // An error shows again as the connection's end.
        Ok(Ok(false) | Err(_)) => return Preread::Bytes(bytes, None),
        Ok(Ok(true)) => {}
    }
    let complete = Instant::now();
    if let Some(length) = request_length(&bytes, options) {
        connection.set(Phase::Reading);
        let rest = async {
            while bytes.len() < length && read_some(stream, &mut bytes).await.is_ok_and(|n| n > 0) {
                connection.set(Phase::Reading);
            }
        };
        // Hyper goes on from here, whether or not it came in time.
        let _ = time::timeout(options.read_timeout, rest).await;
    }
    Preread::Bytes(bytes, Some(complete))
}

/// Reads until the head is complete. False when it will not become one: hyper responds to that.
async fn read_head(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let before = bytes.len();
        if read_some(stream, bytes).await? == 0 {
            return Ok(false);
        }
        if before == 0 {
            bytes.drain(..head::blank(bytes));
            // As hyper does, look for invalid bytes at once, and then no more before the end of the head.
            if head::is_invalid(bytes) {
                return Ok(false);
            }
        }
        if head::end(bytes, before.saturating_sub(3)).is_some() {
            return Ok(true);
        }
        if bytes.len() >= MAX_HEAD {
            return Ok(false);
        }
    }
}

/// Reads what is there, waiting for it if need be; 0 at the end.
async fn read_some(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        if bytes.len() == bytes.capacity() {
            bytes.reserve(1 << 10);
        }
        match stream.try_read_buf(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

/// The length of the request whose head is there. `None` when its body is not read here: when there is none, when it
/// is long or of unknown length, when the sender waits for `100 Continue`, or when the request will be rejected.
fn request_length(bytes: &[u8], options: &Options) -> Option<usize> {
    let (head, body_at) = Head::parse(bytes)?;
    let body = head.plain_length()?;
    let length = body_at.checked_add(body)?;
    let is_read_here = bytes.len() < length && length <= MAX_REQUEST;
    let is_accepted = body <= options.max_body && reject_reason(&head, options).is_none();
    (is_read_here && is_accepted).then_some(length)
}

/// Why a request is rejected by its head alone, if it is.
fn reject_reason(head: &Head, options: &Options) -> Option<(RejectReason, &'static str)> {
    let path = options.path.as_deref();
    let mut codings = head.headers.all("transfer-encoding");
    if codings.any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"chunked")) {
        let detail = "a transfer coding other than chunked, which is not supported";
        Some((RejectReason::Malformed, detail))
    } else if head.headers.get("content-length").is_some()
        && head.headers.get("transfer-encoding").is_some()
    {
        let detail = "both Content-Length and Transfer-Encoding: ambiguous end of the body";
        Some((RejectReason::Malformed, detail))
    } else if path.is_some_and(|path| path != head.path()) {
        Some((RejectReason::Path, "not the path given with --path"))
    } else if head.method != "POST" {
        options.handshakes.objection(head).map(|detail| (RejectReason::Method, detail))
    } else {
        None
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
