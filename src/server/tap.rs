//! The stream of a connection: its incoming bytes also go to the [`HeaderParser`], and writes have a timeout, which
//! hyper lacks.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::lock::lock;

use super::head::{Head, HeaderParser};

/// What the stream and the request handler of one connection share: the heads that were read, the last status that was
/// written (hyper responds by itself to what is not a request), and whether a write waits for the peer.
#[derive(Debug, Default)]
pub(super) struct ConnectionTap {
    parser: Mutex<HeaderParser>,
    last_status: AtomicU16,
    is_writing: AtomicBool,
}

impl ConnectionTap {
    pub(super) fn take_head(&self) -> Option<Head> {
        self.last_status.store(0, Ordering::Relaxed);
        lock(&self.parser).take()
    }

    /// Whether a request has begun whose head is not complete.
    pub(super) fn is_partial(&self) -> bool {
        lock(&self.parser).is_partial()
    }

    /// The status of the last response since a head was taken, if there was one.
    pub(super) fn last_status(&self) -> Option<u16> {
        Some(self.last_status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }

    pub(super) fn is_writing(&self) -> bool {
        self.is_writing.load(Ordering::Relaxed)
    }

    fn note_written(&self, bytes: &[u8]) {
        if let Some(rest) = bytes.strip_prefix(b"HTTP/1.1 ")
            && let Some(Ok(digits)) = rest.get(..3).map(std::str::from_utf8)
            && let Ok(status) = digits.parse()
        {
            self.last_status.store(status, Ordering::Relaxed);
        }
    }
}

#[derive(Debug)]
pub(super) struct TeeStream {
    stream: TcpStream,
    /// Bytes that were read before and are read first.
    preread: Vec<u8>,
    tap: Arc<ConnectionTap>,
    write_timeout: Duration,
    /// Runs while a write waits for the peer.
    blocked: Option<Pin<Box<Sleep>>>,
}

impl TeeStream {
    /// Reads the `preread` bytes first and then those of `stream`, and shows them to `tap`; a write that waits longer
    /// than `write_timeout` fails.
    pub(super) fn new(
        stream: TcpStream,
        preread: Vec<u8>,
        tap: Arc<ConnectionTap>,
        write_timeout: Duration,
    ) -> Self {
        Self { stream, preread, tap, write_timeout, blocked: None }
    }

    fn with_timeout<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.blocked.take().is_some() {
                self.tap.is_writing.store(false, Ordering::Relaxed);
            }
            return written;
        }
        self.tap.is_writing.store(true, Ordering::Relaxed);
        let timeout = self.write_timeout;
        let sleep = self.blocked.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for TeeStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if self.preread.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        } else {
            let count = self.preread.len().min(buf.remaining());
            let later = self.preread.split_off(count);
            buf.put_slice(&std::mem::replace(&mut self.preread, later));
        }
        let new = buf.filled().get(before..).unwrap_or_default();
        lock(&self.tap.parser).feed(new);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TeeStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.tap.note_written(bytes);
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.with_timeout(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.tap.note_written(bytes.first().map_or(&[], |first| first));
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.with_timeout(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
