//! One connection, from its first byte to its last: what it begins with, what the library makes of it, and
//! how it ends.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use crate::lock::lock;
use crate::webhook::record::RejectReason;

use super::desk::Desk;
use super::hall::Hall;
use super::head::MAX_HEAD;
use super::opening::{Opening, open};
use super::registry::{Doing, Place, Told};
use super::tee::{Heads, Tee};

/// Serves a connection to its end.
pub async fn serve(hall: Arc<Hall>, place: Place, stream: TcpStream, peer: SocketAddr) {
    let heads = Heads::default();
    let desk = Desk {
        hall: &hall,
        heads: &heads,
        slot: &place.slot,
        peer,
        first_head: Mutex::default(),
    };
    let Some(bytes) = desk.opening(&stream).await else {
        return;
    };
    let tee = Tee::new(stream, bytes, heads.clone(), hall.options.read_timeout);
    // In a box: the library's share is only made for a connection that says something.
    Box::pin(desk.serve(tee)).await;
}

impl Desk<'_> {
    /// The bytes that the connection begins with; `None` when it is over.
    async fn opening(&self, stream: &TcpStream) -> Option<Vec<u8>> {
        let mut opening = pin!(open(stream, &self.hall.options, self.slot));
        let mut is_stopping = false;
        loop {
            tokio::select! {
                biased;
                opening = opening.as_mut() => match opening {
                    Opening::Bytes(bytes, first_head) => {
                        *lock(&self.first_head) = first_head;
                        if is_stopping {
                            // The library must hear it too, once it has begun.
                            self.slot.tell();
                        }
                        return Some(bytes);
                    }
                    Opening::Over(why) => {
                        if let Some((reason, why)) = why {
                            self.turned_away(None, reason, why, None).await;
                        }
                        return None;
                    }
                },
                told = self.slot.told() => {
                    if self.has_to_go(told).await {
                        return None;
                    }
                    is_stopping = true;
                }
            }
        }
    }

    /// Has the library serve the connection to its end.
    async fn serve(&self, tee: Tee) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.hall.options.read_timeout)
            .half_close(true)
            .max_buf_size(MAX_HEAD);
        let service = service_fn(|request| self.handle(request));
        let mut connection = pin!(http.serve_connection(TokioIo::new(tee), service));
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        self.report_end(&error).await;
                    }
                    return;
                }
                told = self.slot.told() => {
                    if self.has_to_go(told).await {
                        return;
                    }
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }

    /// Whether the connection ends at once after what it was told, which is then reported.
    async fn has_to_go(&self, told: Told) -> bool {
        match told {
            Told::MakeRoom => {
                if self.slot.is(Doing::Reading) {
                    let why = "closed in mid-body: all connections were in use";
                    self.turned_away(None, RejectReason::Busy, why, None).await;
                }
                true
            }
            // What has not become a request by now will not; what has is finished, and so is an answer
            // that its sender is still reading.
            Told::Stop => self.slot.is(Doing::Waiting) && !self.heads.is_writing(),
        }
    }

    /// Reports a connection that ended in the middle of a head, or in something that is no HTTP. The
    /// library has answered those it could.
    async fn report_end(&self, error: &hyper::Error) {
        let (reason, why) = if error.is_parse() {
            (RejectReason::Malformed, format!("not a request: {error}"))
        } else if !self.heads.is_partial() {
            return; // an idle connection ended, or one whose body was already reported
        } else if error.is_timeout() {
            (
                RejectReason::TimedOut,
                "the head did not come in time".to_owned(),
            )
        } else {
            (
                RejectReason::Truncated,
                "the connection ended in the middle of the head".to_owned(),
            )
        };
        self.turned_away(None, reason, &why, self.heads.answered())
            .await;
    }
}
