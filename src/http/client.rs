//! One HTTP client per run, and what it brings back: an answer, or the reason why there is none.

use std::time::{Duration, Instant};

use http::Extensions;
use hyper::ext::ReasonPhrase;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Request, StatusCode};

use crate::error::Error;
use crate::webhook::delivery::{Delivery, Headers};

use super::no_answer::{self, SendError};
use super::{Endpoint, tls};

/// The most that is read of an answer's body, in bytes.
const MOST_OF_ANSWER: usize = 1 << 20;

/// How to connect.
#[derive(Clone, Debug)]
pub struct Transport {
    /// From the start of connecting to the last byte received.
    pub timeout: Duration,
    /// Take any certificate.
    pub insecure: bool,
    /// Trust these certificates (PEM) instead of the system's.
    pub cacert: Option<Vec<u8>>,
}

/// What an endpoint answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The phrase beside the status, as the endpoint wrote it.
    pub phrase: String,
    /// The headers; names in lower case.
    pub headers: Headers,
    /// The body, at most 1 MiB of it.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub clipped: bool,
    /// From the start of the request to the end of the body.
    pub duration: Duration,
}

impl Answer {
    /// Whether a provider counts the delivery as taken.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Sends deliveries.
#[derive(Debug)]
pub struct Sender {
    client: Client,
    timeout: Duration,
}

impl Sender {
    /// A sender to `endpoint`.
    ///
    /// # Errors
    /// When the certificates cannot be used.
    pub fn new(endpoint: &Endpoint, transport: &Transport) -> Result<Self, Error> {
        // Fails when one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            // A proxy would get, and could change, what is meant for the endpoint.
            .no_proxy()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .timeout(transport.timeout);
        builder = if endpoint.is_tls() {
            builder.tls_backend_preconfigured(tls::config(transport)?)
        } else {
            // The system's certificates are not read for a request that needs none.
            builder.tls_certs_only([])
        };
        let client = builder.build().map_err(|why| {
            Error::io(
                format!(
                    "cannot set up the HTTP client: {}",
                    no_answer::deepest(&why)
                ),
                "check the system's certificates, or give --cacert",
            )
        })?;
        Ok(Self {
            client,
            timeout: transport.timeout,
        })
    }

    /// Sends one delivery and reads the answer.
    ///
    /// # Errors
    /// When there is no answer, or a header cannot be sent.
    pub async fn send(&self, endpoint: &Endpoint, delivery: &Delivery) -> Result<Answer, Error> {
        let request = build(endpoint, delivery)?;
        let started = Instant::now();
        let fail = |why: reqwest::Error| self.explain(endpoint, &why).error;
        let mut response = self.client.execute(request).await.map_err(fail)?;
        let mut body = Vec::new();
        let mut clipped = false;
        let status = response.status().as_u16();
        let cut = |why: reqwest::Error| self.explain(endpoint, &why).after_status(status).error;
        while let Some(chunk) = response.chunk().await.map_err(cut)? {
            let room = MOST_OF_ANSWER - body.len();
            clipped = chunk.len() > room;
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if clipped {
                break;
            }
        }
        let mut answer = Answer::new(
            response.status(),
            response.headers(),
            response.extensions(),
            body,
            clipped,
        );
        answer.duration = started.elapsed();
        Ok(answer)
    }

    fn explain(&self, endpoint: &Endpoint, why: &reqwest::Error) -> SendError {
        let place = endpoint.host();
        if why.is_timeout() {
            SendError::timed_out(&place, self.timeout)
        } else if why.is_connect() {
            SendError::unreachable(&place, why)
        } else {
            SendError::broken(&place, why)
        }
    }
}

impl Answer {
    pub(super) fn new(
        status: StatusCode,
        headers: &HeaderMap,
        extensions: &Extensions,
        body: Vec<u8>,
        clipped: bool,
    ) -> Self {
        Self {
            status: status.as_u16(),
            phrase: match extensions.get::<ReasonPhrase>() {
                Some(own) => String::from_utf8_lossy(own.as_bytes()).into_owned(),
                None => status.canonical_reason().unwrap_or_default().to_owned(),
            },
            headers: headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .collect(),
            body,
            clipped,
            duration: Duration::ZERO,
        }
    }
}

fn build(endpoint: &Endpoint, delivery: &Delivery) -> Result<Request, Error> {
    let method = Method::from_bytes(delivery.method.as_bytes()).unwrap_or(Method::POST);
    let mut request = Request::new(method, endpoint.url.clone());
    let mut headers = HeaderMap::with_capacity(delivery.headers.len());
    for (name, value) in delivery.headers.iter() {
        let unsendable = || {
            Error::usage(
                format!("the header {name} cannot be sent"),
                "leave out the characters that HTTP does not allow",
            )
        };
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?,
            HeaderValue::from_bytes(value).map_err(|_| unsendable())?,
        );
    }
    *request.headers_mut() = headers;
    *request.body_mut() = Some(delivery.body.clone().into());
    Ok(request)
}
