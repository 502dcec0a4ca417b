//! The HTTP client: the only code that sends requests. It follows no redirect and sends nothing twice.

use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::ext::ReasonPhrase;

use crate::webhook::delivery::Headers;

mod client;
mod endpoint;
mod error;
pub mod proxy;
mod raw_client;
mod tls;

pub use client::Client;
pub use endpoint::Endpoint;
pub use error::{SendError, SendErrorKind};
pub use raw_client::RawClient;

/// How to connect.
#[derive(Clone, Debug)]
pub struct Transport {
    /// From the start of connecting to the last byte received.
    pub timeout: Duration,
    /// Accept any certificate.
    pub insecure: bool,
    /// Trust the certificates in this PEM file instead of the system's.
    pub cacert: Option<PathBuf>,
}

/// An endpoint's response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The reason phrase, as the endpoint wrote it.
    pub phrase: String,
    /// The headers; names in lower case.
    pub headers: Headers,
    /// The body, up to the client's limit.
    pub body: Vec<u8>,
    /// Whether the body was longer than that.
    pub clipped: bool,
    /// From the start of the request to the end of the body.
    pub duration: Duration,
}

impl Response {
    /// Whether a provider counts the delivery as accepted.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads at most `limit` bytes of the body. The duration is left to the caller.
    async fn read<B>(response: http::Response<B>, limit: usize) -> Result<Self, B::Error>
    where
        B: Body<Data = Bytes>,
    {
        let (parts, body) = response.into_parts();
        let mut unread = pin!(body);
        let mut body = Vec::new();
        let mut clipped = false;
        while let Some(frame) = unread.frame().await {
            let Ok(data) = frame?.into_data() else {
                continue; // trailers
            };
            let room = limit - body.len();
            clipped = data.len() > room;
            body.extend_from_slice(data.get(..room).unwrap_or(&data));
            if clipped {
                break;
            }
        }
        let status = parts.status;
        Ok(Self {
            status: status.as_u16(),
            phrase: match parts.extensions.get::<ReasonPhrase>() {
                Some(phrase) => String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
                None => status.canonical_reason().unwrap_or_default().to_owned(),
            },
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .collect(),
            body,
            clipped,
            duration: Duration::ZERO,
        })
    }
}
