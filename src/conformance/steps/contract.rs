//! The deliveries of a contract's case, one after the other: every response has to pass, and then their times.

use std::time::Duration;

use super::super::client::Client;
use super::super::contract::{ContractStep, Share};
use super::super::exchange::{Exchange, TOO_MANY_REQUESTS};
use super::super::expect::CheckResult;
use super::{CaseRun, Latency, not_accepted, percentile};

pub async fn run(client: &Client, number: usize) -> Result<CaseRun, String> {
    let step = client.contract(number).ok_or("the contract has no such case")?;
    let repeat = step.case.repeat;
    let (mut times, mut sent, mut last) = (Vec::new(), 0, None);
    for nth in 1..=repeat {
        let place = match repeat {
            1 => String::new(),
            _ => format!("number {nth} of {repeat}: "),
        };
        let mut delivery = step.delivery()?;
        if delivery.headers.get("connection").is_none() {
            // Every request has a connection of its own.
            delivery.headers.push("connection", "close");
        }
        let request = client.builder().request_of(delivery);
        if step.case.delivery.duplicate {
            let first = client.send(&request).await;
            sent += 1;
            if !first.is_accepted() {
                let reason = format!("{place}the first of two: {}", not_accepted(&first));
                return Ok(CaseRun::new(CheckResult::failed(reason), Some(first), sent));
            }
        }
        // A 429 that the contract expects is not sent again.
        let exchange = match step.case.expect.admits_status(TOO_MANY_REQUESTS) {
            true => client.send_once(&request, client.timeout()).await,
            false => client.send(&request).await,
        };
        sent += 1;
        if let Some(what) = violation(step, &exchange) {
            let check = CheckResult::failed(format!("{place}{what}"));
            return Ok(CaseRun::new(check, Some(exchange), sent));
        }
        times.push(exchange.duration);
        last = Some(exchange);
    }
    times.sort_unstable();
    let mut wrong = Vec::new();
    for limit in &step.case.expect.latency {
        if let Share::Percentile(percent) = limit.of
            && let Some(time) = percentile(&times, percent)
            && !limit.admits(time)
        {
            wrong.push(format!("p{percent} was {}, expected {limit}", shown(time)));
        }
    }
    let latency = Latency::from_sorted(&times).filter(|_| repeat > 1);
    let status = last.as_ref().and_then(Exchange::status).unwrap_or_default();
    let all = match latency {
        None => format!(
            "responded with {status} after {}",
            times.first().copied().map(shown).unwrap_or_default()
        ),
        Some(Latency { count, p50, p95, p99, max }) => {
            let [p50, p95, p99, max] = [p50, p95, p99, max].map(shown);
            format!("{count} responses, p50 {p50}, p95 {p95}, p99 {p99}, max {max}")
        }
    };
    let check = match wrong.is_empty() {
        true => CheckResult::passed(all),
        false => CheckResult::failed(format!("{} ({all})", wrong.join("; "))),
    };
    Ok(CaseRun { latency, ..CaseRun::new(check, last, sent) })
}

/// What is wrong with one response.
fn violation(step: &ContractStep, exchange: &Exchange) -> Option<String> {
    let expect = &step.case.expect;
    let response = match (exchange.received(), exchange.no_response()) {
        (Some(response), _) => response,
        (None, Some(why)) => return Some(why.message.clone()),
        (None, None) => return Some("no response was awaited".to_owned()),
    };
    let late = expect
        .latency
        .iter()
        .find(|limit| limit.of == Share::All && !limit.admits(exchange.duration));
    let late = late.map(|limit| format!("it took {}, expected {limit}", shown(exchange.duration)));
    let found = [expect.violation(response), late];
    let found: Vec<_> = found.into_iter().flatten().collect();
    (!found.is_empty()).then(|| found.join("; "))
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
