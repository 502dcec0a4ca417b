//! The HTTP client: the only code that sends requests. It follows no redirect and sends nothing twice.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::ext::ReasonPhrase;
use rustls::CertificateError;

use crate::error::{self, Error};
use crate::webhook::delivery::Headers;

mod client;
mod endpoint;
mod injector;
mod keep_alive;
pub mod readdress;
mod tls;

pub use client::{Client, RawClient};
pub use endpoint::{Endpoint, is_url};
pub use keep_alive::KeptConnection;
pub use tls::check_certificates;

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

#[derive(Clone, Debug)]
pub struct Response {
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

    /// Reads at most `limit` bytes of the body, and less when `reserve` allows no more memory; it is asked for each
    /// part. The duration is left to the caller.
    async fn read<B>(
        response: http::Response<B>,
        limit: usize,
        mut reserve: impl FnMut(usize) -> bool,
    ) -> Result<Self, B::Error>
    where
        B: Body<Data = Bytes>,
    {
        let (parts, body) = response.into_parts();
        let mut unread = pin!(body);
        let mut body = Vec::new();
        let head = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        let mut clipped = !reserve(head.sum());
        let expected = unread.size_hint().exact().and_then(|length| usize::try_from(length).ok());
        let max_capacity = expected.map_or(limit, |length| length.min(limit));
        while !clipped && let Some(frame) = unread.frame().await {
            let Ok(data) = frame?.into_data() else {
                continue; // trailers
            };
            let space = limit - body.len();
            clipped = data.len() > space;
            let data = data.get(..space).unwrap_or(&data);
            if body.len() + data.len() > body.capacity() {
                let doubled = (body.capacity() * 2).min(max_capacity);
                let capacity = doubled.max(body.len() + data.len());
                if !reserve(capacity - body.capacity()) {
                    clipped = true;
                    break;
                }
                body.reserve_exact(capacity - body.len());
            }
            body.extend_from_slice(data);
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

type Cause<'e> = &'e (dyn StdError + 'static);

/// A request without a response.
#[derive(Debug)]
pub struct SendError {
    pub kind: SendErrorKind,
    pub error: Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendErrorKind {
    /// No connection: refused, no such host, or TLS failed.
    Unreachable,
    /// No response within the timeout.
    TimedOut,
    /// The connection ended early, or the response was not HTTP.
    Broken,
}

impl SendError {
    /// No response from `host` (and port) within `timeout`.
    pub fn timed_out(host: &str, timeout: Duration) -> Self {
        Self {
            kind: SendErrorKind::TimedOut,
            error: Error::io(
                format!("no response from {host} within {timeout:?}"),
                "check whether the endpoint hangs; --timeout sets how long to wait",
            ),
        }
    }

    /// The same, after the head of a response with this status was read.
    pub fn after_status(mut self, status: u16) -> Self {
        let cause = self.error.message;
        self.error.message = format!("the body of the {status} response is incomplete: {cause}");
        self
    }

    /// A header that HTTP does not allow.
    pub fn unsendable(name: &str) -> Self {
        Self {
            kind: SendErrorKind::Broken,
            error: Error::usage(
                format!("the header {name} cannot be sent"),
                "remove the characters that HTTP does not allow",
            ),
        }
    }

    pub fn unreachable(host: &str, why: Cause<'_>) -> Self {
        let cause = root_cause(why);
        let certificate_error = chain(why).filter_map(tls_error).find_map(|error| match error {
            rustls::Error::InvalidCertificate(problem) => Some(problem),
            _ => None,
        });
        let error = if let Some(problem) = certificate_error {
            Error::io(
                format!("the certificate of {host} is not trusted: {cause}"),
                untrusted_hint(problem),
            )
        } else {
            let io_kind = chain(why).find_map(|c| Some(c.downcast_ref::<io::Error>()?.kind()));
            let is_plain = chain(why)
                .filter_map(tls_error)
                .any(|error| matches!(error, rustls::Error::InvalidMessage(_)));
            match io_kind {
                _ if is_plain => Error::io(
                    format!("cannot connect to {host}: this port does not speak TLS"),
                    "use http:// instead of https://, or the port of the TLS server",
                ),
                Some(io::ErrorKind::ConnectionRefused) => {
                    Error::io(format!("cannot connect to {host}: {cause}"), refused_hint(host))
                }
                _ => Error::io(
                    format!("cannot connect to {host}: {cause}"),
                    "check the host name, the port and the network",
                ),
            }
        };
        Self { kind: SendErrorKind::Unreachable, error }
    }

    pub fn broken(host: &str, why: Cause<'_>) -> Self {
        Self {
            kind: SendErrorKind::Broken,
            error: Error::io(
                format!("the exchange with {host} failed: {}", root_cause(why)),
                "the endpoint closed the connection or does not speak HTTP: check its log; if it speaks TLS, use https://",
            ),
        }
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        error.error
    }
}

/// The text of the innermost cause.
fn root_cause(error: Cause<'_>) -> String {
    chain(error).last().map_or_else(String::new, |cause| match cause.downcast_ref::<io::Error>() {
        Some(io) => error::reason(io),
        None => cause.to_string(),
    })
}

/// The error of TLS that a cause is or contains.
fn tls_error(cause: Cause<'_>) -> Option<&rustls::Error> {
    if let Some(error) = cause.downcast_ref() {
        return Some(error);
    }
    // The error inside an I/O error is not its source.
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    tls_error(inner)
}

/// What to do when nothing listens at a host and port.
fn refused_hint(host: &str) -> String {
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    match name {
        "localhost" | "127.0.0.1" | "[::1]" => format!(
            "start the endpoint, or check the port; `cz-hook listen {port}` receives deliveries there, and \
             `cz-hook snippet` prints an endpoint to start from"
        ),
        _ => "check that the endpoint is running and that the port is right".to_owned(),
    }
}

fn untrusted_hint(problem: &CertificateError) -> &'static str {
    match problem {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "renew it, or check this machine's clock; --insecure trusts any"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "use a host name that it was issued for; --insecure trusts any"
        }
        _ => "give its issuer with --cacert FILE, or --insecure to trust any",
    }
}

fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(Some(error), |cause: &Cause<'_>| (*cause).source())
}
