//! Reads a request body, bounded in size and time. A body that was not read to its end is never taken for complete.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::connections::{ConnectionState, MemoryPermit, Phase};

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is longer than this many bytes.
    TooLarge(usize),
    /// The connection ended, or the chunks became invalid, after this many bytes.
    Truncated(usize),
    /// It did not come in time; this many bytes did.
    TimedOut(usize),
    /// The memory limit of all bodies is reached.
    Busy,
}

/// The minimum time to wait for bytes that may have arrived already: hyper passes them on when it can.
const MIN_WAIT: Duration = Duration::from_millis(20);

/// Reads a body of at most `max` bytes before `deadline`, and counts its memory in `memory`.
///
/// # Errors
/// With the reason, when the body was not read to its end.
pub(super) async fn read(
    body: &mut Incoming,
    max: usize,
    deadline: Instant,
    memory: &mut MemoryPermit,
    connection: &ConnectionState,
) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > max as u64 {
        return Err(BodyError::TooLarge(max));
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut read = Vec::new();
    let reading = async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Err(BodyError::Truncated(read.len()));
            };
            let Ok(data) = frame.into_data() else {
                continue; // trailers
            };
            if read.len() + data.len() > max {
                return Err(BodyError::TooLarge(max));
            }
            if !memory.grow(data.len()) {
                return Err(BodyError::Busy);
            }
            // Copied: a slice of the connection's buffer would keep the whole buffer alive.
            read.extend_from_slice(&data);
            connection.set(Phase::Reading);
        }
        Ok(())
    };
    let mut reading = pin!(reading);
    // Most bodies arrive with their head and need no timer.
    let result = match poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
        Poll::Ready(result) => Ok(result),
        Poll::Pending => {
            let deadline = deadline.max(Instant::now() + MIN_WAIT);
            tokio::time::timeout_at(deadline.into(), reading).await
        }
    };
    match result {
        Ok(Ok(())) => Ok(read.into()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(BodyError::TimedOut(read.len())),
    }
}

/// Reads on for a moment without keeping anything, so that a sender in mid-body sees the response instead of a reset
/// connection.
pub(super) fn drain(mut body: Incoming) {
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
