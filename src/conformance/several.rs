//! Cases that take more than one request: the same again, many at once, by the clock, half of one.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::webhook::wire;

use super::acts::Ran;
use super::asker::{Asked, Asker, joined};
use super::case::{Change, Forgery};
use super::expect::{Judged, LIMITED, said};
use super::leak::leaked;
use super::outcome::{Latency, Outcome, Request};

/// Answers that take longer than this are too late.
const LATEST: Duration = Duration::from_secs(5);
/// Answers that take longer than this are slow.
const SLOW: Duration = Duration::from_secs(1);
/// No more deliveries are measured after this long.
const MEASURED: Duration = Duration::from_secs(5);

/// Connections that are opened at the very same time overflow the queue of many a server, and are then
/// dropped by the system before it sees them.
const APART: Duration = Duration::from_millis(2);
/// The second time.
const FURTHER: Duration = Duration::from_millis(5);
/// The longest that is waited for endpoints that serve many one after the other.
const LONGEST_QUEUE: Duration = Duration::from_secs(20);

pub(super) async fn repeat(asker: &Asker, times: usize) -> Result<Ran, String> {
    let request = asker.maker().request(Change::Fresh)?;
    let mut last = None;
    for number in 1..=times {
        let asked = asker.ask(&request).await;
        if !asked.is_accepted() {
            let what = answered(&asked);
            let judged = Judged::failed(format!("number {number} of {times}: {what}"));
            return Ok(Ran::of(judged, Some((request, Some(asked))), number));
        }
        last = Some(asked);
    }
    let judged = Judged::passed(format!("accepted {times} times"));
    Ok(Ran::of(judged, Some((request, last)), times))
}

/// Many at once; when some got no answer at all, the same again, a little further apart: it may have been the
/// queue of the listener that was too short, and not the endpoint.
pub(super) async fn parallel(asker: &Asker, times: usize) -> Result<Ran, String> {
    // Who serves one after the other may need so many times what one takes.
    let alone = asker.maker().request(Change::Fresh)?;
    let takes = asker.ask(&alone).await.duration;
    let queue = (takes * 2).saturating_mul(u32::try_from(times).unwrap_or(u32::MAX));
    let queue = Duration::from_secs(queue.as_secs()).min(LONGEST_QUEUE);
    let patience = asker.patience().max(queue);
    let mut first = burst(asker, times, APART, patience).await?;
    first.sent += 1;
    let is_silent = first.asked().is_some_and(|asked| asked.answer.is_err());
    // Further apart is of no use to those that need more time for all of them than there is.
    let is_slow = queue > asker.patience();
    if first.judged.outcome == Outcome::Passed || !is_silent || is_slow {
        return Ok(first);
    }
    let mut second = burst(asker, times, FURTHER, patience).await?;
    second.sent += first.sent;
    if second.judged.outcome == Outcome::Passed {
        second.judged = Judged::warned(format!(
            "{}; again, {} ms apart, all were accepted: is the queue of its listener short?",
            first.judged.reason,
            FURTHER.as_millis()
        ));
    }
    Ok(second)
}

async fn burst(
    asker: &Asker,
    times: usize,
    apart: Duration,
    patience: Duration,
) -> Result<Ran, String> {
    let mut all = JoinSet::new();
    for _ in 0..times {
        tokio::time::sleep(apart).await;
        let request = asker.maker().request(Change::Fresh)?;
        let asker = asker.clone();
        all.spawn(async move { (asker.ask_once(&request, patience).await, request) });
    }
    let mut accepted = Vec::new();
    let mut others = Vec::new();
    let mut slowest = Duration::ZERO;
    while let Some(asked) = all.join_next().await {
        let (asked, request) = joined(asked);
        slowest = slowest.max(asked.duration);
        match asked.is_accepted() {
            true => accepted.push((request, Some(asked))),
            false => others.push((request, asked)),
        }
    }
    // An answer says more than none.
    others.sort_by_key(|(_, asked)| asked.answer.is_err());
    Ok(match others.into_iter().next() {
        None => {
            let judged = match slowest > LATEST {
                true => Judged::warned(format!(
                    "all {times} accepted, the last after {:.1} s: are they served one after the other?",
                    slowest.as_secs_f64()
                )),
                false => Judged::passed(format!("all {times} accepted")),
            };
            Ran::of(judged, accepted.pop(), times)
        }
        Some((request, asked)) => {
            let (count, what) = (accepted.len(), answered(&asked));
            let judged = Judged::failed(format!("{count} of {times} accepted; another: {what}"));
            Ran::of(judged, Some((request, Some(asked))), times)
        }
    })
}

/// Measured one after the other: what an endpoint takes that has nothing else to do.
pub(super) async fn time(asker: &Asker, times: usize) -> Result<Ran, String> {
    let started = Instant::now();
    let mut measured: Vec<(Duration, Request, Asked)> = Vec::new();
    let (mut sent, mut limited) = (0, None);
    for _ in 0..times {
        if started.elapsed() > MEASURED {
            break;
        }
        let request = asker.maker().request(Change::Fresh)?;
        let asked = asker.ask(&request).await;
        sent += 1;
        if asked.answer.is_err() {
            let judged = Judged::failed(answered(&asked));
            return Ok(Ran::of(judged, Some((request, Some(asked))), sent));
        }
        if asked.is_accepted() {
            measured.push((asked.duration, request, asked));
        } else if asked.status() == Some(LIMITED) {
            limited = Some((request, Some(asked)));
        }
    }
    measured.sort_by_key(|(duration, ..)| *duration);
    let durations: Vec<_> = measured.iter().map(|(duration, ..)| *duration).collect();
    let latency = Latency::of(&durations);
    let Some((latency, (slowest, request, asked))) = latency.zip(measured.pop()) else {
        if limited.is_some() {
            let judged = Judged::limited(&format!("answered {LIMITED}"));
            return Ok(Ran::of(judged, limited, sent));
        }
        return Err("no delivery was accepted, so none was measured".to_owned());
    };
    let told = format!(
        "p50 {}, p95 {}, max {} over {} deliveries",
        milliseconds(latency.p50),
        milliseconds(latency.p95),
        milliseconds(latency.max),
        latency.count
    );
    let judged = match slowest {
        slowest if slowest > LATEST => Judged::failed(format!("{told}: over 5 s is too late")),
        slowest if slowest > SLOW => Judged::warned(format!("{told}: over 1 s is slow")),
        _ => Judged::passed(told),
    };
    Ok(Ran {
        latency: Some(latency),
        ..Ran::of(judged, Some((request, Some(asked))), sent)
    })
}

pub(super) async fn leak(asker: &Asker) -> Result<Ran, String> {
    let bad = [
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
    let mut answers = 0;
    let mut limited = None;
    for change in bad {
        let request = asker.maker().request(change)?;
        let asked = match change {
            Change::Forged(_) => asker.ask_forged(&request).await,
            _ => asker.ask(&request).await,
        };
        sent += 1;
        match &asked.answer {
            Ok(answer) if answer.status == LIMITED => limited = Some(said(answer)),
            answer => answers += usize::from(answer.is_ok()),
        }
        if let Some(leak) = asked.leak {
            return Ok(Ran::of(leaked(leak), Some((request, Some(asked))), sent));
        }
        let is_silent = asked.answer.is_err();
        last = Some((request, Some(asked)));
        if is_silent {
            // That it hangs or goes away is other cases' matter, and waiting for each would take minutes.
            break;
        }
    }
    let judged = match (answers, limited) {
        (0, Some(said)) => Judged::limited(&said),
        (0, None) => Judged::skipped("nothing was answered, so nothing could be given away"),
        _ => Judged::passed(format!("none of {answers} answers holds it")),
    };
    Ok(Ran::of(judged, last, sent))
}

pub(super) async fn cut_off(asker: &Asker) -> Result<Ran, String> {
    let mut request = asker.maker().request(Change::Sample(0))?;
    let body = request.delivery.body.len();
    let head = wire::write(&request.delivery, usize::MAX).len() - body;
    let places = [head / 2, head + body / 2];
    for place in places {
        request.cut_at = Some(place);
        if let Err(silence) = asker.break_off(&request, place).await {
            return Ok(Ran::of(
                Judged::failed(silence.message),
                Some((request, None)),
                1,
            ));
        }
    }
    // Whether it serves on is asked by the runner, as after every case that could do harm.
    let judged = Judged::passed("was cut off");
    Ok(Ran::of(judged, Some((request, None)), places.len()))
}

fn answered(asked: &Asked) -> String {
    match &asked.answer {
        Ok(answer) => format!("{}, a 2xx was expected", said(answer)),
        Err(silence) => silence.message.clone(),
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
