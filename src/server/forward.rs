//! Passing deliveries on to the endpoint that is being built, byte for byte, and bringing back what it
//! answers, so that the provider's retries follow the real endpoint.

use std::time::{Duration, Instant};

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::http::{Answer as EndpointAnswer, Endpoint, Kind, RawClient, SendError, proxy};
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::event::Event;
use crate::webhook::record::Forwarded;
use crate::webhook::wire;

use super::policy::Answer;

/// The most that is brought back of an endpoint's answer, in bytes.
pub const MOST_OF_ANSWER: usize = 16 << 20;

/// How often a delivery may have been passed on before: more is a loop.
const MOST_HOPS: usize = 10;

/// Where deliveries are passed on to.
#[derive(Clone, Debug, Default)]
pub struct Forwarding {
    /// The routes; the first one that fits is taken, those for an event before those for any.
    pub routes: Vec<Route>,
    /// Pass on deliveries whose signature is not valid, too.
    pub invalid: bool,
}

/// One place to pass deliveries on to.
#[derive(Clone, Debug)]
pub struct Route {
    /// The event, or `EVENT/CHANNEL`, that goes there; `None` takes every event.
    pub event: Option<String>,
    /// Where.
    pub endpoint: Endpoint,
    /// How.
    pub sender: RawClient,
}

impl Forwarding {
    /// The route of a delivery: that of its event on its channel, of its event, or of any.
    pub fn route(&self, event: &Event) -> Option<&Route> {
        let name = event.name.as_deref();
        let whole = name.zip(event.channel.as_deref());
        let whole = whole.map(|(name, channel)| format!("{name}/{channel}"));
        let own = [whole.as_deref(), name].into_iter().flatten().map(Some);
        let of = |wanted: Option<&str>| self.routes.iter().find(|r| r.event.as_deref() == wanted);
        own.chain([None]).find_map(of)
    }

    /// The longest that any endpoint may take.
    pub fn slowest(&self) -> Duration {
        let times = self.routes.iter().map(|route| route.sender.timeout());
        times.max().unwrap_or_default()
    }
}

impl Route {
    /// Passes a delivery on. Gives what to answer its sender, and what to report.
    pub async fn pass_on(&self, delivery: &Delivery) -> (Answer, Forwarded) {
        let started = Instant::now();
        let hops = proxy::hops(&delivery.headers);
        if hops > MOST_HOPS {
            let forwarded = Forwarded {
                url: self.endpoint.url().to_owned(),
                outcome: Err(format!("it has been passed on {hops} times: a loop")),
                duration: started.elapsed(),
            };
            return (Answer::loop_detected(), forwarded);
        }
        let mut sent = proxy::readdress(delivery, &self.endpoint);
        proxy::say_from(&mut sent, &delivery.headers, delivery.peer.map(|p| p.ip()));
        let request = wire::write(&sent, usize::MAX).into();
        let outcome = self.sender.exchange(&self.endpoint, &sent, request).await;
        let (answer, outcome) = match outcome {
            Ok(answer) if answer.clipped => {
                let why = format!("its answer is over {MOST_OF_ANSWER} bytes");
                (Answer::unusable(), Err(why))
            }
            Ok(answer) if answer.status < 200 => {
                let why = format!("it answered {}, which nobody asked for", answer.status);
                (Answer::unusable(), Err(why))
            }
            Ok(answer) => {
                let status = answer.status;
                (relay(answer), Ok(status))
            }
            Err(SendError { kind, error }) => {
                let answer = match kind {
                    Kind::TimedOut => Answer::gateway_timeout(),
                    Kind::Unreachable => Answer::bad_gateway(),
                    Kind::Broken => Answer::unusable(),
                };
                (answer, Err(error.message))
            }
        };
        let forwarded = Forwarded {
            url: self.endpoint.url().to_owned(),
            outcome,
            duration: started.elapsed(),
        };
        (answer, forwarded)
    }
}

/// The endpoint's answer as the listener's own: status, headers but for the connection's, body.
fn relay(answer: EndpointAnswer) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in proxy::end_to_end(&answer.headers).iter() {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value),
        ) {
            headers.append(name, value);
        }
    }
    headers.remove(CONTENT_LENGTH);
    Answer {
        status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY),
        headers,
        body: answer.body.into(),
    }
}
