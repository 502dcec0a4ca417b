//! What the listener responds: the messages of the vendor's sample handler, and plain HTTP for the rest. Never the
//! expected signature.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response as HttpResponse, StatusCode};
use http_body_util::Full;

use crate::webhook::analysis::Analysis;
use crate::webhook::payload::validate::Validity;
use crate::webhook::record::RejectReason;

/// A response, before it is written to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    /// The headers, without those that hyper sets.
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A response that was given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Response {
    /// The response to a delivery. `strict` rejects payloads that are not what the provider documents.
    pub(super) fn to_delivery(analysis: &Analysis, is_trusted: bool, strict: bool) -> Self {
        if !is_trusted {
            return Self::new(
                StatusCode::BAD_REQUEST,
                r#"{"message":"Signature didn't match"}"#,
            );
        }
        if strict && analysis.validation.verdict != Validity::Valid {
            return Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                r#"{"message":"Payload didn't match the provider's document"}"#,
            );
        }
        Self::new(StatusCode::OK, r#"{"status":"accepted"}"#)
    }

    /// The response to a rejected request.
    pub(super) fn to_rejected(reason: RejectReason) -> Self {
        let (status, body) = match reason {
            RejectReason::Method => (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
            RejectReason::Path => (StatusCode::NOT_FOUND, r#"{"message":"Not found"}"#),
            RejectReason::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                r#"{"message":"Body too large"}"#,
            ),
            RejectReason::TimedOut => (
                StatusCode::REQUEST_TIMEOUT,
                r#"{"message":"The request did not come in time"}"#,
            ),
            RejectReason::Truncated | RejectReason::Malformed => {
                (StatusCode::BAD_REQUEST, r#"{"message":"Bad request"}"#)
            }
            RejectReason::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"message":"Busy, try again"}"#,
            ),
            RejectReason::NoRoom => (
                StatusCode::INSUFFICIENT_STORAGE,
                r#"{"message":"No room to record the delivery"}"#,
            ),
            RejectReason::NotRecorded => (
                StatusCode::INTERNAL_SERVER_ERROR,
                r#"{"message":"The delivery could not be recorded"}"#,
            ),
        };
        let mut response = Self::new(status, body);
        let header = match reason {
            RejectReason::Method => Some((ALLOW, "POST")),
            RejectReason::Busy => Some((RETRY_AFTER, "1")),
            _ => None,
        };
        if let Some((name, value)) = header {
            let value = HeaderValue::from_static(value);
            response.headers.insert(name, value);
        }
        response
    }

    /// The response when the endpoint that deliveries are forwarded to cannot be reached.
    pub(super) fn bad_gateway() -> Self {
        let body = r#"{"message":"The endpoint cannot be reached"}"#;
        Self::new(StatusCode::BAD_GATEWAY, body)
    }

    /// The response when the endpoint's own is not HTTP, breaks off or is too long.
    pub(super) fn unusable() -> Self {
        let body = r#"{"message":"The endpoint's response cannot be used"}"#;
        Self::new(StatusCode::BAD_GATEWAY, body)
    }

    /// The response to a delivery that is forwarded in circles.
    pub(super) fn loop_detected() -> Self {
        let body = r#"{"message":"Forwarded too often"}"#;
        Self::new(StatusCode::LOOP_DETECTED, body)
    }

    /// The response when the endpoint does not respond in time.
    pub(super) fn gateway_timeout() -> Self {
        let body = r#"{"message":"The endpoint did not respond in time"}"#;
        Self::new(StatusCode::GATEWAY_TIMEOUT, body)
    }

    /// A response that was given on the command line.
    pub(super) fn fixed(fixed: FixedResponse) -> Self {
        let status = StatusCode::from_u16(fixed.status);
        Self::with_body(
            status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
            fixed.body.into(),
        )
    }

    /// Whether this accepts a delivery.
    pub(super) fn is_success(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// The response as hyper takes it.
    pub(super) fn into_http(self) -> HttpResponse<Full<Bytes>> {
        let mut response = HttpResponse::new(Full::new(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    fn new(status: StatusCode, body: &'static str) -> Self {
        Self::with_body(status, Bytes::from_static(body.as_bytes()))
    }

    fn with_body(status: StatusCode, body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(2);
        let content_type = match body.first() {
            Some(b'{' | b'[') => Some("application/json"),
            Some(_) => Some("text/plain"),
            None => None,
        };
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Self {
            status,
            headers,
            body,
        }
    }
}
