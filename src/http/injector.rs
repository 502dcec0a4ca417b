//! What writes requests byte for byte: hyper reads the responses, and the requests that hyper would write are replaced by
//! the given bytes.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::lock::lock;

/// A connection, with TLS or without.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A stream that writes the given request in place of whatever hyper writes.
pub struct Injector {
    stream: Box<dyn Stream>,
    request: Arc<Mutex<Unwritten>>,
}

impl Injector {
    /// `request` may be replaced by another one when the response to it was read.
    pub fn new(stream: Box<dyn Stream>, request: Arc<Mutex<Unwritten>>) -> Self {
        Self { stream, request }
    }
}

/// What is left of a request, and the pause before its next part.
#[derive(Default)]
pub struct Unwritten {
    now: Bytes,
    later: VecDeque<Bytes>,
    pause: Duration,
    /// The pause that has begun.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Unwritten {
    /// A request in several parts, with a pause between two of them.
    pub fn in_parts(parts: Vec<Bytes>, pause: Duration) -> Self {
        let mut later = VecDeque::from(parts);
        let now = later.pop_front().unwrap_or_default();
        Self { now, later, pause, waiting: None }
    }

    /// Waits until there is something to write; false at the end of the request.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while !self.now.has_remaining() && !self.later.is_empty() {
            let pause = self.pause;
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            ready!(waiting.as_mut().poll(cx));
            self.waiting = None;
            self.now = self.later.pop_front().unwrap_or_default();
        }
        Poll::Ready(self.now.has_remaining())
    }

    fn clear(&mut self) {
        self.now.clear();
        self.later.clear();
    }
}

impl From<Bytes> for Unwritten {
    fn from(now: Bytes) -> Self {
        Self { now, ..Self::default() }
    }
}

impl AsyncRead for Injector {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Injector {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        discarded: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, request } = &mut *self;
        let mut request = lock(request);
        while ready!(request.poll_next(cx)) {
            match ready!(Pin::new(&mut *stream).poll_write(cx, &request.now)) {
                Ok(0) => request.clear(),
                Ok(n) => request.now.advance(n),
                // An endpoint may respond and close before it has read everything: the response counts.
                Err(_) => request.clear(),
            }
        }
        Poll::Ready(Ok(discarded.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
