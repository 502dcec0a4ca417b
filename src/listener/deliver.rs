//! A delivery's way through the hall: examined, numbered, passed on, recorded, reported, answered. The
//! answer is the last thing to happen, so what was acknowledged was done.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::mpsc::{OwnedPermit, Permit};
use tokio::sync::oneshot;
use tokio::time;

use crate::lock::lock;
use crate::webhook::delivery::Delivery;
use crate::webhook::examine::Examination;
use crate::webhook::received::{Forwarded, Reason, Received};

use super::budget::Lease;
use super::faults::Fault;
use super::forward::Route;
use super::hall::{Hall, Notice, RecordFault, Recording, Stop};
use super::head::Head;
use super::ledger::Line;
use super::policy::Answer;
use super::scribe::{notice, words};

/// A request that was read whole.
#[derive(Debug)]
pub struct Arrival {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Bytes,
    /// The memory that the body takes.
    pub lease: Lease,
    /// Who sent it.
    pub peer: SocketAddr,
    /// When its head had been read.
    pub started: Instant,
}

impl Arrival {
    fn into_delivery(self, now: Timestamp) -> (Delivery, Lease) {
        let delivery = Delivery {
            method: self.head.method,
            target: self.head.target,
            headers: self.head.headers,
            body: self.body,
            received_at: Some(now),
            peer: Some(self.peer),
        };
        (delivery, self.lease)
    }
}

/// What is to be done with the sender.
#[derive(Debug)]
pub enum Outcome {
    /// Answer.
    Answer(Answer),
    /// Close the connection without an answer.
    HangUp,
    /// Turn the request away after all; the text says why.
    TurnAway((String, String), Reason, String),
}

/// What a delivery gets, and how that came about.
#[derive(Default)]
struct Treatment {
    answer: Option<Answer>,
    injected: Option<String>,
    /// Whether what was injected took the answer's place, and not only time.
    is_failed: bool,
    forwarded: Option<Forwarded>,
}

/// Takes a delivery in where nothing has to be waited for. `permit` is the room for its report, where
/// anybody is told.
pub fn deliver_promptly(
    hall: &Hall,
    permit: Option<Permit<'_, Notice>>,
    arrival: Arrival,
) -> Outcome {
    let now = Timestamp::now();
    if hall.is_silent {
        return deliver_silently(hall, arrival, now);
    }
    let (mut received, mut lease) = examine(hall, arrival, now);
    let answer = own_answer(hall, &received.examination);
    received.status = Some(answer.status.as_u16());
    let mut received = Box::new(received);
    let words = words(hall, &received, &mut lease);
    // Numbered and reported under one lock, so that reports come in the order of their numbers.
    let mut ledger = lock(&hall.ledger);
    let Some(line) = ledger.enter(&received.delivery.body) else {
        return one_too_many(received.delivery);
    };
    number(&mut received, &line);
    let (notice, spent) = notice(received, words, lease);
    if let Some(permit) = permit {
        permit.send(notice);
    }
    let is_last = ledger.settle();
    drop(ledger);
    drop(spent);
    if is_last {
        hall.stopper.stop(Stop::Count);
    }
    Outcome::Answer(answer)
}

/// Takes a delivery in of which nobody will be told: only its answer and its being counted matter.
fn deliver_silently(hall: &Hall, arrival: Arrival, now: Timestamp) -> Outcome {
    let (delivery, _lease) = arrival.into_delivery(now);
    let answer = Answer::by_trust(hall.examiner.trusts_unexamined(&delivery, now));
    if hall.options.count.is_some() {
        let mut ledger = lock(&hall.ledger);
        if !ledger.count() {
            return one_too_many(delivery);
        }
        if ledger.settle() {
            hall.stopper.stop(Stop::Count);
        }
    }
    Outcome::Answer(answer)
}

/// Takes a delivery in. With the `permit` in hand, nothing but what was asked for (forwarding,
/// recording, a delay) has to be waited for.
pub async fn deliver(
    hall: Arc<Hall>,
    permit: Option<OwnedPermit<Notice>>,
    arrival: Arrival,
) -> Outcome {
    let started = arrival.started;
    let (mut received, mut lease) = examine(&hall, arrival, Timestamp::now());
    let Some(line) = lock(&hall.ledger).enter(&received.delivery.body) else {
        return one_too_many(received.delivery);
    };
    number(&mut received, &line);
    let treatment = treat(&hall, &line, &received.delivery, &received.examination).await;
    received.status = treatment.answer.as_ref().map(|a| a.status.as_u16());
    received.injected = treatment.injected;
    received.forwarded = treatment.forwarded;
    received.duration = started.elapsed();
    let received = match record(&hall, received).await {
        Ok(received) => received,
        Err((received, reason, why)) => {
            lock(&hall.ledger).withdraw();
            return Outcome::TurnAway(request_line(received.delivery), reason, why);
        }
    };
    let is_expected = lock(&hall.expectations).note(&received, treatment.is_failed);
    if let Some(permit) = permit {
        let words = words(&hall, &received, &mut lease);
        permit.send(notice(Box::new(received), words, lease).0);
    }
    if is_expected {
        hall.stopper.stop(Stop::Expected);
    }
    if lock(&hall.ledger).settle() {
        hall.stopper.stop(Stop::Count);
    }
    match treatment.answer {
        Some(answer) => Outcome::Answer(answer),
        None => Outcome::HangUp,
    }
}

fn examine(hall: &Hall, arrival: Arrival, now: Timestamp) -> (Received, Lease) {
    let started = arrival.started;
    let (delivery, lease) = arrival.into_delivery(now);
    let received = Received {
        id: 0,
        examination: hall.examiner.examine(&delivery, now),
        delivery,
        duplicate_of: None,
        status: None,
        injected: None,
        forwarded: None,
        duration: started.elapsed(),
    };
    (received, lease)
}

/// Decides the answer: an injected fault first, then the listener's own refusal, then the endpoint's.
async fn treat(
    hall: &Hall,
    line: &Line,
    delivery: &Delivery,
    examination: &Examination,
) -> Treatment {
    let faults = &hall.options.faults;
    let fault = faults.decide(line.ordinal);
    if !faults.delay.is_zero() {
        time::sleep(faults.delay).await;
    }
    match fault {
        Fault::Drop(why) => Treatment {
            injected: Some(why),
            is_failed: true,
            ..Treatment::default()
        },
        Fault::Respond(canned, why) => Treatment {
            answer: Some(Answer::canned(canned)),
            injected: Some(why),
            is_failed: true,
            forwarded: None,
        },
        Fault::None => {
            let own = own_answer(hall, examination);
            let (answer, forwarded) = match route(hall, examination, &own) {
                Some(route) => {
                    let (answer, forwarded) = route.pass_on(delivery).await;
                    (answer, Some(forwarded))
                }
                None => (own, None),
            };
            let injected = (!faults.delay.is_zero()).then(|| format!("delayed {:?}", faults.delay));
            Treatment {
                answer: Some(answer),
                injected,
                is_failed: false,
                forwarded,
            }
        }
    }
}

/// The answer that the listener itself would give.
fn own_answer(hall: &Hall, examination: &Examination) -> Answer {
    let is_trusted = hall.examiner.trusts(examination);
    Answer::to(examination, is_trusted, hall.options.strict)
}

/// Where a delivery is passed on to: only what the listener itself would accept goes anywhere, unless
/// `--forward-invalid`.
fn route<'h>(hall: &'h Hall, examination: &Examination, own: &Answer) -> Option<&'h Route> {
    let forwarding = &hall.options.forwarding;
    if !(forwarding.invalid || own.is_acceptance()) {
        return None;
    }
    forwarding.route(&examination.event)
}

/// Waits until the delivery is durably on the disk, when it is to be recorded at all.
async fn record(hall: &Hall, received: Received) -> Result<Received, (Received, Reason, String)> {
    let Some(recorder) = &hall.recorder else {
        return Ok(received);
    };
    let (done, outcome) = oneshot::channel();
    let received = Arc::new(received);
    let recording = Recording {
        received: Arc::clone(&received),
        done,
    };
    let gone = || RecordFault::Failed("the recorder has stopped".to_owned());
    let outcome = match recorder.send(recording).await {
        Ok(()) => outcome.await.unwrap_or_else(|_| Err(gone())),
        Err(_) => Err(gone()),
    };
    // The recorder has let go of it by now.
    let mut received = Arc::unwrap_or_clone(received);
    match outcome {
        Ok(recorded) => {
            received.id = recorded.id;
            received.duplicate_of = recorded.duplicate_of;
            Ok(received)
        }
        Err(RecordFault::Full) => {
            let why = "the disk is full: the delivery is not recorded, so it is not accepted";
            Err((received, Reason::NoRoom, why.to_owned()))
        }
        Err(RecordFault::Failed(why)) => Err((
            received,
            Reason::NotRecorded,
            format!("the delivery is not recorded, so it is not accepted: {why}"),
        )),
    }
}

fn number(received: &mut Received, line: &Line) {
    received.id = line.id;
    received.duplicate_of = line.duplicate_of;
}

fn one_too_many(delivery: Delivery) -> Outcome {
    Outcome::TurnAway(
        request_line(delivery),
        Reason::Busy,
        "all the deliveries of --count have come".to_owned(),
    )
}

fn request_line(delivery: Delivery) -> (String, String) {
    (delivery.method, delivery.target)
}
