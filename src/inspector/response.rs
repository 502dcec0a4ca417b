//! The responses of the inspector, each with the headers that keep what is shown from running, leaking or staying.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use serde::Serialize;
use tokio::sync::mpsc;

use super::failure::Failure;
use crate::json_line;

pub(super) type Response = http::Response<ResponseBody>;

/// A body in one piece, or in pieces as they come.
#[derive(Debug)]
pub(super) enum ResponseBody {
    Whole(Option<Bytes>),
    Pieces(mpsc::Receiver<Bytes>),
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Pieces(pieces) => {
                pieces.poll_recv(cx).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Pieces(_) => SizeHint::default(),
        }
    }
}

/// What the page may do: run and load its own files, ask this server, and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; frame-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What a preview of a body may do: be looked at.
const PREVIEW_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

const COMMON: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

pub(super) fn bytes(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Bytes>,
) -> Response {
    respond(status, media_type, ResponseBody::Whole(Some(body.into())), PAGE_POLICY)
}

/// Bytes that are compressed already. Every browser reads this coding.
pub(super) fn deflated(media_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = bytes(StatusCode::OK, media_type, body);
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("deflate"));
    response
}

pub(super) fn json(value: &impl Serialize) -> Response {
    bytes(StatusCode::OK, "application/json", json_line::line(value))
}

/// What comes bit by bit.
pub(super) fn pieces(media_type: &'static str, pieces: mpsc::Receiver<Bytes>) -> Response {
    respond(StatusCode::OK, media_type, ResponseBody::Pieces(pieces), PAGE_POLICY)
}

/// The untrusted bytes of a delivery as a page, which can only be looked at.
pub(super) fn preview(body: impl Into<Bytes>) -> Response {
    let body = ResponseBody::Whole(Some(body.into()));
    respond(StatusCode::OK, "text/html; charset=utf-8", body, PREVIEW_POLICY)
}

/// A response that the browser saves and never shows.
pub(super) fn attachment(response: Response, file: &str) -> Response {
    let name: String = file
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' })
        .collect();
    let mut response = response;
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

pub(super) fn failure(failure: &Failure) -> Response {
    bytes(failure.status, "application/json", json_line::line(failure))
}

fn respond(
    status: StatusCode,
    media_type: &'static str,
    body: ResponseBody,
    policy: &'static str,
) -> Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert("content-security-policy", HeaderValue::from_static(policy));
    for (name, value) in COMMON {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
