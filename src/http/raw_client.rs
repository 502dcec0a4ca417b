//! The client that writes a request byte for byte: header names in their case, headers in their order, nothing
//! added. hyper reads the response; the request that hyper would write is replaced by the given bytes.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::Error;
use crate::webhook::delivery::Delivery;

use super::{Endpoint, Response, SendError, Transport, tls};

/// Sends requests as they are, each on a connection of its own.
#[derive(Clone)]
pub struct RawClient {
    tls: Option<TlsConnector>,
    timeout: Duration,
    max_body: usize,
}

impl std::fmt::Debug for RawClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawClient")
            .field("timeout", &self.timeout)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}

impl RawClient {
    /// A client for `endpoint` that reads at most `max_body` bytes of a response's body.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(endpoint: &Endpoint, transport: &Transport, max_body: usize) -> Result<Self, Error> {
        let tls = tls::client_config(endpoint, transport)?;
        Ok(Self {
            tls: tls.map(|config| TlsConnector::from(Arc::new(config))),
            timeout: transport.timeout,
            max_body,
        })
    }

    /// The same client with another timeout.
    pub fn within(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// How long an exchange may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Writes `request` (the head and body of the delivery, as raw HTTP) and reads the response.
    ///
    /// # Errors
    /// When there is no response.
    pub async fn exchange(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        request: Bytes,
    ) -> Result<Response, SendError> {
        let started = Instant::now();
        let exchange = async {
            let host = endpoint.host();
            match self.connect(endpoint).await? {
                Stream::Plain(tcp) => self.exchange_on(&host, tcp, delivery, request).await,
                Stream::Tls(tls) => self.exchange_on(&host, *tls, delivery, request).await,
            }
        };
        let mut response = tokio::time::timeout(self.timeout, exchange)
            .await
            .map_err(|_| SendError::timed_out(&endpoint.host(), self.timeout))??;
        response.duration = started.elapsed();
        Ok(response)
    }

    /// Writes the first part of a request and closes the connection without waiting for a response.
    ///
    /// # Errors
    /// When there is no connection. An endpoint that closes it first is not an error.
    pub async fn send_partial(&self, endpoint: &Endpoint, part: &[u8]) -> Result<(), SendError> {
        let write = async {
            let mut stream: Box<dyn AsyncWrite + Send + Unpin> =
                match self.connect(endpoint).await? {
                    Stream::Plain(tcp) => Box::new(tcp),
                    Stream::Tls(tls) => tls,
                };
            if stream.write_all(part).await.is_ok() {
                let _ = stream.flush().await;
            }
            Ok(())
        };
        tokio::time::timeout(self.timeout, write)
            .await
            .map_err(|_| SendError::timed_out(&endpoint.host(), self.timeout))?
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Stream, SendError> {
        let host = endpoint.host();
        let unreachable = |why: io::Error| SendError::unreachable(&host, &why);
        let (address, port) = endpoint.address();
        let tcp = TcpStream::connect((address.as_str(), port))
            .await
            .map_err(unreachable)?;
        // The request is written whole; waiting for more would only delay it.
        let _ = tcp.set_nodelay(true);
        let Some(connector) = &self.tls else {
            return Ok(Stream::Plain(tcp));
        };
        let name =
            ServerName::try_from(address).map_err(|why| unreachable(io::Error::other(why)))?;
        let stream = connector.connect(name, tcp).await.map_err(unreachable)?;
        Ok(Stream::Tls(Box::new(stream)))
    }

    async fn exchange_on<S>(
        &self,
        host: &str,
        stream: S,
        delivery: &Delivery,
        request: Bytes,
    ) -> Result<Response, SendError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let broken = |why: hyper::Error| SendError::broken(host, &why);
        let io = TokioIo::new(RequestInjector { stream, request });
        let (mut sender, connection) = http1::Builder::new()
            .max_headers(1000)
            .handshake(io)
            .await
            .map_err(broken)?;
        // hyper only needs the method to read the response.
        let method = http::Method::from_bytes(delivery.method.as_bytes());
        let mut placeholder = http::Request::new(Empty::<Bytes>::new());
        *placeholder.method_mut() = method.unwrap_or(http::Method::POST);
        let mut connection = pin!(connection);
        let reading = async {
            let response = sender.send_request(placeholder).await.map_err(broken)?;
            Response::read(response, self.max_body)
                .await
                .map_err(broken)
        };
        let mut reading = pin!(reading);
        tokio::select! {
            response = &mut reading => response,
            // The connection may end first: a response that was read before is still available.
            ended = &mut connection => match reading.await {
                Err(error) => match ended {
                    Err(why) => Err(broken(why)),
                    Ok(()) => Err(error),
                },
                response => response,
            },
        }
    }
}

/// A connection.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A stream that writes the given request in place of whatever hyper writes.
struct RequestInjector<S> {
    stream: S,
    request: Bytes,
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestInjector<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestInjector<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        discarded: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        while this.request.has_remaining() {
            match ready!(Pin::new(&mut this.stream).poll_write(cx, &this.request)) {
                Ok(0) => this.request.clear(),
                Ok(n) => this.request.advance(n),
                // An endpoint may respond and close before it has read everything: the response counts.
                Err(_) => this.request.clear(),
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
