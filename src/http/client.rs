//! The client of `send`: header names in lower case, equal names side by side, and connections that are reused.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Request};

use crate::error::Error;
use crate::webhook::delivery::Delivery;

use super::{Endpoint, Response, SendError, Transport, error, tls};

/// How much is read of a response's body, in bytes.
const MAX_BODY: usize = 1 << 20;

/// Sends deliveries.
#[derive(Debug)]
pub struct Client {
    client: reqwest::Client,
    timeout: Duration,
}

impl Client {
    /// A client for `endpoint`. Without `keep_alive`, each delivery gets a connection of its own.
    ///
    /// # Errors
    /// When TLS cannot be set up.
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
                format!("cannot set up the HTTP client: {}", error::root_cause(&why)),
                "check the system's certificates, or give --cacert",
            )
        })?;
        Ok(Self {
            client,
            timeout: transport.timeout,
        })
    }

    /// Sends one delivery and reads the response.
    ///
    /// # Errors
    /// When there is no response, or a header cannot be sent.
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
        let response = Response::read(response.into(), MAX_BODY).await;
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
    let method = Method::from_bytes(delivery.method.as_bytes()).unwrap_or(Method::POST);
    let mut request = Request::new(method, endpoint.url.clone());
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
