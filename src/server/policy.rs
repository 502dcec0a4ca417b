//! What the listener answers: the words of the vendor's sample handler, and plain HTTP for the rest.
//! Never the expected signature.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;

use crate::webhook::analysis::Analysis;
use crate::webhook::payload::validate::Validity;
use crate::webhook::record::RejectReason;

use super::faults::FixedResponse;

/// An answer, before it is on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those that the HTTP library sets.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    fn of(status: StatusCode, body: &'static str) -> Self {
        Self::with(status, Bytes::from_static(body.as_bytes()))
    }

    fn with(status: StatusCode, body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(2);
        let kind = match body.first() {
            Some(b'{' | b'[') => Some("application/json"),
            Some(_) => Some("text/plain"),
            None => None,
        };
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        Self {
            status,
            headers,
            body,
        }
    }

    /// The answer to a delivery. `strict` refuses payloads that are not what the provider documents.
    pub fn to(found: &Analysis, is_trusted: bool, strict: bool) -> Self {
        if is_trusted && strict && found.validation.verdict != Validity::Valid {
            return Self::of(
                StatusCode::UNPROCESSABLE_ENTITY,
                r#"{"message":"Payload didn't match the provider's document"}"#,
            );
        }
        Self::by_trust(is_trusted)
    }

    /// The answer to a delivery whose payload does not matter.
    pub fn by_trust(is_trusted: bool) -> Self {
        if !is_trusted {
            return Self::of(
                StatusCode::BAD_REQUEST,
                r#"{"message":"Signature didn't match"}"#,
            );
        }
        Self::of(StatusCode::OK, r#"{"status":"accepted"}"#)
    }

    /// The answer to a request that never became a delivery.
    pub fn turning_away(reason: RejectReason) -> Self {
        match reason {
            RejectReason::Method => {
                let mut answer = Self::of(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
                answer
                    .headers
                    .insert(ALLOW, HeaderValue::from_static("POST"));
                answer
            }
            RejectReason::Path => Self::of(StatusCode::NOT_FOUND, r#"{"message":"Not found"}"#),
            RejectReason::TooLarge => Self::of(
                StatusCode::PAYLOAD_TOO_LARGE,
                r#"{"message":"Body too large"}"#,
            ),
            RejectReason::TimedOut => Self::of(
                StatusCode::REQUEST_TIMEOUT,
                r#"{"message":"The request did not come in time"}"#,
            ),
            RejectReason::Truncated | RejectReason::Malformed => {
                Self::of(StatusCode::BAD_REQUEST, r#"{"message":"Bad request"}"#)
            }
            RejectReason::Busy => {
                let busy = r#"{"message":"Busy, try again"}"#;
                let mut answer = Self::of(StatusCode::SERVICE_UNAVAILABLE, busy);
                answer
                    .headers
                    .insert(RETRY_AFTER, HeaderValue::from_static("1"));
                answer
            }
            RejectReason::NoRoom => Self::of(
                StatusCode::INSUFFICIENT_STORAGE,
                r#"{"message":"No room to record the delivery"}"#,
            ),
            RejectReason::NotRecorded => Self::of(
                StatusCode::INTERNAL_SERVER_ERROR,
                r#"{"message":"The delivery could not be recorded"}"#,
            ),
        }
    }

    /// The answer when the endpoint that deliveries are passed on to cannot be reached.
    pub fn bad_gateway() -> Self {
        let why = r#"{"message":"The endpoint cannot be reached"}"#;
        Self::of(StatusCode::BAD_GATEWAY, why)
    }

    /// The answer when what it answers is no HTTP, breaks off or is too long.
    pub fn unusable() -> Self {
        let why = r#"{"message":"The endpoint's answer cannot be used"}"#;
        Self::of(StatusCode::BAD_GATEWAY, why)
    }

    /// The answer to a delivery that goes in circles.
    pub fn loop_detected() -> Self {
        Self::of(
            StatusCode::LOOP_DETECTED,
            r#"{"message":"Passed on too often"}"#,
        )
    }

    /// The answer when it does not answer in time.
    pub fn gateway_timeout() -> Self {
        let why = r#"{"message":"The endpoint did not answer in time"}"#;
        Self::of(StatusCode::GATEWAY_TIMEOUT, why)
    }

    /// An answer made up in advance.
    pub fn canned(canned: FixedResponse) -> Self {
        let status = StatusCode::from_u16(canned.status);
        Self::with(
            status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
            canned.body.into(),
        )
    }

    /// Whether a delivery with this answer was taken.
    pub fn is_acceptance(&self) -> bool {
        self.status == StatusCode::OK
    }

    /// The response to put on the wire.
    pub fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
