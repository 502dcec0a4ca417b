//! How a case is done, and what became of it. What takes more than one request is in `several.rs`.

use std::time::{Duration, Instant};

use super::asker::{Asked, Asker};
use super::case::{Act, BodyChange, Case, Change, Expect};
use super::expect::{Judged, judge};
use super::guess::{hashed_instead, hashes};
use super::outcome::{Latency, Request};
use super::probes::Probe;
use super::several::{cut_off, leak, parallel, repeat, time};

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
    /// The verdict on an exchange.
    pub(super) fn of(
        judged: Judged,
        exchange: Option<(Request, Option<Asked>)>,
        sent: usize,
    ) -> Self {
        Self {
            judged,
            exchange,
            sent,
            duration: Duration::ZERO,
            latency: None,
            serialiser: None,
        }
    }

    /// What one answer is worth.
    pub fn judged(expect: Expect, asker: &Asker, request: Request, asked: Asked) -> Self {
        let judged = judge(expect, asked.answer.as_ref(), asker.response());
        let duration = asked.duration;
        Self {
            duration,
            ..Self::of(judged, Some((request, Some(asked))), 1)
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
    let asked = match change {
        Change::Forged(_) => asker.ask_forged(&request).await,
        _ => asker.ask(&request).await,
    };
    let mut judged = judge(expect, asked.answer.as_ref(), asker.response());
    let mut sent = 1;
    let mut serialiser = None;
    let is_refused = asked.status().is_some_and(|status| status / 100 == 4);
    if expect == Expect::Accepted && is_refused {
        // Every serialiser is asked about where the spelling is the matter; elsewhere the one that is known.
        let (found, asked) = match known {
            Some(known) => {
                let (is_it, asked) = hashes(asker, &request.delivery.body, known).await;
                (is_it.then_some(known), asked)
            }
            None if is_about_spelling(case) => hashed_instead(asker, &request).await,
            None => (None, 0),
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

/// Whether a serialiser may write the body of a case otherwise.
fn is_about_spelling(case: &Case) -> bool {
    let is_text = |change| matches!(change, BodyChange::Text(_));
    case.category == "bytes"
        || matches!(case.act, Act::Send(Change::Body(change), _) if is_text(change))
}
