//! Why there is no answer, told apart: nobody there, no answer in time, an exchange that broke off.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::CertificateError;

use crate::error::{self, Error};

/// A request that got no answer.
#[derive(Debug)]
pub struct SendError {
    /// Which way it failed.
    pub kind: Kind,
    /// What happened and what to do.
    pub error: Error,
}

/// The ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No connection: nobody listens, there is no such host, or TLS failed.
    Unreachable,
    /// The time was up.
    TimedOut,
    /// The connection ended, or what came was no HTTP.
    Broken,
}

impl SendError {
    /// Nothing within `timeout`. `place` is host and port.
    pub fn timed_out(place: &str, timeout: Duration) -> Self {
        Self {
            kind: Kind::TimedOut,
            error: Error::io(
                format!("no answer from {place} within {timeout:?}"),
                "is the endpoint stuck? --timeout sets how long to wait",
            ),
        }
    }

    /// The same, after the head of an answer with this status had come.
    pub fn after_status(mut self, status: u16) -> Self {
        let what = self.error.message;
        self.error.message = format!("the answer {status} began and its body did not end: {what}");
        self
    }

    /// No connection.
    pub fn unreachable(place: &str, why: &(dyn StdError + 'static)) -> Self {
        let cause = deepest(why);
        let error = if let Some(problem) = chain(why).find_map(certificate_error) {
            Error::io(
                format!("the certificate of {place} is not trusted: {cause}"),
                untrusted_hint(problem),
            )
        } else {
            let hint = match io_kind(why) {
                Some(io::ErrorKind::ConnectionRefused) => {
                    "is the endpoint running, and is the port right?"
                }
                _ => "check the host name, the port and the network",
            };
            Error::io(format!("cannot connect to {place}: {cause}"), hint)
        };
        Self {
            kind: Kind::Unreachable,
            error,
        }
    }

    /// An exchange that began and did not end.
    pub fn broken(place: &str, why: &(dyn StdError + 'static)) -> Self {
        Self {
            kind: Kind::Broken,
            error: Error::io(
                format!("the exchange with {place} broke off: {}", deepest(why)),
                "the endpoint closed the connection or does not speak HTTP; see its log",
            ),
        }
    }
}

/// The innermost cause, in the words of whoever noticed it.
pub fn deepest(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map_or_else(String::new, |cause| {
        match cause.downcast_ref::<io::Error>() {
            Some(io) => error::reason(io),
            None => cause.to_string(),
        }
    })
}

/// What TLS has against the other side's certificate.
fn certificate_error(cause: Cause<'_>) -> Option<&CertificateError> {
    if let Some(rustls::Error::InvalidCertificate(problem)) = cause.downcast_ref() {
        return Some(problem);
    }
    // What an I/O error was made of is no source of it.
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
            "use a host name that it was made for; --insecure trusts any"
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
