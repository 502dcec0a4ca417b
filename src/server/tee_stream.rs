//! The stream of a connection: its incoming bytes also go to the [`HeaderParser`], and writes have a timeout, which
//! hyper lacks.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::Sleep;

use crate::lock::lock;

use super::head::{Head, HeaderParser};
use super::memory_limit::MemoryPermit;

/// What the stream and the request handler of one connection share: the heads that were read, the last status that was
/// written (hyper responds by itself to what is not a request), and whether a write waits for the peer.
#[derive(Debug, Default)]
pub(super) struct ConnectionTap {
    parser: Mutex<HeaderParser>,
    last_status: AtomicU16,
    is_writing: AtomicBool,
    is_out_of_memory: AtomicBool,
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

    /// The status of the last response since a head was taken or bytes were read, if there was one.
    pub(super) fn last_status(&self) -> Option<u16> {
        Some(self.last_status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }

    pub(super) fn is_writing(&self) -> bool {
        self.is_writing.load(Ordering::Relaxed)
    }

    /// Whether the connection ended because there was no memory for a head.
    pub(super) fn is_out_of_memory(&self) -> bool {
        self.is_out_of_memory.load(Ordering::Relaxed)
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

/// The sender of a request, who waits for its response.
#[derive(Clone, Debug)]
pub(super) struct Sender(Weak<OwnedWriteHalf>);

impl Sender {
    pub(super) fn new(writer: &Arc<OwnedWriteHalf>) -> Self {
        Self(Arc::downgrade(writer))
    }

    /// Whether the sender has closed the connection, or its side of it.
    pub(super) async fn has_left(&self) -> bool {
        let Some(writer) = self.0.upgrade() else {
            return true;
        };
        let stream: &TcpStream = (*writer).as_ref();
        let mut byte = [0];
        let mut peeking = pin!(stream.peek(&mut byte));
        let now = poll_fn(|cx| Poll::Ready(peeking.as_mut().poll(cx))).await;
        matches!(now, Poll::Ready(Ok(0) | Err(_)))
    }
}

#[derive(Debug)]
pub(super) struct TeeStream {
    reader: OwnedReadHalf,
    writer: Arc<OwnedWriteHalf>,
    /// Bytes that were read before and are read first.
    preread: Vec<u8>,
    /// That of the preread bytes, and of a head that is not complete.
    memory: MemoryPermit,
    tap: Arc<ConnectionTap>,
    write_timeout: Duration,
    /// Runs while a write waits for the peer.
    blocked: Option<Pin<Box<Sleep>>>,
}

impl TeeStream {
    /// Reads the `preread` bytes first and then those of `reader`, and shows them to `tap`; a write that waits longer
    /// than `write_timeout` fails.
    pub(super) fn new(
        reader: OwnedReadHalf,
        writer: Arc<OwnedWriteHalf>,
        preread: Vec<u8>,
        memory: MemoryPermit,
        tap: Arc<ConnectionTap>,
        write_timeout: Duration,
    ) -> Self {
        Self { reader, writer, preread, memory, tap, write_timeout, blocked: None }
    }

    fn poll_write_with(
        &mut self,
        cx: &mut Context<'_>,
        write: impl Fn(&OwnedWriteHalf) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let stream: &TcpStream = (*self.writer).as_ref();
        let written = loop {
            match stream.poll_write_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
            match write(&self.writer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => break Poll::Ready(written),
            }
        };
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
        let this = &mut *self;
        let before = buf.filled().len();
        if this.preread.is_empty() {
            ready!(Pin::new(&mut this.reader).poll_read(cx, buf))?;
        } else {
            let count = this.preread.len().min(buf.remaining());
            let later = this.preread.split_off(count);
            buf.put_slice(&std::mem::replace(&mut this.preread, later));
        }
        let new = buf.filled().get(before..).unwrap_or_default();
        this.tap.last_status.store(0, Ordering::Relaxed);
        let mut parser = lock(&this.tap.parser);
        parser.feed(new);
        if this.memory.resize(this.preread.len() + parser.partial_len()) {
            return Poll::Ready(Ok(()));
        }
        this.tap.is_out_of_memory.store(true, Ordering::Relaxed);
        Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()))
    }
}

impl AsyncWrite for TeeStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.tap.note_written(bytes);
        self.poll_write_with(cx, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.tap.note_written(bytes.first().map_or(&[], |first| first));
        self.poll_write_with(cx, |stream| stream.try_write_vectored(bytes))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(())) // TCP keeps nothing back
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream: &TcpStream = (*self.writer).as_ref();
        Poll::Ready(SockRef::from(stream).shutdown(std::net::Shutdown::Write))
    }
}
