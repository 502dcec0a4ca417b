//! A connection whose incoming bytes are also shown to the [`HeadLog`], and whose peer has to read what
//! it is sent: the library has no deadline for that.

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

use super::head::{Head, HeadLog};

/// The heads of one connection, shared by the reader and the service, the last status that was written
/// (the library answers by itself what is no request), and whether the peer still has to take an answer.
#[derive(Clone, Debug, Default)]
pub struct Heads {
    log: Arc<Mutex<HeadLog>>,
    answered: Arc<AtomicU16>,
    is_writing: Arc<AtomicBool>,
}

impl Heads {
    /// The oldest complete head that was not taken yet.
    pub fn take(&self) -> Option<Head> {
        self.answered.store(0, Ordering::Relaxed);
        self.with(HeadLog::take)
    }

    /// Whether a request has begun whose head is not complete.
    pub fn is_partial(&self) -> bool {
        self.with(|log| log.is_partial())
    }

    /// The status of the last answer since a head was taken, if there was one.
    pub fn answered(&self) -> Option<u16> {
        Some(self.answered.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }

    /// Whether there is more of an answer than the peer has made room for.
    pub fn is_writing(&self) -> bool {
        self.is_writing.load(Ordering::Relaxed)
    }

    fn note_written(&self, bytes: &[u8]) {
        let digits = bytes
            .strip_prefix(b"HTTP/1.1 ")
            .and_then(|rest| rest.get(..3));
        let status = digits.and_then(|d| std::str::from_utf8(d).ok()?.parse().ok());
        if let Some(status) = status {
            self.answered.store(status, Ordering::Relaxed);
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut HeadLog) -> T) -> T {
        f(&mut lock(&self.log))
    }
}

/// The connection.
#[derive(Debug)]
pub struct Tee {
    stream: TcpStream,
    /// What was read before, and is read again first.
    early: Vec<u8>,
    heads: Heads,
    patience: Duration,
    /// Runs while the peer does not take what it is sent.
    stuck: Option<Pin<Box<Sleep>>>,
}

impl Tee {
    /// Shows what is read to `heads`, first the `early` bytes and then those of `stream`; a write that
    /// waits longer than `patience` fails.
    pub fn new(stream: TcpStream, early: Vec<u8>, heads: Heads, patience: Duration) -> Self {
        Self {
            stream,
            early,
            heads,
            patience,
            stuck: None,
        }
    }

    fn within_patience<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.stuck.take().is_some() {
                self.heads.is_writing.store(false, Ordering::Relaxed);
            }
            return written;
        }
        self.heads.is_writing.store(true, Ordering::Relaxed);
        let patience = self.patience;
        let sleep = self
            .stuck
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Tee {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if self.early.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        } else {
            let count = self.early.len().min(buf.remaining());
            let later = self.early.split_off(count);
            buf.put_slice(&std::mem::replace(&mut self.early, later));
        }
        let new = buf.filled().get(before..).unwrap_or_default();
        self.heads.with(|log| log.feed(new));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tee {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.heads.note_written(bytes);
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.within_patience(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.heads
            .note_written(bytes.first().map_or(&[], |first| first));
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.within_patience(cx, written)
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
