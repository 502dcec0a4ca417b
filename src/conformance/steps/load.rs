//! Several deliveries: the same again, the same twice at once, many at once, and one after the other with their times.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::super::case::Change;
use super::super::client::{Client, join};
use super::super::exchange::{Exchange, TOO_MANY_REQUESTS};
use super::super::expect::{CheckResult, Outcome};
use super::genuine::cause_of_refusal;
use super::{CaseRun, Latency, not_accepted};

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

pub async fn repeat(client: &Client, times: usize) -> Result<CaseRun, String> {
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
pub async fn parallel(client: &Client, times: usize) -> Result<CaseRun, String> {
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
        let (cause, sent) = match exchange.status() {
            Some(400..=499) if !exchange.is_limited() => {
                cause_of_refusal(client, &exchange.request).await
            }
            _ => Default::default(),
        };
        let reason = format!("{count} of {times} accepted; another: {what}{cause}");
        return Ok(CaseRun::new(CheckResult::failed(reason), Some(exchange), times + sent));
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
pub async fn time(client: &Client, times: usize) -> Result<CaseRun, String> {
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

/// The same delivery twice at the same time, several times.
pub async fn twice(client: &Client, times: usize) -> Result<CaseRun, String> {
    let mut last = None;
    for number in 1..=times {
        let request = client.builder().request(Change::Fresh)?;
        let (first, second) =
            tokio::join!(client.send_surely(&request), client.send_surely(&request));
        let sent = 2 * number;
        for exchange in [first, second] {
            if exchange.is_limited() {
                return Ok(CaseRun::new(CheckResult::limited(), Some(exchange), sent));
            }
            if !exchange.is_accepted() {
                let what = not_accepted(&exchange);
                let check = CheckResult::failed(format!("one of two: {what}"));
                return Ok(CaseRun::new(check, Some(exchange), sent));
            }
            last = Some(exchange);
        }
    }
    let check = CheckResult::passed(format!("both accepted, {times} times"));
    Ok(CaseRun::new(check, last, 2 * times))
}
