//! Reading a stranger's body: no longer than allowed, no slower than allowed, and never taken for whole
//! when it is not.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::budget::Lease;
use super::registry::{Doing, Slot};

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is longer than this many bytes.
    TooLarge(usize),
    /// The connection ended, or the chunks stopped making sense, after this many bytes.
    Truncated(usize),
    /// It did not come in time; this many bytes did.
    TimedOut(usize),
    /// There is no memory left for it.
    Busy,
}

/// For how long what has come must be waited for, at least: the library hands it on when it can.
const GRACE: Duration = Duration::from_millis(20);

/// Reads a body of at most `most` bytes before `deadline`, holding its memory under `lease`.
///
/// # Errors
/// With the reason, when the body was not read to its end.
pub async fn read(
    body: &mut Incoming,
    most: usize,
    deadline: Instant,
    lease: &mut Lease,
    slot: &Slot,
) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > most as u64 {
        return Err(Unread::TooLarge(most));
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut read = Parts::default();
    let reading = async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Err(Unread::Truncated(read.len()));
            };
            let Ok(data) = frame.into_data() else {
                continue; // trailers
            };
            if read.len() + data.len() > most {
                return Err(Unread::TooLarge(most));
            }
            if !lease.grow(data.len()) {
                return Err(Unread::Busy);
            }
            read.push(data);
            slot.set(Doing::Reading); // it gets on
        }
        Ok(())
    };
    let mut reading = pin!(reading);
    // Most bodies are there with their head and need no timer.
    let outcome = match poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
        Poll::Ready(outcome) => Ok(outcome),
        Poll::Pending => {
            let deadline = deadline.max(Instant::now() + GRACE);
            tokio::time::timeout_at(deadline.into(), reading).await
        }
    };
    match outcome {
        Ok(Ok(())) => Ok(read.whole()),
        Ok(Err(unread)) => Err(unread),
        Err(_) => Err(Unread::TimedOut(read.len())),
    }
}

/// Reads on for a moment without keeping anything, so that a sender in mid-body gets to see the answer
/// instead of a reset connection.
pub fn drain(mut body: Incoming) {
    const MOST: usize = 16 << 20;
    const TIME: Duration = Duration::from_secs(2);
    if body.is_end_stream() {
        return;
    }
    let draining = async move {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > MOST {
                return;
            }
        }
    };
    // Whichever comes first, the sender has had its moment.
    tokio::spawn(tokio::time::timeout(TIME, draining));
}

/// What was read so far: one piece is kept as it is, more are joined.
#[derive(Default)]
struct Parts {
    first: Bytes,
    joined: BytesMut,
}

impl Parts {
    fn len(&self) -> usize {
        self.first.len() + self.joined.len()
    }

    fn push(&mut self, data: Bytes) {
        if self.len() == 0 {
            // A piece of the connection's buffer would keep all of that alive for its own few bytes.
            self.first = Bytes::copy_from_slice(&data);
            return;
        }
        if !self.first.is_empty() {
            self.joined
                .extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.joined.extend_from_slice(&data);
    }

    fn whole(self) -> Bytes {
        if self.joined.is_empty() {
            self.first
        } else {
            self.joined.freeze()
        }
    }
}
