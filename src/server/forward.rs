//! Forwards deliveries to the endpoint under development, byte for byte, and relays its response, so that the
//! provider's retries follow the real endpoint.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::ext::ReasonPhrase;

use crate::http::{
    Endpoint, RawClient, Response as EndpointResponse, SendError, SendErrorKind, readdress,
};
use crate::mask;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::Event;
use crate::webhook::record::{Forwarded, KeptResponse, RejectReason};
use crate::webhook::signature::Secret;

use super::memory_limit::MemoryPermit;
use super::response::Response;

/// The maximum size of an endpoint's response that is relayed, in bytes.
pub const MAX_RESPONSE: usize = 16 << 20;

/// How often a delivery may have been forwarded before; more is a loop.
const MAX_HOPS: usize = 10;

#[derive(Clone, Debug, Default)]
pub struct Forwarding {
    /// The routes: for an event on a channel, for an event, or for any event.
    pub routes: Vec<Route>,
    /// Forward deliveries whose signature is not valid, too.
    pub invalid: bool,
}

/// Headers that the user adds to forwarded requests, or sets in place of the sender's. They may hold credentials.
pub type AddedHeaders = Arc<Vec<(String, Secret)>>;

#[derive(Clone, Debug)]
pub struct Route {
    /// The event, or `EVENT/CHANNEL`, that goes there; `None` takes every event.
    pub event: Option<String>,
    pub endpoint: Endpoint,
    pub client: RawClient,
    pub headers: AddedHeaders,
}

impl Forwarding {
    /// The route of a delivery: that of its event on its channel, of its event, or of any.
    pub(super) fn route(&self, event: &Event) -> Option<&Route> {
        let name = event.name.as_deref();
        let whole = name.zip(event.channel.as_deref());
        let whole = whole.map(|(name, channel)| format!("{name}/{channel}"));
        let own = [whole.as_deref(), name].into_iter().flatten().map(Some);
        let of = |wanted: Option<&str>| self.routes.iter().find(|r| r.event.as_deref() == wanted);
        own.chain([None]).find_map(of)
    }

    pub(super) fn max_timeout(&self) -> Duration {
        let timeouts = self.routes.iter().map(|route| route.client.timeout());
        timeouts.max().unwrap_or_default()
    }
}

impl Route {
    /// Forwards a delivery; the response to its sender, which holds its share of the memory limit, and what to report.
    pub(super) async fn forward(
        &self,
        delivery: &Delivery,
        memory: MemoryPermit,
    ) -> (Response, Forwarded) {
        let started = Instant::now();
        let (response, outcome) = self.exchange(delivery, memory).await;
        let (outcome, kept) = match outcome {
            Ok((status, kept)) => (Ok(status), Some(kept)),
            Err(why) => (Err(why), None),
        };
        let url = self.endpoint.shown_url_of(&delivery.target);
        let duration = started.elapsed();
        (response, Forwarded { url, outcome, duration, response: kept })
    }

    /// The first header of a name replaces the sender's, the others of that name follow it.
    fn add_headers(&self, headers: &mut Headers) {
        for (at, (name, value)) in self.headers.iter().enumerate() {
            let mut before = self.headers.iter().take(at);
            if before.any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
                headers.push_beside(name, value.expose());
            } else {
                headers.set(name, value.expose());
            }
        }
    }

    /// What is recorded of a response: without the values of the user's own headers, which an endpoint may send back.
    fn keep(&self, response: &EndpointResponse) -> KeptResponse {
        let values = || self.headers.iter().map(|(_, value)| value.expose());
        // An endpoint that shows its authorization may leave out the scheme.
        let words = || values().flat_map(|value| value.rsplit(|byte| *byte == b' ').take(1));
        let secrets = || values().chain(words()).filter(|secret| secret.len() >= mask::MIN_SECRET);
        let clean = |text: &[u8]| mask::without_all(text, secrets());
        let longest = secrets().map(<[u8]>::len).max().unwrap_or(0);
        let start = response.body.get(..KeptResponse::MAX_BODY + longest);
        let mut body = clean(start.unwrap_or(&response.body));
        let is_cut = start.is_some_and(|start| start.len() < response.body.len());
        if is_cut {
            // Its end may have the beginning of a value, which is not found.
            body.truncate(body.len().saturating_sub(longest));
        }
        let clipped = is_cut || body.len() > KeptResponse::MAX_BODY;
        body.truncate(KeptResponse::MAX_BODY);
        let headers = response.headers.iter().map(|(name, value)| (name, clean(value)));
        KeptResponse { headers: headers.collect(), body: body.into(), clipped }
    }

    async fn exchange(
        &self,
        delivery: &Delivery,
        mut memory: MemoryPermit,
    ) -> (Response, Result<(u16, KeptResponse), String>) {
        let hops = readdress::hops(&delivery.headers);
        if hops > MAX_HOPS {
            let reason = format!("it has been forwarded {hops} times: a loop");
            let response = Response::new(508, r#"{"message":"Forwarded too often"}"#);
            return (response, Err(reason));
        }
        let mut sent = readdress::readdress(delivery, &self.endpoint);
        readdress::say_from(&mut sent, &delivery.headers, delivery.peer.map(|p| p.ip()));
        self.add_headers(&mut sent.headers);
        let request = sent.to_wire(usize::MAX).into();
        let unusable = r#"{"message":"The endpoint's response cannot be used"}"#;
        let mut has_memory = true;
        let reserve = |bytes| {
            has_memory = memory.grow(bytes);
            has_memory
        };
        match self.client.exchange_within(&self.endpoint, &sent, request, reserve).await {
            Ok(_) if !has_memory => {
                let reason = "its response is not forwarded: other requests and responses use all the allowed memory";
                (Response::to_rejected(RejectReason::Busy), Err(reason.to_owned()))
            }
            Ok(response) if response.clipped => {
                let reason = format!("its response is over {MAX_RESPONSE} bytes");
                (Response::new(502, unusable), Err(reason))
            }
            Ok(response) if response.status < 200 => {
                let reason = format!("it responded with an unexpected {}", response.status);
                (Response::new(502, unusable), Err(reason))
            }
            Ok(response) if readdress::loses_coding(&response.headers) => {
                let reason = "its response is in a coding that cannot be forwarded";
                (Response::new(502, unusable), Err(reason.to_owned()))
            }
            Ok(response) => {
                let kept = (response.status, self.keep(&response));
                (relay(response, memory), Ok(kept))
            }
            Err(SendError { kind, error }) => {
                let (status, body) = match kind {
                    SendErrorKind::TimedOut => (504, r#"{"message":"The endpoint timed out"}"#),
                    SendErrorKind::Unreachable => {
                        (502, r#"{"message":"The endpoint cannot be reached"}"#)
                    }
                    SendErrorKind::Broken => (502, unusable),
                };
                (Response::new(status, body), Err(error.message))
            }
        }
    }
}

/// The endpoint's response as the listener's own: status and phrase, headers except those of the connection, body.
fn relay(response: EndpointResponse, memory: MemoryPermit) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in readdress::end_to_end(&response.headers).iter() {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    headers.remove(CONTENT_LENGTH);
    Response {
        status: StatusCode::from_u16(response.status).unwrap_or(StatusCode::BAD_GATEWAY),
        phrase: ReasonPhrase::try_from(response.phrase).ok(),
        headers,
        body: memory.hold(response.body),
    }
}
