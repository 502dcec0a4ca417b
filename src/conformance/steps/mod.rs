//! Runs one case: sends its requests and checks the responses.

mod contract;
mod forged;
mod genuine;
mod load;

use std::time::{Duration, Instant};

use crate::http::SendErrorKind;
use crate::webhook::handshake::Probe;
use crate::webhook::record::milliseconds;
use serde::{Serialize, Serializer};

use super::case::{BodyChange, Case, Change, Expect, Step};
use super::client::Client;
use super::exchange::{Exchange, TOO_MANY_REQUESTS};
use super::expect::{CheckResult, Outcome, check, describe};
use super::leak;
use super::request_builder::Request;
use super::serializer_probe::{self, SerializerProbe};

/// The result of running a case.
#[derive(Clone)]
pub struct CaseRun {
    pub check: CheckResult,
    /// The exchange that the verdict is based on; `None` when nothing was sent.
    pub exchange: Option<Exchange>,
    /// How many requests were sent.
    pub sent: usize,
    pub duration: Duration,
    pub latency: Option<Latency>,
    /// The serializer whose output the endpoint hashes, if it was found.
    pub serializer: Option<SerializerProbe>,
}

/// Response times of accepted deliveries, sent one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// How many were measured.
    pub count: usize,
    #[serde(rename = "p50_ms", serialize_with = "in_milliseconds")]
    pub p50: Duration,
    #[serde(rename = "p95_ms", serialize_with = "in_milliseconds")]
    pub p95: Duration,
    #[serde(rename = "p99_ms", serialize_with = "in_milliseconds")]
    pub p99: Duration,
    #[serde(rename = "max_ms", serialize_with = "in_milliseconds")]
    pub max: Duration,
}

pub fn in_milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(milliseconds(*time))
}

impl CaseRun {
    pub fn new(check: CheckResult, exchange: Option<Exchange>, sent: usize) -> Self {
        Self { check, exchange, sent, duration: Duration::ZERO, latency: None, serializer: None }
    }

    /// One exchange with its verdict.
    pub fn single(check: CheckResult, exchange: Exchange) -> Self {
        Self { duration: exchange.duration, ..Self::new(check, Some(exchange), 1) }
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.exchange.as_ref()?.status()
    }

    /// Why there is no response, if one was awaited.
    pub fn no_response(&self) -> Option<SendErrorKind> {
        Some(self.exchange.as_ref()?.no_response()?.kind)
    }
}

impl Latency {
    /// The percentiles of times in ascending order; `None` of none.
    pub fn from_sorted(times: &[Duration]) -> Option<Self> {
        let at = |percent| percentile(times, percent);
        Some(Self {
            count: times.len(),
            p50: at(50)?,
            p95: at(95)?,
            p99: at(99)?,
            max: *times.last()?,
        })
    }
}

/// The percentile, by nearest rank, of times in ascending order; `None` of none.
fn percentile(times: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (percent * times.len()).div_ceil(100);
    times.get(rank.max(1) - 1).copied()
}

/// Runs a case. `known` is the serializer that an earlier case found.
pub async fn run(client: &Client, case: &Case, known: Option<SerializerProbe>) -> CaseRun {
    let started = Instant::now();
    let run = run_step(client, case, known).await;
    let mut run = run.unwrap_or_else(|why| CaseRun::new(CheckResult::skipped(why), None, 0));
    run.duration = started.elapsed();
    let is_second = run.exchange.as_ref().is_some_and(|exchange| exchange.is_second);
    if is_second && run.check.outcome == Outcome::Passed {
        let reason = format!("{}; a first attempt got no response in time", run.check.reason);
        run.check = CheckResult::warned(reason);
    }
    run
}

/// The error says why the case cannot be tested.
async fn run_step(
    client: &Client,
    case: &Case,
    known: Option<SerializerProbe>,
) -> Result<CaseRun, String> {
    let needs_signature = matches!(case.category, "bytes" | "refuse") || case.step == Step::Leak;
    if needs_signature && client.builder().signing().is_none() {
        return Err("the provider does not sign its deliveries".to_owned());
    }
    match case.step {
        Step::Send(change, expect) => send(client, case, change, expect, known).await,
        Step::Repeat(times) => load::repeat(client, times).await,
        Step::Twice(times) => load::twice(client, times).await,
        Step::Parallel(times) => load::parallel(client, times).await,
        Step::Time(times) => load::time(client, times).await,
        Step::Leak => forged::leak(client).await,
        Step::Forge(list) => forged::list(client, list).await,
        Step::Vary(dimension) => forged::vary(client, dimension).await,
        Step::Reuse => forged::reuse(client).await,
        Step::RepeatForgery => forged::repeat(client).await,
        Step::EveryCharacter => genuine::every_character(client).await,
        Step::Split => genuine::split(client).await,
        Step::Continue => genuine::expect_continue(client).await,
        Step::CutOff => cut_off(client).await,
        Step::Contract(number) => contract::run(client, number).await,
        Step::Handshake(number, probe) => handshake(client, number, probe).await,
    }
}

async fn send(
    client: &Client,
    case: &Case,
    change: Change,
    expect: Expect,
    known: Option<SerializerProbe>,
) -> Result<CaseRun, String> {
    if expect == Expect::Documented && client.documented().body.is_none() {
        return Err("the provider documents no body of the response".to_owned());
    }
    let request = client.builder().request(change)?;
    let exchange = send_change(client, change, &request).await;
    let mut result = check(expect, &exchange, client.documented());
    let mut sent = 1;
    let mut serializer = None;
    let is_refused = exchange.status().is_some_and(|status| status / 100 == 4);
    let must_be_accepted = matches!(
        expect,
        Expect::Accepted | Expect::AcceptedUnlessReserialised | Expect::AcceptedOrUnreadable
    );
    let must_be_accepted = must_be_accepted && is_refused && !exchange.is_limited();
    if must_be_accepted && expect == Expect::AcceptedOrUnreadable {
        if change == Change::Body(BodyChange::ByteOrderMark)
            && let Some(other) = genuine::accepts_without_mark(client).await?
        {
            let (found, count) = reserialised(client, known).await;
            let check = match found {
                Some(_) => CheckResult::skipped(RESERIALISED),
                None => CheckResult::failed(
                    "the signature of the body without the mark is accepted: the handler \
                     removes it before it hashes",
                ),
            };
            return Ok(CaseRun::new(check, Some(other), sent + 1 + count));
        }
        sent += 3;
        if genuine::is_unreadable(client, &exchange).await? {
            let status = exchange.received().map(describe).unwrap_or_default();
            let reason = format!("{status}: its parser does not read this");
            let check = match change {
                // JSON itself does not allow the mark.
                Change::Body(BodyChange::ByteOrderMark) => CheckResult::passed(reason),
                _ => CheckResult::warned(reason),
            };
            return Ok(CaseRun::new(check, Some(exchange), sent));
        }
    }
    if must_be_accepted {
        // All serializers are tried where the case is about spelling; elsewhere only the known one.
        let (found, count) = match known {
            _ if expect == Expect::AcceptedUnlessReserialised => {
                serializer_probe::find_certain(client, &request).await
            }
            Some(known) => serializer_probe::is_used(client, &request, known).await,
            None if is_about_spelling(case)
                && (case.category == "bytes" || client.may_search()) =>
            {
                serializer_probe::find(client, &request).await
            }
            None => (None, 0),
        };
        serializer = found;
        sent += count;
        match found {
            Some(probe) => {
                result.reason.push_str(&format!(
                    "; signed over {} it is accepted: your handler hashes re-serialised JSON ({})",
                    probe.formula("body"),
                    probe.codes.join(" + ")
                ));
                if expect == Expect::AcceptedUnlessReserialised {
                    result = CheckResult::skipped(result.reason);
                }
            }
            None if expect == Expect::AcceptedOrUnreadable => {
                let (found, count) = reserialised(client, known).await;
                sent += count;
                if found.is_some() {
                    result = CheckResult::skipped(RESERIALISED);
                } else {
                    let (cause, count) = genuine::cause_of_refusal(client, &request).await;
                    result.reason.push_str(&cause);
                    sent += count;
                }
            }
            None => {
                if case.category == "bytes" {
                    result.reason.push_str(
                        "; a handler that hashes re-serialised JSON does that, but the output of no \
                         known serialiser was accepted",
                    );
                }
                let (cause, count) = genuine::cause_of_refusal(client, &request).await;
                result.reason.push_str(&cause);
                sent += count;
            }
        }
    }
    Ok(CaseRun { serializer, ..CaseRun::new(result, Some(exchange), sent) })
}

const RESERIALISED: &str = "the handler hashes re-serialised JSON: see the cases of bytes/";

/// The serializer whose output the endpoint hashes, if it does that.
async fn reserialised(
    client: &Client,
    known: Option<SerializerProbe>,
) -> (Option<SerializerProbe>, usize) {
    match (known, client.builder().request(Change::Sample(0))) {
        (None, Ok(plain)) => serializer_probe::find_certain(client, &plain).await,
        _ => (known, 0),
    }
}

async fn send_change(client: &Client, change: Change, request: &Request) -> Exchange {
    match change {
        Change::Forged(_) => client.send_forged(request).await,
        _ => client.send(request).await,
    }
}

/// Whether a serializer may write the body of a case differently.
fn is_about_spelling(case: &Case) -> bool {
    let is_text = |change| matches!(change, BodyChange::Text(_) | BodyChange::Escaped(_));
    case.category == "bytes"
        || matches!(case.step, Step::Send(Change::Body(change), _) if is_text(change))
}

async fn handshake(client: &Client, number: usize, probe: Probe) -> Result<CaseRun, String> {
    let builder = client.builder();
    let handshake = builder.handshake(number).ok_or("the provider has no such handshake")?;
    let built = builder.handshake_probe(handshake, probe)?;
    let request = builder.request_of(built.delivery);
    let mut exchange = client.send_unchecked(&request, client.timeout()).await;
    exchange.request = builder.request_of(built.shown);
    let check = match &mut exchange.response {
        Some(Ok(response)) if response.status == TOO_MANY_REQUESTS => CheckResult::limited(),
        Some(Ok(response)) => {
            let (status, headers, body) = (response.status, &response.headers, &response.body);
            let judged = handshake.judge(probe, &built.expected, status, headers, body);
            for secret in builder.secrets() {
                leak::redact(response, secret.expose());
            }
            let status = describe(response);
            match judged {
                Ok(notes) if notes.is_empty() => CheckResult::passed(status),
                Ok(notes) => CheckResult::warned(format!("{status}: {}", notes.join(", "))),
                Err(why) => {
                    let expectation = handshake.expectation(probe, &built.expected);
                    CheckResult::failed(format!("{why}, expected {expectation}"))
                }
            }
        }
        Some(Err(why)) => CheckResult::failed(why.message.clone()),
        None => CheckResult::skipped("no response was awaited"),
    };
    Ok(CaseRun::single(check, exchange))
}

async fn cut_off(client: &Client) -> Result<CaseRun, String> {
    let mut request = client.builder().request(Change::Sample(0))?;
    let body = request.delivery.body.len();
    let head = request.delivery.to_wire(usize::MAX).len() - body;
    let lengths = [head / 2, head + body / 2];
    for length in lengths {
        request.cut_at = Some(length);
        if let Err(why) = client.send_partial(&request, length).await {
            let result = CheckResult::failed(why.message);
            return Ok(CaseRun::new(result, Some(Exchange::unanswered(request)), 1));
        }
    }
    // The runner then checks that the endpoint still serves, as after every case that could do harm.
    let result = CheckResult::passed("was cut off");
    Ok(CaseRun::new(result, Some(Exchange::unanswered(request)), lengths.len()))
}

/// Why a delivery does not count as accepted.
fn not_accepted(exchange: &Exchange) -> String {
    match &exchange.response {
        Some(Ok(response)) => format!("{}, expected a 2xx", describe(response)),
        Some(Err(why)) => why.message.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times: Vec<_> = (1..=20).map(Duration::from_millis).collect();
        let latency = Latency::from_sorted(&times).unwrap();
        let all = [latency.p50, latency.p95, latency.p99, latency.max];
        assert_eq!(all, [10, 19, 20, 20].map(Duration::from_millis));
        assert_eq!(Latency::from_sorted(&times[..1]).unwrap().p95, times[0]);
        assert_eq!(Latency::from_sorted(&[]), None);
    }
}
