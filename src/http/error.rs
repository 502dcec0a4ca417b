//! Why there is no response: the endpoint is unreachable, too slow, or it ended the exchange.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::CertificateError;

use crate::error::{self, Error};

/// A request without a response.
#[derive(Debug)]
pub struct SendError {
    /// The kind of failure.
    pub kind: SendErrorKind,
    /// What happened and what to do.
    pub error: Error,
}

/// The kinds of failure.
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

    /// No connection.
    pub fn unreachable(host: &str, why: &(dyn StdError + 'static)) -> Self {
        let cause = root_cause(why);
        let error = if let Some(problem) = chain(why).find_map(certificate_error) {
            Error::io(
                format!("the certificate of {host} is not trusted: {cause}"),
                untrusted_hint(problem),
            )
        } else {
            let hint = match io_kind(why) {
                Some(io::ErrorKind::ConnectionRefused) => {
                    "check that the endpoint is running and that the port is right"
                }
                _ => "check the host name, the port and the network",
            };
            Error::io(format!("cannot connect to {host}: {cause}"), hint)
        };
        Self {
            kind: SendErrorKind::Unreachable,
            error,
        }
    }

    /// An exchange that ended early.
    pub fn broken(host: &str, why: &(dyn StdError + 'static)) -> Self {
        Self {
            kind: SendErrorKind::Broken,
            error: Error::io(
                format!("the exchange with {host} failed: {}", root_cause(why)),
                "the endpoint closed the connection or does not speak HTTP; check its log",
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
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map_or_else(String::new, |cause| {
        match cause.downcast_ref::<io::Error>() {
            Some(io) => error::reason(io),
            None => cause.to_string(),
        }
    })
}

/// Why TLS rejected the certificate.
fn certificate_error(cause: Cause<'_>) -> Option<&CertificateError> {
    if let Some(rustls::Error::InvalidCertificate(problem)) = cause.downcast_ref() {
        return Some(problem);
    }
    // The error inside an I/O error is not its source.
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    certificate_error(inner)
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

fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    chain(error).find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()))
}

type Cause<'e> = &'e (dyn StdError + 'static);

fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(Some(error), |cause: &Cause<'_>| (*cause).source())
}
