//! A request on the wire byte for byte: header names in their case, headers in their order, nothing
//! added. The HTTP library reads the answer; what it would have written is thrown away and the
//! delivery's own bytes are written in its place.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::Error;
use crate::webhook::delivery::Delivery;

use super::no_answer::SendError;
use super::{Answer, Endpoint, Transport, tls};

/// Sends deliveries as they are, each on a connection of its own.
#[derive(Clone)]
pub struct RawClient {
    tls: Option<TlsConnector>,
    timeout: Duration,
    most: usize,
}

impl std::fmt::Debug for RawClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exact")
            .field("timeout", &self.timeout)
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl RawClient {
    /// A sender to `endpoint` that reads at most `most` bytes of an answer's body.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(endpoint: &Endpoint, transport: &Transport, most: usize) -> Result<Self, Error> {
        let tls = match endpoint.is_tls() {
            true => Some(TlsConnector::from(Arc::new(tls::config(transport)?))),
            false => None,
        };
        Ok(Self {
            tls,
            timeout: transport.timeout,
            most,
        })
    }

    /// The same with another patience.
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

    /// Writes `request` (the head and body of the delivery, as raw HTTP) and reads the answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn exchange(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        request: Bytes,
    ) -> Result<Answer, SendError> {
        let started = Instant::now();
        let exchange = async {
            let place = endpoint.host();
            match self.connect(endpoint).await? {
                Stream::Plain(tcp) => self.talk(&place, tcp, delivery, request).await,
                Stream::Tls(tls) => self.talk(&place, *tls, delivery, request).await,
            }
        };
        let mut answer = tokio::time::timeout(self.timeout, exchange)
            .await
            .map_err(|_| SendError::timed_out(&endpoint.host(), self.timeout))??;
        answer.duration = started.elapsed();
        Ok(answer)
    }

    /// Writes the beginning of a request and closes the connection; an answer is not waited for.
    ///
    /// # Errors
    /// When there is no connection. That the endpoint closes it first is no error.
    pub async fn break_off(&self, endpoint: &Endpoint, part: &[u8]) -> Result<(), SendError> {
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
        let place = endpoint.host();
        let unreachable = |why: io::Error| SendError::unreachable(&place, &why);
        let (host, port) = endpoint.address();
        let tcp = TcpStream::connect((host.as_str(), port))
            .await
            .map_err(unreachable)?;
        // The request is written whole; waiting for more would only delay it.
        let _ = tcp.set_nodelay(true);
        let Some(connector) = &self.tls else {
            return Ok(Stream::Plain(tcp));
        };
        let name = ServerName::try_from(host).map_err(|why| unreachable(io::Error::other(why)))?;
        let stream = connector.connect(name, tcp).await.map_err(unreachable)?;
        Ok(Stream::Tls(Box::new(stream)))
    }

    async fn talk<S>(
        &self,
        place: &str,
        stream: S,
        delivery: &Delivery,
        request: Bytes,
    ) -> Result<Answer, SendError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let broken = |why: hyper::Error| SendError::broken(place, &why);
        let io = TokioIo::new(Script { stream, request });
        let (mut sender, connection) = http1::Builder::new()
            .max_headers(1000)
            .handshake(io)
            .await
            .map_err(broken)?;
        // The method is all that the library has to know to read the answer.
        let method = http::Method::from_bytes(delivery.method.as_bytes());
        let mut stand_in = http::Request::new(Empty::<Bytes>::new());
        *stand_in.method_mut() = method.unwrap_or(http::Method::POST);
        let mut connection = pin!(connection);
        let reading = async {
            let response = sender.send_request(stand_in).await.map_err(broken)?;
            let (parts, mut body) = response.into_parts();
            let mut read = Vec::new();
            let mut clipped = false;
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame.map_err(broken)?.into_data() else {
                    continue; // trailers
                };
                let room = self.most - read.len();
                clipped = data.len() > room;
                read.extend_from_slice(data.get(..room).unwrap_or(&data));
                if clipped {
                    break;
                }
            }
            Ok(Answer::new(
                parts.status,
                &parts.headers,
                &parts.extensions,
                read,
                clipped,
            ))
        };
        let mut reading = pin!(reading);
        tokio::select! {
            answer = &mut reading => answer,
            // The connection's end comes first when it was closed behind the answer: what was read of
            // it is still there to be had.
            ended = &mut connection => match reading.await {
                Err(none) => match ended {
                    Err(why) => Err(broken(why)),
                    Ok(()) => Err(none),
                },
                answer => answer,
            },
        }
    }
}

/// A connection.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A stream that writes its own request, whatever it is asked to write.
struct Script<S> {
    stream: S,
    request: Bytes,
}

impl<S: AsyncRead + Unpin> AsyncRead for Script<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Script<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        swallowed: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        while this.request.has_remaining() {
            match ready!(Pin::new(&mut this.stream).poll_write(cx, &this.request)) {
                Ok(0) => this.request.clear(),
                Ok(n) => this.request.advance(n),
                // An endpoint may answer and close before it has read everything: the answer counts.
                Err(_) => this.request.clear(),
            }
        }
        Poll::Ready(Ok(swallowed.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
