//! Sends the requests of a run as they are, one connection each, and returns the response or the reason why
//! there is none.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio::task::{JoinError, JoinSet};

use crate::error::Error;
use crate::http::{Endpoint, RawClient, Transport};
use crate::lock::lock;
use crate::webhook::{provider, retry};

use super::case::{Case, Change, Expect, Forgery, ForgeryList, Step};
use super::contract::ContractStep;
use super::exchange::{Exchange, NoResponse, TOO_MANY_REQUESTS};
use super::leak;
use super::matrix::{Findings, Matrix};
use super::request_builder::{Request, RequestBuilder};

/// At most this much of a response's body is read, in bytes.
const MAX_RESPONSE_BODY: usize = 64 << 10;
/// The size of a chunk of a chunked body, in bytes: small, so that there is more than one.
const CHUNK: usize = 64;
/// How many probes are sent at once.
const PROBES_AT_ONCE: usize = 4;
/// How long a pause inside a request is: long enough for the endpoint to read what is before it.
const PAUSE: Duration = Duration::from_millis(40);
/// How many searches for the cause of a refusal may find nothing: an endpoint that refuses many genuine deliveries
/// refuses most of them for the same reason.
const MAX_SEARCHES: usize = 6;
/// How often a request is sent again after a 429.
const MAX_RETRIES: usize = 2;
/// The delay when a 429 names none.
const DEFAULT_DELAY: Duration = Duration::from_secs(1);
/// A 429 that asks for a longer delay is a response like any other.
const MAX_DELAY: Duration = Duration::from_secs(5);
/// The sum of all delays after 429s in a run.
const MAX_TOTAL_DELAY: Duration = Duration::from_secs(20);
/// The pause between two attempts to connect.
const WAIT_PAUSE: Duration = Duration::from_millis(100);
/// How many requests of a run are sent once more when there was no response in time: the machine may have been busy, or
/// the connection lost.
const MAX_SECOND_ATTEMPTS: usize = 8;
/// The timeout of forged deliveries after one of them has timed out.
const TIMEOUT_AFTER_HANG: Duration = Duration::from_secs(2);

/// Sends requests to one endpoint; clones share their state.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: RawClient,
    endpoint: Endpoint,
    builder: RequestBuilder,
    documented: provider::Response,
    contract: Vec<ContractStep>,
    /// How much of [`MAX_TOTAL_DELAY`] is left.
    delay_left: Mutex<Duration>,
    /// Whether a forged delivery has timed out.
    has_hung: AtomicBool,
    /// How many requests may still be sent once more.
    attempts_left: AtomicUsize,
    /// How many searches for the cause of a refusal may still find nothing.
    searches_left: AtomicUsize,
    /// How many requests are sent at once.
    concurrency: usize,
    /// The forgeries that have cases of their own in this run, with the ids.
    forgeries: HashMap<Forgery, String>,
    /// What the forgeries with everything else around them showed, which several cases are about.
    matrix: OnceCell<Result<(Matrix, Findings), String>>,
}

impl Client {
    pub fn new(
        endpoint: Endpoint,
        transport: &Transport,
        builder: RequestBuilder,
        documented: provider::Response,
        cases: &[Case],
        contract: &[ContractStep],
        concurrency: usize,
    ) -> Result<Self, Error> {
        let forgery = |case: &Case| match case.step {
            Step::Send(Change::Forged(how), Expect::Refused) => Some((how, case.id.to_string())),
            // The empty key is the first of them.
            Step::Forge(ForgeryList::UnsetKeys) => Some((Forgery::EmptyKey, case.id.to_string())),
            _ => None,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                http: RawClient::new(&endpoint, transport, MAX_RESPONSE_BODY)?,
                endpoint,
                builder,
                documented,
                contract: contract.to_vec(),
                delay_left: Mutex::new(MAX_TOTAL_DELAY),
                has_hung: AtomicBool::new(false),
                attempts_left: AtomicUsize::new(MAX_SECOND_ATTEMPTS),
                searches_left: AtomicUsize::new(MAX_SEARCHES),
                concurrency: concurrency.clamp(1, PROBES_AT_ONCE),
                forgeries: cases.iter().filter_map(forgery).collect(),
                matrix: OnceCell::new(),
            }),
        })
    }

    pub fn builder(&self) -> &RequestBuilder {
        &self.inner.builder
    }

    /// The response that the provider documents.
    pub fn documented(&self) -> &provider::Response {
        &self.inner.documented
    }

    /// The contract's case of this number.
    pub fn contract(&self, number: usize) -> Option<&ContractStep> {
        self.inner.contract.get(number)
    }

    /// Why the endpoint accepts no connection; `None` when it does.
    pub async fn unreachable(&self) -> Option<NoResponse> {
        let Inner { http, endpoint, .. } = &*self.inner;
        http.connects(endpoint).await.err().map(NoResponse::from)
    }

    /// Waits until the endpoint accepts connections. The error says, in a clause, why it does not.
    pub async fn wait(&self, limit: Duration) -> Result<(), String> {
        let Inner { http, endpoint, .. } = &*self.inner;
        let started = Instant::now();
        loop {
            let left = limit.saturating_sub(started.elapsed());
            let why = match http.within(left.max(WAIT_PAUSE)).connects(endpoint).await {
                Ok(()) => return Ok(()),
                Err(why) => why.error.message,
            };
            if started.elapsed() + WAIT_PAUSE >= limit {
                return Err(why);
            }
            tokio::time::sleep(WAIT_PAUSE).await;
        }
    }

    /// How long a response may take.
    pub fn timeout(&self) -> Duration {
        self.inner.http.timeout()
    }

    /// Sends a request and waits for the response. After a 429 it is sent again when the endpoint says.
    pub async fn send(&self, request: &Request) -> Exchange {
        let mut exchange = self.send_surely(request).await;
        for _ in 0..MAX_RETRIES {
            let Some(delay) = retry_delay(&exchange).filter(|delay| self.take_delay(*delay)) else {
                break;
            };
            tokio::time::sleep(delay).await;
            exchange = self.send_surely(request).await;
        }
        exchange
    }

    /// Sends a request, and once more when there is no response in time.
    pub async fn send_surely(&self, request: &Request) -> Exchange {
        let timeout = self.timeout();
        let exchange = self.send_once(request, timeout).await;
        let fewer = |left: usize| left.checked_sub(1);
        let left = &self.inner.attempts_left;
        if !exchange.has_timed_out()
            || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_err()
        {
            return exchange;
        }
        let second = self.send_once(request, timeout).await;
        Exchange { is_second: true, ..second }
    }

    /// Sends a forged delivery. An endpoint that hangs on one hangs on all: only the first gets the whole
    /// timeout.
    pub async fn send_forged(&self, request: &Request) -> Exchange {
        let has_hung = &self.inner.has_hung;
        if has_hung.load(Ordering::Relaxed) {
            let timeout = self.timeout().min(TIMEOUT_AFTER_HANG);
            return self.send_once(request, timeout).await;
        }
        let exchange = self.send(request).await;
        if exchange.has_timed_out() {
            has_hung.store(true, Ordering::Relaxed);
        }
        exchange
    }

    /// Sends forged deliveries, a few at once, and returns the exchanges in their order. After one has timed out, no
    /// more are sent: the endpoint may hang on all of them.
    pub async fn send_forgeries(&self, requests: Vec<Request>) -> Vec<Exchange> {
        let mut exchanges = Vec::new();
        let mut requests = requests.into_iter().peekable();
        while requests.peek().is_some() {
            let mut sending = JoinSet::new();
            for (index, request) in requests.by_ref().take(self.inner.concurrency).enumerate() {
                let client = self.clone();
                sending.spawn(async move { (index, client.send_forged(&request).await) });
            }
            let mut batch = sending.join_all().await;
            batch.sort_by_key(|(index, _)| *index);
            let has_hung = batch.iter().any(|(_, exchange)| exchange.has_timed_out());
            exchanges.extend(batch.into_iter().map(|(_, exchange)| exchange));
            if has_hung {
                break;
            }
        }
        exchanges
    }

    /// What the forgeries with everything else around them showed, once they were sent.
    pub fn matrix(&self) -> &OnceCell<Result<(Matrix, Findings), String>> {
        &self.inner.matrix
    }

    /// Whether it is worth while to search for the cause of a refusal.
    pub fn may_search(&self) -> bool {
        self.inner.searches_left.load(Ordering::Relaxed) > 0
    }

    /// Records that a search found nothing.
    pub fn found_nothing(&self) {
        let fewer = |left: usize| Some(left.saturating_sub(1));
        let _ = self.inner.searches_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer);
    }

    /// The case of this run that is about a plain forgery.
    pub fn case_of(&self, how: Forgery) -> Option<&str> {
        self.inner.forgeries.get(&how).map(String::as_str)
    }

    /// Sends a request once, and waits this long for the response. The secret is removed from it.
    pub async fn send_once(&self, request: &Request, timeout: Duration) -> Exchange {
        let mut exchange = self.send_unchecked(request, timeout).await;
        let response = exchange.response.as_mut().and_then(|response| response.as_mut().ok());
        exchange.leak = response.and_then(|response| leak::find(self.builder(), request, response));
        exchange
    }

    /// The same, with whatever the response reveals still in it.
    pub async fn send_unchecked(&self, request: &Request, timeout: Duration) -> Exchange {
        let Inner { http, endpoint, .. } = &*self.inner;
        let started = Instant::now();
        let bytes = request.delivery.to_wire(CHUNK).into();
        let http = http.within(timeout);
        let parts = split_at(bytes, &request.pauses);
        let response = http.exchange_in_parts(endpoint, &request.delivery, parts, PAUSE).await;
        let duration = started.elapsed();
        let response = Some(response.map_err(NoResponse::from));
        Exchange { request: request.clone(), response, leak: None, duration, is_second: false }
    }

    /// Sends the first `length` bytes of a request, and closes the connection.
    pub async fn send_partial(&self, request: &Request, length: usize) -> Result<(), NoResponse> {
        let Inner { http, endpoint, .. } = &*self.inner;
        let bytes = request.delivery.to_wire(CHUNK);
        let part = bytes.get(..length).unwrap_or(&bytes);
        let sent = http.send_partial(endpoint, part).await;
        sent.map_err(NoResponse::from)
    }

    /// The first of these requests that is accepted, and how many were sent. A few are sent at once.
    pub async fn first_accepted<T>(
        &self,
        requests: impl IntoIterator<Item = (T, Request)>,
    ) -> (Option<T>, usize) {
        let mut requests = requests.into_iter().peekable();
        let mut sent = 0;
        while requests.peek().is_some() {
            let (labels, batch): (Vec<T>, Vec<Request>) =
                requests.by_ref().take(PROBES_AT_ONCE).unzip();
            sent += batch.len();
            let mut sending = JoinSet::new();
            for (index, request) in batch.into_iter().enumerate() {
                let client = self.clone();
                sending.spawn(async move { (index, client.send(&request).await.is_accepted()) });
            }
            let sent_all = sending.join_all().await;
            let accepted = sent_all.into_iter().filter(|(_, is_accepted)| *is_accepted);
            if let Some((first, _)) = accepted.min() {
                return (labels.into_iter().nth(first), sent);
            }
        }
        (None, sent)
    }

    /// Whether a genuine delivery gets a response, and within `limit` if that is given.
    pub async fn is_serving(&self, limit: Option<Duration>) -> bool {
        let Ok(request) = self.builder().request(Change::Sample(0)) else {
            return false;
        };
        let sending = self.send(&request);
        let exchange = match limit {
            None => Some(sending.await),
            Some(limit) => tokio::time::timeout(limit, sending).await.ok(),
        };
        exchange.is_some_and(|exchange| exchange.received().is_some())
    }

    /// Whether the run may still wait this long after a 429.
    fn take_delay(&self, delay: Duration) -> bool {
        let mut left = lock(&self.inner.delay_left);
        let rest = left.checked_sub(delay);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }
}

/// The parts of a request between these places, in bytes.
fn split_at(mut bytes: Bytes, places: &[usize]) -> Vec<Bytes> {
    let mut parts = Vec::new();
    let mut start = 0;
    for place in places {
        let length = place.saturating_sub(start).min(bytes.len());
        parts.push(bytes.split_to(length));
        start += length;
    }
    parts.push(bytes);
    parts.retain(|part| !part.is_empty());
    parts
}

/// The result of a task. A panic is passed on: a case that was never sent must not look as if it had been left
/// out.
pub fn join<T>(ended: Result<T, JoinError>) -> T {
    ended.unwrap_or_else(|why| std::panic::resume_unwind(why.into_panic()))
}

/// The delay that a 429 asks for, unless it is too long.
fn retry_delay(exchange: &Exchange) -> Option<Duration> {
    let response = exchange.received()?;
    if response.status != TOO_MANY_REQUESTS {
        return None;
    }
    let after = response.headers.get("retry-after");
    let delay = after.and_then(|value| retry::retry_after(value, Timestamp::now()));
    let delay = delay.unwrap_or(DEFAULT_DELAY);
    (delay <= MAX_DELAY).then_some(delay)
}
