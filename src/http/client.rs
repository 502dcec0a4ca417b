//! The two clients: one that lets a library write the request, and one that writes it byte for byte.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Request};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::error::Error;
use crate::webhook::delivery::Delivery;

use super::injector::{Injector, Stream, Unwritten};
use super::{Endpoint, Response, SendError, Transport, root_cause, tls};

/// The addresses of `localhost`: many servers listen on only one of them, whatever the system resolves first.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// How much is read of a response's body, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The client of `send`: header names in lower case, equal names side by side, and connections that are reused.
#[derive(Debug)]
pub struct Client {
    client: reqwest::Client,
    timeout: Duration,
}

impl Client {
    /// A client for `endpoint`. Without `keep_alive`, each delivery gets a connection of its own.
    pub fn new(
        endpoint: &Endpoint,
        transport: &Transport,
        keep_alive: bool,
    ) -> Result<Self, Error> {
        // Fails when one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            // A proxy would see, and could change, the delivery.
            .no_proxy()
            .resolve_to_addrs("localhost", &LOOPBACK.map(|ip| SocketAddr::new(ip, 0)))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .timeout(transport.timeout);
        if !keep_alive {
            builder = builder.pool_max_idle_per_host(0);
        }
        builder = match tls::client_config(endpoint, transport)? {
            Some(config) => builder.tls_backend_preconfigured(config),
            // Plain HTTP: the system's certificates need not be read.
            None => builder.tls_certs_only([]),
        };
        let client = builder.build().map_err(|why| {
            Error::io(
                format!("cannot set up the HTTP client: {}", root_cause(&why)),
                "check the system's certificates, or give --cacert",
            )
        })?;
        Ok(Self { client, timeout: transport.timeout })
    }

    /// Sends one delivery and reads the response. An error when a header cannot be sent.
    pub async fn send(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
    ) -> Result<Response, SendError> {
        let request = request(endpoint, delivery)?;
        let started = Instant::now();
        let response = self.client.execute(request).await;
        let response = response.map_err(|why| self.send_error(endpoint, &why))?;
        let status = response.status().as_u16();
        let response = Response::read(response.into(), MAX_BODY, |_| true).await;
        let mut response =
            response.map_err(|why| self.send_error(endpoint, &why).after_status(status))?;
        response.duration = started.elapsed();
        Ok(response)
    }

    fn send_error(&self, endpoint: &Endpoint, why: &reqwest::Error) -> SendError {
        let host = endpoint.host();
        if why.is_timeout() {
            SendError::timed_out(&host, self.timeout)
        } else if why.is_connect() {
            SendError::unreachable(&host, why)
        } else {
            SendError::broken(&host, why)
        }
    }
}

fn request(endpoint: &Endpoint, delivery: &Delivery) -> Result<Request, SendError> {
    // Signing may have added to the query of the endpoint.
    let url = endpoint.with_target(&delivery.target).parse();
    let url = url.unwrap_or_else(|_| endpoint.url.clone());
    let mut request = Request::new(method(delivery), url);
    let mut headers = HeaderMap::with_capacity(delivery.headers.len());
    for (name, value) in delivery.headers.iter() {
        let unsendable = || SendError::unsendable(name);
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?,
            HeaderValue::from_bytes(value).map_err(|_| unsendable())?,
        );
    }
    *request.headers_mut() = headers;
    *request.body_mut() = Some(delivery.body.clone().into());
    Ok(request)
}

fn method(delivery: &Delivery) -> Method {
    Method::from_bytes(delivery.method.as_bytes()).unwrap_or(Method::POST)
}

/// The client that writes a request byte for byte: header names in their case, headers in their order, nothing added,
/// each request on a connection of its own. hyper reads the response; the request that hyper would write is replaced
/// by the given bytes.
#[derive(Clone, Debug)]
pub struct RawClient {
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
    max_body: usize,
}

impl RawClient {
    /// A client for `endpoint` that reads at most `max_body` bytes of a response's body.
    pub fn new(endpoint: &Endpoint, transport: &Transport, max_body: usize) -> Result<Self, Error> {
        let tls = tls::client_config(endpoint, transport)?;
        Ok(Self { tls: tls.map(Arc::new), timeout: transport.timeout, max_body })
    }

    pub fn within(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How much is read of a response's body, in bytes.
    pub(super) fn max_body(&self) -> usize {
        self.max_body
    }

    /// Writes `request` (the head and body of the delivery, as raw HTTP) and reads the response.
    pub async fn exchange(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        request: Bytes,
    ) -> Result<Response, SendError> {
        self.exchange_within(endpoint, delivery, request, |_| true).await
    }

    /// The same with a request in several parts, and a pause between two of them.
    pub async fn exchange_in_parts(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        parts: Vec<Bytes>,
        pause: Duration,
    ) -> Result<Response, SendError> {
        self.exchange_parts(endpoint, delivery, Unwritten::in_parts(parts, pause), |_| true).await
    }

    /// The same as [`exchange`](Self::exchange), and the response is clipped when `reserve` allows no more memory for
    /// its body.
    pub async fn exchange_within(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        request: Bytes,
        reserve: impl FnMut(usize) -> bool,
    ) -> Result<Response, SendError> {
        self.exchange_parts(endpoint, delivery, request.into(), reserve).await
    }

    async fn exchange_parts(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        request: Unwritten,
        reserve: impl FnMut(usize) -> bool,
    ) -> Result<Response, SendError> {
        let started = Instant::now();
        let exchange = async {
            let stream = self.connect(endpoint).await?;
            self.exchange_on(stream, &endpoint.host(), delivery, request, reserve).await
        };
        let mut response = tokio::time::timeout(self.timeout, exchange)
            .await
            .map_err(|_| SendError::timed_out(&endpoint.host(), self.timeout))??;
        response.duration = started.elapsed();
        Ok(response)
    }

    /// Writes the first part of a request and closes the connection without waiting for a response. An endpoint that
    /// closes it first is not an error.
    pub async fn send_partial(&self, endpoint: &Endpoint, part: &[u8]) -> Result<(), SendError> {
        let write = async {
            let mut stream = self.connect(endpoint).await?;
            if stream.write_all(part).await.is_ok() {
                let _ = stream.flush().await;
            }
            Ok(())
        };
        tokio::time::timeout(self.timeout, write)
            .await
            .map_err(|_| SendError::timed_out(&endpoint.host(), self.timeout))?
    }

    /// Opens a connection and closes it again.
    pub async fn connects(&self, endpoint: &Endpoint) -> Result<(), SendError> {
        let connected = tokio::time::timeout(self.timeout, self.connect(endpoint)).await;
        connected.map_err(|_| SendError::timed_out(&endpoint.host(), self.timeout))?.map(drop)
    }

    pub(super) async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Stream>, SendError> {
        let host = endpoint.host();
        let unreachable = |why: io::Error| SendError::unreachable(&host, &why);
        let (address, port) = endpoint.address();
        let tcp = match address.as_str() {
            "localhost" => {
                TcpStream::connect(&LOOPBACK.map(|ip| SocketAddr::new(ip, port))[..]).await
            }
            address => TcpStream::connect((address, port)).await,
        };
        let tcp = tcp.map_err(unreachable)?;
        // The request is written whole; waiting for more would only delay it.
        let _ = tcp.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return Ok(Box::new(tcp));
        };
        let name =
            ServerName::try_from(address).map_err(|why| unreachable(io::Error::other(why)))?;
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(name, tcp).await.map_err(unreachable)?;
        Ok(Box::new(stream))
    }

    async fn exchange_on(
        &self,
        stream: Box<dyn Stream>,
        host: &str,
        delivery: &Delivery,
        request: Unwritten,
        reserve: impl FnMut(usize) -> bool,
    ) -> Result<Response, SendError> {
        let broken = |why: hyper::Error| SendError::broken(host, &why);
        let io = TokioIo::new(Injector::new(stream, Arc::new(Mutex::new(request))));
        let (mut sender, connection) =
            http1::Builder::new().max_headers(1000).handshake(io).await.map_err(broken)?;
        // hyper only needs the method to read the response.
        let mut placeholder = http::Request::new(Empty::<Bytes>::new());
        *placeholder.method_mut() = method(delivery);
        let mut connection = pin!(connection);
        let reading = async {
            let response = sender.send_request(placeholder).await.map_err(broken)?;
            Response::read(response, self.max_body, reserve).await.map_err(broken)
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
