//! The first request of a connection, its head and, if it is small, its body, read before hyper reads it. Hyper's
//! buffers are large: thousands of senders that stop within a small request must not each take that memory.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time;

use crate::webhook::record::RejectReason;

use super::connection_table::{ConnectionState, Phase};
use super::head::{self, Head, MAX_HEAD};
use super::memory_limit::MemoryPermit;
use super::response::Response;
use super::rules::{self, HeadDecision};
use super::state::ServerState;

/// The largest request whose body is read here; hyper's buffers are no smaller.
const MAX_REQUEST: usize = 8 << 10;
/// By how much the buffer grows.
const STEP: usize = 1 << 10;
/// The message for a head that was not complete before the timeout.
pub(super) const HEAD_TIMED_OUT: &str = "the head timed out";
/// The message for a head that there is no memory for.
pub(super) const NO_MEMORY: &str = "other requests and responses use all the allowed memory";

/// How a connection begins.
#[derive(Debug)]
pub(super) enum Preread {
    /// With these bytes, which hyper parses; and when the first head was complete, if it is.
    Bytes(Vec<u8>, Option<Instant>, MemoryPermit),
    /// Without a byte.
    Silent,
    /// With bytes that hyper need not see.
    Rejected(RejectReason, &'static str, Response),
}

/// Reads the beginning of a connection, and notes when its first byte was received. Requests that are too long, cut off or
/// malformed are left to hyper, and so is a body that times out.
pub(super) async fn read_first(
    stream: &TcpStream,
    state: &ServerState,
    connection: &ConnectionState,
    has_begun: &AtomicBool,
) -> Preread {
    let options = &state.options;
    let rejected =
        |reason, detail| Preread::Rejected(reason, detail, Response::to_rejected(reason));
    let mut bytes = Vec::new();
    let reading = async {
        // A socket can be said to be readable although there is nothing to read.
        has_begun.store(stream.peek(&mut [0]).await? > 0, Ordering::Relaxed);
        read_head(stream, &mut bytes, state.memory.permit()).await
    };
    let in_time = time::timeout(options.read_timeout, reading).await;
    if bytes.starts_with(b"PRI * HTTP/2.0\r\n") {
        let detail = "the preface of HTTP/2, which is not supported";
        return Preread::Rejected(RejectReason::Malformed, detail, Response::to_http_2());
    }
    let memory = match in_time {
        Ok(_) | Err(_) if bytes.is_empty() => return Preread::Silent,
        Err(_) => return rejected(RejectReason::TimedOut, HEAD_TIMED_OUT),
        Ok(Err(error)) if error.kind() == io::ErrorKind::OutOfMemory => {
            return rejected(RejectReason::Busy, NO_MEMORY);
        }
        Ok(Ok((true, memory))) => memory,
        Ok(Ok((false, memory))) => return Preread::Bytes(bytes, None, memory),
        // It shows again as the connection's end.
        Ok(Err(_)) => return Preread::Bytes(bytes, None, state.memory.permit()),
    };
    let complete = Instant::now();
    if let Some(length) = request_length(&bytes, state) {
        connection.set(Phase::Reading);
        let rest = async {
            while bytes.len() < length && read_some(stream, &mut bytes).await.is_ok_and(|n| n > 0) {
                connection.set(Phase::Reading);
            }
        };
        // Hyper goes on from here, whether or not it was received before the timeout.
        let _ = time::timeout(options.read_timeout, rest).await;
    }
    Preread::Bytes(bytes, Some(complete), memory)
}

/// Reads until the head is complete. False when it never will be: hyper responds then.
pub(super) async fn read_head(
    stream: &TcpStream,
    bytes: &mut Vec<u8>,
    mut memory: MemoryPermit,
) -> io::Result<(bool, MemoryPermit)> {
    loop {
        let before = bytes.len();
        if before == bytes.capacity() && !memory.grow(STEP) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        if read_some(stream, bytes).await? == 0 {
            return Ok((false, memory));
        }
        if before == 0 {
            bytes.drain(..head::blank(bytes));
            // As hyper does, look for invalid bytes at once, and then no more before the end of the head.
            if head::is_invalid(bytes) {
                return Ok((false, memory));
            }
        }
        if head::end(bytes, before.saturating_sub(3)).is_some() {
            return Ok((true, memory));
        }
        if bytes.len() >= MAX_HEAD {
            return Ok((false, memory));
        }
    }
}

/// Waits for bytes and reads them; 0 at the end.
async fn read_some(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        if bytes.len() == bytes.capacity() {
            bytes.reserve_exact(STEP);
        }
        match stream.try_read_buf(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

/// The length of the request whose head is there. `None` when its body is not read here: when there is none, when it
/// is long or of unknown length, when the sender waits for `100 Continue`, or when the request will be rejected.
fn request_length(bytes: &[u8], state: &ServerState) -> Option<usize> {
    let (head, body_at) = Head::parse(bytes)?;
    let body = head.plain_length()?;
    let length = body_at.checked_add(body)?;
    let is_read_here = bytes.len() < length && length <= MAX_REQUEST;
    let is_accepted = body <= state.options.max_body
        && matches!(rules::decide(&head, state), HeadDecision::Receive);
    (is_read_here && is_accepted).then_some(length)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::server::memory_limit::MemoryLimit;

    #[tokio::test]
    async fn a_head_that_there_is_no_memory_for_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        peer.write_all(&b"POST / HTTP/1.1\r\nX: ".repeat(1000)).await.unwrap();
        let limit = MemoryLimit::new(10 << 10);
        let error = read_head(&stream, &mut Vec::new(), limit.permit()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert!(limit.permit().grow(10 << 10), "nothing is left of it");
    }
}
