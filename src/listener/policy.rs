//! What the listener answers: the words of the vendor's sample handler, and plain HTTP for the rest.
//! Never the expected signature.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use crate::webhook::examine::Examination;
use crate::webhook::received::Reason;
use crate::webhook::validate::Validity;
use crate::webhook::verify::Verdict;

/// An answer, before it is an HTTP response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    body: &'static str,
}

impl Answer {
    const fn json(status: StatusCode, body: &'static str) -> Self {
        Self { status, body }
    }

    /// The answer to a delivery. `strict` refuses payloads that are not what the provider documents.
    pub fn to(found: &Examination, strict: bool) -> Self {
        let accepted = match found.signature.verdict {
            Verdict::Valid | Verdict::Unchecked => true,
            // Its document asks for an unauthenticated route; a stranger's signature on it is no such
            // delivery.
            Verdict::Unsigned => found.contradiction.is_none(),
            Verdict::Invalid | Verdict::Missing | Verdict::Malformed | Verdict::Stale => false,
        };
        if !accepted {
            return Self::json(
                StatusCode::BAD_REQUEST,
                r#"{"message":"Signature didn't match"}"#,
            );
        }
        if strict && found.validation.verdict != Validity::Valid {
            return Self::json(
                StatusCode::UNPROCESSABLE_ENTITY,
                r#"{"message":"Payload didn't match the provider's document"}"#,
            );
        }
        Self::json(StatusCode::OK, r#"{"status":"accepted"}"#)
    }

    /// The answer to a request that never became a delivery.
    pub fn turning_away(reason: Reason) -> Self {
        match reason {
            Reason::Method => Self::json(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
            Reason::Path => Self::json(StatusCode::NOT_FOUND, r#"{"message":"Not found"}"#),
            Reason::TooLarge => Self::json(
                StatusCode::PAYLOAD_TOO_LARGE,
                r#"{"message":"Body too large"}"#,
            ),
            Reason::TimedOut => Self::json(
                StatusCode::REQUEST_TIMEOUT,
                r#"{"message":"The request did not come in time"}"#,
            ),
            Reason::Truncated | Reason::Malformed => {
                Self::json(StatusCode::BAD_REQUEST, r#"{"message":"Bad request"}"#)
            }
            Reason::Busy => Self::json(
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"message":"Busy, try again"}"#,
            ),
        }
    }

    /// The response to put on the wire.
    pub fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from_static(self.body.as_bytes())));
        *response.status_mut() = self.status;
        let is_json = self.body.starts_with('{');
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(if is_json {
                "application/json"
            } else {
                "text/plain"
            }),
        );
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
