//! Reads a connection's first request before hyper does, whose buffers are large: thousands of senders that stop in
//! the middle of a small request must not take that memory each.

use std::io;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time;

use crate::webhook::record::RejectReason;

use super::connection::reject_reason;
use super::connections::{ConnectionState, Phase};
use super::head::{self, Head, MAX_HEAD};
use super::state::Options;

/// The largest request whose body is read here; hyper's buffers are no smaller.
const MAX_REQUEST: usize = 8 << 10;
/// How much the buffer grows at once.
const BUFFER_STEP: usize = 1 << 10;

/// What is said of a head that was not complete before the timeout.
pub(super) const HEAD_TIMED_OUT: &str = "the head did not come in time";

/// How a connection begins.
#[derive(Debug)]
pub(super) enum Preread {
    /// With these bytes, which hyper parses; and when the first head was complete, if it is.
    Bytes(Vec<u8>, Option<Instant>),
    /// Without a request; and what there is to report, if anything.
    Closed(Option<(RejectReason, &'static str)>),
}

/// Reads a connection's first request: its head and, if it is small, its body. Requests that are too long, cut off or
/// malformed are left to hyper, and so is a body that does not come in time.
pub(super) async fn read(
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
        let rest = read_rest(stream, &mut bytes, length, connection);
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

async fn read_rest(
    stream: &TcpStream,
    bytes: &mut Vec<u8>,
    length: usize,
    connection: &ConnectionState,
) -> io::Result<()> {
    while bytes.len() < length && read_some(stream, bytes).await? > 0 {
        connection.set(Phase::Reading);
    }
    Ok(())
}

/// Reads what is there, waiting for it if need be; 0 at the end.
async fn read_some(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        if bytes.len() == bytes.capacity() {
            bytes.reserve(BUFFER_STEP);
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
