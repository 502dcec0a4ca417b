//! One connection: its requests become deliveries, are examined, answered and reported, in this order.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time;

use crate::webhook::delivery::Headers;
use crate::webhook::received::{Reason, TurnedAway};

use super::body::{self, Fault};
use super::deliver::{Arrival, Outcome, deliver};
use super::hall::{Hall, Notice, Stop};
use super::head::{Head, MAX_HEAD, MAX_HEADERS};
use super::policy::Answer;
use super::registry::{Doing, Place, Slot};

use super::tee::{Heads, Tee};

/// Serves a connection to its end.
pub async fn serve(hall: Arc<Hall>, place: Place, stream: TcpStream, peer: SocketAddr) {
    let slot = &place.slot;
    let stopped = pin!(hall.stopper.stopped());
    let mut stopped = stopped;
    // The library's buffers are only made for a connection that says something.
    let first_byte = time::timeout(hall.options.read_timeout, stream.readable());
    tokio::select! {
        readable = first_byte => match readable {
            Ok(Ok(())) => {}
            _ => return,
        },
        _ = &mut stopped => return,
        () = slot.closing() => return,
    }
    let heads = Heads::default();
    let io = TokioIo::new(Tee::new(stream, heads.clone(), hall.options.read_timeout));
    let desk = Desk {
        hall: &hall,
        heads: &heads,
        slot,
        peer,
    };
    let service = service_fn(|request| desk.handle(request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(hall.options.read_timeout)
        .half_close(true)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD);
    let mut connection = pin!(http.serve_connection(io, service));
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    desk.report_end(&error).await;
                }
                return;
            }
            _ = &mut stopped, if !stopping => {
                // What has not become a request by now will not; what has is finished.
                if slot.is(Doing::Waiting) {
                    return;
                }
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = slot.closing() => {
                if slot.is(Doing::Reading) {
                    let why = "closed in mid-body: all connections were in use";
                    desk.turned_away(None, Reason::Busy, why, None).await;
                }
                return;
            }
        }
    }
}

/// The library closes the connection when the service fails: the way to give no answer.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for HungUp {}

/// A request line's method and target.
type RequestLine = (String, String);

/// What a connection's requests need.
struct Desk<'c> {
    hall: &'c Arc<Hall>,
    heads: &'c Heads,
    slot: &'c Slot,
    peer: SocketAddr,
}

impl Desk<'_> {
    async fn handle(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, HungUp> {
        let started = Instant::now();
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
            let mut response = self.turn_away(None, Reason::Malformed, why).await;
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
            return Ok(response);
        };
        let mut body = request.into_body();
        if let Some((reason, why)) = self.refusal(&head) {
            body::drain(body);
            return Ok(self.turn_away(head.line(), reason, why).await);
        }
        let mut lease = self.hall.budget.lease();
        let options = &self.hall.options;
        let read = body::read(
            &mut body,
            options.max_body,
            options.read_timeout,
            &mut lease,
            self.slot,
        )
        .await;
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(fault) => {
                let (reason, why) = explain(fault, &head.headers);
                if !matches!(fault, Fault::Truncated(_)) {
                    body::drain(body);
                }
                return Ok(self.turn_away(head.line(), reason, &why).await);
            }
        };
        self.slot.set(Doing::Answering);
        // A sender that goes away while this waits was not answered, and will come again.
        let notices = self.hall.notices.clone();
        let Ok(permit) = notices.reserve_owned().await else {
            self.hall.stopper.stop(Stop::OutputClosed);
            return Ok(Answer::turning_away(Reason::Busy).response());
        };
        let arrival = Arrival {
            head,
            body: bytes,
            lease,
            peer: self.peer,
            started,
        };
        let delivering = deliver(Arc::clone(self.hall), permit, arrival);
        let outcome = if self.hall.is_prompt {
            delivering.await
        } else {
            // In a task of its own: what has begun to be passed on and recorded is finished, whether or
            // not the sender waits for it.
            match tokio::spawn(delivering).await {
                Ok(outcome) => outcome,
                Err(_) => return Err(HungUp),
            }
        };
        match outcome {
            Outcome::Answer(answer) => Ok(answer.response()),
            Outcome::HangUp => Err(HungUp),
            Outcome::TurnAway(request, reason, why) => {
                Ok(self.turn_away(Some(request), reason, &why).await)
            }
        }
    }

    /// Why a request is no delivery, by its head alone.
    fn refusal(&self, head: &Head) -> Option<(Reason, &'static str)> {
        let wanted = self.hall.options.path.as_deref();
        let both = head.headers.get("content-length").is_some()
            && head.headers.get("transfer-encoding").is_some();
        let coded = head
            .headers
            .all("transfer-encoding")
            .any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"chunked"));
        if coded {
            let why = "a transfer coding other than chunked, which is not undone here";
            Some((Reason::Malformed, why))
        } else if both {
            let why =
                "both Content-Length and Transfer-Encoding: where the body ends is anybody's guess";
            Some((Reason::Malformed, why))
        } else if wanted.is_some_and(|wanted| wanted != head.path()) {
            Some((Reason::Path, "not the path given with --path"))
        } else if head.method != "POST" {
            Some((Reason::Method, "deliveries are POST requests"))
        } else {
            None
        }
    }

    async fn turn_away(
        &self,
        request: Option<RequestLine>,
        reason: Reason,
        why: &str,
    ) -> Response<Full<Bytes>> {
        let answer = Answer::turning_away(reason);
        self.turned_away(request, reason, why, Some(answer.status.as_u16()))
            .await;
        answer.response()
    }

    async fn turned_away(
        &self,
        request: Option<RequestLine>,
        reason: Reason,
        detail: &str,
        status: Option<u16>,
    ) {
        let notice = Notice::TurnedAway(TurnedAway {
            reason,
            detail: detail.to_owned(),
            request,
            status,
            peer: Some(self.peer),
            at: Timestamp::now(),
        });
        if self.hall.notices.send(notice).await.is_err() {
            self.hall.stopper.stop(Stop::OutputClosed);
        }
    }

    /// Reports a connection that ended in the middle of a head, or in something that is no HTTP. The
    /// library has answered those it could.
    async fn report_end(&self, error: &hyper::Error) {
        let (reason, why) = if error.is_parse() {
            (Reason::Malformed, format!("not a request: {error}"))
        } else if !self.heads.is_partial() {
            return; // an idle connection ended, or one whose body was already reported
        } else if error.is_timeout() {
            (Reason::TimedOut, "the head did not come in time".to_owned())
        } else {
            (
                Reason::Truncated,
                "the connection ended in the middle of the head".to_owned(),
            )
        };
        self.turned_away(None, reason, &why, self.heads.answered())
            .await;
    }
}

fn explain(fault: Fault, headers: &Headers) -> (Reason, String) {
    let announced = headers
        .get("content-length")
        .map(|v| format!(" of {}", String::from_utf8_lossy(v)))
        .unwrap_or_default();
    match fault {
        Fault::TooLarge(most) => (
            Reason::TooLarge,
            format!("the body is over {most} bytes; --max-body sets the limit"),
        ),
        Fault::Truncated(got) => (
            Reason::Truncated,
            format!("the body ended after {got}{announced} bytes"),
        ),
        Fault::TimedOut(got) => (
            Reason::TimedOut,
            format!("only {got}{announced} bytes of the body came in time"),
        ),
        Fault::Busy => (
            Reason::Busy,
            "too many bytes are being held for other deliveries".to_owned(),
        ),
    }
}
