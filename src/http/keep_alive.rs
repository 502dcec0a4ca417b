//! Many requests on one connection, each written byte for byte.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Method;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::client::RawClient;
use super::injector::{Injector, Unwritten};
use super::{Endpoint, SendError};
use crate::lock::lock;

/// A connection that was idle longer is not used again: the endpoint may be about to close it, and a request that is lost
/// then cannot be told from one that the endpoint has dropped.
const MAX_IDLE: Duration = Duration::from_secs(1);

/// A connection that is kept for further requests.
pub struct KeptConnection {
    request: Arc<Mutex<Unwritten>>,
    sender: SendRequest<Empty<Bytes>>,
    connection: Pin<Box<dyn Future<Output = Result<(), hyper::Error>> + Send>>,
    last_used: Instant,
    /// Whether the last response was read to its end, and the connection is still open.
    is_reusable: bool,
    /// How much is read of a response's body. A longer one ends the connection.
    max_body: usize,
    host: Arc<str>,
    timeout: Duration,
}

impl RawClient {
    /// Opens a connection for several requests.
    pub async fn keep_alive(&self, endpoint: &Endpoint) -> Result<KeptConnection, SendError> {
        let host: Arc<str> = endpoint.host().into();
        let connect = async {
            let stream = self.connect(endpoint).await?;
            let request = Arc::<Mutex<Unwritten>>::default();
            let io = TokioIo::new(Injector::new(stream, Arc::clone(&request)));
            let handshake = http1::Builder::new().max_headers(1000).handshake(io).await;
            let (sender, connection) = handshake.map_err(|why| SendError::broken(&host, &why))?;
            Ok(KeptConnection {
                request,
                sender,
                connection: Box::pin(connection),
                last_used: Instant::now(),
                is_reusable: true,
                max_body: self.max_body(),
                host: Arc::clone(&host),
                timeout: self.timeout(),
            })
        };
        let connected = tokio::time::timeout(self.timeout(), connect).await;
        connected.map_err(|_| SendError::timed_out(&host, self.timeout()))?
    }
}

impl KeptConnection {
    /// Whether it can be used for another request.
    pub fn is_usable(&self) -> bool {
        self.is_reusable && !self.sender.is_closed() && self.last_used.elapsed() < MAX_IDLE
    }

    /// Writes a request and reads the response to its end; returns its status. After an error the connection must not be
    /// used again.
    pub async fn exchange(&mut self, method: &Method, request: Bytes) -> Result<u16, SendError> {
        let (host, timeout) = (Arc::clone(&self.host), self.timeout);
        let exchanged = tokio::time::timeout(timeout, self.exchange_now(method, request)).await;
        exchanged.map_err(|_| SendError::timed_out(&host, timeout))?
    }

    async fn exchange_now(&mut self, method: &Method, bytes: Bytes) -> Result<u16, SendError> {
        let Self { request, sender, connection, host, .. } = self;
        let max_body = self.max_body;
        let broken = |why: hyper::Error| SendError::broken(host, &why);
        // hyper only needs the method to read the response.
        let mut placeholder = http::Request::new(Empty::<Bytes>::new());
        placeholder.method_mut().clone_from(method);
        let work = async {
            sender.ready().await?;
            *lock(request) = bytes.into();
            let response = sender.send_request(placeholder).await?;
            let status = response.status().as_u16();
            read_to_end(response.into_body(), max_body).await.map(|is_whole| (status, is_whole))
        };
        let mut work = pin!(work);
        let mut ended = None;
        let (status, is_whole) = poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            if ended.is_none()
                && let Poll::Ready(end) = connection.as_mut().poll(cx)
            {
                ended = Some(end);
            }
            // The connection has moved something, or it has ended, which the work is told.
            match (work.as_mut().poll(cx), &mut ended) {
                // Its own error says more than that of a closed channel.
                (Poll::Ready(Err(why)), Some(end)) => {
                    Poll::Ready(Err(std::mem::replace(end, Ok(())).err().unwrap_or(why)))
                }
                (polled, _) => polled,
            }
        })
        .await
        .map_err(broken)?;
        self.last_used = Instant::now();
        self.is_reusable = is_whole && ended.is_none();
        Ok(status)
    }
}

/// Reads a body and drops it; false when it is longer than `max`.
async fn read_to_end(mut body: Incoming, max: usize) -> Result<bool, hyper::Error> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, Bytes::len);
        if length > max {
            return Ok(false);
        }
    }
    Ok(true)
}
