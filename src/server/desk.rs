//! What becomes of a connection's requests: each is taken in as a delivery or turned away, and either is
//! answered and reported.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Request, Response};
use jiff::Timestamp;

use crate::lock::lock;
use crate::webhook::delivery::Headers;
use crate::webhook::record::{RejectReason, Rejected};

use super::audience::Notice;
use super::body::{self, Unread};
use super::deliver::{Arrival, Outcome, deliver, deliver_promptly};
use super::hall::Hall;
use super::head::Head;
use super::options::Options;
use super::policy::Answer;
use super::registry::{Doing, Slot};
use super::stop::Stop;
use super::tee::Heads;

/// What a connection's requests need.
pub struct Desk<'c> {
    pub hall: &'c Arc<Hall>,
    pub heads: &'c Heads,
    pub slot: &'c Slot,
    pub peer: SocketAddr,
    /// When the first request's head was complete, until that request is begun.
    pub first_head: Mutex<Option<Instant>>,
}

impl Desk<'_> {
    pub async fn handle(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, HungUp> {
        let first_head = lock(&self.first_head).take();
        let started = first_head.unwrap_or_else(Instant::now);
        self.slot.set(Doing::Reading);
        let response = self.answer(request, started).await;
        self.slot.set(Doing::Waiting);
        response
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        started: Instant,
    ) -> Result<Response<Full<Bytes>>, HungUp> {
        let Some(head) = self.heads.take().filter(|head| head.is_of(&request)) else {
            let why = "where this request begins is anybody's guess";
            let mut response = self.turn_away(None, RejectReason::Malformed, why).await;
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            return Ok(response);
        };
        let mut body = request.into_body();
        if let Some((reason, why)) = refusal(&head, &self.hall.options) {
            body::drain(body);
            return Ok(self.turn_away(Some(head.line()), reason, why).await);
        }
        let mut lease = self.hall.budget.lease();
        let options = &self.hall.options;
        let read = body::read(
            &mut body,
            options.max_body,
            started + options.read_timeout,
            &mut lease,
            self.slot,
        )
        .await;
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(unread) => {
                let (reason, why) = explain(unread, &head.headers);
                if !matches!(unread, Unread::Truncated(_)) {
                    body::drain(body);
                }
                return Ok(self.turn_away(Some(head.line()), reason, &why).await);
            }
        };
        self.slot.set(Doing::Answering);
        let arrival = Arrival {
            head,
            body: bytes,
            lease,
            peer: self.peer,
            started,
        };
        let Some(outcome) = self.deliver(arrival).await else {
            return Err(HungUp);
        };
        match outcome {
            Outcome::Answer(answer) => Ok(answer.response()),
            Outcome::HangUp => Err(HungUp),
            Outcome::TurnAway(request, reason, why) => {
                Ok(self.turn_away(Some(request), reason, &why).await)
            }
        }
    }

    /// Takes a delivery in; `None` when there is nothing to answer.
    async fn deliver(&self, arrival: Arrival) -> Option<Outcome> {
        let closed = || {
            self.hall.shutdown.stop(Stop::OutputClosed);
            Some(Outcome::Answer(Answer::turning_away(RejectReason::Busy)))
        };
        // A sender that goes away while this waits was not answered, and will come again.
        if self.hall.is_prompt {
            let permit = match &self.hall.notices {
                Some(notices) => match notices.reserve().await {
                    Ok(permit) => Some(permit),
                    Err(_) => return closed(),
                },
                None => None,
            };
            return Some(deliver_promptly(self.hall, permit, arrival));
        }
        let permit = match self.hall.notices.clone() {
            Some(notices) => match notices.reserve_owned().await {
                Ok(permit) => Some(permit),
                Err(_) => return closed(),
            },
            None => None,
        };
        // In a task of its own: what has begun to be passed on and recorded is finished, whether or
        // not the sender waits for it.
        let delivering = deliver(Arc::clone(self.hall), permit, arrival);
        tokio::spawn(delivering).await.ok()
    }

    async fn turn_away(
        &self,
        request: Option<RequestLine>,
        reason: RejectReason,
        why: &str,
    ) -> Response<Full<Bytes>> {
        let answer = Answer::turning_away(reason);
        self.turned_away(request, reason, why, Some(answer.status.as_u16()))
            .await;
        answer.response()
    }

    pub async fn turned_away(
        &self,
        request: Option<RequestLine>,
        reason: RejectReason,
        detail: &str,
        status: Option<u16>,
    ) {
        let Some(notices) = &self.hall.notices else {
            return;
        };
        let notice = Notice::Rejected(Rejected {
            reason,
            detail: detail.to_owned(),
            request,
            status,
            peer: Some(self.peer),
            at: Timestamp::now(),
        });
        if notices.send(notice).await.is_err() {
            self.hall.shutdown.stop(Stop::OutputClosed);
        }
    }
}

/// The library closes the connection when the service fails: the way to give no answer.
#[derive(Debug)]
pub struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for HungUp {}

/// A request line's method and target.
type RequestLine = (String, String);

/// Why a request is no delivery, by its head alone.
pub fn refusal(head: &Head, options: &Options) -> Option<(RejectReason, &'static str)> {
    let wanted = options.path.as_deref();
    let both = head.headers.get("content-length").is_some()
        && head.headers.get("transfer-encoding").is_some();
    let coded = head
        .headers
        .all("transfer-encoding")
        .any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"chunked"));
    if coded {
        let why = "a transfer coding other than chunked, which is not undone here";
        Some((RejectReason::Malformed, why))
    } else if both {
        let why =
            "both Content-Length and Transfer-Encoding: where the body ends is anybody's guess";
        Some((RejectReason::Malformed, why))
    } else if wanted.is_some_and(|wanted| wanted != head.path()) {
        Some((RejectReason::Path, "not the path given with --path"))
    } else if head.method != "POST" {
        Some((RejectReason::Method, "deliveries are POST requests"))
    } else {
        None
    }
}

fn explain(unread: Unread, headers: &Headers) -> (RejectReason, String) {
    let announced = headers
        .get("content-length")
        .map(|v| format!(" of {}", String::from_utf8_lossy(v)))
        .unwrap_or_default();
    match unread {
        Unread::TooLarge(most) => (
            RejectReason::TooLarge,
            format!("the body is over {most} bytes; --max-body sets the limit"),
        ),
        Unread::Truncated(got) => (
            RejectReason::Truncated,
            format!("the body ended after {got}{announced} bytes"),
        ),
        Unread::TimedOut(got) => (
            RejectReason::TimedOut,
            format!("only {got}{announced} bytes of the body came in time"),
        ),
        Unread::Busy => (
            RejectReason::Busy,
            "too many bytes are being held for other deliveries".to_owned(),
        ),
    }
}
