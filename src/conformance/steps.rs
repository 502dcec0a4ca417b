//! Runs one case: sends its requests and checks the responses.

use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use tokio::task::JoinSet;

use crate::http::SendErrorKind;
use crate::webhook::handshake::Probe;
use crate::webhook::record::milliseconds;

use super::case::{BodyChange, Case, Change, Expect, Forgery, Step};
use super::client::{Client, Exchange, TOO_MANY_REQUESTS, join};
use super::expect::{CheckResult, Outcome, check, describe, leaked};
use super::leak;
use super::request_builder::Request;
use super::serializer_probe::{self, SerializerProbe};

/// Later responses are too late.
const MAX_RESPONSE_TIME: Duration = Duration::from_secs(5);
/// Later responses are slow.
const SLOW: Duration = Duration::from_secs(1);
/// No more deliveries are measured after this time.
const MAX_MEASURING: Duration = Duration::from_secs(5);
/// The time between the connections of a burst: opened at the very same time they overflow the accept queue of
/// many servers, and the system drops them before the server sees them.
const INTERVAL: Duration = Duration::from_millis(2);
/// The same for the second burst.
const LONGER_INTERVAL: Duration = Duration::from_millis(5);
/// The longest timeout of a burst, for endpoints that serve one request after the other.
const MAX_BURST_TIMEOUT: Duration = Duration::from_secs(20);

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
    /// The percentiles, by nearest rank, of times in ascending order; `None` of none.
    pub fn from_sorted(times: &[Duration]) -> Option<Self> {
        let at = |share: f64| {
            let rank = (share * times.len() as f64).ceil() as usize;
            times.get(rank.max(1) - 1).copied()
        };
        Some(Self { count: times.len(), p50: at(0.5)?, p95: at(0.95)?, max: *times.last()? })
    }
}

/// Runs a case. `known` is the serializer that an earlier case found.
pub async fn run(client: &Client, case: &Case, known: Option<SerializerProbe>) -> CaseRun {
    let started = Instant::now();
    let run = run_step(client, case, known).await;
    let mut run = run.unwrap_or_else(|why| CaseRun::new(CheckResult::skipped(why), None, 0));
    run.duration = started.elapsed();
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
        Step::Repeat(times) => repeat(client, times).await,
        Step::Parallel(times) => parallel(client, times).await,
        Step::Time(times) => time(client, times).await,
        Step::Leak => leak(client).await,
        Step::CutOff => cut_off(client).await,
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
    if expect == Expect::Accepted && is_refused {
        // All serializers are tried where the case is about spelling; elsewhere only the known one.
        let (found, count) = match known {
            Some(known) => serializer_probe::is_used(client, &request, known).await,
            None if is_about_spelling(case) => serializer_probe::find(client, &request).await,
            None => (None, 0),
        };
        serializer = found;
        sent += count;
        match found {
            Some(probe) => result.reason.push_str(&format!(
                "; signed over {} it is accepted: your handler hashes re-serialised JSON ({})",
                probe.formula("body"),
                probe.codes.join(" + ")
            )),
            None if case.category == "bytes" => result.reason.push_str(
                "; a handler that hashes re-serialised JSON does that, but the output of no \
                 known serialiser was accepted",
            ),
            None => {}
        }
    }
    Ok(CaseRun { serializer, ..CaseRun::new(result, Some(exchange), sent) })
}

async fn send_change(client: &Client, change: Change, request: &Request) -> Exchange {
    match change {
        Change::Forged(_) => client.send_forged(request).await,
        _ => client.send(request).await,
    }
}

/// Whether a serializer may write the body of a case differently.
fn is_about_spelling(case: &Case) -> bool {
    let is_text = |change| matches!(change, BodyChange::Text(_));
    case.category == "bytes"
        || matches!(case.step, Step::Send(Change::Body(change), _) if is_text(change))
}

async fn repeat(client: &Client, times: usize) -> Result<CaseRun, String> {
    let request = client.builder().request(Change::Fresh)?;
    let mut last = None;
    for number in 1..=times {
        let exchange = client.send(&request).await;
        if !exchange.is_accepted() {
            let what = not_accepted(&exchange);
            let result = CheckResult::failed(format!("number {number} of {times}: {what}"));
            return Ok(CaseRun::new(result, Some(exchange), number));
        }
        last = Some(exchange);
    }
    let result = CheckResult::passed(format!("accepted {times} times"));
    Ok(CaseRun::new(result, last, times))
}

/// A burst; when some requests get no response, a second one with a longer interval: the accept queue may have
/// been too short, which is not the endpoint's fault.
async fn parallel(client: &Client, times: usize) -> Result<CaseRun, String> {
    // An endpoint that serves one after the other may need this many times what one takes.
    let single = client.builder().request(Change::Fresh)?;
    let takes = client.send(&single).await.duration;
    let all = (takes * 2).saturating_mul(u32::try_from(times).unwrap_or(u32::MAX));
    let all = Duration::from_secs(all.as_secs()).min(MAX_BURST_TIMEOUT);
    let timeout = client.timeout().max(all);
    let mut first = burst(client, times, INTERVAL, timeout).await?;
    first.sent += 1;
    // A longer interval does not help an endpoint that is too slow to serve all of them.
    let is_slow = all > client.timeout();
    if first.check.outcome == Outcome::Passed || first.no_response().is_none() || is_slow {
        return Ok(first);
    }
    let mut second = burst(client, times, LONGER_INTERVAL, timeout).await?;
    second.sent += first.sent;
    if second.check.outcome == Outcome::Passed {
        second.check = CheckResult::warned(format!(
            "{}; again, {} ms apart, all were accepted: is the accept queue of the server too short?",
            first.check.reason,
            LONGER_INTERVAL.as_millis()
        ));
    }
    Ok(second)
}

async fn burst(
    client: &Client,
    times: usize,
    interval: Duration,
    timeout: Duration,
) -> Result<CaseRun, String> {
    let mut sending = JoinSet::new();
    for _ in 0..times {
        tokio::time::sleep(interval).await;
        let request = client.builder().request(Change::Fresh)?;
        let client = client.clone();
        sending.spawn(async move { client.send_once(&request, timeout).await });
    }
    let mut accepted = Vec::new();
    let mut others = Vec::new();
    let mut slowest = Duration::ZERO;
    while let Some(exchange) = sending.join_next().await.map(join) {
        slowest = slowest.max(exchange.duration);
        let list = if exchange.is_accepted() { &mut accepted } else { &mut others };
        list.push(exchange);
    }
    // A response says more than none.
    others.sort_by_key(|exchange| exchange.received().is_none());
    if let Some(exchange) = others.into_iter().next() {
        let (count, what) = (accepted.len(), not_accepted(&exchange));
        let result = CheckResult::failed(format!("{count} of {times} accepted; another: {what}"));
        return Ok(CaseRun::new(result, Some(exchange), times));
    }
    let result = match slowest > MAX_RESPONSE_TIME {
        true => CheckResult::warned(format!(
            "all {times} accepted, the last after {:.1} s: does it serve them one after the other?",
            slowest.as_secs_f64()
        )),
        false => CheckResult::passed(format!("all {times} accepted")),
    };
    Ok(CaseRun::new(result, accepted.pop(), times))
}

/// Measures one delivery after the other: how fast the endpoint is when it has nothing else to do.
async fn time(client: &Client, times: usize) -> Result<CaseRun, String> {
    let started = Instant::now();
    let mut measured: Vec<Exchange> = Vec::new();
    let (mut sent, mut limited) = (0, None);
    for _ in 0..times {
        if started.elapsed() > MAX_MEASURING {
            break;
        }
        let request = client.builder().request(Change::Fresh)?;
        let exchange = client.send(&request).await;
        sent += 1;
        match exchange.status() {
            None => {
                let result = CheckResult::failed(not_accepted(&exchange));
                return Ok(CaseRun::new(result, Some(exchange), sent));
            }
            Some(TOO_MANY_REQUESTS) => limited = Some(exchange),
            Some(200..=299) => measured.push(exchange),
            Some(_) => {}
        }
    }
    measured.sort_by_key(|exchange| exchange.duration);
    let times: Vec<_> = measured.iter().map(|exchange| exchange.duration).collect();
    let Some((latency, slowest)) = Latency::from_sorted(&times).zip(measured.pop()) else {
        if limited.is_some() {
            return Ok(CaseRun::new(CheckResult::limited(), limited, sent));
        }
        return Err("no delivery was accepted, so none was measured".to_owned());
    };
    let [p50, p95, max] = [latency.p50, latency.p95, latency.max]
        .map(|time| format!("{:.1} ms", time.as_secs_f64() * 1e3));
    let count = latency.count;
    let reason = format!("p50 {p50}, p95 {p95}, max {max} over {count} deliveries");
    let result = match slowest.duration {
        slowest if slowest > MAX_RESPONSE_TIME => {
            CheckResult::failed(format!("{reason}: over 5 s is too late"))
        }
        slowest if slowest > SLOW => CheckResult::warned(format!("{reason}: over 1 s is slow")),
        _ => CheckResult::passed(reason),
    };
    Ok(CaseRun { latency: Some(latency), ..CaseRun::new(result, Some(slowest), sent) })
}

async fn leak(client: &Client) -> Result<CaseRun, String> {
    let changes = [
        Change::Forged(Forgery::None),
        Change::Forged(Forgery::Empty),
        Change::Forged(Forgery::Secret),
        Change::Forged(Forgery::Half),
        Change::Forged(Forgery::Alphabet),
        Change::Forged(Forgery::BitOfBody),
        Change::Sample(0),
    ];
    let mut sent = 0;
    let mut last = None;
    let mut responses = 0;
    let mut is_limited = false;
    for change in changes {
        let request = client.builder().request(change)?;
        let exchange = send_change(client, change, &request).await;
        sent += 1;
        if let Some(leak) = exchange.leak {
            return Ok(CaseRun::new(leaked(leak), Some(exchange), sent));
        }
        let status = exchange.status();
        last = Some(exchange);
        match status {
            Some(TOO_MANY_REQUESTS) => is_limited = true,
            Some(_) => responses += 1,
            // Other cases test for that, and waiting for each timeout would take minutes.
            None => break,
        }
    }
    let result = match responses {
        0 if is_limited => CheckResult::limited(),
        0 => CheckResult::skipped("no request got a response, so none could leak anything"),
        _ => CheckResult::passed(format!("none of {responses} responses contains it")),
    };
    Ok(CaseRun::new(result, last, sent))
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
        let all = [latency.p50, latency.p95, latency.max];
        assert_eq!(all, [10, 19, 20].map(Duration::from_millis));
        assert_eq!(Latency::from_sorted(&times[..1]).unwrap().p95, times[0]);
        assert_eq!(Latency::from_sorted(&[]), None);
    }
}
