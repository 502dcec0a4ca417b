//! How each kind of case is done: one request, several one after the other, many at once, half of one.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use super::asker::{Asked, Asker, Leak};
use super::case::{Act, Case, Change, Expect, Forgery};
use super::expect::{Judged, judge, said};
use super::outcome::{Latency, Outcome, Request};
use super::probes::{Probe, probes, telling};

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

/// What became of a case.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The verdict.
    pub judged: Judged,
    /// The request that the verdict rests on, and what came back; `None` when nothing was sent.
    pub exchange: Option<(Request, Option<Asked>)>,
    /// How many requests were sent.
    pub sent: usize,
    /// How long it all took.
    pub duration: Duration,
    /// What was measured.
    pub latency: Option<Latency>,
    /// The serialiser whose output the endpoint hashes, if that was found out.
    pub serialiser: Option<&'static Probe>,
}

impl Ran {
    fn of(judged: Judged, exchange: Option<(Request, Option<Asked>)>, sent: usize) -> Self {
        Self {
            judged,
            exchange,
            sent,
            duration: Duration::ZERO,
            latency: None,
            serialiser: None,
        }
    }

    /// Nothing was sent.
    pub fn skipped(why: impl Into<String>) -> Self {
        Self::of(Judged::skipped(why), None, 0)
    }

    /// What came back, if anything was waited for.
    pub fn asked(&self) -> Option<&Asked> {
        self.exchange.as_ref()?.1.as_ref()
    }
}

/// Does what a case says. `known` is the serialiser that was found out before.
pub async fn run(asker: &Asker, case: &Case, known: Option<&'static Probe>) -> Ran {
    let started = Instant::now();
    let mut ran = match act(asker, case, known).await {
        Ok(ran) => ran,
        Err(why) => Ran::skipped(why),
    };
    ran.duration = started.elapsed();
    ran
}

async fn act(asker: &Asker, case: &Case, known: Option<&'static Probe>) -> Result<Ran, String> {
    let is_about_signing = matches!(case.category, "bytes" | "refuse") || case.act == Act::Leak;
    if is_about_signing && asker.maker().signing().is_none() {
        return Err("the provider does not sign its deliveries".to_owned());
    }
    match case.act {
        Act::Send(change, expect) => send(asker, case, change, expect, known).await,
        Act::Repeat(times) => repeat(asker, times).await,
        Act::Parallel(times) => parallel(asker, times).await,
        Act::Time(times) => time(asker, times).await,
        Act::Leak => leak(asker).await,
        Act::CutOff => cut_off(asker).await,
    }
}

async fn send(
    asker: &Asker,
    case: &Case,
    change: Change,
    expect: Expect,
    known: Option<&'static Probe>,
) -> Result<Ran, String> {
    if expect == Expect::Documented && asker.response().body.is_none() {
        return Err("the provider's document asks for no body".to_owned());
    }
    let request = asker.maker().request(change)?;
    let asked = asker.ask(&request).await;
    let mut judged = judge(expect, asked.answer.as_ref(), asker.response());
    let mut sent = 1;
    let mut serialiser = None;
    let is_refused = asked.status().is_some_and(|status| status / 100 == 4);
    if expect == Expect::Accepted && is_refused {
        // Every serialiser is asked about where the spelling is the matter; elsewhere the one that is known.
        let (found, asked) = match (known, case.category) {
            (Some(known), _) => {
                let (is_it, asked) = hashes(asker, &request.delivery.body, known).await;
                (is_it.then_some(known), asked)
            }
            (None, "bytes") => hashed_instead(asker, &request).await,
            (None, _) => (None, 0),
        };
        serialiser = found;
        sent += asked;
        match found {
            Some(probe) => judged.reason.push_str(&format!(
                "; signed over {} it is accepted: your handler hashes re-serialised JSON ({})",
                probe.name, probe.code
            )),
            None if case.category == "bytes" => judged.reason.push_str(
                "; a handler that hashes re-serialised JSON does that, but none of the known \
                 serialisers was accepted",
            ),
            None => {}
        }
    }
    Ok(Ran {
        serialiser,
        ..Ran::of(judged, Some((request, Some(asked))), sent)
    })
}

/// The serialiser whose output, signed, the endpoint accepts in the place of a body; and how often it was
/// asked. Asked first with a body on which the serialisers disagree, so that the answer tells one from another.
pub async fn hashed_instead(asker: &Asker, request: &Request) -> (Option<&'static Probe>, usize) {
    let body = &request.delivery.body;
    let mut sent = 0;
    for body in telling(body).map(Bytes::from).iter().chain([body]) {
        let mut tried: Vec<Vec<u8>> = Vec::new();
        for probe in probes() {
            let made = probe.sign_over(body);
            let Some(made) = made.filter(|made| !tried.contains(made)) else {
                continue;
            };
            tried.push(made);
            let (is_it, asked) = hashes(asker, body, probe).await;
            sent += asked;
            if is_it {
                return (Some(probe), sent);
            }
        }
    }
    (None, sent)
}

/// Whether the endpoint accepts a body that is signed over what a serialiser makes of it; and how often it was
/// asked.
async fn hashes(asker: &Asker, body: &Bytes, probe: &Probe) -> (bool, usize) {
    let maker = asker.maker();
    let Some((scheme, secret)) = maker.signing() else {
        return (false, 0);
    };
    let Some(other) = probe.sign_over(body).filter(|other| other != body) else {
        return (false, 0);
    };
    let beside = maker.signed_beside();
    let Ok(value) = crate::webhook::sign::signature(scheme, secret, &beside, &other) else {
        return (false, 0);
    };
    let request = maker.with_signature(body.clone(), &scheme.header, &value);
    (asker.ask(&request).await.is_accepted(), 1)
}

async fn repeat(asker: &Asker, times: usize) -> Result<Ran, String> {
    let request = asker.maker().request(Change::Sample(0))?;
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
async fn parallel(asker: &Asker, times: usize) -> Result<Ran, String> {
    let first = burst(asker, times, APART).await?;
    let is_silent = first.asked().is_some_and(|asked| asked.answer.is_err());
    if first.judged.outcome == Outcome::Passed || !is_silent {
        return Ok(first);
    }
    let mut second = burst(asker, times, FURTHER).await?;
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

async fn burst(asker: &Asker, times: usize, apart: Duration) -> Result<Ran, String> {
    let request = asker.maker().request(Change::Sample(0))?;
    let mut all = JoinSet::new();
    for _ in 0..times {
        tokio::time::sleep(apart).await;
        let (asker, request) = (asker.clone(), request.clone());
        all.spawn(async move { asker.ask(&request).await });
    }
    let mut last = None;
    let mut others = Vec::new();
    while let Some(asked) = all.join_next().await {
        let asked = asked.map_err(|why| why.to_string())?;
        match asked.is_accepted() {
            true => last = Some(asked),
            false => others.push(asked),
        }
    }
    let accepted = times - others.len();
    // An answer says more than none.
    others.sort_by_key(|asked| asked.answer.is_err());
    Ok(match others.into_iter().next() {
        None => {
            let judged = Judged::passed(format!("all {times} accepted"));
            Ran::of(judged, Some((request, last)), times)
        }
        Some(asked) => {
            let what = answered(&asked);
            let judged = Judged::failed(format!("{accepted} of {times} accepted; another: {what}"));
            Ran::of(judged, Some((request, Some(asked))), times)
        }
    })
}

/// Measured one after the other: what an endpoint takes that has nothing else to do.
async fn time(asker: &Asker, times: usize) -> Result<Ran, String> {
    let started = Instant::now();
    let mut measured: Vec<(Duration, usize, Asked)> = Vec::new();
    for number in 0..times {
        if started.elapsed() > MEASURED {
            break;
        }
        let sample = number % asker.maker().samples().max(1);
        let request = asker.maker().request(Change::Sample(sample))?;
        let asked = asker.ask(&request).await;
        if asked.answer.is_err() {
            let what = answered(&asked);
            return Ok(Ran::of(
                Judged::failed(what),
                Some((request, Some(asked))),
                number + 1,
            ));
        }
        if asked.is_accepted() {
            measured.push((asked.duration, sample, asked));
        }
    }
    measured.sort_by_key(|(duration, ..)| *duration);
    let times: Vec<_> = measured.iter().map(|(duration, ..)| *duration).collect();
    let Some((latency, (slowest, sample, asked))) = Latency::of(&times).zip(measured.pop()) else {
        return Err("no delivery was accepted, so none was measured".to_owned());
    };
    let request = asker.maker().request(Change::Sample(sample))?;
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
        ..Ran::of(judged, Some((request, Some(asked))), times.len())
    })
}

async fn leak(asker: &Asker) -> Result<Ran, String> {
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
    for change in bad {
        let request = asker.maker().request(change)?;
        let asked = asker.ask(&request).await;
        sent += 1;
        answers += usize::from(asked.answer.is_ok());
        if let Some(leak) = asked.leak {
            return Ok(Ran::of(leaked(leak), Some((request, Some(asked))), sent));
        }
        last = Some((request, Some(asked)));
    }
    let judged = match answers {
        0 => Judged::skipped("nothing was answered, so nothing could be given away"),
        _ => Judged::passed(format!("none of {answers} answers holds it")),
    };
    Ok(Ran::of(judged, last, sent))
}

/// The verdict on an answer that gives something away.
pub fn leaked(leak: Leak) -> Judged {
    Judged::failed(match leak {
        Leak::Signature => "the answer holds the signature that the request should have had",
        Leak::Secret => "the answer holds the signing secret (struck out here)",
    })
}

async fn cut_off(asker: &Asker) -> Result<Ran, String> {
    let mut request = asker.maker().request(Change::Sample(0))?;
    let body = request.delivery.body.len();
    let head = super::wire::write(&request.delivery).len() - body;
    let places = [head / 2, head + body / 2];
    for place in places {
        request.cut_at = Some(place);
        if let Err(silence) = asker.break_off(&request, place).await {
            return Ok(Ran::of(
                Judged::failed(silence.what),
                Some((request, None)),
                1,
            ));
        }
    }
    // Whether it serves on is asked by the runner, as after every case that could do harm.
    let judged = Judged::passed("serves on");
    Ok(Ran::of(judged, Some((request, None)), places.len()))
}

fn answered(asked: &Asked) -> String {
    match &asked.answer {
        Ok(answer) => format!("{}, a 2xx was expected", said(answer)),
        Err(silence) => silence.what.clone(),
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

impl Latency {
    /// Of times in ascending order; `None` of none.
    pub fn of(sorted: &[Duration]) -> Option<Self> {
        let at = |share: f64| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.max(1) - 1).copied()
        };
        Some(Self {
            count: sorted.len(),
            p50: at(0.5)?,
            p95: at(0.95)?,
            max: *sorted.last()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let times: Vec<_> = (1..=20).map(Duration::from_millis).collect();
        let latency = Latency::of(&times).unwrap();
        let all = [latency.p50, latency.p95, latency.max];
        assert_eq!(all, [10, 19, 20].map(Duration::from_millis));
        assert_eq!(Latency::of(&times[..1]).unwrap().p95, times[0]);
        assert_eq!(Latency::of(&[]), None);
    }
}
