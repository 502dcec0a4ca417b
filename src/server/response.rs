//! What the listener responds: the messages of the vendor's sample handler, plain HTTP for the rest, or an injected
//! fault. Never the expected signature.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response as HttpResponse, StatusCode};
use http_body_util::Full;
use hyper::ext::ReasonPhrase;

use crate::webhook::record::RejectReason;

/// A response, before it is written to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    /// The reason phrase, if it is not the usual one.
    pub(super) phrase: Option<ReasonPhrase>,
    /// The headers, without those that hyper sets.
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A response that was given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedResponse {
    pub status: u16,
    pub body: Bytes,
}

impl Response {
    /// The response to a delivery: what is not trusted is rejected, and so is a payload that must be what the provider
    /// documents and is not.
    pub(super) fn to_delivery(is_trusted: bool, is_payload_accepted: bool) -> Self {
        if !is_trusted {
            return Self::new(400, r#"{"message":"Signature didn't match"}"#);
        }
        if !is_payload_accepted {
            let body = r#"{"message":"Payload didn't match the provider's document"}"#;
            return Self::new(422, body);
        }
        Self::new(200, r#"{"status":"accepted"}"#)
    }

    /// The response to a health check.
    pub(super) fn healthy() -> Self {
        Self::new(200, r#"{"status":"ok"}"#)
    }

    /// The response to a client that speaks HTTP/2 without asking first.
    pub(super) fn to_http_2() -> Self {
        Self::new(505, r#"{"message":"HTTP/2 is not supported: use HTTP/1.1"}"#)
    }

    pub(super) fn to_rejected(reason: RejectReason) -> Self {
        let (status, body) = match reason {
            RejectReason::Method => (405, "Method Not Allowed"),
            RejectReason::Path => (404, r#"{"message":"Not found"}"#),
            RejectReason::TooLarge => (413, r#"{"message":"Body too large"}"#),
            RejectReason::TimedOut => (408, r#"{"message":"The request timed out"}"#),
            RejectReason::Truncated | RejectReason::Malformed => {
                (400, r#"{"message":"Bad request"}"#)
            }
            RejectReason::Origin => {
                (403, r#"{"message":"Pages of other origins need --allow-origin"}"#)
            }
            RejectReason::Busy => (503, r#"{"message":"Busy, try again"}"#),
            RejectReason::NoSpace => {
                (507, r#"{"message":"The delivery cannot be recorded: no space left"}"#)
            }
            RejectReason::NotRecorded => {
                (500, r#"{"message":"The delivery could not be recorded"}"#)
            }
        };
        let mut response = Self::new(status, body);
        let header = match reason {
            RejectReason::Method => Some((ALLOW, "POST")),
            RejectReason::Busy => Some((RETRY_AFTER, "1")),
            _ => None,
        };
        if let Some((name, value)) = header {
            response.headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    pub(super) fn fixed(fixed: FixedResponse) -> Self {
        Self::with_body(fixed.status, fixed.body)
    }

    pub(super) fn is_success(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// The response as hyper takes it.
    pub(super) fn into_http(self) -> HttpResponse<Full<Bytes>> {
        let mut response = HttpResponse::new(Full::new(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if let Some(phrase) = self.phrase {
            response.extensions_mut().insert(phrase);
        }
        response
    }

    /// The response as bytes, after which the connection closes.
    pub(super) fn to_wire(&self, has_body: bool) -> Vec<u8> {
        let phrase = self.status.canonical_reason().unwrap_or_default();
        let mut out = format!("HTTP/1.1 {} {phrase}\r\n", self.status.as_u16()).into_bytes();
        for (name, value) in &self.headers {
            for piece in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
        let length = self.body.len();
        let date = httpdate::fmt_http_date(SystemTime::now());
        let own = format!("content-length: {length}\r\nconnection: close\r\ndate: {date}\r\n\r\n");
        out.extend_from_slice(own.as_bytes());
        if has_body {
            out.extend_from_slice(&self.body);
        }
        out
    }

    pub(super) fn new(status: u16, body: &'static str) -> Self {
        Self::with_body(status, Bytes::from_static(body.as_bytes()))
    }

    fn with_body(status: u16, body: Bytes) -> Self {
        let status = StatusCode::from_u16(status);
        let mut headers = HeaderMap::with_capacity(2);
        if let Some(first) = body.first() {
            let is_json = matches!(first, b'{' | b'[');
            let content_type = if is_json { "application/json" } else { "text/plain" };
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        Self { status, phrase: None, headers, body }
    }
}

/// Which deliveries fail, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// The response of a failure; 503 when absent. Alone, it is the response to every delivery.
    pub respond: Option<FixedResponse>,
    /// How many deliveries get no response, first of all.
    pub drop_first: u64,
    /// How many fail, after those that are dropped.
    pub fail_first: u64,
    /// The share of the others that fails, from 0 to 1.
    pub fail_rate: f64,
    /// Decides which of them.
    pub seed: u64,
    /// How long every response is delayed.
    pub delay: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Respond with this, for this reason.
    Respond(FixedResponse, String),
    /// Close the connection without a response, for this reason.
    Drop(String),
}

impl Faults {
    /// The fault of the delivery of this number, from 1.
    pub(super) fn decide(&self, number: u64) -> Fault {
        if number <= self.drop_first {
            let reason = format!("dropped, {number} of --drop-first {}", self.drop_first);
            return Fault::Drop(reason);
        }
        let number = number - self.drop_first;
        if number <= self.fail_first {
            let reason = format!("failed, {number} of --fail-first {}", self.fail_first);
            return Fault::Respond(self.failure(), reason);
        }
        if self.fail_rate > 0.0 {
            // Each number has its own generator, so that the order of arrival does not matter.
            let mixed = self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            if fastrand::Rng::with_seed(mixed).f64() < self.fail_rate {
                let reason = format!("failed by --fail-rate {}", self.fail_rate);
                return Fault::Respond(self.failure(), reason);
            }
            return Fault::None;
        }
        match &self.respond {
            Some(response) if self.fail_first == 0 => {
                Fault::Respond(response.clone(), "response of --respond".to_owned())
            }
            _ => Fault::None,
        }
    }

    fn failure(&self) -> FixedResponse {
        self.respond.clone().unwrap_or_else(|| FixedResponse {
            status: 503,
            body: Bytes::from_static(br#"{"message":"Injected failure"}"#),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(faults: &Faults, n: u64) -> String {
        (1..=n)
            .map(|i| match faults.decide(i) {
                Fault::None => '.',
                Fault::Respond(..) => 'F',
                Fault::Drop(_) => 'D',
            })
            .collect()
    }

    #[test]
    fn a_failure_rate_is_met_and_reproducible() {
        let faults = Faults { fail_rate: 0.2, seed: 7, ..Faults::default() };
        let once = outcomes(&faults, 2000);
        assert_eq!(once, outcomes(&faults, 2000));
        let failed = once.matches('F').count();
        assert!((300..500).contains(&failed), "{failed} of 2000");
        let other = Faults { seed: 8, ..faults };
        assert_ne!(once, outcomes(&other, 2000));
    }

    #[test]
    fn the_first_deliveries_fail_and_respond_alone_applies_to_all() {
        let faults = |drop_first, fail_first, respond: Option<u16>| Faults {
            drop_first,
            fail_first,
            respond: respond.map(|status| FixedResponse { status, body: Bytes::new() }),
            ..Faults::default()
        };
        assert_eq!(outcomes(&faults(1, 2, None), 5), "DFF..");
        assert_eq!(outcomes(&faults(0, 0, Some(429)), 3), "FFF");
        let first = faults(0, 1, Some(429));
        assert_eq!(outcomes(&first, 3), "F..");
        assert!(matches!(first.decide(1), Fault::Respond(r, _) if r.status == 429));
    }
}
