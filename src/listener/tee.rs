//! A connection whose incoming bytes are also shown to the [`HeadLog`].

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::head::{Head, HeadLog};

/// The heads of one connection, shared by the reader and the service.
#[derive(Clone, Debug, Default)]
pub struct Heads(Arc<Mutex<HeadLog>>);

impl Heads {
    /// The oldest complete head that was not taken yet.
    pub fn take(&self) -> Option<Head> {
        self.with(HeadLog::take)
    }

    /// Whether a request has begun whose head is not complete.
    pub fn is_partial(&self) -> bool {
        self.with(|log| log.is_partial())
    }

    fn with<T>(&self, f: impl FnOnce(&mut HeadLog) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The connection.
#[derive(Debug)]
pub struct Tee {
    stream: TcpStream,
    heads: Heads,
}

impl Tee {
    /// Shows what is read from `stream` to `heads`.
    pub fn new(stream: TcpStream, heads: Heads) -> Self {
        Self { stream, heads }
    }
}

impl AsyncRead for Tee {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
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
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
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
